# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the origin of a file that nova names: the controller, the Docker host, or the image. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import FILES_TARGET


@dataclass(frozen=True)
class ServiceContainer:
    """The files of a service's container.

    Attributes:
        mounts: dicts with source and target.
        environment: environment variables.
        delivered: path in the container -> text of a file that this collection delivers.
    """

    mounts: tuple[Mapping[str, Any], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    delivered: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Mapping[str, Any], files: Mapping[str, str] | None = None) -> ServiceContainer:
        """Make it from a container's settings.

        Args:
            settings: as the module containers documents them.
            files: name -> text of files that the service gets in addition to its nova.conf.
        """
        directory = settings.get("files_target") or FILES_TARGET
        return cls(
            tuple(settings.get("mounts") or ()),
            settings.get("environment") or {},
            {f"{directory}/{name}": text for name, text in (files or {}).items()},
        )

    def certificates(self, path: str) -> dict[str, Any]:
        """Find a file with certificates or a key, and return its origin in the form of the module preflight.

        Returns:
            dict of three keys:

            authority: its text if the controller has it, or "".
            ca_file: its path on the Docker host, or None.
            ca_in_image: whether only the image has it.
        """
        if path in self.delivered:
            return dict(authority=self.delivered[path], ca_file=None, ca_in_image=False)
        there = on_host(path, self.mounts)
        return dict(authority="", ca_file=there, ca_in_image=bool(path) and there is None)


def on_host(path: str, mounts: Iterable[Mapping[str, Any]]) -> str | None:
    """Translate a path in the container to one on the Docker host, or None if no mount has it.

    Args:
        path: in the container.
        mounts: dicts with source and target.
    """
    for mount in sorted(mounts, key=lambda mount: len(mount["target"]), reverse=True):
        inside = mount["target"].rstrip("/")
        if path == inside or path.startswith(inside + "/"):
            return mount["source"].rstrip("/") + path[len(inside) :]
    return None
