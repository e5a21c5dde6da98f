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
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import (
    EngineUnreachable,
    Rejected,
    SdkUnusable,
)
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import lock, run


class Exit(Exception):
    """The module ended."""


class Module:
    """What hold() needs of AnsibleModule."""

    def __init__(self, check_mode=False, diff=False, **params):
        validated = ArgumentSpecValidator(run.ARGUMENT_SPEC).validate(params)
        assert validated.error_messages == []
        self.params, self.check_mode, self._diff = validated.validated_parameters, check_mode, diff

    def exit_json(self, **result):
        raise Exit(result)

    def fail_json(self, **result):
        raise Exit(dict(result, failed=True))


@pytest.fixture
def hold(engine, tmp_path, monkeypatch):
    """Call the module with defaults for a test, shipping contents as the controller does."""
    monkeypatch.setattr(run, "connect", lambda params: engine)
    monkeypatch.setattr(run, "Engine", lambda client: client)
    monkeypatch.setattr(lock, "LOCK_DIRECTORY", str(tmp_path / "lock"))

    def call(check_mode=False, diff=False, contents=None, **params):
        params = dict(dict(
            image="nova:1", container_prefix="n-", config_dir=str(tmp_path / "etc"), settle=0, lock_timeout=0,
            files_owner=os.getuid(), files_group=os.getgid()), **params)  # fmt: skip
        if contents is not None:
            params["bundle"] = str(tmp_path / "bundle.json.gz")
            (tmp_path / "bundle.json.gz").write_bytes(gzip.compress(json.dumps(bundle(contents)).encode()))
        with pytest.raises(Exit) as ended:
            run.hold(Module(check_mode, diff, **params))
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


def test_without_contents_it_says_whose_it_needs_and_does_nothing(hold, engine, tmp_path):
    assert hold(services=[entry("b"), entry("a"), dict(name="c")]) == dict(changed=False, needs=["a", "b"])
    assert (engine.calls, os.path.exists(tmp_path / "etc")) == ([], False)


def test_files_that_the_controller_made_are_files_as_the_listed_are(hold, engine):
    made = entry("a", "v1")["files"]
    again = dict(services=[dict(name="a"), entry("b")], rendered=dict(a=made))
    result = hold(contents=contents(a="v1", b="v1"), **again)
    assert (result["changed"], result["summary"]) == (True, {"create": 2, "failed": 0})
    assert hold(**again)["changed"] is False
    assert "is listed twice" in hold(services=[entry("a")], rendered=dict(a=made))["msg"]


def test_the_services_do_not_travel_back(hold):
    hold(services=[entry("a")], rendered=dict(a=[]), fleet="blue")
    assert hold.sent_back["module_args"]["fleet"] == "blue"
    assert not {"services", "rendered"} & set(hold.sent_back["module_args"])


def test_with_contents_it_brings_the_services_up(hold, engine):
    result = hold(services=[entry("a"), entry("b")], contents=contents(a="v1", b="v1"))
    assert (result["changed"], result["summary"]) == (True, {"create": 2, "failed": 0})
    assert [one.state for one in engine.containers()] == ["running", "running"]


