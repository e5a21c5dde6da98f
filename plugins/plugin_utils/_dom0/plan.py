# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides which changes a XenServer's dom0 needs so that nova can use it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

DIRECTORY = "/etc/xapi.d/plugins"
# Directory with the plugins of another origin that this role replaced.
KEPT = "/var/lib/novafleet/dom0/kept"
RECORD = "/var/lib/novafleet/dom0/record.json"
MODE = "755"

# Links of dom0 to directories of the storage repository that nova uses, because dom0 itself has almost no space.
# migration.py moves disks with rename(2) through the first one, kernel.py writes kernels and ramdisks to the second one
# (nova 20 and 21, doc/source/admin/configuration/hypervisor-xen-api.rst; os-xenapi 0.3.4, xenapi-plugins.spec).
LINKS = {"/images": "os-images", "/boot/guest": "os-guest-kernels"}
MOUNTS = "/var/run/sr-mount"

# PRODUCT_BRAND and the beginning of PRODUCT_VERSION in /etc/xensource-inventory of releases with Python 2 in dom0.
# xapi dropped it with https://github.com/xapi-project/xen-api/pull/5896.
RELEASES = (("XenServer", "7."), ("XCP-ng", "8.2."))
SUPPORTED = "XenServer 7.x and XCP-ng 8.2"


@dataclass(frozen=True)
class Dom0Entry:
    """One name in dom0: kind is find's letter (f, d, l), mode is octal, link is the target of a link."""

    kind: str
    mode: str = ""
    owner: str = ""
    link: str = ""


@dataclass(frozen=True)
class LinkedPlace:
    """Target of a link of LINKS: whether it is a directory, is on the storage repository's device, and is empty."""

    directory: bool = False
    same_device: bool = False
    empty: bool = True


@dataclass(frozen=True)
class Dom0State:
    """State of a dom0.

    Attributes:
        inventory: dict, name -> value of /etc/xensource-inventory.
        entries: dict, path -> Dom0Entry, of DIRECTORY, everything in it and in KEPT, and the links.
        digests: dict, path -> sha256 of the files in entries.
        record: dict with files (name -> sha256) and links (path -> target) that an earlier run wrote.
        storage: uuid of the storage repository, or "" if there is none.
        mounted: whether the storage repository is a directory of dom0.
        places: dict, path of a link -> LinkedPlace.
    """

    inventory: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Dom0Entry] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    storage: str = ""
    mounted: bool = False
    places: dict[str, LinkedPlace] = field(default_factory=dict)

    @property
    def release(self) -> str:
        return f"{self.inventory.get('PRODUCT_BRAND', '')} {self.inventory.get('PRODUCT_VERSION', '')}".strip()

    def kept(self, name: str) -> bool:
        return f"{KEPT}/{name}" in self.entries


@dataclass(frozen=True)
class Dom0Step:
    """One change: keep, write, delete, restore (a plugin), link or unlink. why is the reason for people."""

    action: str
    path: str
    why: str
    target: str = ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass
class Dom0Plan:
    """The changes of a dom0.

    Attributes:
        steps: in their order.
        problems: problems that forbid the changes: variable, problem, fix.
        notes: warnings for people.
        record: record for the next run; empty for none.
    """

    steps: list[Dom0Step] = field(default_factory=list)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)


def present(state: Dom0State, wanted: Mapping[str, str], version: str, replace: bool, links: bool) -> Dom0Plan:
    """Plan the installation of plugins and links in a dom0.

    Args:
        state: what is there.
        wanted: dict, file name -> sha256.
        version: str, version of the plugins.
        replace: bool, whether to replace plugins of another origin.
        links: bool, whether the links are wanted.

    Returns:
        Dom0Plan
    """
    plan = Dom0Plan(record=dict(version=version, files={}, links={}))
    plan.problems += _release_problems(state)
    if plan.problems:
        return plan
    for name in sorted(wanted):
        _plugin(plan, state, name, wanted[name], replace)
    for name in sorted(set(_recorded(state, "files")) - set(wanted)):
        _gone(plan, state, name, "is not one of the plugins any more")
    plan.record["links"].update(_recorded(state, "links"))
    if links:
        _links(plan, state)
    return plan


def absent(state: Dom0State) -> Dom0Plan:
    """Plan the removal of everything that an earlier run installed.

    Returns:
        Dom0Plan
    """
    plan = Dom0Plan()
    for name in sorted(_recorded(state, "files")):
        _gone(plan, state, name, "was installed by an earlier run")
    for path, target in sorted(_recorded(state, "links").items()):
        _unlink(plan, state, path, target)
    for path in sorted(path for path in state.entries if path.startswith(KEPT + "/")):
        name = path.rpartition("/")[2]
        if f"{DIRECTORY}/{name}" not in state.entries:
            plan.steps.append(Dom0Step("restore", f"{DIRECTORY}/{name}", "its path is free"))
    if state.record:
        plan.steps.append(Dom0Step("forget", RECORD, "nothing is installed any more"))
    return plan


