# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import json
import subprocess
import tarfile

import docker.errors
import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import images as _image
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import EngineError

BUILD = {
    "base": "base:1",
    "script": "true",
    "mounts": [{"source": "/rpms", "target": "/mnt", "read_only": True}],
    "environment": {"PIP_INDEX_URL": "https://me:it's-secret@index/"},
    "network": "host",
    "timeout": 5,
    "commit": True,
}


class Api:
    """What the module asks of Docker; images by name, containers by name, calls in order."""

    timeout = 60

    def __init__(self):
        self.images, self.containers, self.calls = {}, {}, []
        self.exit_code, self.running, self.loads, self.in_use = 0, False, (), set()
        self.events = []
        self.add("base:1", Cmd=["/bin/bash"], User="7:8")

    def add(self, name, **config):
        self.images[name] = {
            "Id": "sha256:" + _image.inputs_digest([len(self.calls), name]),
            "Config": config,
            "Size": 1,
            "RepoTags": [name],
        }

    def inspect_image(self, name):
        if name not in self.images:
            raise docker.errors.ImageNotFound(name)
        return self.images[name]

    def pull(self, repository, tag, **_options):
        self.calls.append(("pull", repository, tag))
        if self.events:
            return self.events
        self.add(f"{repository}@{tag}" if tag.startswith("sha256:") else f"{repository}:{tag}")
        return [{"status": "done"}]

    def load_image(self, _stream):
        for name in self.loads:
            self.add(name)
        return self.events or [{"stream": f"Loaded image: {name}\n"} for name in self.loads]

    def import_image(self, repository, tag, changes, **_options):
        self.calls.append(("import", changes))
        self.add(f"{repository}:{tag}")
        return '{"status": "sha256:1"}\n'

    def get_image(self, name):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            text = json.dumps([{"Config": self.images[name]["Id"].split(":", 1)[1] + ".json"}]).encode()
            member = tarfile.TarInfo("manifest.json")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        return [stream.getvalue()]

    def remove_image(self, name):
        self.inspect_image(name)
        if name in self.in_use:
            response = type("Response", (), {"status_code": 409, "reason": "", "url": "", "text": ""})()
            raise docker.errors.APIError("in use", response)
        del self.images[name]

    def create_container_from_config(self, config, name):
        assert name not in self.containers
        self.containers[name] = config

    def put_archive(self, _container, path, data):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            (member,) = archive.getmembers()
            self.calls.append(("script", path + member.name, archive.extractfile(member).read().decode()))

    def start(self, container):
        self.calls.append(("start", container))

    def inspect_container(self, _container):
        return {"State": {"Running": self.running, "ExitCode": self.exit_code}}

    def logs(self, _container, tail):
        return f"the last {tail} lines".encode()

    def commit(self, _container, repository, tag, changes):
        self.calls.append(("commit", changes))
        labels = dict(line.split(" ", 1)[1].split("=", 1) for line in changes.splitlines() if line.startswith("LABEL "))
        self.add(f"{repository}:{tag}", Labels={key: json.loads(value) for key, value in labels.items()})

    def remove_container(self, name, **_options):
        if name not in self.containers:
            raise docker.errors.NotFound(name)
        del self.containers[name]

    def names(self):
        return [call[0] for call in self.calls]


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def images(api):
    return _image.Images(type("Client", (), {"api": api})())


def params(**changes):
    defaults = {"name": "nova:1", "state": "present", "source": "build", "archive": None, "inputs": {"a": 1}}
    return {**defaults, "labels": {}, "config": [], "build": dict(BUILD), "save": None, **changes}


def settle(images, check_mode=False, **changes):
    wanted = params(**changes)
    return _image.settle(images, images.find(wanted["name"]), wanted, check_mode)


def test_digest_of_inputs_knows_no_order_of_keys_and_every_value():
    assert _image.inputs_digest({"a": 1, "b": [2]}) == _image.inputs_digest({"b": [2], "a": 1})
    assert _image.inputs_digest({"a": 1, "b": [2]}) != _image.inputs_digest({"a": 1, "b": [3]})


def test_labels_are_quoted_and_sorted():
    assert _image.instructions({"config": ["USER 1"], "labels": {"b": 'say "x"', "a": 1}, "inputs": None}) == [
        "USER 1",
        'LABEL a="1"',
        'LABEL b="say \\"x\\""',
    ]


@pytest.mark.parametrize(
    ("name", "repository", "tag"),
    [
        ("nova:1", "nova", "1"),
        ("nova", "nova", "latest"),
        ("registry:5000/nova", "registry:5000/nova", "latest"),
        ("registry:5000/a/nova:34.0.0", "registry:5000/a/nova", "34.0.0"),
    ],
)
def test_name_is_split_into_repository_and_tag(name, repository, tag):
    assert _image._split(name) == (repository, tag)


