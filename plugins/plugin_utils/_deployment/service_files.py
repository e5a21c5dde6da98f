# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Splits services into what travels as arguments of the module containers, and the contents of their files.  Pure."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple


class ServiceFiles(NamedTuple):
    """The services of one call.

    Attributes:
        services: option of the module containers, without contents.
        rendered: service -> files made for it on the controller, without contents; an option, too.
        contents: service -> file name -> text.
    """

    services: list[dict[str, Any]]
    rendered: dict[str, list[dict[str, Any]]]
    contents: dict[str, dict[str, str]]


def service_files(
    services: Iterable[Mapping[str, Any]], make: Callable[[Mapping[str, Any]], list[dict[str, Any]]]
) -> ServiceFiles:
    """Split services.

    Args:
        services: entries of the option services of the module containers.
        make: function from an entry with a target to the files that are made for it, with contents.

    Raises:
        TypeError: an entry is not a dict.
    """
    split = ServiceFiles([], {}, {})
    for index, given in enumerate(services):
        if not isinstance(given, Mapping):
            raise TypeError(f"services[{index}] is not a dict: write at least name: {given}.")
        entry = {key: value for key, value in given.items() if key != "target"}
        listed = list(given.get("files") or [])
        made = make(given) if given.get("target") else []
        if listed:
            entry["files"] = [without_content(item) for item in listed]
        name = str(entry.get("name"))
        if made:
            split.rendered[name] = [without_content(item) for item in made]
        split.contents[name] = {item["path"]: str(item.get("content") or "") for item in listed + made}
        split.services.append(entry)
    return split


def without_content(item: Mapping[str, Any]) -> dict[str, Any]:
    """A file as it travels in arguments: by the digest of its content."""
    text = str(item.get("content") or "")
    return dict({key: value for key, value in item.items() if key != "content"}, sha256=digest(text))


@functools.lru_cache(maxsize=64)
def digest(text: str) -> str:
    """SHA-256; remembered, as all services have some files in common."""
    return hashlib.sha256(text.encode()).hexdigest()
