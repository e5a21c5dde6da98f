# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the services on the Docker host: <config_dir>/<service>/<file>.

Each directory has a manifest. It lists the fleet that made the directory and the files of that fleet, so that
other files are never changed or deleted. It also records whether the service still has to read new files.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure

if TYPE_CHECKING:
    from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import File

MANIFEST = ".novafleet"
# What each key holds.
MANIFEST_KEYS: dict[str, Callable[[Any], bool]] = {
    "fleet": lambda value: isinstance(value, str) and bool(value),
    "files": lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    "restart_owed": lambda value: isinstance(value, bool),
}
DIRECTORY_MODE = 0o750
SUFFIX = ".novafleet-tmp"


@dataclass(frozen=True)
class Directory:
    """One service's directory as found.

    Attributes:
        fleet: the fleet that made it; "" if no fleet did.
        files: name -> (sha256, mode) of the files that the manifest lists and that exist.
        restart_owed: new files were written, but the restart after that is not complete.
        problem: why it cannot be read, or how it differs from what this collection writes; "" if it is sound.
    """

    fleet: str = ""
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    restart_owed: bool = False
    problem: str = ""


class Damaged(Failure):
    """The manifest is not one that this collection writes."""


class FileStore:
    """Reads and writes the directories of one fleet."""

    def __init__(self, root: str, fleet: str, owner: int, group: int) -> None:
        """root: config_dir; owner and group: numeric ids that files get (chown(2))."""
        self.root, self.fleet, self.owner, self.group = root, fleet, owner, group

    def path(self, service: str, name: str = "") -> str:
        """Path of a service's directory, or of a file in it."""
        return os.path.join(self.root, service, name) if name else os.path.join(self.root, service)

    def read_all(self) -> dict[str, Directory]:
        """Read every directory under the root that is not empty. A killed run may leave an empty one.

        Returns:
            Service -> its directory. A directory that cannot be read is a problem of its service only.

        Raises:
            OSError: the root itself cannot be read.
        """
        try:
            names = os.listdir(self.root)
        except FileNotFoundError:
            return {}
        directories = {name: self._directory(name) for name in names if os.path.isdir(self.path(name))}
        return {name: directory for name, directory in directories.items() if directory}

    def _directory(self, service: str) -> Directory | None:
        try:
            return self._read(service)
        except OSError as error:
            return Directory(
                problem=f"{error.filename or self.path(service)} cannot be read: {error.strerror or error}"
            )
        except Damaged as error:
            return Directory(problem=str(error))

    def _read(self, service: str) -> Directory | None:
        manifest = self._manifest(service)
        if manifest is None:
            empty = set(os.listdir(self.path(service))) == set(self._interrupted(service))
            return None if empty else Directory()
        states = ((name, self._state(service, name)) for name in manifest["files"])
        return Directory(
            fleet=manifest["fleet"],
            files={name: state for name, state in states if state},
            restart_owed=manifest["restart_owed"],
        )

    def _manifest(self, service: str) -> dict[str, Any] | None:
        """The manifest's content, or None if there is no manifest.

        Raises:
            Damaged: the manifest is not one that this collection writes.
        """
        path = self.path(service, MANIFEST)
        try:
            with open(path, encoding="utf-8") as stream:
                manifest = json.load(stream)
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise Damaged(f"{path} is damaged: {error}") from error
        wrong = [
            key for key, valid in MANIFEST_KEYS.items() if not (isinstance(manifest, dict) and valid(manifest.get(key)))
        ]
        if wrong:
            raise Damaged(f"{path} is damaged: its {wrong[0]} is not what novafleet.compute writes")
        return manifest

    def _our_manifest(self, service: str) -> dict[str, Any] | None:
        manifest = self._manifest(service)
        return manifest if manifest and manifest["fleet"] == self.fleet else None

    def _state(self, service: str, name: str) -> tuple[str, int] | None:
        """(sha256, mode) of one file; mode is -1 if owner or group differ from the options."""
        try:
            with open(self.path(service, name), "rb") as stream:
                info = os.fstat(stream.fileno())
                digest = hashlib.sha256(stream.read()).hexdigest()
        except FileNotFoundError:
            return None
        except IsADirectoryError:
            return "", -1
        right_owner = (info.st_uid, info.st_gid) == (self.owner, self.group)
        return digest, stat.S_IMODE(info.st_mode) if right_owner else -1

    def text(self, service: str, name: str) -> str:
        """Content of one file for diffs; "" if it does not exist."""
        try:
            with open(self.path(service, name), encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except (FileNotFoundError, IsADirectoryError):
            return ""

    def digest(self, service: str, name: str) -> str:
        """sha256 of one file for diffs; "" if it does not exist."""
        state = self._state(service, name)
        return state[0] if state else ""

    def write(
        self,
        service: str,
        keep: Sequence[File],
        write: Iterable[File],
        delete: Sequence[str],
        contents: Mapping[str, str],
        restart_owed: bool,
    ) -> None:
        """Write and delete the files of one directory.

        The manifest is written first, so that the next run recognises one that was killed half-way.

        Args:
            service: name.
            keep: all files that the service must have.
            write: those of them whose content on disk differs.
            delete: names to delete.
            contents: file name -> text.
            restart_owed: whether a running container has to be restarted to see the change.
        """
        os.makedirs(self.root, mode=0o755, exist_ok=True)
        directory = self.path(service)
        if not os.path.isdir(directory):
            os.mkdir(directory, 0o700)
        os.chown(directory, self.owner, self.group)
        os.chmod(directory, DIRECTORY_MODE)
        self._write_manifest(service, [item.path for item in keep] + list(delete), restart_owed)
        for name in self._interrupted(service):
            _unlink(self.path(service, name))
        for item in write:
            self._replace(directory, item.path, contents[item.path], item.mode)
        for name in delete:
            _unlink(self.path(service, name))
        if delete:
            self._write_manifest(service, [item.path for item in keep], restart_owed)

    def settle(self, service: str, keep: Iterable[File]) -> None:
        """Record that the service has read its files, so that no restart is owed."""
        manifest = self._our_manifest(service)
        if manifest and manifest["restart_owed"]:
            self._write_manifest(service, [item.path for item in keep], False)

    def remove(self, service: str) -> None:
        """Delete the fleet's files of a service, and its directory unless it holds other files."""
        manifest = self._our_manifest(service)
        if manifest is None:
            return
        for name in manifest["files"] + self._interrupted(service):
            _unlink(self.path(service, name))
        _unlink(self.path(service, MANIFEST))
        for directory in (self.path(service), self.root):
            try:
                os.rmdir(directory)
            except OSError:
                return

    def _interrupted(self, service: str) -> list[str]:
        """Remove temporary files that a killed run left."""
        return [name for name in os.listdir(self.path(service)) if name.startswith(".") and name.endswith(SUFFIX)]

    def _write_manifest(self, service: str, names: Iterable[str], restart_owed: bool) -> None:
        manifest = {"fleet": self.fleet, "files": sorted(names), "restart_owed": restart_owed}
        self._replace(self.path(service), MANIFEST, json.dumps(manifest) + "\n", 0o644)

    def _replace(self, directory: str, name: str, content: str, mode: int) -> None:
        """Write a file whole or not at all (rename(2)), never readable by others in between."""
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=SUFFIX, dir=directory)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(content)
                stream.flush()
                os.fchown(stream.fileno(), self.owner, self.group)
                os.fchmod(stream.fileno(), mode)
            os.rename(temporary, os.path.join(directory, name))
        except BaseException:
            _unlink(temporary)
            raise


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
