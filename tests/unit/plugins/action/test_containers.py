# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.novafleet.compute.plugins.action import containers
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.identity import identity

SECRET = "s3cr3t"


@pytest.fixture
def etc(tmp_path):
    """The directory of the services' files on the Docker host."""
    return tmp_path / "etc"


@pytest.fixture
def run(task, task_vars, role, etc, monkeypatch):
    """Run the action against a module with given answers. Return (result, calls)."""

    monkeypatch.setattr(containers, "TERMINAL", False)

    def act(*answers, **args):
        args.setdefault("nova_conf", dict(templates=str(role / "templates"), identity_namespace="cloud"))
        args.setdefault("config_dir", str(etc))
        plugin, calls, answers = task(containers, **args), [], list(answers or [dict(changed=False, services=[])])
        act.change(plugin)

        def execute(name, module_args, task_vars):
            calls.append(("module", name, module_args))
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(plugin, "_execute_module", execute)
        monkeypatch.setattr(plugin, "_make_tmp_path", lambda: "/tmp/private")

        def ship(path, data):
            sent = json.loads(gzip.decompress(data))
            contents = {
                name: {file: sent["texts"][digest] for file, digest in files.items()}
                for name, files in sent["services"].items()
            }
            calls.append(("ship", path, contents, len(data), sent))

        monkeypatch.setattr(plugin, "_transfer_data", ship)
        monkeypatch.setattr(plugin, "_fixup_perms2", lambda paths, execute: calls.append(("protect", *paths)))
        monkeypatch.setattr(plugin, "_low_level_execute_command", shell)
        monkeypatch.setattr(plugin, "_remove_tmp_path", lambda path: calls.append(("clean", path)))
        act.calls = calls
        return plugin.run(task_vars=task_vars), calls

    act.change = lambda plugin: None
    return act


def shell(command):
    return dict(stdout=subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, text=True, check=False).stdout)


@pytest.fixture
def deployed(run, etc):
    """Targets whose files are up to date on the Docker host."""

    def deploy(*names, **args):
        _result, calls = run(services=targets(*names), **args)
        for name, files in calls[0][2].items():
            (etc / name).mkdir(parents=True)
            for path, text in files.items():
                (etc / name / path).write_text(text, encoding="utf-8")
        return targets(*names)

    return deploy


def kinds(calls):
    return [call[0] for call in calls]


def targets(*names):
    return [dict(name=name, target=name) for name in names]


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_one_call_and_no_transfer_where_nothing_differs(run, deployed):
    services = deployed("f-1", "f-2")
    result, calls = run(dict(changed=False, services=["as the module says"]), services=services)
    assert kinds(calls) == ["module"]
    assert (result["changed"], result["services"]) == (False, ["as the module says"])


def test_contents_are_never_in_the_modules_arguments(run):
    files = [dict(path="mine", content=f"my {SECRET}")]
    entry = dict(targets("f-1")[0], files=files)
    _result, calls = run(dict(needs=["f-1"]), dict(changed=True), services=[entry])
    arguments = [call[2] for call in calls if call[0] == "module"]
    assert len(arguments) == 2
    assert SECRET not in json.dumps(arguments)
    assert '"content"' not in json.dumps(arguments)
    assert SECRET in json.dumps([call[2] for call in calls if call[0] == "ship"])


def test_digests_are_those_of_what_is_shipped(run):
    _result, calls = run(services=targets("f-1"))
    files = {one["path"]: one for one in calls[2][2]["_controller"]["rendered"]["f-1"]}
    shipped = calls[0][2]["f-1"]
    assert {name: sha(text) for name, text in shipped.items()} == {name: one["sha256"] for name, one in files.items()}
    assert set(files) == {"nova.conf", "compute_id"}
    assert files["compute_id"]["immutable"] is True


def test_what_is_new_goes_with_the_only_call_and_is_cleaned_up(run, deployed):
    deployed("f-1")
    result, calls = run(dict(changed=True), services=targets("f-1", "f-2"))
    assert kinds(calls) == ["ship", "protect", "module", "clean"]
    assert list(calls[0][2]) == ["f-2"]
    assert calls[1][1:] == ("/tmp/private", "/tmp/private/bundle.json.gz")
    assert calls[2][2]["_controller"]["bundle"] == "/tmp/private/bundle.json.gz"
    assert result["changed"] is True


