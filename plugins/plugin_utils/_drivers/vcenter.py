# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of a vCenter. The source of the rules is nova/virt/vmwareapi/driver.py of 34.0.0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.container import ServiceContainer
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Claim, Driver, OptionConflict
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.machine import removes_images
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.option_types import not_a_host_address
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.transport_url import MOST_PORTS

SECTION = "vmware"
DEFAULT_PORT = "443"
# Managed object id and the vCenter's uuid (nova/virt/vmwareapi/driver.py, _create_nodename).
NODE_NAME = re.compile(r"domain-\w+\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def conflicts(conf: Conf) -> Iterator[OptionConflict]:
    """Options in [vmware] that nova refuses."""
    address = ini.value(conf, SECTION, "host_ip")
    if re.search(r"[/@\s]", address) or re.fullmatch(r"[^:]+:\d+", address):
        problem = "holds more than a name or address."
        yield OptionConflict("host_ip", problem, "Write the host name alone, and the port in host_port.")
    elif address and not_a_host_address(address):
        problem = f"{address!r} is not a name or address that nova accepts."
        yield OptionConflict("host_ip", problem, not_a_host_address(address))
    port = ini.value(conf, SECTION, "host_port").strip()
    if re.fullmatch(r"[+-]?\d+", port) and not 0 < int(port) <= MOST_PORTS:
        yield OptionConflict("host_port", f"is {port}, which is not a port.", f"Write 1 to {MOST_PORTS}.")
    try:
        re.compile(ini.value(conf, SECTION, "datastore_regex"))
    except re.error as error:
        problem = f"is not a regular expression: {error}."
        yield OptionConflict("datastore_regex", problem, "Correct it, or leave it out to use all.")
    yield from _storage_policies(conf)


def _storage_policies(conf: Conf) -> Iterator[OptionConflict]:
    """The driver ends with PbmDefaultPolicyUnspecified; suds opens only URLs (oslo_vmware/api.py, pbm)."""
    by_policy = ini.is_true(ini.value(conf, SECTION, "pbm_enabled"))
    if by_policy and not ini.value(conf, SECTION, "pbm_default_policy"):
        yield OptionConflict(
            "pbm_default_policy",
            "is missing, and nova refuses pbm_enabled without it.",
            "Name the storage policy of instances whose flavor names none.",
        )
    location = ini.value(conf, SECTION, "pbm_wsdl_location")
    if location and "://" not in location:
        problem = f"is {location}, which is not a URL."
        yield OptionConflict("pbm_wsdl_location", problem, f"Write file://{location}, or leave it out.")


def claims(conf: Conf) -> Iterator[Claim]:
    """A cache of images on a datastore that clusters may share."""
    if removes_images(conf):
        yield Claim(
            "services_vcenter.cache_prefix",
            " ".join((ini.value(conf, SECTION, "host_ip").lower(), ini.value(conf, SECTION, "cache_prefix"))),
            "is the same for {} clusters of a vCenter. On a datastore that they share, "
            "each removes cached images that the others use.",
            "Leave it out: each service then uses its service host.",
            fatal=False,
        )


def request(conf: Conf, container: ServiceContainer) -> dict[str, Any] | None:
    """Make the module preflight's request for a vCenter."""
    needed = dict(
        # nova removes a dot at the end (oslo_config/types.py, HostAddress).
        address=ini.value(conf, SECTION, "host_ip").removesuffix("."),
        username=ini.value(conf, SECTION, "host_username"),
        password=ini.value(conf, SECTION, "host_password"),
        cluster=ini.value(conf, SECTION, "cluster_name"),
    )
    port = ini.value(conf, SECTION, "host_port") or DEFAULT_PORT
    if not all(needed.values()) or not port.isdecimal():
        return None
    # nova ignores the expression if storage policies select datastores (nova/virt/vmwareapi/driver.py).
    by_policy = ini.is_true(ini.value(conf, SECTION, "pbm_enabled"))
    return dict(
        needed,
        port=int(port),
        insecure=ini.is_true(ini.value(conf, SECTION, "insecure")),
        datastore_regex="" if by_policy else ini.value(conf, SECTION, "datastore_regex"),
        **container.certificates(ini.value(conf, SECTION, "ca_file")),
    )


DRIVER = Driver(
    name="vcenter",
    compute_driver="vmwareapi.VMwareVCDriver",
    section=SECTION,
    variable="services_vcenter",
    identity=(("host_ip", ""), ("host_port", DEFAULT_PORT), ("cluster_name", "")),
    # Measured: 213 MB, or 119 with shared pages (docs/density.md).
    memory_mb=230,
    dense_memory_mb=130,
    node_name=NODE_NAME,
    conflicts=conflicts,
    claims=claims,
    request=request,
)
