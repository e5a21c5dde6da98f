# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that talks to Docker, through the Docker SDK for Python.

Everything above it handles C(Container) records and the errors defined here; nobody else
imports C(docker).  Docker API 1.40 (engine 19.03) is the floor: the container policy needs
C(HostConfig.Init) with C(Mounts) and C(PidsLimit) as that version defines them.
"""

from __future__ import annotations

import datetime
import io
import json
import re
import sys
import tarfile
import time
import traceback
import uuid
from dataclasses import dataclass, field

from ansible.module_utils.basic import env_fallback
from ansible_collections.novafleet.compute.plugins.module_utils import _times
from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure

try:
    import docker
    import docker.errors
    import requests.exceptions
    import urllib3
except Exception:  # An SDK that is broken, or too old for this Python, raises anything.
    docker = None
    DOCKER_IMPORT_ERROR = traceback.format_exc()
else:
    DOCKER_IMPORT_ERROR = None

# What the SDK and the functions here raise where an answer lacks what each answer of Docker has.
NOT_AN_ANSWER = (KeyError, TypeError, AttributeError, ValueError, IndexError)
WRONG_PLACE = "Is docker_host that of an engine, and not of a proxy or of something else?"

API_FLOOR = (1, 40)
SDK_FLOOR = (5, 0)
# Older ones fail with requests 2.32 and with urllib3 2 (docker-py issues 3256 and 3113).
SDK_FIT = "7.1.0"
UNFIT_SDK = re.compile(r"Not supported URL scheme http\+docker|unexpected keyword argument 'chunked'")

# Containers that are created, never started and removed at once. An older one was left by a run that was cut off.
ASIDE = re.compile(r"novafleet-(read|try)-[0-9a-f-]+")
ASIDE_SECONDS = 600

# What a start that failed on a full disk leaves behind, until the engine is restarted.
# moby: libnetwork/network.go, CreateEndpoint
STALE_ENDPOINT = re.compile(r"endpoint with name (\S+) already exists in network host\b")
NO_CONTAINER = re.compile(r"no such container", re.IGNORECASE)
HEALTH = re.compile(r"\((?:health: )?(starting|healthy|unhealthy)\)")

ENGINE_ARGUMENT_SPEC = dict(
    docker_host=dict(type="str", default="unix:///var/run/docker.sock", fallback=(env_fallback, ["DOCKER_HOST"])),
    docker_tls_ca=dict(type="path"),
    docker_tls_cert=dict(type="path"),
    docker_tls_key=dict(type="path", no_log=False),
    docker_timeout=dict(type="int", default=60),
    engine_to_come=dict(type="bool", default=False),
)


class EngineError(Failure):
    """Docker refused or failed; C(str()) says what, and what to do about it."""


class Unanswered(EngineError):
    """Whether the engine has done what was asked, is not known."""


class EngineUnreachable(Unanswered):
    """Nothing answers at docker_host, or the connection broke."""


class EngineTimeout(Unanswered):
    """The engine did not answer within docker_timeout seconds."""


class SdkUnusable(EngineError):
    """The Docker SDK for Python is missing, too old, or does not work with the libraries beside it."""


class NotFound(EngineError):
    """The container or image named does not exist (any more)."""


class Conflict(EngineError):
    """A name is taken, or the object is busy (HTTP 409)."""


class Rejected(EngineError):
    """The request itself is wrong (HTTP 400); C(reason) has the engine's own words."""

    def __init__(self, text: str, reason: str = ""):
        super().__init__(text)
        self.reason = reason or text


@dataclass(frozen=True)
class Container:
    """One container as one entry of C(GET /containers/json) tells it.

    Attributes:
        id: the 64 hex digits of Docker.
        name: without the leading slash.
        image_id: C(sha256:...) of the image it was created from.
        state: created, running, paused, restarting, removing, exited or dead; or LOST (module _plan).
        status: Docker's sentence, such as C(Up 3 minutes).
        created: seconds since the epoch.
        health: starting, healthy or unhealthy; "" for a container without a health check.
    """

    id: str
    name: str
    image: str = ""
    image_id: str = ""
    state: str = "running"
    status: str = ""
    created: int = 0
    labels: dict = field(default_factory=dict)
    health: str = ""