def test_build_is_done_once_for_the_same_inputs(api, images):
    assert settle(images)["changed"]
    again = settle(images)
    assert not again["changed"] and "log" not in again
    assert api.names() == ["script", "start", "commit"]
    assert settle(images, inputs={"a": 2})["changed"]


def test_build_leaves_no_container(api, images):
    settle(images)
    api.exit_code = 3
    with pytest.raises(EngineError, match="exit status 3.*\n.*the last 40 lines"):
        settle(images, inputs={"a": 2})
    assert not api.containers


def test_build_removes_what_an_interrupted_one_left(api, images):
    api.containers[_image._build_name("nova:1")] = {}
    settle(images)
    assert not api.containers


def test_build_that_takes_too_long_is_ended(api, images, monkeypatch):
    monkeypatch.setattr(_image.time, "sleep", lambda _seconds: None)
    api.running = True
    with pytest.raises(EngineError, match="took more than 0 s; raise build.timeout"):
        settle(images, build={**BUILD, "timeout": 0})
    assert not api.containers and "nova:1" not in api.images


def test_build_without_commit_makes_no_image(api, images):
    result = settle(images, build={**BUILD, "commit": False})
    assert result["changed"] and result["image"] is None
    assert api.names() == ["script", "start"]


def test_check_mode_does_nothing(api, images):
    assert settle(images, check_mode=True)["changed"]
    assert settle(images, check_mode=True, source="pull", inputs=None)["changed"]
    assert not api.calls and list(api.images) == ["base:1"]


def test_neither_script_nor_environment_are_in_what_docker_keeps():
    kept = json.dumps(_image._build_container({**BUILD, "script": "echo recipe"}))
    assert "secret" not in kept and "recipe" not in kept


def test_script_is_run_with_its_environment_and_gone_before_it_runs(api, images, tmp_path):
    settle(images, build={**BUILD, "script": 'echo "$PIP_INDEX_URL"\nexit 3'})
    _kind, path, text = api.calls[0]
    assert path == _image.SCRIPT
    script = tmp_path / "script"
    script.write_text(f"ls {script} 2>/dev/null\n{text}")
    command = _image.RUN_SCRIPT.replace(_image.SCRIPT, str(script))
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, BUILD["environment"]["PIP_INDEX_URL"] + "\n")


def test_image_runs_as_its_base_did_unless_told(api, images):
    api.add("base:1", Cmd=["a"], Entrypoint=["b"], User="7:8", WorkingDir="/c")
    settle(images, config=["USER 162:162"])
    lines = api.calls[-1][1].splitlines()
    assert lines[:5] == ['ENTRYPOINT ["b"]', 'CMD ["a"]', "WORKDIR /c", "USER 7:8", "USER 162:162"]


def test_base_that_says_nothing_gets_a_shell():
    assert _image._run_instructions({}) == ['CMD ["/bin/sh"]', "WORKDIR /"]


def test_base_that_is_not_there_is_pulled(api, images):
    del api.images["base:1"]
    settle(images)
    assert "base:1" in api.images


def test_replaced_image_goes_when_nothing_uses_it(api, images):
    for inputs, used, left in ((1, False, False), (2, True, True)):
        settle(images, inputs=inputs)
        old = dict(api.images["nova:1"], RepoTags=[])
        api.images[old["Id"]] = old
        api.in_use = {old["Id"]} if used else set()
        settle(images, inputs=inputs + 10)
        assert (old["Id"] in api.images) is left


def test_replaced_image_with_another_name_stays(api, images):
    settle(images)
    api.images[api.images["nova:1"]["Id"]] = dict(api.images["nova:1"], RepoTags=["mine:1"])
    ident = api.images["nova:1"]["Id"]
    settle(images, inputs={"a": 2})
    assert ident in api.images


DIGEST = "sha256:" + "1" * 64
FAILURES = [
    [{"status": "Pulling"}, {"error": "manifest unknown"}],
    [{"errorDetail": {"code": 404, "message": "manifest unknown"}}],
    [{"errorDetail": {"message": "manifest unknown"}, "error": "manifest unknown"}],
    # What a request that failed as a whole has in its body.
    [{"message": "manifest unknown"}],
    [{"errorDetail": "manifest unknown"}],
]


@pytest.mark.parametrize("events", FAILURES)
def test_image_that_no_registry_has_is_named(api, images, events):
    api.events = events
    with pytest.raises(EngineError, match="Could not pull image nowhere:1: manifest unknown"):
        settle(images, name="nowhere:1", source="pull", inputs=None)


