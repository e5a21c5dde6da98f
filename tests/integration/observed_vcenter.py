# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated vCenter that can be changed, and looked at, from outside."""

from __future__ import annotations

import ssl

import vcenter_simulator
from pyVmomi import SoapStubAdapter, vim

USERNAME, PASSWORD = "nova@simulated", "correct-horse-vcenter"


class Vcenter:
    """A simulated vCenter with the clusters DC0_C0, DC0_C1 and so on, each with a host, all with one datastore."""

    def __init__(self, directory, clusters):
        """directory: pathlib.Path, made for it; clusters: their number."""
        self.simulator = vcenter_simulator.start(directory, clusters, username=USERNAME, password=PASSWORD)
        self.port, self.ca_file = self.simulator.port, self.simulator.ca_file

    def add_cluster(self, folder, name):
        """A cluster without hosts and datastores, in a folder of its own."""
        with _Login(self.port) as content:
            (data_center,) = content.rootFolder.childEntity
            data_center.hostFolder.CreateFolder(folder).CreateClusterEx(name, vim.cluster.ConfigSpecEx())

    def sessions(self):
        """Number of sessions beside the one that asks."""
        with _Login(self.port) as content:
            return len(content.sessionManager.sessionList) - 1

    def stop(self):
        self.simulator.stop()


class _Login:
    def __init__(self, port):
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        stub = SoapStubAdapter("127.0.0.1", port, path="/sdk", version="vim.version.version9", sslContext=tls)
        self.content = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()

    def __enter__(self):
        self.content.sessionManager.Login(USERNAME, PASSWORD, None)
        return self.content

    def __exit__(self, *error):
        self.content.sessionManager.Logout()
