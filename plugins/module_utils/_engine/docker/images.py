# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images of a Docker engine: obtained, saved, removed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tarfile
from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Conflict, EngineError, NotFound
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import image_build
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.errors import typed_errors
from ansible_collections.novafleet.compute.plugins.module_utils._engine.image_state import LABEL_INPUTS

# Commit, import, load and save answer when a whole image has been written; a pull may be silent while it unpacks.
WHOLE_IMAGE_SECONDS = 900

# moby: image/tarexport/load.go
LOADED = re.compile(r"Loaded image(?: ID)?: (\S+)")
FAILURE = {"error", "errorDetail", "message"}
IMAGE_ID = re.compile(r"(sha256:)?[0-9a-f]{64}")
# What registries and engines say to an account that is missing or lacks the right; the first also to a wrong name.
DENIED = re.compile(r"access denied|unauthorized|authentication required|no basic auth credentials", re.IGNORECASE)
LOGIN = (
    "Correct the name, or log in to its registry on this Docker host, as the user that the module runs as "
    "(docker login, which writes ~/.docker/config.json)."
)


class DockerImages:
    """The images of one engine, as image_state.Images says. Each method says only what is Docker's own about it."""

    def __init__(self, api: Any) -> None:
        """api: docker.APIClient, as client.connect() returns it."""
        self.api = api
        self.api.timeout = max(self.api.timeout, WHOLE_IMAGE_SECONDS)

    def find(self, name: str) -> dict[str, Any] | None:
        try:
            with typed_errors(f"inspect image {name}"):
                details = self.api.inspect_image(name)
                labels = (details.get("Config") or {}).get("Labels") or {}
                return dict(id=details["Id"], name=name, labels=labels, size=details["Size"])
        except NotFound:
            return None

    def pull(self, name: str) -> None:
        """An id is refused, which no registry knows."""
        if IMAGE_ID.fullmatch(name):
            raise EngineError(f"Could not pull image {name}: it is an id, which no registry knows. Write a name.")
        try:
            with typed_errors(f"pull image {name}"):
                repository, tag = _pulled_as(name)
                for event in self.api.pull(repository, tag=tag, stream=True, decode=True):
                    _raise_event(event, f"pull image {name}")
        except EngineError as error:
            if DENIED.search(str(error)):
                raise type(error)(f"{str(error).rstrip('.')}. {LOGIN}") from error
            raise

    def load(self, archive: str) -> list[str]:
        loaded: list[str] = []
        with typed_errors(f"load {archive}"), open(archive, "rb") as stream:
            for event in self.api.load_image(stream):
                _raise_event(event, f"load {archive}")
                loaded += LOADED.findall(event.get("stream") or "")
        return loaded

    def import_root(self, archive: str, name: str, changes: list[str]) -> None:
        repository, tag = self.imported_as(name)
        with typed_errors(f"import {archive}"):
            answer = self.api.import_image(src=archive, repository=repository, tag=tag, changes=changes)
            for line in answer.splitlines():
                _raise_event(json.loads(line), f"import {archive}")

    def imported_as(self, name: str) -> tuple[str, str | None]:
        """Repository and tag as an import takes them."""
        return _split(name)

    def save(self, name: str, path: str) -> None:
        temporary = path + ".part"
        try:
            with typed_errors(f"save image {name}"):
                with open(temporary, "wb") as stream:
                    for chunk in self.api.get_image(name):
                        stream.write(chunk)
                os.rename(temporary, path)
        finally:
            # A part would keep a full disk full.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)

    def is_saved(self, ident: str, path: str) -> bool:
        """Every format of archive names the image's configuration after its id."""
        try:
            with tarfile.open(path) as archive:
                stream = archive.extractfile("manifest.json")
                return stream is not None and ident.rpartition(":")[2] in json.load(stream)[0]["Config"]
        except (OSError, LookupError, TypeError, ValueError, tarfile.TarError):
            return False

    def remove(self, name: str) -> None:
        try:
            with typed_errors(f"remove image {name}"):
                self.api.remove_image(name)
        except NotFound:
            pass

    def drop_replaced(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """The engine itself refuses to remove what a container or an image is made of."""
        if before is None or LABEL_INPUTS not in before["labels"] or (after and after["id"] == before["id"]):
            return
        try:
            with typed_errors(f"remove image {before['id']}"):
                if not self.api.inspect_image(before["id"])["RepoTags"]:
                    self.api.remove_image(before["id"])
        except (NotFound, Conflict):
            pass

    def build(self, name: str, build: Mapping[str, Any], changes: list[str]) -> str:
        if self.find(build["base"]) is None:
            self.pull(build["base"])
        return image_build.build(self.api, name, _split(name), build, changes)


def _split(name: str) -> tuple[str, str]:
    """Repository and tag; a colon before a slash belongs to a registry's port."""
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def _pulled_as(name: str) -> tuple[str, str]:
    """Repository and tag as a pull takes them: a digest replaces the tag, which Docker then ignores."""
    named, _at, digest = name.partition("@")
    repository, tag = _split(named)
    return repository, digest or tag


def _raise_event(event: Mapping[str, Any], attempt: str) -> None:
    """A failure within a stream: error, errorDetail, or both; message alone is the body of a failed request."""
    if not FAILURE & set(event):
        return
    detail = event.get("errorDetail") or {}
    reason = (
        event.get("error") or event.get("message") or (detail.get("message") if isinstance(detail, dict) else detail)
    )
    raise EngineError(f"Could not {attempt}: {reason or 'the engine does not say why'}")
