# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nova's drivers forbid between options of one nova.conf. Pure: it asks nobody anything.

The sources are nova's own: nova/virt/xenapi/driver.py (init_host) and nova/conf/xenserver.py of 21.2.4,
nova/virt/vmwareapi/driver.py of 34.0.0, os_xenapi/client/session.py of 0.3.4.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.option_types import not_a_host_address

# What oslo.config takes for true (oslo_config/types.py).
TRUE = ("true", "1", "on", "yes")
# Options with the certificates of authorities: [vmware]'s, keystoneauth's, RabbitMQ's.
AUTHORITIES = ("ca_file", "cafile", "ssl_ca_file")
SR_FILTER = re.compile(r"default-sr:true|other-config:[^:=]+=[^:]*")


def conflicts(driver, conf):
    """Options that nova refuses, or that cannot work in a container.

    Args:
        driver: Driver.
        conf: dict, section -> option -> list of str, as ini.parse() returns it.

    Returns:
        list of (variable, problem, cure), each a str.
    """
    rules = {"xenserver": _xenserver, "vcenter": _vcenter, "libvirt": _libvirt}.get(driver.group)
    if rules is None:
        return []

    def value(option, section=driver.section):
        return ini.plain(conf.get(section, {}).get(option, [""])[-1])

    return [
        (f"{driver.variable}.{name}" if "." not in name else f"services_nova_conf.{name}", problem, cure)
        for name, problem, cure in rules(value)
    ]


def undelivered(driver, conf, directory, names):
    """Authorities that nova.conf expects among the service's own files, and that are not there.

    The image's own files in that directory are out of sight, as the service's are mounted over them.

    Args:
        driver: Driver.
        conf: dict, as conflicts() has it.
        directory: str, where the service's files are in the container.
        names: file names that are delivered there.

    Returns:
        list of (variable, problem, cure), each a str.
    """
    return [
        (
            f"{driver.variable}.{option}" if section == driver.section else f"services_nova_conf.{section}.{option}",
            f"is {path}, which is not delivered.",
            f"Name the file on the controller in services_files: {{{path.rpartition('/')[2]}: /path/of/it.pem}}.",
        )
        for section, options in conf.items()
        for option, values in options.items()
        if option in AUTHORITIES
        for path in [ini.plain(values[-1])]
        if path.startswith(f"{directory}/") and path[len(directory) + 1 :] not in names
    ]


def is_true(text):
    """Whether oslo.config reads a value as true."""
    return text.strip().lower() in TRUE


def _xenserver(value):
    yield from _independent(value)
    yield from _connection_url(value("connection_url"))
    handler = value("image_handler")
    if handler == "vdi_local_dev":
        yield (
            "image_handler",
            "is vdi_local_dev, which attaches disks to the machine of nova-compute: that is no guest of the XenServer.",
            "Use vdi_remote_stream, or direct_vhd where the storage repository is of type ext or nfs.",
        )
    elif handler not in ("", "direct_vhd", "vdi_remote_stream"):
        yield "image_handler", f"{handler!r} is no image handler of nova.", "Use vdi_remote_stream or direct_vhd."
    wanted = value("sr_matching_filter")
    if wanted and not SR_FILTER.fullmatch(wanted):
        yield (
            "sr_matching_filter",
            f"{wanted!r} selects nothing.",
            "Write default-sr:true or other-config:key=value.",
        )


def _independent(value):
    """nova-compute runs in a container, away from its XenServer, and then nova refuses these."""
    independent = value("independent_compute")
    if independent and not is_true(independent):
        yield (
            "independent_compute",
            f"is {independent}, but nova-compute does not run on its XenServer.",
            "Leave it out: it is true then.",
        )
    if is_true(value("check_host")):
        yield (
            "check_host",
            "is true, which has nova-compute insist on running on its XenServer.",
            "Leave it out: it is false then.",
        )
    if is_true(value("flat_injected", "DEFAULT")):
        yield (
            "DEFAULT.flat_injected",
            "is true, which nova refuses together with independent_compute.",
            "Leave it out: it is false then.",
        )
    ephemeral = value("default_ephemeral_format", "DEFAULT")
    if ephemeral not in ("", "ext3"):
        yield (
            "DEFAULT.default_ephemeral_format",
            f"is {ephemeral}, which nova refuses together with independent_compute.",
            "Use ext3, or leave it out.",
        )


def _connection_url(url):
    if not url:
        return
    try:
        parts = urlsplit(url)
        bare = parts.netloc == parts.hostname or parts.netloc.lower() == parts.hostname
    except ValueError:
        parts, bare = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.netloc:
        yield "connection_url", "is no URL of a XenServer.", "Write https:// and the host name, without a port."
    elif not bare:
        # It resolves all between :// and the next slash as one host name (XenAPISession._get_ip_from_url).
        yield (
            "connection_url",
            "holds more than a host name, such as a port or an account, which nova takes for a part of that name.",
            f"Write {parts.scheme}://{parts.hostname} alone.",
        )


def _vcenter(value):
    address = value("host_ip")
    if re.search(r"[/@\s]", address) or re.fullmatch(r"[^:]+:\d+", address):
        yield "host_ip", "holds more than a name or address.", "Write the host name alone, and the port in host_port."
    elif address and not_a_host_address(address):
        yield "host_ip", f"{address!r} is not a name or address that nova takes.", not_a_host_address(address)
    pattern = value("datastore_regex")
    try:
        re.compile(pattern)
    except re.error as error:
        yield "datastore_regex", f"is no regular expression: {error}.", "Correct it, or leave it out to use all."
    yield from _storage_policies(value)


def _storage_policies(value):
    """The driver ends with PbmDefaultPolicyUnspecified; suds opens nothing but URLs (oslo_vmware/api.py, pbm)."""
    if is_true(value("pbm_enabled")) and not value("pbm_default_policy"):
        yield (
            "pbm_default_policy",
            "is missing, and nova refuses pbm_enabled without it.",
            "Name the storage policy of instances whose flavor names none.",
        )
    location = value("pbm_wsdl_location")
    if location and "://" not in location:
        yield "pbm_wsdl_location", f"is {location}, which is no URL.", f"Write file://{location}, or leave it out."


def _libvirt(value):
    """The driver works with files and devices of its own machine, whatever libvirt it talks to."""
    uri = value("connection_uri")
    if uri and ":///" not in uri:
        yield (
            "connection_uri",
            f"is {uri}, which is libvirt of another machine.",
            "Leave it out, and make that machine a Docker host.",
        )
