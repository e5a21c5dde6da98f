# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated hypervisors, asked for their virtual machines, and an image that they can boot."""

from __future__ import annotations

import contextlib
import runpy
import ssl
from pathlib import Path

from helper import uploaded
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl
from xenservers import Xapi

FILES = Path(__file__).parents[3] / "roles" / "sandbox" / "files"
MEGABYTE = 1 << 20


class Clusters:
    """The clusters of the simulated vCenter."""

    def __init__(self, content):
        self.content = content

    @staticmethod
    def image():
        """Content and properties of an image of an empty disk."""
        properties = dict(vmware_disktype="sparse", vmware_adaptertype="lsiLogic", vmware_ostype="otherGuest")
        return function_of("empty_disk.py", "sparse_vmdk")(), dict(properties, disk_format="vmdk")

    def machines(self):
        """Uuid of nova's instance to cluster, of every virtual machine that is nova's."""
        return {ident: one.resourcePool.owner.name for ident, one in self._machines().items()}

    def machine(self, ident):
        """The virtual machine of an instance, as vCenter has it now."""
        return self._machines()[ident]

    def _machines(self):
        found = {}
        for one in self.all(vim.VirtualMachine):
            # The simulator may still list one that was deleted.
            with contextlib.suppress(vmodl.fault.ManagedObjectNotFound):
                found[one.config.instanceUuid] = one
        return found

    def all(self, kind):
        """All objects of a kind."""
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [kind], True)
        found = list(view.view)
        view.Destroy()
        return found

    @staticmethod
    def of(container):
        """The cluster that a service is bound to, from its own nova.conf."""
        return option(container, "cluster_name")


class XenServers:
    """The simulated XenServers, each of which its pool's master knows."""

    def __init__(self, masters):
        self.masters = masters

    @staticmethod
    def image():
        """Content and properties of an image of an empty disk."""
        return function_of("empty_vhd.py", "packed")([MEGABYTE]), dict(disk_format="vhd", container_format="ovf")

    def machines(self):
        """Uuid of nova's instance to the name of the XenServer that runs it, of every machine that is nova's."""
        return {ident: host for master in self.masters for ident, host in master.machines().items()}

    @staticmethod
    def of(container):
        """The name of the XenServer that a service is bound to, by its address in the service's own nova.conf."""
        return f"xenserver-{int(option(container, 'connection_url').rpartition('.')[2]):03}"


def function_of(file, name):
    """A function of one of the role's files."""
    return runpy.run_path(str(FILES / file))[name]


def option(container, name):
    """Value of an option that a service's nova.conf has once."""
    lines = container.file("/etc/nova/nova.conf").content_string.splitlines()
    (value,) = [line.partition("= ")[2] for line in lines if line.partition(" =")[0] == name]
    return value


@contextlib.contextmanager
def bootable_image(cloud, hypervisors, path):
    """An image in glance of an empty disk that the hypervisors can boot."""
    content, properties = hypervisors.image()
    with uploaded(cloud, path, content, **properties) as made:
        yield made


@contextlib.contextmanager
def connected(accounts, services):
    """The hypervisors of the scenario.

    Args:
        accounts: of the sandbox: dict of dicts as the targets' variables need them.
        services: names of the service hosts.
    """
    if services[0].startswith("xs"):
        yield XenServers([Xapi(number, accounts["xenserver"]) for number in (1, 2)])
        return
    account = accounts["vcenter"]
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    connection = SmartConnect(
        host=account["host_ip"],
        port=int(account["host_port"]),
        user=account["host_username"],
        pwd=account["host_password"],
        sslContext=tls,
    )
    yield Clusters(connection.RetrieveContent())
    Disconnect(connection)
