# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the module's options that the argument spec cannot make. Pure.

Each check is a function; problems() calls them in turn. A new check is a function, and a line in CHECKS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    CONTAINER_NAME,
    FILE_NAME,
    NEXT_SUFFIX,
    SERVICE_NAME,
)
from ansible_collections.novafleet.compute.plugins.module_utils._share import share

LONGEST_FLEET = 100
# The leading zero is required, because YAML reads an unquoted 0640 as the number 416.
MODE = re.compile(r"0[0-7]{3}")


def problems(params: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """All problems of the options.

    Args:
        params: dict with the keys of ARGUMENT_SPEC.
        entries: the services, as desired.entries() makes them of the options.
    """
    return [problem for check in CHECKS for problem in check(params, entries)]


def _removal(params: Mapping[str, Any], _entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Whether an empty list is intended, where it makes the module remove something."""
    if params["all"] and (params["state"] != "absent" or params["services"]):
        yield "all: removes the whole fleet. Set state: absent and leave out services, or leave out all."
    elif params["state"] == "absent" and not params["services"] and not params["all"]:
        yield "services: is empty. List the services to remove, or set all: true to remove the whole fleet."


def _fleet(params: Mapping[str, Any], _entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The fleet's name is a label, and stands in manifests and in the name of a lock."""
    name = params["fleet"]
    if not (name and name == name.strip() and name.isprintable() and len(name) <= LONGEST_FLEET):
        yield f"fleet {name!r} is not a name: use 1 to {LONGEST_FLEET} characters, without blanks around them."


def _names(params: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    first: dict[str, int] = {}
    for index, entry in enumerate(entries):
        name = entry["name"]
        if not (SERVICE_NAME.fullmatch(name) and CONTAINER_NAME.fullmatch(params["container_prefix"] + name)):
            yield f"services[{index}].name {name!r} cannot name a container: use letters, digits, '_', '.' and '-'."
        elif name.endswith(NEXT_SUFFIX):
            yield f"services[{index}].name {name!r}: {NEXT_SUFFIX} marks containers that wait to take over."
        if name in first:
            yield (
                f"services[{index}] and services[{first[name]}] have the same name {name!r}: give each a name of its "
                "own."
            )
        first.setdefault(name, index)


def _images(params: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for index, entry in enumerate(entries):
        if not entry["image"] and params["state"] != "absent":
            yield f"services[{index}] ({entry['name']}) has no image: set image for it or for the whole call."


def _files(_params: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for index, entry in enumerate(entries):
        place, files = f"services[{index}] ({entry['name']})", entry["files"]
        paths = [item["path"] for item in files]
        for path in sorted({path for path in paths if paths.count(path) > 1}):
            yield f"{place}: file {path!r} is listed twice: remove one of them."
        for item in files:
            if not FILE_NAME.fullmatch(item["path"]):
                yield f"{place}: file {item['path']!r} must be a plain name, without directories and a leading dot."
            if not MODE.fullmatch(str(item.get("mode") or "0640")):
                yield f"{place}: mode {item['mode']!r} of {item['path']} must be octal, such as '0640'."


def _container_settings(params: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for problem in (*_limits(params["container"]), *_texts(params["container"])):
        yield f"container.{problem}"
    for index, entry in enumerate(entries):
        for problem in (*entry["wrong_settings"], *_limits(entry["container"]), *_texts(entry["container"])):
            yield f"services[{index}].container ({entry['name']}): {problem}"


def _limits(settings: Mapping[str, Any]) -> Iterator[str]:
    limits = settings.get("ulimits") or {}
    for name in sorted(name for name, value in limits.items() if not re.fullmatch(r"-1|\d+", str(value))):
        yield f"ulimits.{name}: {limits[name]!r} is not a number: give one, or -1 for no limit."
    if (settings.get("stop_timeout") or 0) < 0:
        yield "stop_timeout: is less than 0, so the engine would wait for a container without end: give seconds."


def _texts(settings: Mapping[str, Any]) -> Iterator[str]:
    """Variables and labels are texts. What Python would write for null, a list or a dict, was not meant."""
    for option in ("environment", "labels"):
        for name, value in (settings.get(option) or {}).items():
            if not name or "=" in name:
                yield f"{option}: {name!r} is not a name: leave out '=', and use at least one character."
            elif value is None:
                yield f"{option}.{name}: is null: write '' for an empty text, or leave it out."
            elif isinstance(value, (Mapping, list, tuple)):
                yield f"{option}.{name}: is not a text: quote it."


def _max_unavailable(params: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    try:
        share(params["max_unavailable"], len(entries))
    except ValueError as error:
        yield str(error)


CHECKS = (_removal, _fleet, _names, _images, _files, _container_settings, _max_unavailable)
