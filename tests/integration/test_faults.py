# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong on a real Docker host while the module works, on a real engine that is the tests' own.

After each fault the next run repairs everything, the one after it has nothing to do, somebody else's
container is as it was, and at no time did two containers of one service run.
"""

from __future__ import annotations

import contextlib
import os
import time

import docker.errors
import pytest
from observed_fleet import COUNT, IMAGE, NEXT_IMAGE, eventually

# So many services are through when the fault happens: some, by far not all.
SOME = 4
CONTAINERD = pytest.mark.only_on("docker", "Podman has no containerd")
# An engine that is not frozen answers each request sooner, even on a busy machine.
TIMEOUT_SECONDS = 15
# Between two starts, where a run has to last until the fault happens.
START_SECONDS = 0.4


@pytest.fixture
def interrupted(fleet, foreign):
    """Function that starts a run which creates or recreates; returns it, paused amid that, and how to repeat it."""

    def begin(action, **options):
        if action == "create":
            return begin_to_create(fleet, **options), {}
        assert not fleet.run()["failed"]
        run = fleet.begin(image=NEXT_IMAGE, **options)
        assert eventually(lambda: replaced(fleet) >= SOME), run.log_text()
        run.pause()
        assert replaced(fleet) < COUNT
        return run, {"image": NEXT_IMAGE}

    return begin


def begin_to_create(fleet, **options):
    """Start a run that creates the fleet, slowly, and return it, paused, when some services run, not all."""
    run = fleet.begin(start_cpu_seconds=START_SECONDS * os.cpu_count(), **options)
    assert eventually(lambda: len(fleet.running()) >= SOME), run.log_text()
    run.pause()
    assert len(fleet.running()) < COUNT
    return run


def replaced(fleet):
    return sum(1 for image in fleet.images().values() if image == NEXT_IMAGE)


def errors(result):
    """Service to error of those that failed."""
    return {entry["name"]: entry["error"] for entry in result["services"] if entry["error"]}


def assert_failed(result, text):
    """Services are reported as failed by name, for the reason that was to be expected.

    That may be all of them: nobody can tell whether what was started stays up once the engine is gone.
    """
    assert result["failed"]
    failed = errors(result)
    assert any(text in error.lower() for error in failed.values()), failed
    assert all(f"{name}: " in result["msg"] for name in failed)


def test_two_of_one_service_would_be_noticed(engine, fleet):
    """What the other tests rely on."""
    host = dict(NetworkMode="none", Binds=[f"{fleet.claims.directory}:/claims"])
    with contextlib.closing(engine.client()) as client:
        for service in ("s00", "s01", "s00"):
            config = dict(Image=IMAGE, Cmd=fleet.claims.command(service), HostConfig=host)
            client.api.start(client.api.create_container_from_config(config)["Id"])
    assert eventually(fleet.claims.twins)
    assert fleet.claims.twins() == ["s00"]
    assert fleet.claims.held() == {"s00", "s01"}


@pytest.mark.parametrize(
    ("action", "containerd"),
    [
        pytest.param("create", False, id="create"),
        pytest.param("create", True, id="create, containerd too", marks=CONTAINERD),
        pytest.param("recreate", False, id="recreate"),
    ],
)
def test_the_engine_is_killed(engine, interrupted, converges, action, containerd):
    """Containers outlive their engine: it comes back, ends them, and starts them again or not. Podman leaves them."""
    run, options = interrupted(action)
    engine.kill(containerd)
    run.go_on()
    assert_failed(run.result(), "is the engine running")
    engine.start()
    converges(**options)


def test_the_engine_forgot_a_container(engine, fleet, converges):
    """As when it is killed between the start and the note of it, made to happen: its process lives on unseen."""
    assert not fleet.run()["failed"]
    engine.forget(fleet.container("s00"))
    assert "s00" not in fleet.running()
    assert "s00" in fleet.claims.held()
    steps = {entry["name"]: entry for entry in converges(image=NEXT_IMAGE)["services"]}
    # A newer engine starts it again and again, and tells nobody that it lost anything.
    lost = "the engine lost track of the container, which keeps running" in steps["s00"]["reasons"]
    assert lost == engine.tells_what_it_lost()


def test_somebody_removes_what_the_engine_forgot(engine, fleet, converges):
    """It is the container that goes, and not its process."""
    assert not fleet.run()["failed"]
    engine.forget(fleet.container("s00"))
    with contextlib.closing(engine.client()) as client:
        client.api.stop(fleet.container("s00"))
        # Podman removes it, and complains of what its process has mounted.
        with contextlib.suppress(docker.errors.APIError):
            client.api.remove_container(fleet.container("s00"))
    assert "s00" not in {entry["Labels"]["novafleet.service"] for entry in fleet.containers()}
    assert "s00" in fleet.claims.held()
    steps = {entry["name"]: entry for entry in converges()["services"]}
    assert steps["s00"]["action"] == "create"
    assert "a container of the service kept running after the engine had removed it" in steps["s00"]["reasons"]


@pytest.mark.parametrize("action", ["create", "recreate"])
def test_the_controller_is_killed(interrupted, converges, fleet, action):
    run, options = interrupted(action)
    run.kill()
    time.sleep(1)
    before = fleet.containers()
    time.sleep(1)
    assert [entry["Id"] for entry in fleet.containers()] == [entry["Id"] for entry in before], "something still works"
    again = converges(**options)
    assert 0 < again["summary"]["leave"] < COUNT


def test_the_engine_is_slower_than_the_time_out(engine, interrupted, converges):
    """What the engine was asked for before it froze it does afterwards, when nobody waits for it any more."""
    run, options = interrupted("recreate", docker_timeout=TIMEOUT_SECONDS)
    engine.freeze()
    run.go_on()
    time.sleep(TIMEOUT_SECONDS + 2)
    engine.thaw()
    assert_failed(run.result(), "raise docker_timeout")
    converges(**options)


def test_the_disk_is_full(engine, fleet, converges, foreign):
    """The services' files are on the full disk, too."""
    options = dict(config_dir=str(engine.data / "config"))
    engine.fill(engine.room_for_some)
    assert_failed(fleet.run(**options), "no space left on device")
    assert 0 < len(fleet.running()) < COUNT
    engine.make_room()
    converges(**options)


