# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

from ansible_collections.novafleet.compute.plugins.module_utils._swarm.info import swarm_info


def test_services_are_shown_with_their_tasks_and_nodes(apply, swarm):
    swarm.states["nova-compute-b"] = ("pending", "no suitable node")
    apply("a", "b", container={"stop_timeout": 0})
    swarm.reads.clear()
    told = swarm_info(swarm, "nova", ["a"], 1)
    first, second = told["services"]
    assert (first["name"], first["state"], first["node"], first["node_state"]) == ("a", "running", "docker1", "ready")
    assert first["started_at"] and first["log"].startswith("log of task-") and "s3cr3t" not in first["log"]
    assert (second["state"], second["error"], second["started_at"]) == ("pending", "no suitable node", None)
    assert [(node["name"], node["services"]) for node in told["nodes"]] == [
        ("docker1", 1),
        ("docker2", 0),
        ("docker3", 0),
    ]
    assert sorted(swarm.reads) == ["nodes", "services", "tasks"]


def test_no_lines_of_a_log_are_no_lines(apply, swarm):
    apply("a")
    for lines in (0, -1):
        (told,) = swarm_info(swarm, "nova", ["a"], lines)["services"]
        assert told["log"] == ""


def test_an_earlier_task_on_a_lost_node_may_still_run(apply, swarm):
    apply("a")
    ident = swarm.named("nova-compute-a")["ID"]
    old = swarm.history[ident][0]
    swarm._run(ident)
    swarm.history[ident][-1]["NodeID"] = "n2"
    old["Status"]["State"] = "running"
    swarm.here[0] = dataclasses.replace(swarm.here[0], state="down")
    told = swarm_info(swarm, "nova", [], 1)["services"][0]
    assert (told["node"], told["lost_on"]) == ("docker2", ["docker1"])


def test_a_service_that_is_scaled_to_nothing_is_stopped(apply, swarm):
    apply("a")
    swarm.named("nova-compute-a")["Spec"]["Mode"]["Replicated"] = {"Replicas": 0}
    assert swarm_info(swarm, "nova", [], 1)["services"][0]["state"] == "stopped"
    assert swarm_info(swarm, "other", [], 1)["services"] == []
