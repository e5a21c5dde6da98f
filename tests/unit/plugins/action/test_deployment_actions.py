# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions of a deployment, with given answers of modules."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.novafleet.compute.plugins.action import (
    approve,
    approve_removal,
    assign,
    outcome,
    plan,
    verify,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import unusable
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer

SECRET = "s3cr3t"
NOVA = dict(services=[dict(host="f-1")], hypervisors=[dict(host="f-1", id="uuid-1")], instances=[])


@pytest.fixture
def vars_of_play(task_vars):
    hosts = ["docker1", "docker2"]
    task_vars["groups"]["nova_compute_hosts"] = hosts
    task_vars["hostvars"].update({host: {} for host in hosts})
    return dict(task_vars, ansible_play_hosts_all=hosts, ansible_play_hosts=hosts, ansible_play_batch=hosts)


@pytest.fixture
def run(task, vars_of_play, monkeypatch, role):
    """Run an action. modules are the answers of its modules, by name. run.calls has the calls."""

    def act(action, modules=None, defaults=None, /, **args):
        plugin = task(action, **args)
        monkeypatch.setattr(plugin, "arguments", lambda module, given: dict((defaults or {}).get(module, {}), **given))

        def execute(name, arguments, task_vars):
            act.calls.append((name.rpartition(".")[2], arguments))
            answer = (modules or {})[name.rpartition(".")[2]]
            if isinstance(answer, Exception):
                raise answer
            return dict(answer, invocation="long")

        monkeypatch.setattr(plugin, "_execute_module", execute)
        monkeypatch.setattr(plugin, "_low_level_execute_command", lambda command: dict(stdout=act.shown))
        return plugin.run(task_vars=vars_of_play)

    act.calls, act.shown, act.role = [], "", role
    act.play, act.hosts = vars_of_play, vars_of_play["hostvars"]
    return act


def registered(run, **results):
    """Register the results of Docker hosts as a variable, and return its name."""
    for host, result in results.items():
        run.hosts[host] = dict(run.hosts[host], fleet=result)
    return "fleet"


def info(*names):
    return dict(services=[dict(name=name, state="running", part="active", target="", driver="") for name in names])


def assigned(run, nova=None, **args):
    answers = args.pop("answers", dict(docker1=info("f-1"), docker2=info()))
    specs = str(run.role / "meta" / "argument_specs.yml")
    modules = dict(nova_services_info=NOVA if nova is None else nova)
    return run(assign, modules, argument_specs=specs, answers=registered(run, **answers), **args)


def test_targets_nova_and_docker_hosts_are_put_together(run):
    result = assigned(run)
    assert result["assignments"] == {
        "docker1": ["f-1"],
        "docker2": ["f-2"],
    }
    assert result["checks"] == {"docker1": ["f-1"], "docker2": ["f-2"]}
    assert (result["nova"], result["compute_ids"]) == (NOVA, {"f-1": "uuid-1"})
    assert (result["silent"], result["asked"]) == ([], ["docker1", "docker2"])


def test_only_some_targets_are_assigned_and_checked(run):
    result = assigned(run, only=["f-2", "f-9"])
    assert [one["target"] for one in result["targets"]] == ["f-2"]
    assert (result["others"], result["limited"]) == (["f-1"], True)
    assert result["checks"] == {"docker1": [], "docker2": ["f-2"]}
    assert [(one["host"], one["variable"]) for one in result["findings"]] == [("f-9", "services_only")]
    assert not assigned(run)["limited"]


def test_targets_without_a_docker_host_are_checked_by_the_first(run):
    result = assigned(run, rooms={"docker1": dict(capacity=1, weight=1), "docker2": dict(capacity=0, weight=0)})
    assert result["checks"] == {"docker1": ["f-1", "f-2"], "docker2": []}


@pytest.mark.parametrize("name", ["services_identity_namespace", "services_fleet", "services_move", "services_lease"])
def test_null_is_no_text(run, vars_of_play, name):
    vars_of_play[name] = None
    with pytest.raises(AnsibleActionFail, match=f"Nothing was changed.\ndocker1: {name}: is null") as error:
        assigned(run, standby=None)
    assert "Write a value, or leave it out for the default." in str(error.value)
    assert run.calls == []


def test_null_of_another_docker_host(run, vars_of_play, host_vars):
    names = [("docker1", dict(services_cloud=None)), ("docker2", dict(services_capacity=None)), ("f-1", {})]
    vars_of_play["hostvars"] = host_vars(names)
    with pytest.raises(AnsibleActionFail, match="docker2: services_capacity: is null"):
        assigned(run)


