# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges what a XenServer said. Pure."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils._contract import XENAPI_PLUGINS
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import Finding, Outcome

CHECKS = ("name", "port", "certificate", "login", "plugins", "storage")

INSTALL_PLUGINS = (
    "Run the playbook novafleet.compute.xenserver_dom0, or copy the plugins of os-xenapi to /etc/xapi.d/plugins there, "
    "executable."
)
# Storage without files, in which direct_vhd has no VHD to put (nova/conf/xenserver.py, image_handler).
WITHOUT_FILES = ("lvm", "lvmoiscsi", "lvmohba", "lvmofcoe", "hba", "iscsi", "rawhba", "linstor")
# Not for disks at all.
NOT_FOR_DISKS = ("iso", "udev")


def judge(target, facts):
    """What nova-compute would stumble over.

    Args:
        target: dict with image_handler and sr_matching_filter.
        facts: dict, as _xenserver.look() returns it.

    Returns:
        Outcome
    """
    return Outcome(
        findings=(*_plugins(facts), *_storage(target, facts["storage"])),
        identity=f"xenserver/{facts['uuid']}",
        called=f"the XenServer with the host uuid {facts['uuid']}",
    )


def _plugins(facts):
    codes = {}
    for plugin, code in facts["plugins"].items():
        codes.setdefault(code, []).append(plugin)
    for code, plugins in codes.items():
        if code:
            what = "missing in" if code == "XENAPI_MISSING_PLUGIN" else "failing in"
            yield Finding("plugins", "", f"{' and '.join(plugins)}: {what} its dom0 ({code}).", INSTALL_PLUGINS)
    if facts["plugins"]["dom0_plugin_version.py"]:
        return
    need = "{}.{}".format(*XENAPI_PLUGINS)
    if facts["version"] is None:
        yield Finding("plugins", "", f"the plugins in its dom0 tell no version; nova needs {need}.", INSTALL_PLUGINS)
    elif facts["version"][0] != XENAPI_PLUGINS[0] or facts["version"] < XENAPI_PLUGINS:
        have = "{}.{}".format(*facts["version"])
        problem = (
            f"the plugins in its dom0 are of version {have}; nova needs {need} or a later one of {XENAPI_PLUGINS[0]}.x."
        )
        yield Finding("plugins", "", problem, INSTALL_PLUGINS)


def _storage(target, storage):
    handler, wanted = target["image_handler"], target["sr_matching_filter"]
    if storage is None:
        yield Finding(
            "storage",
            "sr_matching_filter",
            f"selects no storage repository: there is none for {wanted!r}.",
            "Set the pool's default (xe pool-param-set default-SR=UUID uuid=UUID), or sr_matching_filter to "
            "other-config:key=value of one that this host has.",
        )
        return
    what = f"the storage repository {storage['name']!r}, of type {storage['type']},"
    if storage["type"] in NOT_FOR_DISKS:
        yield Finding("storage", "sr_matching_filter", f"selects {what} which holds no disks.", "Select another one.")
    elif storage["type"] in WITHOUT_FILES and handler == "direct_vhd":
        yield Finding(
            "storage",
            "image_handler",
            f"is direct_vhd, which puts files into {what} which has none.",
            "Set image_handler to vdi_remote_stream, or select one of type ext or nfs.",
        )
    if not storage["attached"]:
        cure = "Plug it (xe pbd-plug), or select another one."
        yield Finding("storage", "sr_matching_filter", f"selects {what} which this host has not plugged.", cure)
