# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls of a swarm, through the engine of one of its managers.

They are raw requests, because the types of the Docker SDK for Python lack fields that services need.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    Conflict,
    EngineError,
    NotFound,
    Rejected,
    Unanswered,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import sdk
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.errors import typed_errors
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm import answers
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import (
    CONFIG,
    SECRET,
    Node,
    StoredFile,
    SwarmService,
    Task,
)

# Jobs, capabilities and limits of services (engine 20.10).
SWARM_API_FLOOR = (1, 41)
# States of a member of a swarm (moby: api/types/swarm) that another "docker swarm init" would not help.
NOT_IN_ORDER = {
    "locked": "Unlock it (docker swarm unlock).",
    "pending": "Wait until it has joined, and check that it reaches a manager.",
    "error": "See docker info and the log of the engine.",
}
OUT_OF_SEQUENCE = "update out of sequence"
COLLECTIONS = {SECRET: "secrets", CONFIG: "configs"}
# moby: InvalidArgument of the managers' store.
IN_USE = "is in use by the following service"


class OutOfSequence(Conflict):
    """The service has another version by now."""


class SwarmCalls:
    """Safe to share between threads. Every call has a time-out, and raises EngineError, or the kind of it that fits.

    Attributes:
        version: of the API.
    """

    def __init__(self, api: Any) -> None:
        """api: docker.APIClient."""
        self.api = api
        self.version = tuple(int(part) for part in api.api_version.split("."))

    def require_manager(self) -> None:
        """Raises:
        EngineError: this engine cannot manage a swarm.
        """
        with typed_errors("ask the engine for its swarm"):
            swarm = self.api.info()["Swarm"]
            state, manages = swarm["LocalNodeState"], swarm["ControlAvailable"]
        if state in NOT_IN_ORDER:
            raise EngineError(f"This Docker host is in a swarm, but its state is {state}. {NOT_IN_ORDER[state]}")
        if state != "active":
            raise EngineError(
                f"This Docker host is not in a swarm (state {state}). Form one first (docker swarm init), or run this "
                "on one of its managers."
            )
        if not manages:
            raise EngineError("This Docker host is a worker of its swarm. Run this on one of the managers.")
        if self.version < SWARM_API_FLOOR:
            raise EngineError(
                f"The engine speaks Docker API {self.api.api_version}, services of a swarm need "
                f"{'.'.join(map(str, SWARM_API_FLOOR))} or newer. Upgrade the managers."
            )

    def nodes(self) -> list[Node]:
        with typed_errors("list the nodes of the swarm"):
            return [answers.node(entry) for entry in self._get("nodes")]

    def services(self, label: str = "") -> list[SwarmService]:
        """All services of the swarm, or those with a label, in one request."""
        with typed_errors("list the services of the swarm"):
            return [answers.service(entry) for entry in self._get("services", _label(label))]

    def service(self, ident: str) -> SwarmService:
        with typed_errors(f"inspect service {ident}"):
            return answers.service(self._get(f"services/{ident}"))

    def tasks(self, labels: Sequence[str]) -> list[Task]:
        """Tasks of the services with all of these labels, also of those removed a moment ago, in one request."""
        with typed_errors("list the tasks of the swarm"):
            return [answers.task(entry) for entry in self._get("tasks", {"label": list(labels)})]

    def network(self, name: str) -> str | None:
        """Id of a network that services of the swarm can have, also of those that each node has, such as host."""
        try:
            with typed_errors(f"inspect network {name}"):
                return self.api._result(
                    self.api._get(self._place(f"networks/{quote(name, safe='')}"), params={"scope": "swarm"}), json=True
                )["Id"]
        except NotFound:
            return None

    def stored_files(self, label: str) -> list[StoredFile]:
        """Secrets and configs with a label, without contents, in two requests."""
        with typed_errors("list the secrets and configs of the swarm"):
            return [
                answers.stored_file(kind, entry)
                for kind, path in COLLECTIONS.items()
                for entry in self._get(path, _label(label))
            ]

    def store(self, kind: str, name: str, labels: Mapping[str, str], text: str) -> str:
        """Create a secret or config, and return its id.

        Raises:
            Conflict: there is one of this name.
        """
        data = base64.b64encode(text.encode()).decode()
        with typed_errors(f"create {kind} {name}"), _typed_conflicts(f"{kind} {name}"):
            return self._post(f"{COLLECTIONS[kind]}/create", {"Name": name, "Labels": dict(labels), "Data": data})["ID"]

    def discard(self, file: StoredFile) -> bool:
        """Remove a secret or config. Return whether it is gone, which one that a service uses is not."""
        try:
            with typed_errors(f"remove {file.kind} {file.name}"):
                self._delete(f"{COLLECTIONS[file.kind]}/{file.id}")
        except NotFound:
            return True
        except Rejected as error:
            if IN_USE in str(error):
                return False
            raise
        return True

    def create(self, body: Mapping[str, Any]) -> str:
        """Create a service, and return its id.

        Raises:
            Conflict: there is one of this name.
        """
        with typed_errors(f"create service {body['Name']}"), _typed_conflicts(f"service {body['Name']}"):
            return self._post("services/create", body, headers=self._credentials(body))["ID"]

    def update(self, ident: str, version: int, body: Mapping[str, Any]) -> None:
        """Give a service another specification.

        Raises:
            OutOfSequence: the service has another version by now.
        """
        with typed_errors(f"update service {body['Name']}"), _typed_conflicts(f"service {body['Name']}"):
            self._post(f"services/{ident}/update", body, {"version": version}, self._credentials(body))

    def remove(self, ident: str) -> None:
        """Remove a service. If it does not exist, this does nothing. Its tasks end afterwards."""
        try:
            with typed_errors(f"remove service {ident}"):
                self._delete(f"services/{ident}")
        except NotFound:
            pass

    def digest(self, image: str) -> str:
        """Digest of an image in its registry (sha256:...).

        Raises:
            EngineError: the registry lacks the image, or does not answer.
        """
        with typed_errors(f"ask the registry for image {image}"):
            return self.api.inspect_distribution(image)["Descriptor"]["digest"]

    def task_log(self, ident: str, lines: int = 20) -> str:
        """The end of a task's log, read on its node; "" if it cannot be read."""
        parameters = {"stdout": 1, "stderr": 1, "tail": lines}
        try:
            with typed_errors(f"read the log of task {ident}"):
                response = self.api._get(self.api._url("/tasks/{0}/logs", ident), params=parameters, stream=True)
                return self.api._get_result_tty(False, response, False).decode("utf-8", "replace")
        except EngineError:
            return ""

    def _credentials(self, body: Mapping[str, Any]) -> dict[str, str]:
        """The header by which the nodes get credentials of the image's registry."""
        image = body["TaskTemplate"]["ContainerSpec"]["Image"]
        registry, _name = sdk.docker.auth.resolve_repository_name(image)
        header = sdk.docker.auth.get_config_header(self.api, registry)
        return {"X-Registry-Auth": header} if header else {}

    def _get(self, path: str, filters: Mapping[str, list[str]] | None = None) -> Any:
        parameters = {"filters": sdk.docker.utils.convert_filters(dict(filters))} if filters else {}
        return self.api._result(self.api._get(self._place(path), params=parameters), json=True)

    def _post(
        self,
        path: str,
        body: Mapping[str, Any],
        parameters: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        # The SDK leaves out what is None, and nothing else.
        options = dict(data=dict(body), params=dict(parameters or {}), headers=dict(headers or {}))
        return self.api._result(self.api._post_json(self._place(path), **options), json=True)

    def _delete(self, path: str) -> None:
        self.api._raise_for_status(self.api._delete(self._place(path)))

    def _place(self, path: str) -> str:
        return self.api._url("/" + path)


def _label(label: str) -> dict[str, list[str]] | None:
    return {"label": [label]} if label else None


@contextmanager
def _typed_conflicts(what: str) -> Iterator[None]:
    """What an older engine calls an internal error."""
    try:
        yield
    except Exception as error:
        if isinstance(error, Unanswered) or OUT_OF_SEQUENCE not in str(error):
            raise
        raise OutOfSequence(f"{what} was changed by another run or an operator meanwhile.") from error