def connect(params):
    """Connect to the engine that the C(docker_*) parameters name.

    Args:
        params: dict with the keys of ENGINE_ARGUMENT_SPEC.

    Returns:
        docker.client.DockerClient

    Raises:
        SdkUnusable: the SDK is missing, too old, or does not fit its libraries.
        EngineError: the API is below the floor.
        EngineUnreachable: nothing answers.
    """
    _require_sdk()
    with typed_errors("connect to Docker at {}".format(params["docker_host"])):
        version = _client(params, _dotted(API_FLOOR)).api.version(api_version=False)["ApiVersion"]
    _require_api(version)
    return _client(params, version)


def _client(params, version):
    """A client that has asked nothing yet: what version="auto" asks is under the environment's sway."""
    client = docker.DockerClient(
        base_url=params["docker_host"],
        version=version,
        timeout=params["docker_timeout"],
        tls=_tls(params),
        max_pool_size=32,
    )
    # Else REQUESTS_CA_BUNDLE takes the place of docker_tls_ca, and a proxy that of the engine (requests: Session).
    client.api.trust_env = False
    return client


def _require_sdk():
    if docker is None:
        raise SdkUnusable(
            f"The Docker SDK for Python cannot be imported by {sys.executable}. Install python3-docker (Debian, "
            "Ubuntu) or 'pip install docker', or let the role novafleet.compute.docker_host do it.\n"
            + DOCKER_IMPORT_ERROR
        )
    have = tuple(int(part) for part in docker.__version__.split(".")[:2])
    if have < SDK_FLOOR:
        raise SdkUnusable(
            f"The Docker SDK for Python is {docker.__version__}, novafleet.compute needs {_dotted(SDK_FLOOR)} or newer."
        )


def _unfit_sdk() -> SdkUnusable:
    return SdkUnusable(
        f"The Docker SDK for Python {docker.__version__} does not work with requests {requests.__version__} and "
        f"urllib3 {urllib3.__version__}, which {sys.executable} has. Install version {SDK_FIT} or newer of the SDK "
        f"(pip install 'docker>={SDK_FIT}'), or let the role novafleet.compute.docker_host do it."
    )


def _require_api(version):
    if tuple(int(part) for part in version.split(".")) < API_FLOOR:
        raise EngineError(
            f"The engine speaks Docker API {version}, novafleet.compute needs {_dotted(API_FLOOR)} or newer."
        )


def _dotted(version):
    return ".".join(map(str, version))


def _tls(params):
    if not params.get("docker_tls_ca"):
        return None
    pair = (params["docker_tls_cert"], params["docker_tls_key"]) if params.get("docker_tls_cert") else None
    return docker.tls.TLSConfig(ca_cert=params["docker_tls_ca"], client_cert=pair, verify=True)


def reach(opened: object, absent: object, params: dict, check_mode: bool) -> object:
    """What C(opened) returns; in check mode, what stands for an engine that is about to be installed.

    Args:
        opened: function that connects, and raises what connect() raises.
        absent: returned where there is no usable SDK or engine yet, and engine_to_come says that they will be.
        params: dict with the keys of ENGINE_ARGUMENT_SPEC.
    """
    try:
        return opened()
    except (SdkUnusable, EngineUnreachable):
        if not (check_mode and params["engine_to_come"]):
            raise
        return absent


class typed_errors:
    """Context manager: what the SDK and requests raise becomes an EngineError that names the attempt."""

    def __init__(self, attempt):
        self.attempt = attempt

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None or isinstance(error, EngineError) or not isinstance(error, Exception):
            return False
        raise self._translate(error) from error

    def _translate(self, error):
        if UNFIT_SDK.search(str(error)):
            return _unfit_sdk()
        text = f"Could not {self.attempt}: "
        if isinstance(error, docker.errors.APIError):
            return _refusal(error, text)
        if isinstance(error, (requests.exceptions.ReadTimeout, requests.exceptions.ConnectTimeout)):
            return EngineTimeout(text + "no answer in time. Raise docker_timeout if the engine is merely slow.")
        if _is_no_answer(error):
            return EngineError(text + f"the answer is not one of Docker's API ({_kind(error)}). {WRONG_PLACE}")
        if isinstance(error, (requests.exceptions.RequestException, docker.errors.DockerException, OSError)):
            return EngineUnreachable(text + f"{error}. Is the engine running, and docker_host right?")
        return error


