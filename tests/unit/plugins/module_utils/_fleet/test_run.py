# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import gzip
import hashlib
import json
import os
import stat
from types import SimpleNamespace

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._engine import choice
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    EngineUnreachable,
    Rejected,
    SdkUnusable,
)
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import lock, read, run
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import ARGUMENT_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks import memory


class Exit(Exception):
    """The module ended."""


class Module:
    """The parts of AnsibleModule that apply() needs."""

    def __init__(self, check_mode=False, diff=False, **params):
        validated = ArgumentSpecValidator(ARGUMENT_SPEC).validate(params)
        assert validated.error_messages == []
        self.params, self.check_mode, self._diff = validated.validated_parameters, check_mode, diff

    def exit_json(self, **result):
        raise Exit(result)

    def fail_json(self, **result):
        raise Exit(dict(result, failed=True))


@pytest.fixture
def apply(engine, tmp_path, monkeypatch):
    """Call the module with defaults for a test, and send contents as the controller does."""
    monkeypatch.setattr(choice, "connected", lambda params: (choice.DOCKER, engine))
    monkeypatch.setattr(choice, "DockerEngine", lambda api: api)
    monkeypatch.setattr(lock, "LOCK_DIRECTORY", str(tmp_path / "lock"))

    def call(check_mode=False, diff=False, contents=None, **params):
        params = dict(dict(
            image="nova:1", container_prefix="n-", config_dir=str(tmp_path / "etc"), settle=0, lock_timeout=0,
            files_owner=os.getuid(), files_group=os.getgid()), **params)  # fmt: skip
        if contents is not None:
            params["_controller"] = dict(params.get("_controller", {}), bundle=str(tmp_path / "bundle.json.gz"))
            (tmp_path / "bundle.json.gz").write_bytes(gzip.compress(json.dumps(bundle(contents)).encode()))
        with pytest.raises(Exit) as ended:
            run.apply(Module(check_mode, diff, **params))
        result = ended.value.args[0]
        call.sent_back = result.pop("invocation", None)
        return result

    return call


def entry(name, text="v1", **other):
    return dict(name=name, files=[dict(path="nova.conf", sha256=sha(text))], **other)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def bundle(contents):
    """As the controller sends contents: each text once."""
    return dict(
        texts={sha(text): text for files in contents.values() for text in files.values()},
        services={name: {path: sha(text) for path, text in files.items()} for name, files in contents.items()},
    )


def contents(**texts):
    return {name: {"nova.conf": text} for name, text in texts.items()}


def test_without_contents_it_says_whose_it_needs_and_does_nothing(apply, engine, tmp_path):
    assert apply(services=[entry("b"), entry("a"), dict(name="c")]) == dict(changed=False, needs=["a", "b"])
    assert (engine.calls, os.path.exists(tmp_path / "etc")) == ([], False)


def test_files_that_the_controller_made_are_files_as_the_listed_are(apply, engine):
    made = entry("a", "v1")["files"]
    again = dict(services=[dict(name="a"), entry("b")], _controller=dict(rendered=dict(a=made)))
    result = apply(contents=contents(a="v1", b="v1"), **again)
    assert (result["changed"], result["summary"]) == (True, {"create": 2, "failed": 0})
    assert apply(**again)["changed"] is False
    assert "is listed twice" in apply(services=[entry("a")], _controller=dict(rendered=dict(a=made)))["msg"]


def test_the_services_do_not_travel_back(apply):
    apply(services=[entry("a")], _controller=dict(rendered=dict(a=[])), fleet="blue")
    assert apply.sent_back["module_args"]["fleet"] == "blue"
    assert not {"services", "_controller"} & set(apply.sent_back["module_args"])


def test_with_contents_it_brings_the_services_up(apply, engine):
    result = apply(services=[entry("a"), entry("b")], contents=contents(a="v1", b="v1"))
    assert (result["changed"], result["summary"]) == (True, {"create": 2, "failed": 0})
    assert [one.state for one in engine.containers()] == ["running", "running"]