def test_a_silent_docker_host_is_not_asked_for_more(run):
    result = assigned(run, answers=dict(docker1=info("f-1"), docker2=dict(unreachable=True, msg="no route")))
    assert (result["silent"], result["asked"], result["left_out"]) == (["docker2"], ["docker1"], [])
    assert result["assignments"]["docker1"][0] == "f-1"


def test_no_docker_host_in_reach_is_a_failure_where_one_is_needed(run):
    silent = {host: dict(unreachable=True, msg="no route") for host in ("docker1", "docker2")}
    result = assigned(run, answers=silent, any_host=True)
    assert result["failed"] and result["msg"].startswith("Nothing was changed.\ndocker1: nova_compute_hosts: does not")
    assert assigned(run, answers=silent)["asked"] == []


def test_a_host_that_asks_nova_and_cannot_be_reached_is_an_answer(run):
    assert assigned(run, nova=AnsibleConnectionFailure("no route"))["nova"] == dict(unreachable=True, msg="no route")


def test_nova_is_not_asked_where_it_shall_not_be(run):
    assert assigned(run, ask_nova=False)["nova"] == {}
    assert run.calls == []


def test_docker_hosts_in_turns_are_refused(run, vars_of_play):
    vars_of_play["ansible_play_batch"] = ["docker1"]
    with pytest.raises(AnsibleActionFail, match="docker1: serial: .* docker2 would not be asked"):
        assigned(run)


STEP = dict(action="none", changed=False, part=None, error=None, started_at=None)


def planned(run, role, answer=None, containers=None, directory=None, own=None, standbys=(), compute_ids=None, **args):
    """answer: of dry_run; containers: its part; own: targets; standbys: services; compute_ids: those of nova."""
    steps = [dict(STEP, name="f-1"), dict(STEP, name="f-2")]
    parts = dict(
        preflight=dict(problems=[], checks=[], hypervisors=[]),
        containers=containers or dict(services=steps),
    )
    answers = dict(dry_run=parts if answer is None else answer)
    nova_conf = dict(templates=str(role / "templates"), identity_namespace="cloud")
    own = own or [dict(target=name, service=name, driver="fake") for name in ("f-1", "f-2")]
    run.play["assignment"] = dict(
        assignments=dict(docker1=[target["service"] for target in own]),
        standbys=dict(docker1=list(standbys)),
        checks=dict(docker1=[target["target"] for target in own]),
        targets=own,
        others=[],
        compute_ids=compute_ids or {},
    )
    known = dict(
        argument_specs=str(role / "meta" / "argument_specs.yml"),
        assignment="assignment",
        answers="fleet",
    )
    defaults = dict(nova_conf=nova_conf, fleet="x", config_dir=directory)
    run.play["fleet"] = info("f-1")
    return run(plan, answers, dict(containers=defaults), **dict(known, **args))


def test_one_render_serves_check_preflight_and_plan(run, role, monkeypatch):
    rendered, render = [], Renderer.nova_conf
    monkeypatch.setattr(Renderer, "nova_conf", lambda self, *args: rendered.append(args[1]) or render(self, *args))
    result = planned(run, role)
    assert rendered == ["f-1", "f-2"]
    assert (result["findings"], result["changes"]) == ([], False)
    ((module, sent),) = run.calls
    assert (module, sent["parts"]) == ("dry_run", ["preflight", "containers"])
    assert [one["hosts"][0]["address"] for one in sent["bus"]] == ["bus"]
    rendered = sent["_controller"]["rendered"]
    assert {service: [one["path"] for one in files] for service, files in rendered.items()} == {
        "f-1": ["nova.conf", "compute_id"],
        "f-2": ["nova.conf", "compute_id"],
    }
    assert sent["fleet"] == "x" and "nova_conf" not in sent
    # The preflight logs in with the passwords.
    others = {name: value for name, value in sent.items() if name != "bus"}
    assert SECRET not in json.dumps(others) + json.dumps(result)


def test_problems_of_variables_keep_the_plan_from_being_made_but_not_the_preflight(run, role, task_vars):
    task_vars["hostvars"]["f-1"]["services_hots"] = "x"
    result = planned(run, role)
    assert [one["variable"] for one in result["findings"]] == ["services_hots"]
    assert [sent["parts"] for _name, sent in run.calls] == [["preflight"]]
    assert "_controller" not in run.calls[0][1]
    assert result["containers"] == {}


