# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that are created to find something out, never started, and removed at once."""

from __future__ import annotations

import io
import os
import re
import tarfile
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError, NotFound
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.errors import typed_errors

if TYPE_CHECKING:
    from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine

NAME = re.compile(r"novafleet-(read|try)-[0-9a-f-]+")
# An older one was left by a run that was cut off.
LEFT_SECONDS = 600
NO_CONTAINER = re.compile(r"no such container", re.IGNORECASE)


def create(engine: DockerEngine, purpose: str, config: Mapping[str, Any]) -> str:
    """Create one, after what an earlier run has left of such is removed.

    Args:
        engine: DockerEngine.
        purpose: read or try.
        config: body of the request that creates it.

    Returns:
        Its id. The caller removes it.
    """
    oldest = time.time() - LEFT_SECONDS
    for container in engine.containers():
        if NAME.fullmatch(container.name) and container.state == "created" and container.created < oldest:
            engine.remove(container.id)
    # A name of its own: another run may be at the same.
    return engine.create_from_body(f"novafleet-{purpose}-{os.urandom(16).hex()}", config)


def read_file(engine: DockerEngine, image: str, path: str) -> bytes | None:
    """As Engine.read_file() says."""
    ident = create(engine, "read", {"Image": image, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}})
    try:
        with typed_errors(f"read {path} of image {image}"):
            parts, _about = engine.api.get_archive(ident, path)
            return _only_member(b"".join(parts))
    except NotFound as error:
        if NO_CONTAINER.search(str(error)):
            raise EngineError(str(error)) from error
        return None
    finally:
        engine.remove(ident)


def _only_member(archive: bytes) -> bytes:
    """Contents of the one file of a tar archive, as Docker sends it."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        member = members.next()
        stream = members.extractfile(member) if member else None
        if stream is None:
            raise ValueError("it holds no file")
        return stream.read()