def test_it_says_when_all_of_it_was_done(apply):
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    told = apply(services=[dict(name="a")])["finished_at"]
    finished = datetime.datetime.strptime(told, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    assert before <= finished <= datetime.datetime.now(datetime.timezone.utc)


def test_the_part_of_a_container_is_looked_up_only_where_it_matters(apply, engine, monkeypatch):
    apply(services=[entry("a"), entry("b"), entry("c"), entry("e")], contents=contents(a="v1", b="v1", c="v1", e="v1"))
    by_name = {one.name: one for one in engine.containers()}
    engine._set(by_name["n-c"], state="exited")
    looked = []
    looks = SimpleNamespace(part=lambda ident: looked.append(ident) or "standby")
    monkeypatch.setattr(read.cgroups, "Groups", lambda: looks)
    # a changes, b stays, c is stopped, d is new, e goes.
    changed = [entry("a", "v2"), entry("b"), entry("c", image="nova:2"), entry("d")]
    result = apply(check_mode=True, services=changed, prune=True)
    parts = {one["name"]: (one["action"], one["part"]) for one in result["services"]}
    assert parts == dict(
        a=("restart", "standby"),
        b=("leave", None),
        c=("recreate", None),
        d=("create", None),
        e=("remove", "standby"),
    )
    assert sorted(looked) == sorted(by_name[name].id for name in ("n-a", "n-e"))


def test_the_processes_are_not_read_where_nobody_is_interrupted(apply, monkeypatch):
    apply(services=[entry("a")], contents=contents(a="v1"))
    monkeypatch.setattr(read.cgroups, "Groups", None)
    assert apply(services=[entry("a")])["changed"] is False
    assert apply(services=[entry("a"), dict(name="b")])["summary"] == {"create": 1, "leave": 1, "failed": 0}


def test_again_it_changes_nothing_and_needs_nothing(apply, engine):
    apply(services=[entry("a")], contents=contents(a="v1"))
    engine.calls.clear()
    result = apply(services=[entry("a")])
    assert (result["changed"], result["summary"], engine.calls) == (False, {"leave": 1, "failed": 0}, [])


def test_only_what_differs_is_needed(apply):
    apply(services=[entry("a"), entry("b")], contents=contents(a="v1", b="v1"))
    assert apply(services=[entry("a"), entry("b", "v2")])["needs"] == ["b"]


def test_what_changed_since_it_was_asked_is_asked_for_again(apply, engine):
    """Another run may change files between the request for contents and their arrival."""
    apply(services=[entry("a"), entry("b")], contents=contents(a="v1", b="v1"))
    engine.calls.clear()
    result = apply(services=[entry("a", "v2"), entry("b", "v2")], contents=contents(a="v2"))
    assert (result, engine.calls) == (dict(changed=False, needs=["a", "b"]), [])


def test_check_mode_tells_the_same_and_does_nothing(apply, engine, tmp_path):
    would = apply(check_mode=True, services=[entry("a")])
    assert (engine.calls, os.path.exists(tmp_path / "etc")) == ([], False)
    did = apply(services=[entry("a")], contents=contents(a="v1"))
    for result in (would, did):
        result["services"][0].update(seconds=0, started_at=None)
        result.pop("finished_at")
    assert would == did


def test_check_mode_needs_contents_only_for_a_diff(apply):
    assert apply(check_mode=True, diff=True, services=[entry("a")])["needs"] == ["a"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_diff_shows_files_masked_and_what_is_done(apply, tmp_path, check_mode):
    apply(
        services=[entry("a", "host = a\npassword = s3cret1\n")], contents=contents(a="host = a\npassword = s3cret1\n")
    )
    after = "host = b\npassword = s3cret2\n"
    result = apply(check_mode, diff=True, services=[entry("a", after)], contents=contents(a=after))
    file, what = result["diff"]
    assert (file["before_header"], file["before"], file["after"]) == (
        str(tmp_path / "etc" / "a" / "nova.conf"),
        "host = a\npassword = ********\n",
        "host = b\npassword = ******** (new)\n",
    )
    assert what["after"] == "restart a: nova.conf changed\n"
    assert "s3cret" not in json.dumps(result)


def test_all_problems_at_once_before_anything_is_done(apply, engine, tmp_path):
    engine.add("n-a")
    os.makedirs(tmp_path / "etc" / "b")
    (tmp_path / "etc" / "b" / "theirs").write_text("")
    result = apply(
        services=[entry("a"), entry("b"), entry("c", image="missing:1")], contents=contents(a="", b="", c="")
    )
    assert (result["failed"], len(result["problems"]), engine.calls) == (True, 3, [])
    assert result["msg"].startswith("Nothing was changed.\n")


@pytest.mark.parametrize(
    ("services", "words"),
    [
        ([dict(name="a/b")], "services[0].name 'a/b'"),
        ([dict(name="a"), dict(name="a")], "same name 'a'"),
        ([dict(name="a", container=dict(memroy=1))], "services[0].container (a): memroy"),
        ([dict(name="a", container=dict(memory="lots"))], "services[0].container (a): "),
        ([dict(name="a", container=dict(restart_policy="sometimes"))], "services[0].container (a): "),
        ([dict(name="a", container=dict(ulimits=dict(nofile="many")))], "services[0].container (a): ulimits"),
    ],
)
def test_bad_options_are_named(apply, engine, services, words):
    result = apply(services=services)
    assert words in result["problems"][0]
    assert engine.calls == []


def test_bad_ulimits_of_the_call_are_named(apply):
    assert "container.ulimits" in apply(services=[dict(name="a")], container=dict(ulimits=dict(nofile="many")))["msg"]


def test_override_keeps_the_policy_of_the_call(apply, engine, monkeypatch):
    made = []
    create = engine.create
    monkeypatch.setattr(engine, "create", lambda name, spec: made.append(spec.settings) or create(name, spec))
    apply(services=[dict(name="a", container=dict(memory="5"))], container=dict(user="0:0", pids_limit=9))
    (settings,) = made
    told = [settings[key] for key in ("user", "memory", "pids_limit", "cap_drop")]
    assert told == ["0:0", 5, 9, ["ALL"]]


def test_failure_of_one_fails_the_call_and_names_it(apply, engine):
    engine.fail("start", "b")
    result = apply(services=[dict(name="a"), dict(name="b")])
    assert (result["failed"], result["changed"], result["summary"]) == (True, True, {"create": 2, "failed": 1})
    assert result["msg"] == "1 of 2 services failed.\nb: start of b refused"
    assert [one["error"] for one in result["services"]] == [None, "start of b refused"]


def test_an_engine_that_does_not_answer_fails_the_call(apply, monkeypatch):
    def connect(params):
        raise EngineUnreachable("nothing answers")

    monkeypatch.setattr(choice, "connected", connect)
    assert apply(services=[]) == dict(msg="nothing answers", failed=True)


def test_a_held_lock_fails_the_call(apply, engine):
    with lock.fleet_lock("nova", 0):
        result = apply(services=[dict(name="a")])
    assert "Another run holds this fleet" in result["msg"]
    assert engine.calls == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_only_check_mode_runs_beside_a_reader(apply, check_mode):
    with lock.fleet_lock("nova", 0, shared=True):
        result = apply(check_mode, services=[dict(name="a")])
    assert result.get("failed", False) is not check_mode


@pytest.mark.parametrize(
    "options, problem",
    [
        (dict(state="absent", services=[]), "services: is empty. List the services to remove"),
        (dict(state="absent", all=True, services=[dict(name="a")]), "all: removes the whole fleet. Set state: absent"),
        (dict(state="present", all=True, services=[]), "all: removes the whole fleet. Set state: absent"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_the_whole_fleet_is_removed_by_an_explicit_word_only(apply, engine, options, problem, check_mode):
    apply(services=[dict(name="a"), dict(name="b")])
    result = apply(check_mode, image=None, **options)
    assert result["failed"] and [one for one in result["problems"] if one.startswith(problem)]
    assert len(engine.containers()) == 2


def test_absent_without_image_removes_the_fleet(apply, engine, tmp_path):
    apply(services=[entry("a"), entry("b")], contents=contents(a="v1", b="v1"))
    result = apply(state="absent", all=True, image=None)
    assert (result["summary"], engine.containers(), os.path.exists(tmp_path / "etc")) == (
        {"remove": 2, "failed": 0},
        [],
        False,
    )
    assert apply(state="absent", all=True, image=None)["changed"] is False


def test_absent_of_some_leaves_the_others(apply, engine):
    apply(services=[dict(name="a"), dict(name="b")])
    apply(state="absent", image=None, services=[dict(name="a")])
    assert [one.name for one in engine.containers()] == ["n-b"]


def test_pruning_by_an_empty_list_is_refused(apply, engine):
    apply(services=[dict(name="a")])
    result = apply(services=[], prune=True)
    assert result["failed"] and "state: absent" in result["msg"]
    assert len(engine.containers()) == 1


def test_files_get_the_group_and_mode_asked_for(apply, tmp_path):
    apply(services=[entry("a")], contents=contents(a="v1"))
    info = os.stat(tmp_path / "etc" / "a" / "nova.conf")
    assert (stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid) == (0o640, os.getuid(), os.getgid())


@pytest.mark.parametrize("value", ["", "many", "-1", "1.5", "101%", "10 %%"])
def test_another_max_unavailable_is_a_problem_before_anything_is_done(apply, engine, value):
    result = apply(services=[dict(name="a")], max_unavailable=value)
    assert result["failed"]
    assert result["problems"] == [
        f"max_unavailable {value!r}: write a number of services such as 2, or a share such as 10%."
    ]
    assert engine.calls == []


@pytest.mark.parametrize("processors, expected", [(1, 4), (2, 4), (4, 8), (64, 32), (None, 4)])
def test_concurrency_follows_the_processors(monkeypatch, processors, expected):
    monkeypatch.setattr(run.os, "cpu_count", lambda: processors)
    params = ArgumentSpecValidator(ARGUMENT_SPEC).validate({"start_cpu_seconds": 3}).validated_parameters
    options = run._options(params, 10)
    assert options.concurrency == expected
    assert run._pace(params).seconds == 3 / (processors or 1)
    assert run._options(dict(params, concurrency=9), 10).concurrency == 9


def test_a_runtime_that_the_engine_does_not_know_is_a_problem(apply, engine):
    result = apply(services=[dict(name="a"), dict(name="b")], container=dict(runtime="dense"))
    (problem,) = result["problems"]
    assert problem.startswith("runtime dense, which a and 1 others need, is not known to this Docker host's engine.")
    assert "docker_host_density: true" in problem
    assert engine.calls == []


def test_a_runtime_that_the_engine_knows_is_none(apply):
    assert apply(services=[dict(name="a")], container=dict(runtime="runc"))["summary"] == {"create": 1, "failed": 0}


def test_another_runtime_replaces_the_container(apply):
    apply(services=[dict(name="a")])
    again = apply(services=[dict(name="a")], container=dict(runtime="runc"))
    assert again["summary"] == {"recreate": 1, "failed": 0}
    assert again["services"][0]["reasons"] == ["container settings changed"]


def test_services_that_the_memory_does_not_carry_are_refused(apply, engine, monkeypatch):
    monkeypatch.setattr(memory, "available_mb", lambda percent: 1000 + 10 * percent)
    assert not apply(services=[dict(name="a")], memory_per_service_mb=400).get("failed")
    engine.calls.clear()
    three = [dict(name=name) for name in "abc"]
    result = apply(services=three, memory_per_service_mb=400)
    (problem,) = result["problems"]
    assert problem.startswith("memory: 2 services that do not run yet (b, c) need 2 x 400 MB")
    assert engine.calls == []
    larger = apply(services=[dict(name="b", memory_mb=900)], memory_per_service_mb=400)
    assert "need 1 x 900 MB" in larger["problems"][0]
    assert not apply(check_mode=True, services=[dict(name="b", memory_mb=900)]).get("failed")
    elsewhere = dict(memory_per_service_mb=400, docker_host="tcp://docker2:2376")
    assert not apply(services=three, **elsewhere).get("failed")
    engine.calls.clear()
    four = [*three, dict(name="d")]
    assert not apply(services=four, memory_per_service_mb=400, memory_reserve_mb=100).get("failed")
    six = [*four, dict(name="e"), dict(name="f")]
    assert apply(services=six, memory_per_service_mb=400, memory_swap_percent=10).get("failed")
    assert not apply(services=six, memory_per_service_mb=400, memory_swap_percent=50).get("failed")


KEY = "-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize("name", ["client.key", "ceph.client.nova.keyring", "notes.txt", "nova.conf.d"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_diff_shows_digests_of_other_files_and_never_their_text(apply, tmp_path, name, check_mode):
    def service(text):
        return dict(name="a", files=[dict(path=name, sha256=hashlib.sha256(text.encode()).hexdigest())])

    def diff(check, text, files):
        result = apply(check, diff=True, services=[dict(name="a", files=files)], contents={"a": {name: text}})
        assert "s3cr3t" not in json.dumps(result)
        return [(one["before"], one["after"]) for one in result["diff"] if one["before_header"].endswith(name)]

    digest = hashlib.sha256(KEY.encode()).hexdigest()
    assert diff(check_mode, KEY, service(KEY)["files"]) == [("", f"sha256:{digest}\n")]
    apply(services=[service(KEY)], contents={"a": {name: KEY}})
    other = KEY.replace("s3cr3t", "s3cr3t2")
    ((before, after),) = diff(True, other, service(other)["files"])
    assert before == f"sha256:{digest}\n"
    assert after == f"sha256:{hashlib.sha256(other.encode()).hexdigest()}\n"
    assert diff(True, "", []) == [(f"sha256:{digest}\n", "")]


def test_a_diff_masks_what_novas_own_list_calls_secret(apply):
    text = "[vault]\napprole_role_id = s3cr3t\n    s3cr3t\n[s]\ncode: s3cr3t\nmy_ip = 10.0.0.1\n"
    arguments = dict(services=[entry("a", text)], contents={"a": {"nova.conf": text}})
    result = apply(True, diff=True, secret_options=["approle_role_id", "code"], **arguments)
    assert "s3cr3t" not in json.dumps(result["diff"])
    assert "my_ip = 10.0.0.1" in result["diff"][0]["after"]
    assert "s3cr3t" in json.dumps(apply(True, diff=True, **arguments)["diff"])


@pytest.mark.parametrize("check_mode", [True, False])
def test_settings_that_the_engine_refuses_are_a_problem_beside_the_others(apply, engine, check_mode):
    engine.rejected = Rejected("Could not create: unknown log opt", "unknown log opt")
    result = apply(check_mode, services=[dict(name="a"), dict(name="b", image="missing:1")])
    assert len(result["problems"]) == 2
    assert "refused by this Docker host's engine: unknown log opt." in result["msg"]
    assert engine.calls == []


@pytest.mark.parametrize("error", [EngineUnreachable("nothing answers"), SdkUnusable("no SDK")])
def test_a_check_run_plans_with_an_engine_that_is_to_come(apply, monkeypatch, error):
    def connect(params):
        raise error

    monkeypatch.setattr(choice, "connected", connect)
    services = [dict(name="a"), dict(name="b", container=dict(runtime="dense"))]
    coming = dict(engine_to_come=True, images_to_come=["nova:1"], services=services)
    assert apply(check_mode=True, **coming)["summary"] == {"create": 2, "failed": 0}
    assert "nova:1" in apply(check_mode=True, **dict(coming, images_to_come=[]))["msg"]
    for refused in (apply(check_mode=True, **dict(coming, engine_to_come=False)), apply(**coming)):
        assert (refused["failed"], refused["msg"]) == (True, str(error))


def test_an_image_that_is_to_come_replaces_what_runs(apply, engine):
    apply(services=[dict(name="a")])
    would = apply(check_mode=True, services=[dict(name="a")], images_to_come=["nova:1"])
    assert [(one["action"], one["reasons"]) for one in would["services"]] == [("recreate", ["image changed"])]
    assert apply(services=[dict(name="a")], images_to_come=["nova:1"])["changed"] is False


def test_an_image_that_is_to_come_is_not_tried(apply, engine):
    apply(check_mode=True, services=[dict(name="a", image="new:1")], images_to_come=["new:1"])
    assert engine.rehearsed == []
