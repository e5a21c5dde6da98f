# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A XenServer.

The sources of the rules are nova/virt/xenapi/driver.py (init_host) and nova/conf/xenserver.py of 21.2.4, and
os_xenapi/client/session.py of 0.3.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.container import ServiceContainer
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver, OptionConflict
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.option_types import is_address

SECTION = "xenserver"
# A name, which a resolver may know with underscores, or an address.
HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?|[0-9a-f]*:[0-9a-f:.%]+")
DEFAULT_USER = "root"
DEFAULT_HANDLER = "direct_vhd"
DEFAULT_FILTER = "default-sr:true"
HANDLERS = ("", DEFAULT_HANDLER, "vdi_remote_stream")
SR_FILTER = re.compile(r"default-sr:true|other-config:[^:=]+=[^:]*")


def conflicts(conf: Conf) -> Iterator[OptionConflict]:
    """Options in [xenserver] and other sections that nova 21 refuses."""
    yield from _independent(conf)
    yield from _connection_url(ini.value(conf, SECTION, "connection_url"))
    handler = ini.value(conf, SECTION, "image_handler")
    if handler == "vdi_local_dev":
        yield OptionConflict(
            "image_handler",
            "is vdi_local_dev, which attaches disks to the machine of nova-compute. That machine is not a guest of "
            "the XenServer.",
            "Use vdi_remote_stream, or direct_vhd if the storage repository is of type ext or nfs.",
        )
    elif handler not in HANDLERS:
        problem = f"{handler!r} is not an image handler of nova."
        yield OptionConflict("image_handler", problem, "Use vdi_remote_stream or direct_vhd.")
    wanted = ini.value(conf, SECTION, "sr_matching_filter")
    if wanted and not SR_FILTER.fullmatch(wanted):
        problem = f"{wanted!r} selects nothing."
        yield OptionConflict("sr_matching_filter", problem, "Write default-sr:true or other-config:key=value.")


def _independent(conf: Conf) -> Iterator[OptionConflict]:
    """nova-compute does not run on its XenServer, and then nova refuses these options."""
    independent = ini.value(conf, SECTION, "independent_compute")
    if independent and not ini.is_true(independent):
        yield OptionConflict(
            "independent_compute",
            f"is {independent}, but nova-compute does not run on its XenServer.",
            "Leave it out: it is true then.",
        )
    if ini.is_true(ini.value(conf, SECTION, "check_host")):
        yield OptionConflict(
            "check_host",
            "is true, which requires that nova-compute runs on its XenServer.",
            "Leave it out: it is false then.",
        )
    if ini.is_true(ini.value(conf, "DEFAULT", "flat_injected")):
        yield OptionConflict(
            "DEFAULT.flat_injected",
            "is true, which nova refuses together with independent_compute.",
            "Leave it out: it is false then.",
        )
    ephemeral = ini.value(conf, "DEFAULT", "default_ephemeral_format")
    if ephemeral not in ("", "ext3"):
        yield OptionConflict(
            "DEFAULT.default_ephemeral_format",
            f"is {ephemeral}, which nova refuses together with independent_compute.",
            "Use ext3, or leave it out.",
        )


def _connection_url(url: str) -> Iterator[OptionConflict]:
    if not url:
        return
    try:
        parts = urlsplit(url)
        bare = parts.netloc == parts.hostname or parts.netloc.lower() == parts.hostname
    except ValueError:
        parts, bare = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.netloc:
        cure = "Write https:// and the host name, without a port."
        yield OptionConflict("connection_url", "is not a URL of a XenServer.", cure)
    elif is_address(parts.netloc.rpartition("@")[2].strip("[]"), 6) or parts.netloc.rpartition("@")[2].startswith("["):
        # os_xenapi and nova 21 resolve with gethostbyname(), which knows no IPv6.
        cure = "Write https:// and a name or an IPv4 address."
        yield OptionConflict("connection_url", "has an IPv6 address, which nova 21 cannot resolve.", cure)
    elif not bare:
        # nova resolves everything between :// and the next slash as one host name (XenAPISession._get_ip_from_url).
        yield OptionConflict(
            "connection_url",
            "holds more than a host name, such as a port or an account, which nova reads as a part of that name.",
            f"Write {parts.scheme}://{parts.hostname} alone.",
        )
    elif not HOST.fullmatch(parts.hostname or ""):
        problem = f"names {parts.hostname!r}, which is not a host."
        yield OptionConflict("connection_url", problem, "Write the name or the address of the XenServer.")


def request(conf: Conf, container: ServiceContainer) -> dict[str, Any] | None:
    """Make the module preflight's request for a XenServer."""
    needed = dict(
        url=ini.value(conf, SECTION, "connection_url"), password=ini.value(conf, SECTION, "connection_password")
    )
    if not all(needed.values()):
        return None
    return dict(
        needed,
        username=ini.value(conf, SECTION, "connection_username") or DEFAULT_USER,
        image_handler=ini.value(conf, SECTION, "image_handler") or DEFAULT_HANDLER,
        sr_matching_filter=ini.value(conf, SECTION, "sr_matching_filter") or DEFAULT_FILTER,
        # The driver has no option for authorities. Python's ssl reads this variable.
        **container.certificates(container.environment.get("SSL_CERT_FILE") or ""),
    )


DRIVER = Driver(
    name="xenserver",
    compute_driver="xenapi.XenAPIDriver",
    section=SECTION,
    variable="services_xenserver",
    identity=(("connection_url", ""),),
    last_nova=21,
    conflicts=conflicts,
    request=request,
)
