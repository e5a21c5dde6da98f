# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Engines as hardening guides have them, and images as registries give them, on real engines."""

from __future__ import annotations

import contextlib
import threading

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import image_state
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.images import DockerImages
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.engine import PodmanEngine
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.images import PodmanImages
from observed_fleet import IMAGE, Fleet
from private_engine import PrivateEngine
from registry import Registry

# Identities that containers are mapped to, for /etc/subuid and /etc/subgid of this engine only.
MAPPED = "nobody:100000:65536\n"
CLASSES = {"docker": (DockerEngine, DockerImages), "podman": (PodmanEngine, PodmanImages)}
REMAPPING = pytest.mark.only_on("docker", "Podman maps users by container, not by engine")
WITH_IDENTITIES = 'mount --bind "$0" /etc/subuid && mount --bind "$0" /etc/subgid && exec "$@"'


class RemappingEngine(PrivateEngine):
    """An engine with userns-remap, in a mount name space with identities of its own."""

    def __init__(self):
        super().__init__("--userns-remap", "nobody:nogroup")
        self.directory.chmod(0o711)
        self.identities = self.directory / "identities"
        self.identities.write_text(MAPPED, encoding="utf-8")

    def _containerd(self):
        shell = ["unshare", "--mount", "--propagation", "slave", "sh", "-c", WITH_IDENTITIES, self.identities]
        return [*shell, *super()._containerd()]

    def _dockerd(self):
        # What it mounts for containers must be seen by containerd.
        return ["nsenter", f"--mount=/proc/{self.containerd.pid}/ns/mnt", *super()._dockerd()]


@pytest.fixture
def remapping(tmp_path):
    """A fleet on an engine that remaps users."""
    private = RemappingEngine()
    try:
        private.start()
        private.load_image(IMAGE, IMAGE)
        fleet = Fleet(private, tmp_path, count=2)
        yield fleet
        fleet.end()
    finally:
        private.stop()


@pytest.fixture
def registry(engine):
    made = Registry()
    engine.trust(made.repository.partition("/")[0])
    yield made
    made.end()


@pytest.fixture
def images(engine, engine_kind):
    with contextlib.closing(engine.client(60)) as client:
        yield CLASSES[engine_kind][1](client.api)


def pulled(images, name):
    params = dict(name=name, state="present", source="pull", inputs=None, save=None, archive=None)
    return image_state.settle(images, images.find(name), params)


@REMAPPING
@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_an_engine_that_remaps_users_is_told_before_anything_is_changed(remapping, arguments):
    answer = remapping.run(*arguments)
    assert answer["failed"] and len(answer["problems"]) == 1
    assert "Set userns_mode: host" in answer["msg"]
    assert remapping.containers() == []


@REMAPPING
def test_an_engine_that_remaps_users_runs_services_of_the_host_s_users(remapping):
    container = dict(remapping.options["container"], userns_mode="host")
    answer = remapping.run(container=container)
    assert not answer["failed"], answer["msg"]
    remapping.assert_all_run()
    assert remapping.run(container=container)["changed"] is False


@pytest.mark.parametrize(
    ("log", "docker", "podman"),
    [
        (
            dict(driver="syslog", options={"max-size": "10m"}),
            "unknown log opt 'max-size' for syslog log driver",
            "syslog",
        ),
        (dict(driver="gelf"), "gelf-address is a required parameter", "Podman has no log driver gelf"),
        (dict(driver="nosuch"), "nosuch", "nosuch"),
        (dict(driver="json-file", options={"max-sise": "1m"}), "unknown log opt 'max-sise'", "no option max-sise"),
    ],
)
def test_log_options_that_do_not_fit_are_told_in_check_mode(fleet, engine_kind, log, docker, podman):
    answer = fleet.run("--check", container=dict(fleet.options["container"], log=log))
    words = dict(docker=docker, podman=podman)[engine_kind]
    assert answer["failed"] and words in answer["msg"] and "Correct log.driver or log.options" in answer["msg"]
    assert fleet.containers() == []


@pytest.mark.parametrize(
    "driver",
    [
        "none",
        pytest.param("local", marks=pytest.mark.only_on("docker", "Podman has no such driver")),
        pytest.param("k8s-file", marks=pytest.mark.only_on("podman", "Docker has no such driver")),
        "json-file",
    ],
)
def test_a_log_driver_alone_is_enough(fleet, driver):
    container = dict(fleet.options["container"], log=dict(driver=driver))
    answer = fleet.run(container=container)
    assert not answer["failed"], answer["msg"]
    assert fleet.run(container=container)["changed"] is False


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (dict(cap_add=["NO_SUCH"]), "n capability"),
        pytest.param(
            dict(memory=1),
            "inimum memory limit",
            marks=pytest.mark.only_on("docker", "Podman leaves it to the kernel, which refuses it at the start"),
        ),
        (dict(mounts=[dict(source="/nowhere", target="/x")]), "bind source path does not exist: /nowhere"),
    ],
)
def test_other_settings_that_the_engine_refuses_are_told_in_check_mode(fleet, settings, words):
    answer = fleet.run("--check", container=dict(fleet.options["container"], **settings))
    assert answer["failed"] and words in answer["msg"]
    assert fleet.containers() == []


def test_an_image_is_pulled_by_tag_by_digest_and_by_both(engine, images, registry):
    by_digest = f"{registry.repository}@{registry.digest}"
    for name in (f"{registry.repository}:1", by_digest, f"{registry.repository}:1@{registry.digest}"):
        first = pulled(images, name)
        assert first["changed"] and first["image"]["id"], name
        assert not pulled(images, name)["changed"], name
        engine.remove_image(first["image"]["id"])


@pytest.mark.parametrize(
    ("tag", "state", "words"),
    [
        (":2", {}, "manifest unknown|not found"),
        ("@sha256:" + "0" * 64, {}, "manifest unknown|not found"),
        (":1", {"broken": True}, "."),
        (":1", {"closed": True}, "log in to its registry"),
    ],
)
def test_a_pull_that_fails_is_a_failure(images, registry, tag, state, words):
    for name, value in state.items():
        setattr(registry, name, value)
    with pytest.raises(EngineError, match=words):
        pulled(images, registry.repository + tag)
    assert images.find(registry.repository + tag) is None


def test_an_archive_that_is_cut_off_is_a_failure(engine, images, tmp_path):
    archive = tmp_path / "image.tar"
    images.save(IMAGE, str(archive))
    engine.remove_image(IMAGE)
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(EngineError, match="load"):
        images.load(str(archive))
        image_state._there(images, IMAGE, "Could not load it.")


def test_many_readers_of_one_image_all_get_its_file(engine, engine_kind):
    with contextlib.closing(engine.client(60)) as client:
        ident, answers = engine.image_id(IMAGE), []

        def read():
            answers.append(CLASSES[engine_kind][0](client.api).read_file(ident, "/note"))

        readers = [threading.Thread(target=read) for _reader in range(8)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert answers == [IMAGE.encode()] * 8
        assert client.api.containers(all=True) == []
