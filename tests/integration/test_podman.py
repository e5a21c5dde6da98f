# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is Podman's own: no daemon, conmon, control groups, starts after a boot, and the role that prepares its host."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.engine import PodmanEngine
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.images import PodmanImages
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.info import fleet_info
from observed_fleet import COUNT, IMAGE, SETTINGS, eventually
from private_engine import image
from private_podman import PrivatePodman

pytestmark = pytest.mark.only_on("podman", "Docker has daemons, and shims instead of conmon")
ROLES = Path(__file__).resolve().parents[2] / "roles"
# What the lease asks the kernel for its container's id with, in a shell of busybox.
SHOW_MOUNTS = 'while read -r line; do echo "$line"; done < /proc/self/mountinfo; exec sleep infinity'


def ident_of(fleet, service):
    return next(entry["Id"] for entry in fleet.containers() if entry["Names"] == [f"/{fleet.container(service)}"])


def actions(result):
    return {entry["name"]: (entry["action"], entry["reasons"]) for entry in result["services"] if entry["changed"]}


@pytest.fixture
def api(engine):
    with contextlib.closing(engine.client(60)) as client:
        yield client.api


def test_a_dead_service_of_the_api_stops_nothing(engine, fleet, converges):
    """What is killed is only what answers requests."""
    assert not fleet.run()["failed"]
    before = fleet.running()
    engine.kill()
    assert fleet.claims.held() == fleet.names
    engine.start()
    assert fleet.running() == before
    assert converges()["changed"] is False


def test_what_has_no_conmon_lives_and_what_ended_unnoticed_is_replaced(engine, fleet, converges):
    """As where the kernel kills conmon for lack of memory: Podman calls the container running for good."""
    assert not fleet.run()["failed"]
    for service in ("s00", "s01"):
        os.kill(engine.conmon(ident_of(fleet, service)), signal.SIGKILL)
    with contextlib.closing(engine.client()) as client:
        os.kill(client.api.inspect_container(fleet.container("s01"))["State"]["Pid"], signal.SIGKILL)
    assert eventually(lambda: "s01" not in fleet.claims.held())
    assert "s01" in fleet.running()
    assert actions(converges()) == {"s01": ("recreate", ["container is dead"])}


def test_what_a_killed_podman_left_of_a_new_container_is_replaced(engine, fleet, converges):
    """It is in Podman's storage, which keeps its name, and Podman does not list it."""
    assert not fleet.run()["failed"]
    name = fleet.container("s00")
    with contextlib.closing(engine.client()) as client:
        client.api.remove_container(name, force=True)
    with engine.unnoted(), contextlib.closing(engine.client()) as client:
        client.api.create_container(IMAGE, ["true"], name=name)
    assert "s00" not in fleet.claims.held()
    assert actions(converges()) == {"s00": ("create", ["no container"])}


def test_the_state_of_a_fleet_is_read_from_the_kernel(fleet, api):
    assert not fleet.run()["failed"]
    entries = fleet_info(PodmanEngine(api), fleet.name, log_services=("s00",), restarts=True)
    assert len(entries) == COUNT
    for entry in entries:
        assert entry["state"] == "running" and entry["status"].startswith("Up ")
        assert entry["image_current"] and entry["image"].endswith(IMAGE)
        assert 0 <= entry["age_seconds"] < 300 and entry["memory_bytes"] > 0 and entry["cpu_seconds"] > 0
        assert entry["restarts"] == 0


def test_the_lease_finds_the_containers_id(engine, fleet):
    fleet.services[:] = fleet.services[:1]
    fleet.services[0]["command"] = ["sh", "-c", SHOW_MOUNTS]
    assert not fleet.run()["failed"]
    pattern = re.search(r're\.findall\(r"(\S+)"', (ROLES / "services/files/lease.py").read_text(encoding="utf-8"))[1]
    mounts = engine.cli("logs", fleet.container("s00"))
    assert set(re.findall(pattern, mounts)) == {ident_of(fleet, "s00")[:12]}


def test_what_podman_would_not_do_is_refused_before_anything_is_changed(fleet):
    """Health checks without systemd, and a runtime."""
    settings = dict(healthcheck=dict(test=["CMD", "true"]), runtime="novafleet-dense")
    answer = fleet.run("--check", container=dict(fleet.options["container"], **settings))
    for words in ("timers of systemd", "Leave healthcheck out", "Podman's API takes no OCI runtime"):
        assert answer["failed"] and words in answer["msg"]
    assert fleet.containers() == []


