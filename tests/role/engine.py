# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for a Docker engine, with the calls of Docker's API that the collection makes."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from containers import IMAGE, NEXT_IMAGE, Container, Containers
from server import Answer, Question, StandIn, UnixServer, now

API_VERSION = "1.43"


class Engine(Containers, StandIn):
    """One Docker host's engine, on a Unix socket."""

    def __init__(self, directory: Path, images: tuple[str, ...] = (IMAGE, NEXT_IMAGE)):
        """directory: for the socket, and the bundles of processes that the engine has lost; images: names."""
        name = r"(?:/v[\d.]+)?/containers/([^/]+)"
        StandIn.__init__(
            self,
            [
                ("ping", "GET", r"(?:/v[\d.]+)?/_ping", lambda question: Answer("OK", kind="text/plain")),
                ("version", "GET", r"(?:/v[\d.]+)?/version", self._version),
                ("info", "GET", r"(?:/v[\d.]+)?/info", self._info),
                ("list", "GET", r"(?:/v[\d.]+)?/containers/json", self._list),
                ("image", "GET", r"/v[\d.]+/images/(.+)/json", self._image),
                ("create", "POST", r"/v[\d.]+/containers/create", self._create),
                ("inspect", "GET", name + "/json", self._inspect),
                ("start", "POST", name + "/start", self._start),
                ("stop", "POST", name + "/stop", self._stop),
                ("restart", "POST", name + "/restart", self._restart),
                ("unpause", "POST", name + "/unpause", self._unpause),
                ("rename", "POST", name + "/rename", self._rename),
                ("remove", "DELETE", name, self._remove),
                ("logs", "GET", name + "/logs", self._logs),
                ("archive", "GET", name + "/archive", self._archive),
            ],
        )
        Containers.__init__(self, directory, images)
        self.socket = directory / "docker.sock"
        # Image name -> path -> bytes of files that can be read from an image.
        self.image_files: dict[str, dict[str, bytes]] = {}
        # Name of a runtime -> its program.
        self.runtimes = {"runc": "runc"}
        # Services whose containers end as soon as they are started, and the log that they leave.
        self.failing: dict[str, str] = {}
        # Function that is called with each container that is started, before the answer, or None.
        self.on_run: Callable[[Container], None] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Listen. After stop(), the engine starts again with the same containers."""
        self.socket.unlink(missing_ok=True)
        self.serve(UnixServer(self, str(self.socket)))
        self.socket.chmod(0o666)

    def stop(self) -> None:
        """Stop listening, and close requests that hang."""
        self.close()

    def end(self) -> None:
        """Stop, and end the processes of lost containers."""
        self.close()
        self.end_processes()

    def _version(self, _question: Question) -> dict:
        return dict(ApiVersion=API_VERSION, MinAPIVersion="1.24", Version="24.0.0", Os="linux", Arch="amd64")

    def _info(self, _question: Question) -> dict:
        return dict(
            Runtimes={name: dict(path=path) for name, path in self.runtimes.items()},
            DefaultRuntime="runc",
            SecurityOptions=[],
            Driver="overlay2",
            DockerRootDir="/var/lib/docker",
        )

    def _list(self, _question: Question) -> list:
        names = {ident: image for image, ident in self.images.items()}
        return [
            dict(
                Id=one.id,
                Names=[f"/{one.name}"],
                Image=names.get(one.image_id, one.image_id),
                ImageID=one.image_id,
                State=one.state,
                Status=one.sentence,
                Created=int(one.created),
                Labels=one.labels,
            )
            for one in self.containers.values()
        ]

    def _image(self, question: Question) -> Answer | dict:
        name = question.path[0]
        for image, ident in self.images.items():
            if name in (image, ident):
                return dict(Id=ident, RepoTags=[image], RepoDigests=[], Size=1, Config={})
        return Answer(dict(message=f"No such image: {name}"), 404)

    def _create(self, question: Question) -> Answer:
        name = question.query["name"]
        image = question.body["Image"]
        ident = self.images.get(image, image)
        if ident not in self.images.values():
            return Answer(dict(message=f"No such image: {image}"), 404)
        if self.find(name):
            return Answer(dict(message=f'Conflict. The container name "/{name}" is already in use'), 409)
        one = Container(self._new_id(), name, question.body, ident)
        self.containers[one.id] = one
        self._note("create", one)
        return Answer(dict(Id=one.id, Warnings=[]), 201)

    def _named(self, question: Question) -> Container:
        found = self.find(question.path[0])
        if not found:
            raise Missing(question.path[0])
        return found

    def answer(self, *request) -> Answer | None:
        try:
            return super().answer(*request)
        except Missing as error:
            return Answer(dict(message=f"No such container: {error}"), 404)

    def _note(self, event: str, one: Container) -> None:
        self.history.append((event, one.name))

    def _run(self, one: Container) -> None:
        one.started = time.time()
        one.state = "exited" if one.service in self.failing else "running"
        one.log = self.failing.get(one.service, one.log)
        if self.on_run:
            self.on_run(one)

    def _start(self, question: Question) -> Answer:
        one = self._named(question)
        if one.state == "running":
            return Answer(status=304)
        self._note("start", one)
        self._run(one)
        return Answer(status=204)

    def _stop(self, question: Question) -> Answer:
        one = self._named(question)
        if one.state in ("created", "exited"):
            return Answer(status=304)
        self._note("stop", one)
        one.state = "exited"
        return Answer(status=204)

    def _restart(self, question: Question) -> Answer:
        one = self._named(question)
        self._note("restart", one)
        self._run(one)
        return Answer(status=204)

    def _unpause(self, question: Question) -> Answer:
        one = self._named(question)
        self._note("unpause", one)
        one.state = "running"
        return Answer(status=204)

    def _rename(self, question: Question) -> Answer:
        one = self._named(question)
        self._note("rename", one)
        one.name = question.query["name"]
        return Answer(status=204)

    def _remove(self, question: Question) -> Answer:
        one = self._named(question)
        self._note("remove", one)
        del self.containers[one.id]
        return Answer(status=204)

    def _inspect(self, question: Question) -> dict:
        one = self._named(question)
        started = now(one.started - time.time(), "Z") if one.started else "0001-01-01T00:00:00Z"
        state = dict(Status=one.state, Running=one.state == "running", StartedAt=started, ExitCode=0)
        config = dict(one.config, Tty=False)
        return dict(
            Id=one.id,
            Name=f"/{one.name}",
            State=state,
            RestartCount=one.restarts,
            Config=config,
            Image=one.image_id,
            HostConfig=one.config.get("HostConfig", {}),
        )

    def _logs(self, question: Question) -> Answer:
        """One frame of standard output; source: Docker API, ContainerAttach, stream format."""
        text = self._named(question).log.encode()
        return Answer(
            b"\1\0\0\0" + len(text).to_bytes(4, "big") + text if text else b"", kind="application/octet-stream"
        )

    def _archive(self, question: Question) -> Answer:
        one, path = self._named(question), question.query["path"]
        names = [image for image, ident in self.images.items() if ident == one.image_id]
        content = self.image_files.get(names[0], {}).get(path)
        if content is None:
            return Answer(dict(message=f"Could not find the file {path} in container {one.id}"), 404)
        # base64 of {}: the SDK reads metadata from a header.
        about = ("X-Docker-Container-Path-Stat", "e30=")
        return Answer(_packed(os.path.basename(path), content), headers=(about,), kind="application/x-tar")


def _packed(name: str, content: bytes) -> bytes:
    """A tar archive with one file."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


class Missing(Exception):
    """There is no container with this name."""