def _release_problems(state: Dom0State) -> Iterator[tuple[str, str, str]]:
    brand, version = state.inventory.get("PRODUCT_BRAND", ""), state.inventory.get("PRODUCT_VERSION", "")
    if not brand:
        yield (
            "ansible_host",
            "is not a XenServer: there is no /etc/xensource-inventory with a release.",
            "Name the XenServer's dom0.",
        )
    elif not any(brand == known and f"{version}.".startswith(start) for known, start in RELEASES):
        yield (
            "ansible_host",
            f"is {state.release}, where the plugins are not known to run: they need a dom0 with Python 2.",
            f"Use {SUPPORTED}.",
        )
    elif DIRECTORY not in state.entries:
        yield "ansible_host", f"has no directory {DIRECTORY}.", "Repair its installation of xapi."


def _plugin(plan: Dom0Plan, state: Dom0State, name: str, digest: str, replace: bool) -> None:
    path = f"{DIRECTORY}/{name}"
    entry, ours, there = state.entries.get(path), _recorded(state, "files").get(name), state.digests.get(path)
    if entry and entry.kind == "f" and there == digest:
        if entry.mode == MODE and entry.owner == "0:0":
            if ours:
                plan.record["files"][name] = digest
            return
        why = f"has mode {entry.mode} and owner {entry.owner}, not {MODE} and 0:0"
    elif entry is None:
        why = "is missing"
    elif ours:
        why = "is of another version" if there == ours else "was changed since it was installed"
    elif replace:
        plan.steps.append(Dom0Step("keep", path, "is of another origin"))
        why = "replaces one of another origin"
    else:
        plan.problems.append(
            (
                "xenserver_dom0_replace",
                f"{path} already exists with other contents, and this role did not install it.",
                "If the file is an older plugin of os-xenapi, set it to true: the role then moves the file away and "
                "replaces it.",
            )
        )
        return
    plan.record["files"][name] = digest
    plan.steps.append(Dom0Step("write", path, why))


def _gone(plan: Dom0Plan, state: Dom0State, name: str, why: str) -> None:
    path, ours = f"{DIRECTORY}/{name}", _recorded(state, "files")[name]
    if path not in state.entries:
        return
    if state.digests.get(path) != ours:
        plan.notes.append(f"{path} was changed since it was installed, so it stays: delete it yourself.")
        return
    plan.steps.append(Dom0Step("delete", path, why))
    if state.kept(name):
        plan.steps.append(Dom0Step("restore", path, "was there before"))


def _links(plan: Dom0Plan, state: Dom0State) -> None:
    if not state.mounted:
        what = f"the storage repository {state.storage} has no files" if state.storage else "there is no default SR"
        plan.notes.append(
            f"{what}, so {' and '.join(LINKS)} are not made: nova can neither resize with direct_vhd nor boot from a "
            "kernel image here."
        )
        return
    for path, name in LINKS.items():
        _link(plan, state, path, f"{MOUNTS}/{state.storage}/{name}")


def _link(plan: Dom0Plan, state: Dom0State, path: str, target: str) -> None:
    entry, place = state.entries.get(path), state.places.get(path, LinkedPlace())
    ours = _recorded(state, "links").get(path)
    if entry is None:
        why = "is missing"
    elif entry.link == target:
        if place.directory:
            return
        why = "leads nowhere"
    elif ours and entry.link == ours and place.empty:
        why = "leads to another storage repository"
    else:
        if not place.same_device:
            plan.notes.append(
                f"{path} already exists on another device than the storage repository {state.storage}, and stays: "
                "nova cannot move disks through it."
            )
        return
    plan.record["links"][path] = target
    plan.steps.append(Dom0Step("link", path, why, target))


def _unlink(plan: Dom0Plan, state: Dom0State, path: str, target: str) -> None:
    entry = state.entries.get(path)
    if entry is None or entry.link != target:
        return
    if not state.places.get(path, LinkedPlace()).empty:
        plan.notes.append(f"{path} stays, because instances may need files in {target}.")
        return
    plan.steps.append(Dom0Step("unlink", path, "was installed by an earlier run", target))


def _recorded(state: Dom0State, what: str) -> dict[str, str]:
    return state.record.get(what) or {}