@pytest.mark.parametrize("path", ["nova.conf", "compute_id"])
def test_what_differs_goes_with_the_only_call(run, deployed, etc, path):
    services = deployed("f-1", "f-2")
    (etc / "f-2" / path).write_text("edited", encoding="utf-8")
    _result, calls = run(dict(changed=True), services=services)
    assert kinds(calls) == ["ship", "protect", "module", "clean"]
    assert list(calls[0][2]) == ["f-2"]


def test_what_only_the_module_finds_different_is_asked_for(run, deployed):
    services = deployed("f-1", "f-2")
    _result, calls = run(dict(needs=["f-2"]), dict(changed=True), services=services)
    assert kinds(calls) == ["module", "ship", "protect", "module", "clean"]
    assert list(calls[1][2]) == ["f-2"]


def test_a_name_that_is_told_in_another_way_is_sent_for_nothing(run, etc):
    (etc / "a").mkdir(parents=True)
    (etc / "a" / "back\\slash").write_text("x", encoding="utf-8")
    _result, calls = run(services=[dict(name="a", files=[dict(path="back\\slash", content="x")])])
    assert kinds(calls) == ["ship", "protect", "module", "clean"]


def test_a_directory_that_the_module_has_to_expand_is_left_to_it(run):
    for directory in ("~/etc", "/srv/$USER"):
        _result, calls = run(services=targets("f-1"), config_dir=directory)
        assert kinds(calls) == ["module"]


def test_nothing_is_shipped_for_services_that_go(run):
    _result, calls = run(services=targets("f-1"), state="absent")
    assert kinds(calls) == ["module"]


@pytest.mark.parametrize(("diff", "shipped"), [(False, 0), (True, 1)])
def test_in_check_mode_only_a_diff_needs_contents(run, diff, shipped):
    run.change = lambda plugin: plugin._task.__dict__.update(check_mode=True, diff=diff)
    _result, calls = run(services=targets("f-1"))
    assert kinds(calls).count("ship") == shipped


def test_many_services_travel_as_little(run, task_vars):
    names = [f"f-{number}" for number in range(100)]
    task_vars["groups"]["fake"] = names
    task_vars["hostvars"].update({name: {} for name in names})
    _result, calls = run(services=targets(*names))
    shipped = calls[0][2]
    rendered = sum(len(text) for files in shipped.values() for text in files.values())
    assert calls[0][3] < rendered / 2


def test_a_text_that_many_services_have_travels_once(run):
    files = [dict(path="lease.py", content="the same"), dict(path="copy", content="the same")]
    services = [dict(name=name, files=[*files, dict(path="mine", content=name)]) for name in ("a", "b", "c")]
    _result, calls = run(dict(changed=True), services=services)
    sent = calls[0][4]
    assert sent["texts"] == {sha(text): text for text in ("the same", "a", "b", "c")}
    assert set(sent["services"]) == {"a", "b", "c"}
    assert calls[0][2]["b"] == {"lease.py": "the same", "copy": "the same", "mine": "b"}


def test_files_of_the_call_go_to_every_service_with_a_target(run, role, tmp_path):
    (tmp_path / "lease.py").write_text("a program", encoding="utf-8")
    options = dict(
        templates=str(role / "templates"), identity_namespace="cloud", files={"lease.py": str(tmp_path / "lease.py")}
    )
    services = [*targets("f-1", "f-2"), dict(name="plain", files=[dict(path="x", content="x")])]
    _result, calls = run(services=services, nova_conf=options)
    shipped = calls[0][2]
    assert shipped["f-1"]["lease.py"] == shipped["f-2"]["lease.py"] == "a program"
    assert set(shipped["plain"]) == {"x"}
    module = next(call[2] for call in calls if call[0] == "module")
    for name in ("f-1", "f-2"):
        files = {one["path"]: one["sha256"] for one in module["_controller"]["rendered"][name]}
        assert files["lease.py"] == sha("a program")


def test_the_bundle_is_removed_when_the_module_fails(run):
    with pytest.raises(RuntimeError):
        run(RuntimeError("died"), services=targets("f-1"))
    assert kinds(run.calls)[-1] == "clean"


def test_it_asks_again_when_another_run_came_between(run, deployed):
    services = deployed("f-1", "f-2")
    result, calls = run(dict(needs=["f-1"]), dict(needs=["f-1", "f-2"]), dict(changed=True), services=services)
    assert [sorted(call[2]) for call in calls if call[0] == "ship"] == [["f-1"], ["f-1", "f-2"]]
    assert result["changed"] is True


def test_it_does_not_ask_for_ever(run):
    with pytest.raises(AnsibleActionFail, match="changed again during each of 3 attempts"):
        run(*[dict(needs=["f-1"])] * 9, services=targets("f-1"))