@pytest.mark.parametrize(("parts", "called"), [([], []), (["containers"], [["containers"]])])
def test_only_the_parts_that_are_asked_for(run, role, parts, called):
    planned(run, role, parts=parts)
    assert [sent["parts"] for _name, sent in run.calls] == called
    assert not any("bus" in sent for _name, sent in run.calls)


AWAY = dict(unreachable=True, msg="no route")
CRASHED = dict(failed=True, msg="no start of json", module_stderr="killed")


@pytest.mark.parametrize(("answer", "reason"), [(AnsibleConnectionFailure("no route"), AWAY), (CRASHED, CRASHED)])
def test_a_docker_host_without_an_answer_is_a_failure_of_both_parts(run, role, answer, reason):
    result = planned(run, role, answer)
    assert (result["preflight"], result["containers"]) == (reason, reason)


def test_a_part_that_is_missing_is_not_taken_for_one_without_problems(run, role):
    result = planned(run, role, dict(changed=False, preflight=dict(problems=[], checks=[], hypervisors=[])))
    assert unusable(result["containers"], "containers", "d1") == [
        "d1: the module containers returned no services. Run again with -vvv."
    ]


def test_steps_are_cut_into_waves_and_standbys_come_last(run, role):
    steps = [
        dict(STEP, name="f-1", action="restart", changed=True),
        dict(STEP, name="f-2", action="create", changed=True),
    ]
    targets = [
        dict(target="f-1", service="f-1", driver="fake"),
        dict(target="f-2", service="f-2", driver="fake"),
    ]
    result = planned(run, role, containers=dict(services=steps), own=targets, standbys=["f-2"], standby=1)
    assert result["changes"] is True
    assert result["waves"] == [dict(names=["f-1"], gated=True)]
    assert result["gentle"] == []


@pytest.mark.parametrize("directory", ["novafleet", "~/novafleet", "/srv/$HOME", "/", "//"])
def test_files_are_where_the_shell_of_the_docker_host_finds_them(run, role, directory):
    with pytest.raises(AnsibleActionFail, match="services_config_dir: .* is not the absolute path"):
        planned(run, role, directory=directory)


def test_what_lies_on_the_docker_host_is_kept_where_nova_does_not_know_the_service(run, role):
    uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    run.shown = f"f-1/compute_id:{uuid}\n"
    assert planned(run, role)["nova_conf"]["compute_ids"]["f-1"] == uuid
    of_nova = {"f-1": "9a0c04e0-4f89-11d3-9a0c-0305e82c3301"}
    result = planned(run, role, compute_ids=of_nova)
    assert (result["nova_conf"]["compute_ids"]["f-1"], result["compute_ids_found"]) == (of_nova["f-1"], {})


def test_a_deployment_is_refused_with_all_problems(run):
    nothing = dict(targets=[], findings=[], nova={}, moves=[], leaving={}, silent=[], left_out=[])
    assignment = dict(nothing, asked=["docker1"], problems=["no room"])
    run.play["assignment"] = assignment
    result = run(approve, assignment="assignment", answers=registered(run, docker1=info()), plans="plan")
    assert result["failed"]
    assert result["msg"].splitlines()[0] == "Nothing was changed. Problems found: 2."
    assert len(result["problems"]) == 2


def removal(run, nova=None, docker2=None, **args):
    answers = dict(docker1=info("f-1"), docker2=info("f-2", "f-1") if docker2 is None else docker2)
    modules = dict(nova_services_info=NOVA if nova is None else nova)
    return run(approve_removal, modules, answers=registered(run, **answers), **args)


def test_a_removal_is_refused_for_all_docker_hosts_if_nova_has_instances_on_any(run):
    instance = dict(id="u-1", name="web-1", host="f-2")
    result = removal(run, dict(NOVA, instances=[instance]), instances_of="nova")
    assert run.calls == [("nova_services_info", dict(instances_on=["f-1", "f-2"]))]
    assert result["failed"] and result["problems"] == [
        "f-2: services_fleet: nova has 1 instances on the services of nova, web-1 (u-1) among them. "
        "Move or delete them first."
    ]
    assert removal(run, instances_of="nova")["services"] == ["f-1", "f-2"]


def test_a_removal_is_refused_where_it_is_not_known_what_there_is(run):
    silent = dict(msg="no start of json", module_stderr="pyenv: python3.9: command not found")
    result = removal(run, dict(changed=False), silent, instances_of="nova", api_host="api")
    first, second = result["problems"]
    assert first == "docker2: no start of json: pyenv: python3.9: command not found"
    assert second.startswith("api: services_cloud: the module nova_services_info returned no services")
    assert result["msg"].splitlines() == ["Nothing was changed. Problems found: 2.", first, second]