def test_the_image_is_gone_after_the_plan(engine, fleet, converges):
    shown = fleet.run("--check")
    assert shown["summary"]["create"] == COUNT
    ident = engine.image_id(IMAGE)
    engine.tag(ident, "kept:1")
    engine.remove_image(IMAGE)
    refused = fleet.run()
    assert refused["failed"]
    assert refused["changed"] is False
    assert f"image {IMAGE}, which s00 and {COUNT - 1} others need, is not on this Docker host" in refused["msg"]
    assert not fleet.containers()
    assert not (fleet.directory / "config").exists()
    engine.tag(ident, IMAGE)
    converges()


def test_the_image_goes_during_the_run(engine, fleet, converges):
    ident = engine.image_id(IMAGE)
    run = begin_to_create(fleet)
    engine.remove_image(IMAGE)
    run.go_on()
    assert_failed(run.result(), "no such image: ")
    engine.tag(ident, IMAGE)
    again = converges()
    assert again["summary"]["leave"] >= SOME


def test_a_service_that_ends_at_once(fleet, converges):
    """Its last words are reported; nobody else is bothered."""
    wrong = [dict(service) for service in fleet.services]
    wrong[3]["command"] = ["sh", "-c", "echo the bus is out of reach; exit 3"]
    result = fleet.run(services=wrong)
    assert list(errors(result)) == ["s03"]
    assert "the bus is out of reach" in errors(result)["s03"]
    assert set(fleet.running()) >= fleet.names - {"s03"}
    assert converges()["summary"]["recreate"] == 1


@pytest.mark.only_on("docker", "Podman runs health checks by systemd, without which test_podman.py has them refused")
def test_services_that_never_become_healthy(fleet, converges):
    """The first wave of a change fails, and nobody of the others gets it."""
    assert not fleet.run()["failed"]
    before = fleet.running()
    check = dict(test=["CMD", "false"], interval=1, timeout=1, start_period=0, retries=2)
    sick = dict(fleet.options["container"], healthcheck=check)
    result = fleet.run(image=NEXT_IMAGE, container=sick, health_timeout=8)
    assert result["failed"]
    wave = [name for name, error in errors(result).items() if "left as it was" not in error]
    assert len(wave) == fleet.options["max_unavailable"]
    assert not [errors(result)[name] for name in wave if "did not become healthy" not in errors(result)[name]]
    assert {name: ids for name, ids in fleet.running().items() if name not in wave} == {
        name: ids for name, ids in before.items() if name not in wave
    }
    assert {image for name, image in fleet.images().items() if name not in wave} == {IMAGE}
    assert converges()["summary"]["recreate"] == len(wave)


@pytest.mark.only_on("docker", "the module's own lock decides it, which knows nothing of the engine")
def test_two_runs_at_once(fleet, converges):
    """Who does not want to wait is refused, who waits finds everything done."""
    first = begin_to_create(fleet)
    waits = fleet.begin()
    refused = fleet.run(lock_timeout=0)
    first.go_on()
    assert refused["failed"]
    assert "Another run holds this fleet" in refused["msg"]
    assert not waits.ended
    assert first.result()["summary"]["create"] == COUNT
    assert waits.result()["summary"]["leave"] == COUNT
    converges()


def test_somebody_renames_and_removes_containers(engine, fleet, converges):
    run = begin_to_create(fleet)
    one, other = sorted(fleet.running())[:2]
    with contextlib.closing(engine.client()) as client:
        client.api.rename(fleet.container(one), f"{fleet.name}-by-hand")
        client.api.remove_container(fleet.container(other), force=True)
    run.go_on()
    assert set(errors(run.result())) == {one, other}
    again = converges()
    assert (again["summary"]["rename"], again["summary"]["create"]) == (1, 1)