def test_each_target_gets_its_own_files(run):
    _result, calls = run(services=targets("f-1", "f-2"))
    shipped = calls[0][2]
    for name in ("f-1", "f-2"):
        assert f"host = {name}\n" in shipped[name]["nova.conf"]
        assert shipped[name]["compute_id"] == identity("cloud", name) + "\n"


def test_an_identity_that_nova_knows_is_adopted(run, role):
    options = dict(templates=str(role / "templates"), identity_namespace="cloud", compute_ids={"f-1": "known"})
    _result, calls = run(services=targets("f-1"), nova_conf=options)
    assert calls[0][2]["f-1"]["compute_id"] == "known\n"


def test_what_is_the_controllers_stays_there(run):
    _result, calls = run(services=targets("f-1"), state="absent", fleet="nova", _controller=dict(bundle="/etc/shadow"))
    arguments = calls[0][2]
    assert sorted(arguments) == ["_controller", "config_dir", "fleet", "services", "state"]
    assert arguments["services"] == [dict(name="f-1")]
    assert list(arguments["_controller"]) == ["rendered"]
    assert list(arguments["_controller"]["rendered"]) == ["f-1"]


def test_on_a_terminal_the_module_tells_how_far_it_is_and_the_file_goes(run, monkeypatch):
    monkeypatch.setattr(containers, "TERMINAL", True)
    result, calls = run(dict(needs=["f-1"]), dict(changed=True), services=targets("f-1"))
    assert [call[2]["_controller"]["progress"] for call in calls if call[0] == "module"] == [
        "/tmp/private/progress.json"
    ] * 2
    assert calls[-1] == ("clean", "/tmp/private")
    assert result["changed"] is True


def test_without_a_terminal_nobody_is_told(run):
    _result, calls = run(services=targets("f-1"), _controller=dict(progress="/etc/passwd"))
    assert ["progress" in call[2]["_controller"] for call in calls if call[0] == "module"] == [False]


def test_services_without_target_need_no_nova_conf(run):
    files = [dict(path="rabbitmq.conf", content="x", mode="0600")]
    _result, calls = run(services=[dict(name="rabbitmq", files=files), dict(name="plain")], nova_conf=None)
    assert calls[2][2]["services"] == [
        dict(name="rabbitmq", files=[dict(path="rabbitmq.conf", mode="0600", sha256=sha("x"))]),
        dict(name="plain"),
    ]
    assert calls[2][2]["_controller"]["rendered"] == {}


def test_the_tasks_arguments_are_left_alone(run):
    services = [dict(name="a", files=[dict(path="f", content="x")])]
    run(services=services)
    assert services == [dict(name="a", files=[dict(path="f", content="x")])]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (dict(services=targets("f-1"), nova_conf=None), "f-1 has a target, but nova_conf is not set"),
        (dict(services=targets("docker1")), "docker1 is in 0 of the groups"),
        (dict(services=["f-1"]), r"services\[0\] is not a dict: write at least name: f-1"),
    ],
)
def test_what_cannot_be_rendered_fails_before_the_module(run, args, words):
    with pytest.raises(AnsibleActionFail, match=words):
        run(**args)
    assert run.calls == []


def test_a_value_that_cannot_stand_in_nova_conf_fails_without_showing_it(run, task_vars):
    task_vars["hostvars"]["f-1"]["services_transport_url"] = f"{SECRET}\n"
    with pytest.raises(AnsibleActionFail, match="line break") as error:
        run(services=targets("f-1"))
    assert SECRET not in str(error.value)


def test_values_are_written_as_the_task_before_found_out(run, task_vars, role):
    task_vars["groups"] = {"test_targets": ["f-1"], "fake": []}
    task_vars["hostvars"]["f-1"]["services_nova_conf"] = {"DEFAULT": {"odd": "a$b"}, "s": {"several": ["a", "b"]}}
    nova_conf = dict(
        templates=str(role / "templates"),
        identity_namespace="cloud",
        groups={"fake": "test_targets"},
        option_kinds={"DEFAULT.odd": "one secret", "s.several": "multi"},
        secret_options=["odd"],
    )
    _result, calls = run(services=targets("f-1"), nova_conf=nova_conf)
    (text,) = [call[2]["f-1"]["nova.conf"] for call in calls if call[0] == "ship"]
    assert "odd = a\\$b\n" in text
    assert "several = a\nseveral = b\n" in text
    assert [call[2]["secret_options"] for call in calls if call[0] == "module"] == [["odd"]]