def test_a_removal_does_not_ask_nova_where_the_answer_is_given(run, vars_of_play):
    assert removal(run, nova=NOVA)["services"] == ["f-1", "f-2"]
    assert run.calls == []
    vars_of_play["ansible_play_hosts_all"] = ["docker1"]
    assert not removal(run).get("failed")
    assert removal(run, everywhere=True)["problems"] == [
        "docker2: nova_compute_hosts: was left out of this run. Run it without --limit."
    ]


def verified(run, answer, deployed, before=None, **args):
    known = dict(not_up=[], not_mapped=[], not_provided=[])
    assignments = dict(docker1=["f-1", "f-2"])
    modules = dict(nova_services_info=dict(NOVA, **dict(known, **answer)))
    result = dict(services=deployed)
    run.hosts["docker1"] = dict(result=result, plan=dict(containers=result))
    run.play["ansible_play_hosts"] = ["docker1"]
    reasons = dict(new_mark="mark:", joining_reason="mark: joins")
    run.play["assignment"] = dict(assignments=assignments, nova=before or NOVA)
    return run(verify, modules, held="result", plans="plan", assignment="assignment", **reasons, **args)


BOTH = dict(NOVA, services=[dict(host="f-1"), dict(host="f-2")], hypervisors=[dict(host="f-1"), dict(host="f-2")])


def test_one_question_where_nothing_is_new(run):
    result = verified(run, BOTH | dict(services=[]), [dict(STEP, name="f-1"), dict(STEP, name="f-2", error="x")], BOTH)
    assert run.calls[0][1]["wait_for"] == dict(up={"f-1": None}, mapped=["f-1"])
    assert (result["fresh"], result["failing"], result["unmapped"]) == ([], ["f-2"], [])


def test_nova_is_not_asked_again_where_nothing_changed_and_all_was_well(run):
    before = dict(
        services=[dict(host=host, state="up", disabled_reason="mark: new") for host in ("f-1", "f-2")],
        hypervisors=[dict(host=host, id=host) for host in ("f-1", "f-2")],
        providers=[dict(id=host, inventory=True) for host in ("f-1", "f-2")],
        instances=[],
    )
    result = verified(run, {}, [dict(STEP, name="f-1"), dict(STEP, name="f-2")], before, changed=False)
    assert run.calls == []
    assert (result["failing"], result["fresh"], result["kept"]) == ([], [], ["f-1", "f-2"])
    before["services"][1]["disabled_reason"] = "mark: joins"
    result = verified(run, {}, [dict(STEP, name="f-1"), dict(STEP, name="f-2")], before, changed=False)
    assert result["joining"] == ["f-2"]
    before["services"][0]["state"] = "down"
    verified(run, dict(services=[]), [dict(STEP, name="f-1"), dict(STEP, name="f-2")], before, changed=False)
    assert len(run.calls) == 1


def test_a_new_service_is_not_waited_for_in_its_cell_before_it_was_mapped(run):
    deployed = [dict(STEP, name="f-1"), dict(STEP, name="f-2", started_at="2026-01-01T00:00:00Z")]
    result = verified(run, dict(services=[]), deployed)
    assert run.calls[0][1]["wait_for"] == dict(up={"f-1": None, "f-2": "2026-01-01T00:00:00Z"}, mapped=[])
    assert (result["fresh"], result["unmapped"]) == (["f-2"], ["f-2"])
    verified(run, dict(services=[]), deployed, mapped=True, not_up=["f-1"])
    assert run.calls[1][1]["wait_for"] == dict(up={"f-2": "2026-01-01T00:00:00Z"}, mapped=["f-2"])


@pytest.mark.parametrize("answer", [dict(hypervisors=None), dict(failed=True, msg="nova is away")])
def test_an_answer_of_nova_that_cannot_be_used_fails(run, answer):
    assert verified(run, answer, [dict(STEP, name="f-1")])["failed"]


def test_each_failure_is_told_once(run):
    deployed = dict(docker1=dict(services=[dict(STEP, name="f-1", error="did not stay up")]))
    assignments = dict(docker1=["f-1", "f-2"])
    told = run(outcome, assignments=assignments, deployed=deployed, earlier=["f-1: did not stay up"])
    assert (told["failures"], told["services"]) == (["f-1: did not stay up"], 2)
    assert run(outcome, assignments=assignments, deployed=deployed, only=["f-2"])["failures"] == []