def test_it_says_when_all_of_it_was_done(hold):
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    told = hold(services=[dict(name="a")])["finished_at"]
    finished = datetime.datetime.strptime(told, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    assert before <= finished <= datetime.datetime.now(datetime.timezone.utc)


def test_the_part_of_a_container_is_looked_up_only_where_it_matters(hold, engine, monkeypatch):
    hold(services=[entry("a"), entry("b"), entry("c"), entry("e")], contents=contents(a="v1", b="v1", c="v1", e="v1"))
    by_name = {one.name: one for one in engine.containers()}
    engine._set(by_name["n-c"], state="exited")
    looked = []
    looks = SimpleNamespace(part=lambda ident: looked.append(ident) or "standby")
    monkeypatch.setattr(run.cgroups, "Groups", lambda: looks)
    # a changes, b stays, c is stopped, d is new, e goes.
    changed = [entry("a", "v2"), entry("b"), entry("c", image="nova:2"), entry("d")]
    result = hold(check_mode=True, services=changed, prune=True)
    parts = {one["name"]: (one["action"], one["part"]) for one in result["services"]}
    assert parts == dict(
        a=("restart", "standby"),
        b=("leave", None),
        c=("recreate", None),
        d=("create", None),
        e=("remove", "standby"),
    )
    assert sorted(looked) == sorted(by_name[name].id for name in ("n-a", "n-e"))


def test_the_processes_are_not_read_where_nobody_is_interrupted(hold, monkeypatch):
    hold(services=[entry("a")], contents=contents(a="v1"))
    monkeypatch.setattr(run.cgroups, "Groups", None)
    assert hold(services=[entry("a")])["changed"] is False
    assert hold(services=[entry("a"), dict(name="b")])["summary"] == {"create": 1, "leave": 1, "failed": 0}


def test_again_it_changes_nothing_and_needs_nothing(hold, engine):
    hold(services=[entry("a")], contents=contents(a="v1"))
    engine.calls.clear()
    result = hold(services=[entry("a")])
    assert (result["changed"], result["summary"], engine.calls) == (False, {"leave": 1, "failed": 0}, [])


def test_only_what_differs_is_needed(hold):
    hold(services=[entry("a"), entry("b")], contents=contents(a="v1", b="v1"))
    assert hold(services=[entry("a"), entry("b", "v2")])["needs"] == ["b"]


def test_what_changed_since_it_was_asked_is_asked_for_again(hold, engine):
    """Another run may come between the question and the contents."""
    hold(services=[entry("a"), entry("b")], contents=contents(a="v1", b="v1"))
    engine.calls.clear()
    result = hold(services=[entry("a", "v2"), entry("b", "v2")], contents=contents(a="v2"))
    assert (result, engine.calls) == (dict(changed=False, needs=["a", "b"]), [])


def test_check_mode_tells_the_same_and_does_nothing(hold, engine, tmp_path):
    would = hold(check_mode=True, services=[entry("a")])
    assert (engine.calls, os.path.exists(tmp_path / "etc")) == ([], False)
    did = hold(services=[entry("a")], contents=contents(a="v1"))
    for result in (would, did):
        result["services"][0].update(seconds=0, started_at=None)
        result.pop("finished_at")
    assert would == did


def test_check_mode_needs_contents_only_for_a_diff(hold):
    assert hold(check_mode=True, diff=True, services=[entry("a")])["needs"] == ["a"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_diff_shows_files_masked_and_what_is_done(hold, tmp_path, check_mode):
    hold(services=[entry("a", "host = a\npassword = s3cret1\n")], contents=contents(a="host = a\npassword = s3cret1\n"))
    after = "host = b\npassword = s3cret2\n"
    result = hold(check_mode, diff=True, services=[entry("a", after)], contents=contents(a=after))
    file, what = result["diff"]
    assert (file["before_header"], file["before"], file["after"]) == (
        str(tmp_path / "etc" / "a" / "nova.conf"),
        "host = a\npassword = ********\n",
        "host = b\npassword = ******** (new)\n",
    )
    assert what["after"] == "restart a: nova.conf changed\n"
    assert "s3cret" not in json.dumps(result)


def test_all_problems_at_once_before_anything_is_done(hold, engine, tmp_path):
    engine.add("n-a")
    os.makedirs(tmp_path / "etc" / "b")
    (tmp_path / "etc" / "b" / "theirs").write_text("")
    result = hold(services=[entry("a"), entry("b"), entry("c", image="missing:1")], contents=contents(a="", b="", c=""))
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
def test_bad_options_are_named(hold, engine, services, words):
    result = hold(services=services)
    assert words in result["problems"][0]
    assert engine.calls == []


def test_bad_ulimits_of_the_call_are_named(hold):
    assert "container.ulimits" in hold(services=[dict(name="a")], container=dict(ulimits=dict(nofile="many")))["msg"]


def test_override_keeps_the_policy_of_the_call(hold, engine, monkeypatch):
    made = []
    create = engine.create
    monkeypatch.setattr(engine, "create", lambda name, config: made.append(config) or create(name, config))
    hold(services=[dict(name="a", container=dict(memory="5"))], container=dict(user="0:0", pids_limit=9))
    (config,) = made
    limits = config["HostConfig"]
    assert (config["User"], limits["Memory"], limits["PidsLimit"], limits["CapDrop"]) == ("0:0", 5, 9, ["ALL"])


def test_failure_of_one_fails_the_call_and_names_it(hold, engine):
    engine.fail("start", "b")
    result = hold(services=[dict(name="a"), dict(name="b")])
    assert (result["failed"], result["changed"], result["summary"]) == (True, True, {"create": 2, "failed": 1})
    assert result["msg"] == "1 of 2 services failed.\nb: start of b refused"
    assert [one["error"] for one in result["services"]] == [None, "start of b refused"]


def test_an_engine_that_does_not_answer_fails_the_call(hold, monkeypatch):
    def connect(params):
        raise EngineUnreachable("nothing answers")

    monkeypatch.setattr(run, "connect", connect)
    assert hold(services=[]) == dict(msg="nothing answers", failed=True)


def test_a_held_lock_fails_the_call(hold, engine):
    with lock.fleet_lock("nova", 0):
        result = hold(services=[dict(name="a")])
    assert "Another run holds this fleet" in result["msg"]
    assert engine.calls == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_only_check_mode_runs_beside_a_reader(hold, check_mode):
    with lock.fleet_lock("nova", 0, shared=True):
        result = hold(check_mode, services=[dict(name="a")])
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
def test_the_whole_fleet_is_removed_by_an_explicit_word_only(hold, engine, options, problem, check_mode):
    hold(services=[dict(name="a"), dict(name="b")])
    result = hold(check_mode, image=None, **options)
    assert result["failed"] and [one for one in result["problems"] if one.startswith(problem)]
    assert len(engine.containers()) == 2


def test_absent_without_image_removes_the_fleet(hold, engine, tmp_path):
    hold(services=[entry("a"), entry("b")], contents=contents(a="v1", b="v1"))
    result = hold(state="absent", all=True, image=None)
    assert (result["summary"], engine.containers(), os.path.exists(tmp_path / "etc")) == (
        {"remove": 2, "failed": 0},
        [],
        False,
    )
    assert hold(state="absent", all=True, image=None)["changed"] is False


def test_absent_of_some_leaves_the_others(hold, engine):
    hold(services=[dict(name="a"), dict(name="b")])
    hold(state="absent", image=None, services=[dict(name="a")])
    assert [one.name for one in engine.containers()] == ["n-b"]


def test_pruning_by_an_empty_list_is_refused(hold, engine):
    hold(services=[dict(name="a")])
    result = hold(services=[], prune=True)
    assert result["failed"] and "state: absent" in result["msg"]
    assert len(engine.containers()) == 1


def test_files_get_the_group_and_mode_asked_for(hold, tmp_path):
    hold(services=[entry("a")], contents=contents(a="v1"))
    info = os.stat(tmp_path / "etc" / "a" / "nova.conf")
    assert (stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid) == (0o640, os.getuid(), os.getgid())


@pytest.mark.parametrize("value", ["", "many", "-1", "1.5", "101%", "10 %%"])
def test_another_max_unavailable_is_a_problem_before_anything_is_done(hold, engine, value):
    result = hold(services=[dict(name="a")], max_unavailable=value)
    assert result["failed"]
    assert result["problems"] == [
        f"max_unavailable {value!r}: write a number of services such as 2, or a share such as 10%."
    ]
    assert engine.calls == []


@pytest.mark.parametrize("processors, expected", [(1, 4), (2, 4), (4, 8), (64, 32), (None, 4)])
def test_concurrency_follows_the_processors(monkeypatch, processors, expected):
    monkeypatch.setattr(run.os, "cpu_count", lambda: processors)
    params = ArgumentSpecValidator(run.ARGUMENT_SPEC).validate({"start_cpu_seconds": 3}).validated_parameters
    options = run._options(params, 10)
    assert options.concurrency == expected
    assert options.start_seconds == 3 / (processors or 1)
    assert run._options(dict(params, concurrency=9), 10).concurrency == 9


def test_a_runtime_that_the_engine_does_not_know_is_a_problem(hold, engine):
    result = hold(services=[dict(name="a"), dict(name="b")], container=dict(runtime="dense"))
    (problem,) = result["problems"]
    assert problem.startswith("runtime dense, which a and 1 others need, is not known to this Docker host's engine.")
    assert "docker_host_density: true" in problem
    assert engine.calls == []


def test_a_runtime_that_the_engine_knows_is_none(hold):
    assert hold(services=[dict(name="a")], container=dict(runtime="runc"))["summary"] == {"create": 1, "failed": 0}


def test_another_runtime_replaces_the_container(hold):
    hold(services=[dict(name="a")])
    again = hold(services=[dict(name="a")], container=dict(runtime="runc"))
    assert again["summary"] == {"recreate": 1, "failed": 0}
    assert again["services"][0]["reasons"] == ["container settings changed"]


def test_services_that_the_memory_does_not_carry_are_refused(hold, engine, monkeypatch):
    monkeypatch.setattr(run.memory, "available_mb", lambda percent: 1000 + 10 * percent)
    assert not hold(services=[dict(name="a")], memory_per_service_mb=400).get("failed")
    engine.calls.clear()
    three = [dict(name=name) for name in "abc"]
    result = hold(services=three, memory_per_service_mb=400)
    (problem,) = result["problems"]
    assert problem.startswith("memory: 2 services that do not run yet (b, c) need 2 x 400 MB")
    assert engine.calls == []
    larger = hold(services=[dict(name="b", memory_mb=900)], memory_per_service_mb=400)
    assert "need 1 x 900 MB" in larger["problems"][0]
    assert not hold(check_mode=True, services=[dict(name="b", memory_mb=900)]).get("failed")
    elsewhere = dict(memory_per_service_mb=400, docker_host="tcp://docker2:2376")
    assert not hold(services=three, **elsewhere).get("failed")
    engine.calls.clear()
    four = [*three, dict(name="d")]
    assert not hold(services=four, memory_per_service_mb=400, memory_reserve_mb=100).get("failed")
    six = [*four, dict(name="e"), dict(name="f")]
    assert hold(services=six, memory_per_service_mb=400, memory_swap_percent=10).get("failed")
    assert not hold(services=six, memory_per_service_mb=400, memory_swap_percent=50).get("failed")


KEY = "-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize("name", ["client.key", "ceph.client.nova.keyring", "notes.txt", "nova.conf.d"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_diff_shows_digests_of_other_files_and_never_their_text(hold, tmp_path, name, check_mode):
    def service(text):
        return dict(name="a", files=[dict(path=name, sha256=hashlib.sha256(text.encode()).hexdigest())])

    def diff(check, text, files):
        result = hold(check, diff=True, services=[dict(name="a", files=files)], contents={"a": {name: text}})
        assert "s3cr3t" not in json.dumps(result)
        return [(one["before"], one["after"]) for one in result["diff"] if one["before_header"].endswith(name)]

    digest = hashlib.sha256(KEY.encode()).hexdigest()
    assert diff(check_mode, KEY, service(KEY)["files"]) == [("", f"sha256:{digest}\n")]
    hold(services=[service(KEY)], contents={"a": {name: KEY}})
    other = KEY.replace("s3cr3t", "s3cr3t2")
    ((before, after),) = diff(True, other, service(other)["files"])
    assert before == f"sha256:{digest}\n"
    assert after == f"sha256:{hashlib.sha256(other.encode()).hexdigest()}\n"
    assert diff(True, "", []) == [(f"sha256:{digest}\n", "")]


def test_a_diff_masks_what_novas_own_list_calls_secret(hold):
    text = "[vault]\napprole_role_id = s3cr3t\n    s3cr3t\n[s]\ncode: s3cr3t\nmy_ip = 10.0.0.1\n"
    arguments = dict(services=[entry("a", text)], contents={"a": {"nova.conf": text}})
    result = hold(True, diff=True, secret_options=["approle_role_id", "code"], **arguments)
    assert "s3cr3t" not in json.dumps(result["diff"])
    assert "my_ip = 10.0.0.1" in result["diff"][0]["after"]
    assert "s3cr3t" in json.dumps(hold(True, diff=True, **arguments)["diff"])


@pytest.mark.parametrize("check_mode", [True, False])
def test_settings_that_the_engine_refuses_are_a_problem_beside_the_others(hold, engine, check_mode):
    engine.rejected = Rejected("Could not create: unknown log opt", "unknown log opt")
    result = hold(check_mode, services=[dict(name="a"), dict(name="b", image="missing:1")])
    assert len(result["problems"]) == 2
    assert "refused by this Docker host's engine: unknown log opt." in result["msg"]
    assert engine.calls == []


@pytest.mark.parametrize("error", [EngineUnreachable("nothing answers"), SdkUnusable("no SDK")])
def test_a_check_run_plans_with_an_engine_that_is_to_come(hold, monkeypatch, error):
    def connect(params):
        raise error

    monkeypatch.setattr(run, "connect", connect)
    services = [dict(name="a"), dict(name="b", container=dict(runtime="dense"))]
    coming = dict(engine_to_come=True, images_to_come=["nova:1"], services=services)
    assert hold(check_mode=True, **coming)["summary"] == {"create": 2, "failed": 0}
    assert "nova:1" in hold(check_mode=True, **dict(coming, images_to_come=[]))["msg"]
    for refused in (hold(check_mode=True, **dict(coming, engine_to_come=False)), hold(**coming)):
        assert (refused["failed"], refused["msg"]) == (True, str(error))


def test_an_image_that_is_to_come_replaces_what_runs(hold, engine):
    hold(services=[dict(name="a")])
    would = hold(check_mode=True, services=[dict(name="a")], images_to_come=["nova:1"])
    assert [(one["action"], one["reasons"]) for one in would["services"]] == [("recreate", ["image changed"])]
    assert hold(services=[dict(name="a")], images_to_come=["nova:1"])["changed"] is False


def test_an_image_that_is_to_come_is_not_tried(hold, engine):
    hold(check_mode=True, services=[dict(name="a", image="new:1")], images_to_come=["new:1"])
    assert engine.rehearsed == []
