# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Docker SDK against a small HTTP server that answers as an engine does."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base, choice
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import connect


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("to_come", [True, False])
def test_only_a_check_run_takes_an_engine_for_one_that_is_to_come(params, check_mode, to_come):
    params = dict(params, docker_host="unix:///nowhere/docker.sock", engine_to_come=to_come)
    new = base.NewEngine()
    if check_mode and to_come:
        assert choice.opened(lambda: connect(params), new, params, check_mode) is new
        assert (new.containers(), new.image_ids(["a"]), new.security()) == ([], {"a": None}, set())
        return
    with pytest.raises(base.EngineUnreachable):
        choice.opened(lambda: connect(params), new, params, check_mode)


def test_an_engine_that_is_too_old_is_not_one_that_is_to_come(server, params):
    server.answers[:] = [("/version", 200, {"ApiVersion": "1.24"})]
    with pytest.raises(base.EngineError, match="or newer"):
        choice.opened(lambda: connect(params), None, dict(params, engine_to_come=True), True)


PODMAN = {"ApiVersion": "1.41", "Components": [{"Name": "Podman Engine", "Version": "4.3.1"}]}


class Sockets:
    """Engines that answer at their usual sockets, by kind."""

    def __init__(self, monkeypatch, directory):
        self.directory, self.versions = directory, {}
        monkeypatch.setattr(choice, "SOCKETS", {kind: str(directory / kind) for kind in choice.SOCKETS})
        monkeypatch.setattr(choice, "read_version", self.read_version)
        monkeypatch.setattr(choice, "connect", lambda params, version: params["docker_host"])

    def add(self, kind, version=None):
        (self.directory / kind).touch()
        self.versions[kind] = version or (PODMAN if kind == "podman" else {"ApiVersion": "1.43"})

    def read_version(self, params):
        kind = params["docker_host"].rpartition("/")[2]
        if kind not in self.versions:
            raise base.EngineUnreachable(f"nothing answers at {params['docker_host']}")
        return self.versions[kind]

    def connected(self, engine=None, docker_host=None):
        return choice.connected(dict(engine=engine, docker_host=docker_host))


@pytest.fixture
def sockets(monkeypatch, tmp_path):
    return Sockets(monkeypatch, tmp_path)


@pytest.mark.parametrize("kind", ["docker", "podman"])
def test_the_only_engine_that_answers_is_found(sockets, tmp_path, kind):
    (tmp_path / "docker").touch()
    sockets.add(kind)
    assert sockets.connected() == (kind, f"unix://{tmp_path}/{kind}")


def test_two_engines_are_an_error_that_names_both(sockets, tmp_path):
    sockets.add("docker")
    sockets.add("podman")
    with pytest.raises(base.EngineError) as raised:
        sockets.connected()
    for words in (f"Docker at {tmp_path}/docker", f"Podman at {tmp_path}/podman", "Set engine (services_engine) to"):
        assert words in str(raised.value)
    assert not isinstance(raised.value, base.EngineUnreachable)
    assert sockets.connected("docker")[0] == "docker" and sockets.connected("podman")[0] == "podman"


def test_dockers_socket_may_lead_to_podman(sockets, tmp_path):
    """As Debian's podman-docker has it."""
    sockets.add("podman")
    (tmp_path / "docker").symlink_to(tmp_path / "podman")
    sockets.versions["docker"] = PODMAN
    assert sockets.connected()[0] == "podman"


def test_without_an_engine_docker_is_missed(sockets, tmp_path):
    with pytest.raises(base.EngineUnreachable, match=f"{tmp_path}/docker"):
        sockets.connected()
    with pytest.raises(base.EngineUnreachable, match=f"{tmp_path}/podman"):
        sockets.connected("podman")


@pytest.mark.parametrize(("wanted", "there"), [("docker", "podman"), ("podman", "docker")])
def test_another_engine_than_asked_for_is_refused(sockets, tmp_path, wanted, there):
    sockets.add(there)
    with pytest.raises(base.EngineError, match=rf"engine \(services_engine\) is {wanted}.*Set it to {there}"):
        sockets.connected(wanted, f"unix://{tmp_path}/{there}")


def test_an_engine_that_is_named_is_taken_for_what_it_says(sockets, tmp_path):
    sockets.add("docker")
    sockets.add("podman")
    assert sockets.connected(docker_host=f"unix://{tmp_path}/podman")[0] == "podman"


def test_podman_is_not_measured_by_dockers_versions(sockets):
    sockets.add("podman", {"ApiVersion": "1.41", "Components": [{"Name": "Podman Engine", "Version": "4.2.0"}]})
    with pytest.raises(base.EngineError, match=r"Podman 4\.2\.0, novafleet\.compute needs 4\.3"):
        sockets.connected()


def test_each_kind_has_its_own_class(sockets):
    sockets.add("podman")
    assert type(choice.open_engine(dict(engine=None, docker_host=None), False)).__name__ == "PodmanEngine"
    sockets.versions.clear()
    (sockets.directory / "podman").unlink()
    sockets.add("docker")
    assert type(choice.open_engine(dict(engine=None, docker_host=None), False)).__name__ == "DockerEngine"


@pytest.mark.parametrize(("host", "here"), [(None, True), ("unix:///x", True), ("tcp://127.0.0.1:1", False)])
def test_only_a_socket_is_certainly_here(host, here):
    assert choice.is_here(dict(docker_host=host)) == here