def test_the_settings_of_role_services_are_taken(fleet):
    """Podman has no tmpfs of a user's own."""
    variables = yaml.safe_load((ROLES / "services/vars/main.yml").read_text(encoding="utf-8"))
    settings = variables["__services_container"]["each"]
    fleet.services[:] = fleet.services[:1]
    fleet.services[0]["command"] = ["sh", "-c", "echo there > /var/lib/nova/x && exec sleep infinity"]
    answer = fleet.run(container=dict(settings, user="162:162"))
    assert not answer["failed"], answer["msg"]
    assert fleet.run(container=dict(settings, user="162:162"))["changed"] is False


def test_containers_are_started_after_a_boot_and_no_others(engine, fleet, foreign, converges):
    """By the unit of role docker_host, whose command this is."""
    assert not fleet.run()["failed"]
    engine.crash()
    engine.start()
    assert not fleet.running()
    unit = (ROLES / "docker_host/templates/novafleet-podman.service.j2").read_text(encoding="utf-8")
    words = re.search(r"^ExecStart=.*?}} (.*)$", unit, re.MULTILINE)[1].split()
    engine.cli(*words)
    assert set(fleet.running()) == fleet.names
    with contextlib.closing(engine.client()) as client:
        assert client.api.inspect_container(foreign.name)["State"]["Status"] != "running"
        client.api.start(foreign.name)
    assert converges()["changed"] is False


def test_an_image_is_built_imported_and_saved(engine, api, tmp_path):
    images = PodmanImages(api)
    build = dict(base=IMAGE, script="echo made > /made", mounts=[], environment={}, network="none", timeout=60)
    images.build("nf-test:built", dict(build, commit=True), ["USER 162:162", 'LABEL novafleet.inputs="x"'])
    built = images.find("nf-test:built")
    assert built["labels"] == {"novafleet.inputs": "x"}
    assert PodmanEngine(api).read_file(built["id"], "/made") == b"made\n"
    images.save("nf-test:built", str(tmp_path / "image.tar"))
    images.remove("nf-test:built")
    assert images.find("nf-test:built") is None
    assert [name.rpartition("/")[2] for name in images.load(str(tmp_path / "image.tar"))] == ["nf-test:built"]
    assert images.find("nf-test:built")["id"] == built["id"]
    (tmp_path / "root.tar").write_bytes(image("imported"))
    images.import_root(str(tmp_path / "root.tar"), "nf-test:imported", ['CMD ["x"]'])
    assert images.find("nf-test:imported")


class Host:
    """Role docker_host on this machine, with the sockets and records of a test."""

    def __init__(self, directory, socket):
        self.directory = directory
        self.variables = dict(
            ansible_python_interpreter=sys.executable,
            docker_host_services=1,
            docker_host_limits={},
            docker_host_socket=str(directory / "docker.sock"),
            docker_host_podman_socket=str(socket),
            docker_host_directory=str(directory / "notes" / "docker_host"),
        )

    def run(self, *arguments, environment=None, **variables):
        play = dict(hosts="localhost", connection="local", gather_facts=False, roles=["novafleet.compute.docker_host"])
        play["vars"] = {**self.variables, **variables}
        (self.directory / "host.yml").write_text(json.dumps([play]), encoding="utf-8")
        done = subprocess.run(
            ["ansible-playbook", "--inventory", "localhost,", *arguments, str(self.directory / "host.yml")],
            env={**os.environ, **SETTINGS, "ANSIBLE_STDOUT_CALLBACK": "default", **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


def test_the_role_finds_a_podman_that_answers_and_changes_nothing(engine, foreign, tmp_path):
    host = Host(tmp_path, engine.directory / "podman.sock")
    status, output = host.run()
    assert status == 0, output
    assert re.search(r"changed=0\b", output), output
    assert not (tmp_path / "notes").exists()
    foreign.assert_untouched()


def test_the_role_refuses_the_density_profile(engine, tmp_path):
    host = Host(tmp_path, engine.directory / "podman.sock")
    status, output = host.run(services_density=True, services_engine="podman")
    assert status != 0 and "its API takes no runtime for a container" in output, output


def test_the_role_starts_podmans_service_without_an_init_system_and_ends_it(tmp_path):
    private = PrivatePodman()
    try:
        host = Host(tmp_path, private.directory / "podman.sock")
        places = private.command()[1:]
        program = tmp_path / "bin" / "podman"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec /usr/bin/podman {" ".join(places)} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        environment = dict(private.environment, PATH=f"{program.parent}:{os.environ['PATH']}")
        status, output = host.run(environment=environment, services_engine="podman")
        assert status == 0, output
        assert private.answers()
        status, output = host.run(environment=environment, docker_host_state="absent")
        assert status == 0, output
        assert not private.answers()
        assert not (tmp_path / "notes").exists()
    finally:
        private.stop()
