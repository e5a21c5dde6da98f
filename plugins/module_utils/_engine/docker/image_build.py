# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds an image by a script that runs in a container, which is then committed."""

from __future__ import annotations

import hashlib
import io
import json
import shlex
import tarfile
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError, NotFound
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.errors import typed_errors

LOG_LINES = 40
POLL_SECONDS = 0.5

SCRIPT = "/novafleet-build.sh"
# The command of a build container stays in the history of its image, so it is only this. The script, which may hold
# credentials of a package index, is gone from the file system before it runs.
RUN_SCRIPT = f'script=$(cat {SCRIPT}) && rm {SCRIPT} && eval "$script"'


def build(api: Any, name: str, image: tuple[str, str], build: Mapping[str, Any], changes: list[str]) -> str:
    """As image_state.Images.build() says.

    Args:
        api: docker.APIClient.
        name: of the image, as it was given.
        image: its repository and tag.
        build, changes: as of Images.build().
    """
    container = _build_name(name)
    _remove(api, container)
    with typed_errors(f"build image {name}"):
        api.create_container_from_config(_build_container(build), container)
    try:
        with typed_errors(f"build image {name}"):
            api.put_archive(container, "/", _script_archive(build))
        log = _run(api, container, name, build["timeout"])
        if build["commit"]:
            _commit(api, container, image, _kept(api, build["base"]) + changes)
    finally:
        _remove(api, container)
    return log


def _kept(api: Any, base: str) -> list[str]:
    """What the base says of how to run it, which a commit of the build container would lose."""
    with typed_errors(f"inspect image {base}"):
        return _run_instructions(api.inspect_image(base)["Config"] or {})


def _commit(api: Any, container: str, image: tuple[str, str], changes: list[str]) -> None:
    repository, tag = image
    with typed_errors(f"commit image {repository}:{tag}"):
        api.commit(container, repository=repository, tag=tag, changes="\n".join(changes))


def _remove(api: Any, container: str) -> None:
    try:
        with typed_errors("remove a build container"):
            api.remove_container(container, v=True, force=True)
    except NotFound:
        pass


def _run(api: Any, container: str, name: str, timeout: float) -> str:
    deadline = time.monotonic() + timeout
    with typed_errors(f"build image {name}"):
        api.start(container)
        state = api.inspect_container(container)["State"]
        while state["Running"] and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            state = api.inspect_container(container)["State"]
        running, status = state["Running"], state["ExitCode"]
        log = api.logs(container, tail=LOG_LINES).decode("utf-8", "replace")
    if running:
        raise EngineError(f"Building {name} took more than {timeout} s; raise build.timeout. Its last lines:\n{log}")
    if status:
        raise EngineError(f"Building {name} failed with exit status {status}. Its last lines:\n{log}")
    return log


def _build_name(image: str) -> str:
    """Name of the container of a build. Always the same, so that an interrupted build is found and removed.

    Not a label: an image, and every container made from it, would inherit that.
    """
    return "novafleet-build-" + hashlib.sha256(image.encode()).hexdigest()[:12]


def _build_container(build: Mapping[str, Any]) -> dict[str, Any]:
    """Body of POST /containers/create for a build; source: Docker API 1.40, ContainerCreate.

    An entry point of one empty string takes away the base's.
    """
    mounts = [
        dict(Type="bind", Source=mount["source"], Target=mount["target"], ReadOnly=mount["read_only"])
        for mount in build["mounts"]
    ]
    return {
        "Image": build["base"],
        "Entrypoint": [""],
        "Cmd": ["/bin/sh", "-c", RUN_SCRIPT],
        "User": "0:0",
        "WorkingDir": "/",
        "HostConfig": {"NetworkMode": build["network"], "Mounts": mounts, "Init": True},
    }


def _script_archive(build: Mapping[str, Any]) -> bytes:
    """The script as PUT /containers/{id}/archive takes it.

    It exports the environment itself, because a commit would keep the container's own.

    Returns:
        bytes: a tar file.
    """
    exports = "".join(
        f"export {key}={shlex.quote(str(value))}\n" for key, value in sorted(build["environment"].items())
    )
    script = (exports + build["script"]).encode()
    member = tarfile.TarInfo(SCRIPT.lstrip("/"))
    member.size, member.mode = len(script), 0o600
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(member, io.BytesIO(script))
    return stream.getvalue()


def _run_instructions(config: Mapping[str, Any]) -> list[str]:
    """Dockerfile instructions for what an image's Config says of how to run it.

    ENTRYPOINT stands before CMD, because it would clear it.
    """
    lines = [f"ENTRYPOINT {json.dumps(config['Entrypoint'])}"] if config.get("Entrypoint") else []
    lines.append(f"CMD {json.dumps(config.get('Cmd') or ['/bin/sh'])}")
    lines.append(f"WORKDIR {config.get('WorkingDir') or '/'}")
    return lines + ([f"USER {config['User']}"] if config.get("User") else [])
