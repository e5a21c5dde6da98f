# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the services as secrets and configs of the swarm: one for each content, which never changes.

Their names have the digest, so a new content is a new secret, and a service changes to it in one step. Services share a
file that all of them have.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.novafleet.compute.plugins.module_utils import _times
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_FLEET, LEASE_PROGRAM
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Conflict
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import SwarmCalls
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import (
    CONFIG,
    SECRET,
    FileReference,
    StoredFile,
    SwarmService,
)
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.desired import File, RunRefused, Service
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import Directory

LABEL_FILE, LABEL_SHA256 = "novafleet.file", "novafleet.sha256"
# swarmkit: api/validation. Both kinds must have a content.
MOST_BYTES = 500 * 1024
# A run on another manager may have made a file that its service does not use yet.
ABANDONED_SECONDS = 3600


class StoredFiles:
    """Secrets and configs of one fleet. Threads may share it once all files exist."""

    def __init__(self, calls: SwarmCalls, fleet: str, owner: int, group: int) -> None:
        """owner, group: numeric ids of the files in the containers."""
        self.calls, self.fleet, self.owner, self.group = calls, fleet, owner, group
        self.known: dict[tuple[str, str], StoredFile] = {}

    def read(self) -> None:
        """Read which files the swarm has."""
        found = self.calls.stored_files(f"{LABEL_FLEET}={self.fleet}")
        self.known = {(file.kind, file.name): file for file in found}

    def directory(self, service: SwarmService, target: str) -> Directory:
        """The files of a service as the plan compares them.

        Args:
            service: of the swarm.
            target: directory of its files in the container.
        """
        present = {}
        for reference in service.files:
            path = reference.target.removeprefix(target.rstrip("/") + "/")
            stored = self.known.get((reference.kind, reference.name))
            right = (reference.user, reference.group, reference.kind) == (self.owner, self.group, kind_of(path))
            digest = stored.labels.get(LABEL_SHA256, "") if stored else ""
            present[path] = (digest, reference.mode if right else -1)
        return Directory(fleet=self.fleet, files=present)

    def missing(self, files: Iterable[File]) -> list[File]:
        """Those of the files that the swarm does not have yet."""
        return [file for file in files if self._key(file) not in self.known]

    def create(
        self, wanted: Mapping[str, Iterable[File]], contents: Mapping[str, Mapping[str, str]], threads: int
    ) -> None:
        """Create what is missing, before any service uses it.

        Args:
            wanted: service -> its files.
            contents: service -> file name -> text.
            threads: number of requests at the same time.

        Raises:
            RunRefused: Swarm does not take one of the contents. Nothing was created.
            EngineError: a file could not be created.
        """
        texts: dict[tuple[str, str], tuple[File, str]] = {}
        problems = []
        for service, files in wanted.items():
            for file in self.missing(files):
                text = contents[service][file.path]
                problems += _unfit(service, file, text)
                texts[self._key(file)] = (file, text)
        if problems:
            raise RunRefused(problems)
        with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
            for stored in pool.map(lambda item: self._create(*item), texts.values()):
                self.known[stored.kind, stored.name] = stored

    def _create(self, file: File, text: str) -> StoredFile:
        kind, name = self._key(file)
        labels = {LABEL_FLEET: self.fleet, LABEL_FILE: file.path, LABEL_SHA256: file.sha256}
        try:
            return StoredFile(kind, self.calls.store(kind, name, labels, text), name, labels)
        except Conflict:
            # Another run made the same one meanwhile.
            found = [each for each in self.calls.stored_files(f"{LABEL_FLEET}={self.fleet}") if each.name == name]
            if not found:
                raise
            return found[0]

    def references(self, service: Service) -> list[FileReference]:
        """What a service mounts, all of which exists."""
        target = str(service.spec.settings["files_target"]).rstrip("/")
        return [self._reference(file, target) for file in service.files]

    def _reference(self, file: File, target: str) -> FileReference:
        kind, name = key = self._key(file)
        return FileReference(f"{target}/{file.path}", kind, self.known[key].id, name, self.owner, self.group, file.mode)

    def discard(self, before: Collection[str], services: Iterable[SwarmService], now: datetime.datetime) -> None:
        """Remove the files that no service uses any more.

        Args:
            before: ids of the files that services used when this run began.
            services: all services of the swarm.
            now: time of this machine.
        """
        used = {reference.id for service in services for reference in service.files}
        for key, file in list(self.known.items()):
            ours = file.id in before or not file.created or _abandoned(file, now)
            if ours and file.id not in used and self.calls.discard(file):
                del self.known[key]

    def _key(self, file: File) -> tuple[str, str]:
        return kind_of(file.path), stored_name(self.fleet, file.path, file.sha256)


def kind_of(path: str) -> str:
    """The lease program is the only file that is certainly no secret."""
    return CONFIG if path == LEASE_PROGRAM else SECRET


def stored_name(fleet: str, path: str, sha256: str) -> str:
    """Name of the secret or config that holds a content."""
    return "novafleet-" + hashlib.sha256(f"{fleet}\0{path}\0{sha256}".encode()).hexdigest()[:40]


def _unfit(service: str, file: File, text: str) -> list[str]:
    size = len(text.encode())
    if 0 < size < MOST_BYTES:
        return []
    what = "is empty" if not size else f"has {size} bytes"
    return [
        f"service {service}: {file.path} {what}, and a secret of Swarm has 1 to {MOST_BYTES - 1} bytes. Shorten it, or "
        "mount a file of the nodes (mounts)."
    ]


def _abandoned(file: StoredFile, now: datetime.datetime) -> bool:
    return now.timestamp() - _times.seconds(file.created) > ABANDONED_SECONDS


class SecretStore:
    """The files as a diff shows them: by digest, because Swarm does not return the content of a secret."""

    def __init__(self, directories: Mapping[str, Directory]) -> None:
        self.directories = directories

    def path(self, service: str, name: str = "") -> str:
        return f"{service}/{name} ({kind_of(name)})"

    def text(self, _service: str, _name: str) -> str | None:
        return None

    def digest(self, service: str, name: str) -> str:
        directory = self.directories.get(service)
        return directory.files[name][0] if directory and name in directory.files else ""