@pytest.mark.parametrize("events", FAILURES)
def test_an_archive_that_cannot_be_loaded_is_a_failure(api, images, tmp_path, events):
    (tmp_path / "a.tar").write_bytes(b"")
    api.events = events
    with pytest.raises(EngineError, match=r"Could not load .*a\.tar: manifest unknown"):
        settle(images, source="load", archive=str(tmp_path / "a.tar"), inputs=None)


def test_a_failure_without_a_word_is_one_too(api, images):
    api.events = [{"errorDetail": {}}]
    with pytest.raises(EngineError, match="does not say why"):
        settle(images, source="pull", inputs=None)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("nova", ("nova", "latest")),
        ("nova:1", ("nova", "1")),
        (f"nova@{DIGEST}", ("nova", DIGEST)),
        (f"registry:5000/a/nova@{DIGEST}", ("registry:5000/a/nova", DIGEST)),
        (f"registry:5000/nova:1@{DIGEST}", ("registry:5000/nova", DIGEST)),
    ],
)
def test_an_image_is_pulled_by_tag_or_by_digest(api, images, name, asked):
    images.pull(name)
    assert api.calls == [("pull", *asked)]


@pytest.mark.parametrize("name", [DIGEST, "1" * 64])
def test_an_id_is_not_pulled(api, images, name):
    with pytest.raises(EngineError, match="is an id, which no registry knows"):
        settle(images, name=name, source="pull", inputs=None)
    assert not api.calls


def test_an_image_that_is_not_there_after_a_pull_is_a_failure(api, images):
    api.events = [{"status": "Status: Image is up to date"}]
    with pytest.raises(EngineError, match="image nova:1 is not there afterwards"):
        settle(images, source="pull", inputs=None)


def test_an_account_that_is_missing_is_told_where_to_log_in(api, images):
    api.events = [{"error": "pull access denied for nova, repository does not exist or may require 'docker login'"}]
    with pytest.raises(EngineError, match="log in to its registry on this Docker host, as the user"):
        settle(images, source="pull", inputs=None)


def test_the_same_image_once_more_is_no_change(api, images, monkeypatch):
    api.add("nova:1")
    monkeypatch.setattr(api, "add", lambda _name: None)
    assert not settle(images, source="pull", inputs={"a": 2})["changed"]


def test_image_that_is_there_is_not_pulled_again(api, images):
    api.add("nova:1")
    assert not settle(images, source="pull", inputs=None)["changed"]


def test_archive_must_hold_the_image(api, images, tmp_path):
    archive = tmp_path / "a.tar"
    archive.write_bytes(b"")
    api.loads = ("other:1",)
    with pytest.raises(EngineError, match=r"a.tar does not hold the image nova:1, but other:1\. Name"):
        settle(images, source="load", archive=str(archive), inputs=None)
    api.loads = ("nova:1",)
    assert settle(images, source="load", archive=str(archive), inputs=None)["changed"]


def test_archive_that_is_not_there_is_named(images):
    with pytest.raises(EngineError, match="Could not load /nowhere/a.tar"):
        settle(images, source="load", archive="/nowhere/a.tar")


def test_imported_root_is_labelled(api, images):
    assert settle(images, source="import", archive="/a.tar", config=['CMD ["/bin/bash"]'])["changed"]
    digest = _image.inputs_digest({"a": 1})
    assert api.calls == [("import", ['CMD ["/bin/bash"]', f'LABEL novafleet.image.inputs="{digest}"'])]


def test_image_is_saved_once(api, images, tmp_path):
    archive = str(tmp_path / "nova.tar")
    assert settle(images, save=archive)["changed"]
    assert not settle(images, save=archive)["changed"]
    settle(images, inputs={"a": 2})
    assert settle(images, inputs={"a": 2}, save=archive)["changed"]
    assert not list(tmp_path.glob("*.part"))


def test_broken_archive_is_written_again(images, tmp_path):
    settle(images)
    archive = tmp_path / "nova.tar"
    archive.write_bytes(b"not a tar file")
    assert settle(images, save=str(archive))["changed"]
    assert not settle(images, save=str(archive))["changed"]


def test_absent_removes_the_image_once(api, images):
    settle(images)
    assert settle(images, check_mode=True, state="absent")["changed"] and "nova:1" in api.images
    assert settle(images, state="absent")["changed"] and "nova:1" not in api.images
    assert not settle(images, state="absent")["changed"]


def test_diff_shows_id_and_labels(images):
    assert _image.shown(None) == {}
    assert set(_image.shown(settle(images)["image"])) == {"id", "labels"}


@pytest.mark.parametrize("source", ["pull", "load", "import", "build"])
def test_a_check_run_before_there_is_an_engine_says_what_it_would_bring(source):
    result = _image.settle(_image.NoImages(), None, params(source=source, archive="/a.tar"), check_mode=True)
    assert (result["changed"], result["current"], result["image"]) == (True, False, None)
