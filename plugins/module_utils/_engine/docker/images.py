# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images on a Docker host: obtained, built by a script in a container, saved, removed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shlex
import tarfile
import time

from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import (
    Conflict,
    EngineError,
    NotFound,
    typed_errors,
)

LABEL_INPUTS = "novafleet.image.inputs"
# Of these sources the same image may come again.
RECEIVED = ("pull", "load")
LOG_LINES = 40
POLL_SECONDS = 0.5
# Commit, import, load and save answer when a whole image has been written.
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

SCRIPT = "/novafleet-build.sh"
# The command of a build container stays in the history of its image, so it is only this. The script, which may hold
# credentials of a package index, is gone from the file system before it runs.
RUN_SCRIPT = f'script=$(cat {SCRIPT}) && rm {SCRIPT} && eval "$script"'


def inputs_digest(inputs):
    """Digest of what decides an image.

    Args:
        inputs: anything JSON can write.

    Returns:
        str: sha256 as hex digits.
    """
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def instructions(params):
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


def settle(images, before, params, check_mode=False):
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
    result = dict(changed=needed, current=not needed, image=before)
    if needed and not check_mode:
        result.update(_obtain(images, params))
        result["changed"] = params["source"] not in RECEIVED or before is None or before["id"] != result["image"]["id"]
        images.drop_replaced(before, result["image"])
    if params["save"] and result["image"] and not _is_saved(params["save"], result["image"]["id"]):
        result["changed"] = True
        if not check_mode:
            images.save(params["name"], params["save"])
    return result


def _outdated(image, params):
    """With inputs named, the label decides; without, an image of that name is good enough."""
    if params["inputs"] is None:
        return False
    return image["labels"].get(LABEL_INPUTS) != inputs_digest(params["inputs"])


def _obtain(images, params):
    name, source = params["name"], params["source"]
    if source == "pull":
        images.pull(name)
        return dict(image=_found(images, name, "The registry sent no such image. Correct the name."))
    if source == "load":
        held = images.load(params["archive"])
        return dict(image=_found(images, name, _not_held(params["archive"], name, held)))
    if source == "import":
        images.import_root(params["archive"], name, instructions(params))
        return dict(image=_found(images, name, f"{params['archive']} did not become an image of that name."))
    log = images.build(name, params["build"], instructions(params))
    kept = params["build"]["commit"]
    return dict(image=_found(images, name, "The build made none.") if kept else images.find(name), log=log)


def _found(images: Images, name: str, why: str) -> dict:
    image = images.find(name)
    if image is None:
        raise EngineError(f"image {name} is not there afterwards. {why}")
    return image


def _not_held(archive: str, name: str, held: list) -> str:
    told = f", but {', '.join(held)}" if held else ""
    return f"{archive} does not hold the image {name}{told}. Name the one it holds, or save the right one."


def _is_saved(path, ident):
    """Whether an archive of docker save holds an image; every format names its configuration after the id."""
    try:
        with tarfile.open(path) as archive:
            manifest = json.load(archive.extractfile("manifest.json"))
    except (OSError, KeyError, ValueError, tarfile.TarError):
        return False
    return ident.split(":")[-1] in manifest[0]["Config"]


def shown(image):
    """An image as a diff shows it; empty when there is none."""
    return dict(id=image["id"], labels=image["labels"]) if image else {}


class NoImages:
    """Those of an engine that is about to be installed."""

    def find(self, name: str) -> None:
        """There is none yet."""


