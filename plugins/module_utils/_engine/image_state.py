# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings one image to its state: what has to be done, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError

LABEL_INPUTS = "novafleet.image.inputs"
# Of these sources the same image may come again.
RECEIVED = ("pull", "load")


class Images(Protocol):
    """The images of an engine. Every call has a time-out, and raises EngineError."""

    def find(self, name: str) -> dict[str, Any] | None:
        """Look an image up: a dict with id, name, labels and size (bytes), or None."""

    def pull(self, name: str) -> None:
        """Pull an image by tag, by digest, or by both, of which the digest counts."""

    def load(self, archive: str) -> list[str]:
        """Load an archive as docker save writes it, and return names and ids of the images that it held."""

    def import_root(self, archive: str, name: str, changes: list[str]) -> None:
        """Make an image of a root file system.

        Args:
            archive: path of a tar file.
            name: of the image.
            changes: Dockerfile instructions.
        """

    def save(self, name: str, path: str) -> None:
        """Write an archive whole or not at all."""

    def is_saved(self, ident: str, path: str) -> bool:
        """Whether an archive that save() wrote holds the image with this id. False if there is no such archive."""

    def remove(self, name: str) -> None:
        """Remove an image. If it does not exist, this does nothing."""

    def drop_replaced(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """Remove a managed image whose name another image has now; not while a container or an image is made of it.

        Args:
            before, after: as find() returns them.
        """

    def build(self, name: str, build: Mapping[str, Any], changes: list[str]) -> str:
        """Run a script in a container of the base, and make an image of what it left.

        Args:
            name: of the image.
            build: dict with the suboptions of the option build.
            changes: Dockerfile instructions.

        Returns:
            The last lines of the script's output.

        Raises:
            EngineError: the script failed or took too long; holds its last lines.
        """


class NoImages:
    """Those of an engine that is about to be installed."""

    def find(self, _name: str) -> dict[str, Any] | None:
        """There is none yet."""
        return None


def inputs_digest(inputs: Any) -> str:
    """Digest of what decides an image.

    Args:
        inputs: anything JSON can write.

    Returns:
        str: sha256 as hex digits.
    """
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def instructions(params: Mapping[str, Any]) -> list[str]:
    """Dockerfile instructions for a commit or an import (Docker API: parameter changes).

    Args:
        params: dict with config (list of str), labels (dict) and inputs.

    Returns:
        list of str
    """
    labels = dict(params["labels"])
    if params["inputs"] is not None:
        labels[LABEL_INPUTS] = inputs_digest(params["inputs"])
    return list(params["config"]) + [f"LABEL {key}={json.dumps(str(value))}" for key, value in sorted(labels.items())]


def settle(
    images: Images, before: dict[str, Any] | None, params: Mapping[str, Any], check_mode: bool = False
) -> dict[str, Any]:
    """Bring one image to its state.

    Args:
        images: Images.
        before: dict as Images.find() returns it.
        params: dict with the options of the module image.
        check_mode: only say what would be done.

    Returns:
        dict with changed, image and, after a build, log.

    Raises:
        EngineError
    """
    if params["state"] == "absent":
        if before and not check_mode:
            images.remove(params["name"])
        return dict(changed=bool(before), image=before if check_mode else None)
    needed = before is None or _outdated(before, params)
    result: dict[str, Any] = dict(changed=needed, current=not needed, image=before)
    if needed and not check_mode:
        result.update(_obtain(images, params))
        result["changed"] = params["source"] not in RECEIVED or before is None or before["id"] != result["image"]["id"]
        images.drop_replaced(before, result["image"])
    if params["save"] and result["image"] and not images.is_saved(result["image"]["id"], params["save"]):
        result["changed"] = True
        if not check_mode:
            images.save(params["name"], params["save"])
    return result


def _outdated(image: dict[str, Any], params: Mapping[str, Any]) -> bool:
    """With inputs named, the label decides; without, an image of that name is good enough."""
    if params["inputs"] is None:
        return False
    return image["labels"].get(LABEL_INPUTS) != inputs_digest(params["inputs"])


def _obtain(images: Images, params: Mapping[str, Any]) -> dict[str, Any]:
    name, source = params["name"], params["source"]
    if source == "pull":
        images.pull(name)
        return dict(image=_there(images, name, "The registry sent no such image. Correct the name."))
    if source == "load":
        held = images.load(params["archive"])
        return dict(image=_there(images, name, _not_held(params["archive"], name, held)))
    if source == "import":
        images.import_root(params["archive"], name, instructions(params))
        return dict(image=_there(images, name, f"{params['archive']} did not become an image of that name."))
    log = images.build(name, params["build"], instructions(params))
    kept = params["build"]["commit"]
    return dict(image=_there(images, name, "The build made none.") if kept else images.find(name), log=log)


def _there(images: Images, name: str, why: str) -> dict[str, Any]:
    image = images.find(name)
    if image is None:
        raise EngineError(f"image {name} is not there afterwards. {why}")
    return image


def _not_held(archive: str, name: str, held: list[str]) -> str:
    told = f", but {', '.join(held)}" if held else ""
    return f"{archive} does not hold the image {name}{told}. Name the one it holds, or save the right one."


def shown(image: dict[str, Any] | None) -> dict[str, Any]:
    """An image as a diff shows it; empty when there is none."""
    return dict(id=image["id"], labels=image["labels"]) if image else {}
