# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Docker host's own libvirt. docs/libvirt.md has the reasons."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._secrets import masked
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Claim, Driver, OptionConflict
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf

# Addresses of a hypervisor that is a Docker host. Two hypervisors with the same one reach each other's guests.
ADDRESSES = (
    ("DEFAULT", "my_ip"),
    ("DEFAULT", "my_block_storage_ip"),
    ("libvirt", "live_migration_inbound_addr"),
    ("serial_console", "proxyclient_address"),
    ("spice", "server_proxyclient_address"),
    ("vnc", "server_proxyclient_address"),
)
EVERY_MACHINES = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::")
# nova/privsep/__init__.py names the capabilities (sys_admin_pctxt, nova 34).
CONTAINER = dict(
    user="0:0",
    cap_add=["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "NET_ADMIN", "SYS_ADMIN"],
    mounts=[
        # The directory is mounted, because each start of libvirtd creates another socket.
        dict(source="/run/libvirt", target="/run/libvirt", read_only=True),
        dict(source="/var/lib/nova/instances", target="/var/lib/nova/instances", read_only=False),
    ],
)


def conflicts(conf: Conf) -> Iterator[OptionConflict]:
    """The driver works with files and devices of its own machine, even if libvirt is on another one."""
    uri = ini.value(conf, "libvirt", "connection_uri")
    if uri and ":///" not in uri:
        yield OptionConflict(
            "connection_uri",
            f"is {masked(uri)}, which is libvirt of another machine.",
            "Leave it out, and make that machine a Docker host.",
        )


def claims(conf: Conf) -> Iterator[Claim]:
    """Addresses by which other machines reach this one."""
    for section, option in ADDRESSES:
        address = ini.value(conf, section, option)
        if address and "$" not in address and address.lower() not in EVERY_MACHINES:
            yield Claim(
                f"services_nova_conf.{section}.{option}",
                address,
                f"is {address} for {{}} hypervisors.",
                "Set it for each of them, or remove it with null.",
            )


DRIVER = Driver(
    name="libvirt",
    compute_driver="libvirt.LibvirtDriver",
    section="libvirt",
    variable="services_libvirt",
    identity=(("connection_uri", ""),),
    local=True,
    container=CONTAINER,
    conflicts=conflicts,
    claims=claims,
)