class Images:
    """The images of one engine."""

    def __init__(self, client):
        """client: docker.client.DockerClient"""
        self.api = client.api
        self.api.timeout = max(self.api.timeout, WHOLE_IMAGE_SECONDS)

    def find(self, name):
        """Look an image up.

        Returns:
            dict with id, name, labels and size, or None.
        """
        try:
            with typed_errors(f"inspect image {name}"):
                found = self.api.inspect_image(name)
        except NotFound:
            return None
        labels = (found.get("Config") or {}).get("Labels") or {}
        return dict(id=found["Id"], name=name, labels=labels, size=found["Size"])

    def pull(self, name: str) -> None:
        """Pull an image by tag, by digest, or by both, of which the digest counts.

        Raises:
            EngineError: also for an id, which no registry knows.
        """
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

    def load(self, archive: str) -> list:
        """Load what docker save wrote.

        Returns:
            list of str, names and ids of the images that the engine has loaded.
        """
        loaded = []
        with typed_errors(f"load {archive}"), open(archive, "rb") as stream:
            for event in self.api.load_image(stream):
                _raise_event(event, f"load {archive}")
                loaded += LOADED.findall(event.get("stream") or "")
        return loaded

    def import_root(self, archive, name, changes):
        """Make an image of a root file system; archive: path of a tar file."""
        repository, tag = _split(name)
        with typed_errors(f"import {archive}"):
            answer = self.api.import_image(src=archive, repository=repository, tag=tag, changes=changes)
        for line in answer.splitlines():
            _raise_event(json.loads(line), f"import {archive}")

    def save(self, name, path):
        """Write an archive whole or not at all."""
        temporary = path + ".part"
        with typed_errors(f"save image {name}"), open(temporary, "wb") as stream:
            for chunk in self.api.get_image(name):
                stream.write(chunk)
        os.rename(temporary, path)

    def remove(self, name):
        try:
            with typed_errors(f"remove image {name}"):
                self.api.remove_image(name)
        except NotFound:
            pass

    def drop_replaced(self, before, after):
        """Remove an image of ours that has lost its name to another; not while a container or an image is made of it.

        Args:
            before, after: dict as find() returns it, or None.
        """
        if before is None or LABEL_INPUTS not in before["labels"] or (after and after["id"] == before["id"]):
            return
        try:
            with typed_errors(f"remove image {before['id']}"):
                if not self.api.inspect_image(before["id"])["RepoTags"]:
                    self.api.remove_image(before["id"])
        except (NotFound, Conflict):
            pass

    def build(self, name, build, changes):
        """Run a script in a container of the base, and make an image of what it left.

        Args:
            name: of the image.
            build: dict with the suboptions of the option build.
            changes: list of Dockerfile instructions.

        Returns:
            str: the last lines of the script's output.

        Raises:
            EngineError: the script failed or took too long; holds its last lines.
        """
        if self.find(build["base"]) is None:
            self.pull(build["base"])
        container = _build_name(name)
        with typed_errors(f"build image {name}"):
            self._remove_container(container)
            self.api.create_container_from_config(_build_container(build), container)
        try:
            with typed_errors(f"build image {name}"):
                self.api.put_archive(container, "/", _script_archive(build))
            log = self._run(container, name, build["timeout"])
            if build["commit"]:
                self._commit(container, name, self._kept(build["base"]) + changes)
        finally:
            self._remove_container(container)
        return log

    def _kept(self, base):
        """What the base says of how to run it, which a commit of the build container would lose."""
        with typed_errors(f"inspect image {base}"):
            config = self.api.inspect_image(base)["Config"] or {}
        return _run_instructions(config)

    def _commit(self, container, name, changes):
        repository, tag = _split(name)
        with typed_errors(f"commit image {name}"):
            self.api.commit(container, repository=repository, tag=tag, changes="\n".join(changes))

    def _remove_container(self, container):
        try:
            with typed_errors("remove a build container"):
                self.api.remove_container(container, v=True, force=True)
        except NotFound:
            pass

    def _run(self, container, name, timeout):
        deadline = time.monotonic() + timeout
        with typed_errors(f"build image {name}"):
            self.api.start(container)
            state = self.api.inspect_container(container)["State"]
            while state["Running"] and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
                state = self.api.inspect_container(container)["State"]
            log = self.api.logs(container, tail=LOG_LINES).decode("utf-8", "replace")
        if state["Running"]:
            raise EngineError(
                f"Building {name} took more than {timeout} s; raise build.timeout. Its last lines:\n{log}"
            )
        if state["ExitCode"]:
            raise EngineError(f"Building {name} failed with exit status {state['ExitCode']}. Its last lines:\n{log}")
        return log


def _build_name(image):
    """Name of the container of a build. Always the same, so that an interrupted build is found and removed.

    Not a label: an image, and every container made from it, would inherit that.
    """
    return "novafleet-build-" + hashlib.sha256(image.encode()).hexdigest()[:12]


def _build_container(build):
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


def _script_archive(build):
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


def _run_instructions(config):
    """Dockerfile instructions for what an image's Config says of how to run it.

    ENTRYPOINT stands before CMD, because it would clear it.
    """
    lines = [f"ENTRYPOINT {json.dumps(config['Entrypoint'])}"] if config.get("Entrypoint") else []
    lines.append(f"CMD {json.dumps(config.get('Cmd') or ['/bin/sh'])}")
    lines.append(f"WORKDIR {config.get('WorkingDir') or '/'}")
    return lines + ([f"USER {config['User']}"] if config.get("User") else [])


def _split(name):
    """Repository and tag; a colon before a slash belongs to a registry's port."""
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def _pulled_as(name: str) -> tuple:
    """Repository and tag as a pull takes them: a digest stands in the tag's place, and a tag beside it says nothing."""
    named, _at, digest = name.partition("@")
    repository, tag = _split(named)
    return repository, digest or tag


def _raise_event(event: dict, attempt: str) -> None:
    """A failure within a stream: error, errorDetail, or both; message alone is the body of a failed request."""
    if not FAILURE & set(event):
        return
    detail = event.get("errorDetail") or {}
    reason = (
        event.get("error") or event.get("message") or (detail.get("message") if isinstance(detail, dict) else detail)
    )
    raise EngineError(f"Could not {attempt}: {reason or 'the engine does not say why'}")