def _is_no_answer(error):
    """Errors of requests are OSErrors, and some are ValueErrors, too: what is no JSON, and addresses that are none."""
    return isinstance(error, json.JSONDecodeError) or (
        isinstance(error, NOT_AN_ANSWER) and not isinstance(error, OSError)
    )


def _kind(error):
    return f"{type(error).__name__}: {error}"


def _refusal(error: Exception, text: str) -> EngineError:
    status, reason = getattr(error.response, "status_code", None), _explanation(error)
    if isinstance(error, docker.errors.NotFound):
        return NotFound(text + reason)
    if status == 400:
        return Rejected(text + reason, reason)
    return (Conflict if status == 409 else EngineError)(text + reason)


def _explanation(error):
    text = str(getattr(error, "explanation", None) or error)
    if text.lstrip().startswith("<"):
        return f"HTTP {error.response.status_code}, with a page of HTML. {WRONG_PLACE}"
    return text


class Engine:
    """The few things the collection asks of a Docker engine.  Safe to share between threads."""

    def __init__(self, client):
        self.api = client.api

    def containers(self):
        """All containers of the engine, ours or not, in one request.

        Returns:
            list of Container
        """
        with typed_errors("list containers"):
            entries = self.api.containers(all=True)
            if not isinstance(entries, list):
                raise TypeError("it is no list")
            return [_container(entry) for entry in entries]

    def image_ids(self, references):
        """One request an image, not a container.

        Args:
            references: iterable of image names.

        Returns:
            dict: reference -> image id, or None where the engine lacks the image.
        """
        return {reference: self._image_id(reference) for reference in sorted(set(references))}

    def _image_id(self, reference):
        try:
            with typed_errors(f"inspect image {reference}"):
                return self.api.inspect_image(reference)["Id"]
        except NotFound:
            return None

    def runtimes(self):
        """OCI runtimes that the engine can start containers with.

        Returns:
            set of str; the shims of containerd that need no registration are not among them.
        """
        with typed_errors("ask for the engine's runtimes"):
            return set(self.api.info()["Runtimes"])

    def security(self) -> set:
        """What confines the engine's containers.

        Returns:
            set of str, such as userns, selinux, apparmor, rootless.
        """
        with typed_errors("ask for the engine's security options"):
            told = self.api.info().get("SecurityOptions") or ()
        # moby: daemon/info.go; each is a list of key=value, of which one is the name.
        return {word[5:] for option in told for word in option.split(",") if word.startswith("name=")}

    def create(self, name, config):
        """Create a container.

        Args:
            name: container name.
            config: body of C(POST /containers/create), as Docker API 1.40 defines it.

        Returns:
            str: the container's id.
        """
        with typed_errors(f"create container {name}"):
            return self.api.create_container_from_config(config, name)["Id"]

    def start(self, ident):
        """Start a container."""
        try:
            self._start(ident)
        except EngineError as error:
            self._start_despite(ident, error)

    def _start(self, ident):
        with typed_errors(f"start container {ident}"):
            self.api.start(ident)

    def _start_despite(self, ident, error):
        """Start it again, if it failed for what an earlier start has left in the engine's list of the host network."""
        stale = STALE_ENDPOINT.search(str(error))
        if not stale:
            raise error
        self._forget_endpoint(stale.group(1))
        self._start(ident)

    def _forget_endpoint(self, name):
        """Of the host network only, where an endpoint is a note and nobody's connection."""
        with typed_errors(f"take {name} off the engine's list of the host network"):
            self.api.disconnect_container_from_network(name, "host", force=True)

    def unpause(self, ident):
        with typed_errors(f"unpause container {ident}"):
            self.api.unpause(ident)

    def stop(self, ident, timeout):
        """Stop a container; timeout in seconds is how long it may take before it is killed."""
        with typed_errors(f"stop container {ident}"):
            self.api.stop(ident, timeout=timeout)

    def restart(self, ident, timeout):
        """Stop, then start a container; timeout as in stop()."""
        # Where it fails for what is left in the network, it has stopped already.
        try:
            with typed_errors(f"restart container {ident}"):
                self.api.restart(ident, timeout=timeout)
        except EngineError as error:
            self._start_despite(ident, error)

    def rename(self, ident, name):
        with typed_errors(f"rename container {ident} to {name}"):
            self.api.rename(ident, name)

    def remove(self, ident):
        """Remove a container with its anonymous volumes; one that is gone already is no error."""
        try:
            with typed_errors(f"remove container {ident}"):
                self.api.remove_container(ident, v=True, force=True)
        except NotFound:
            pass

    def inspect(self, ident):
        with typed_errors(f"inspect container {ident}"):
            details = self.api.inspect_container(ident)
            # Whoever asks relies on these.
            _started, _restarts = details["State"]["StartedAt"], details["RestartCount"]
            return details

    def read_file(self, image, path):
        """Read one file of an image, in a container that is created for it, never started, and removed.

        Args:
            image: id.
            path: absolute.

        Returns:
            bytes, or None where the image has no such file.
        """
        # The name is this reader's own: another one may be at the same image.
        config = {"Image": image, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}
        ident = self._create_aside("read", config)
        try:
            with typed_errors(f"read {path} of image {image}"):
                parts, _about = self.api.get_archive(ident, path)
                return _only_member(b"".join(parts))
        except NotFound as error:
            if NO_CONTAINER.search(str(error)):
                raise EngineError(str(error)) from error
            return None
        finally:
            self.remove(ident)

    def rehearse(self, config: dict) -> None:
        """Create a container as it is asked for, and remove it; it is never started.

        Args:
            config: as of create().

        Raises:
            EngineError: the engine refuses it, in its own words.
        """
        self.remove(self._create_aside("try", config))

    def _create_aside(self, purpose: str, config: dict) -> str:
        """Create a container that is to be removed at once, after what an earlier run has left of such."""
        oldest = time.time() - ASIDE_SECONDS
        for one in self.containers():
            if ASIDE.fullmatch(one.name) and one.state == "created" and one.created < oldest:
                self.remove(one.id)
        return self.create(f"novafleet-{purpose}-{uuid.uuid4().hex}", config)

    def log_tail(self, ident, lines=20, since=None):
        """The last lines of a container's log as one string; empty where its log driver cannot be read.

        Args:
            ident: name or id of the container.
            lines: int.
            since: RFC 3339 time before which nothing counts, by the second, or None.
        """
        begin = datetime.datetime.strptime(since[:19], _times.FORM) if since else None
        try:
            with typed_errors(f"read the log of container {ident}"):
                return self.api.logs(ident, tail=lines, since=begin).decode("utf-8", "replace")
        except EngineError:
            return ""


class NewEngine:
    """An engine as it is just after it was installed: what a plan asks of an Engine, and nothing to be found."""

    def containers(self) -> list:
        return []

    def image_ids(self, references: object) -> dict:
        return dict.fromkeys(references)

    def runtimes(self) -> None:
        """Nobody knows yet."""

    def security(self) -> set:
        return set()


def _only_member(archive):
    """Contents of the one file of a tar archive, as Docker sends it."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        return members.extractfile(members.next()).read()


def _container(entry):
    return Container(
        id=entry["Id"],
        name=(entry["Names"] or [""])[0].lstrip("/"),
        image=entry["Image"],
        image_id=entry["ImageID"],
        state=entry["State"],
        status=entry["Status"],
        created=entry["Created"],
        labels=entry["Labels"] or {},
        health=_health(entry["Status"]),
    )


def _health(status):
    """The list tells the health within its sentence only (moby: container/state.go, State.String)."""
    found = HEALTH.search(status)
    return found.group(1) if found else ""
