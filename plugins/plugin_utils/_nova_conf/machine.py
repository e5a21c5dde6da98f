# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the options of a nova.conf that describe the machine for which it was made. Pure.

docs/apart.md lists the values that nova derives from its machine, with the places in nova's source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf

# 2024.1: its oslo.messaging (14.7.0) is the first one with [oslo_messaging_rabbit] hostname.
FIRST_WITH_QUEUE_MANAGER = 29
RABBIT = "oslo_messaging_rabbit"
# Options of a base file that describe the machine or container for which the file was made.
OF_A_MACHINE = {"DEFAULT": ("backdoor_port", "backdoor_socket", "tempdir"), RABBIT: ("hostname", "processname")}
# Further ones, unless the hypervisor is the Docker host itself.
OF_ITS_HYPERVISOR = {"DEFAULT": ("instances_path", "my_ip", "my_block_storage_ip", "my_shared_fs_storage_ip")}


def has_queue_manager(releases: Iterable[str]) -> bool:
    """Whether nova reads C([oslo_messaging_rabbit] hostname).

    Args:
        releases: releases of nova that a service may run, as far as they are known.

    Returns:
        bool: False if all of them are older than 29.0.0 (2024.1).  They would ignore the option.
    """
    known = [int(first) for first in (release.partition(".")[0] for release in releases) if first.isdigit()]
    return not known or max(known) >= FIRST_WITH_QUEUE_MANAGER


def without_machine(base: Conf, local: bool) -> Conf:
    """A base file without the options that describe the machine for which it was made.

    Args:
        base: content of the file.
        local: whether the hypervisor is the Docker host, so that its addresses and paths are right for the service.
    """
    dropped: list[Mapping[str, tuple[str, ...]]] = [OF_A_MACHINE] if local else [OF_A_MACHINE, OF_ITS_HYPERVISOR]
    return {
        section: {
            name: values
            for name, values in options.items()
            if not any(name in names.get(section, ()) for names in dropped)
        }
        for section, options in base.items()
    }


def removes_images(conf: Conf) -> bool:
    """Whether nova removes cached images that it considers unused (nova/conf/imagecache.py has two names)."""
    for section in ("image_cache", "DEFAULT"):
        if conf.get(section, {}).get("remove_unused_base_images"):
            return ini.is_true(ini.value(conf, section, "remove_unused_base_images"))
    return True


def host_of(url: str) -> str:
    """The host of a URL, without brackets, or "" if the URL has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
