# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that end without an answer: it counts as a problem with its cause, never as an empty list."""

from __future__ import annotations

import pytest

DEAD = 'echo "pyenv: python3.9: command not found" >&2; exit 127'
KILLED = "kill -9 $$"
# The result of a module of ansible-core 2.17 and 2.18 after an unexpected end, and an empty result.
NO_KEYS = """echo '{"changed": false}'; exit 0"""
# A preflight that found nothing, and nothing of the containers.
NO_PLAN = """echo '{"changed": false, "preflight": {"problems": [], "checks": [], "hypervisors": []}}'; exit 0"""
API = "nova-api-host"


@pytest.fixture(scope="module")
def shared(make_shared_site):
    """One site with a fleet, on which every run is refused. Another tool's nova-compute runs as t9."""
    site = make_shared_site()
    site.deploy()
    site.cloud.foreign.add("t9")
    site.targets["t9"] = {}
    return site


@pytest.mark.parametrize(
    ("module", "on_docker_host", "on_api_host", "said"),
    [
        ("containers_info", DEAD, KILLED, ("pyenv: python3.9", "Killed|No start of json")),
        ("dry_run", NO_KEYS, DEAD, ("returned no problems", "pyenv: python3.9")),
        ("dry_run", NO_PLAN, NO_KEYS, ("returned no services", "returned no services")),
        ("dry_run", KILLED, NO_KEYS, ("Killed|No start of json", "returned no services")),
    ],
)
def test_what_could_not_be_asked_refuses_the_deployment(shared, module, on_docker_host, on_api_host, said):
    before = list(shared.engine().changes)
    with shared.broken("d1", on_docker_host, module), shared.broken(API, on_api_host, "nova_services_info"):
        run = shared.run(services_api_host=API, services_lease=False)
    run.assert_refused(f"d1: .*({said[0]})", f"{API}: services_cloud: .*({said[1]})")
    assert shared.engine().changes == before


@pytest.mark.parametrize("playbook", ["retire", "remove"])
def test_what_could_not_be_asked_refuses_to_take_away(shared, playbook):
    before = list(shared.engine().changes)
    extra = dict(services_retire=["t1"], services_remove_confirm=shared.fleet, services_api_host=API)
    with shared.broken("d1", NO_KEYS, "containers_info"), shared.broken(API, NO_KEYS, "nova_services_info"):
        run = shared.run(playbook, **extra)
    run.assert_refused("d1: .*returned no services", f"{API}: .*returned no services")
    assert shared.engine().changes == before


def test_status_names_what_could_not_be_asked(shared):
    with shared.broken("d1", DEAD, "containers_info"), shared.broken(API, NO_KEYS, "nova_services_info"):
        run = shared.run("status", services_api_host=API)
    assert not run.failed, run.text
    problems = run.results("Compare inventory, Docker and nova")["d1"]["ansible_facts"]["services_status"]["problems"]
    assert any("d1: " in one and "pyenv: python3.9" in one for one in problems), problems
    assert any("nova: " in one and "returned no services" in one for one in problems), problems


def test_a_move_waits_for_its_successor_or_stops(pair):
    """A removal whose answer does not name the removed services."""
    pair.targets["t1"]["services_docker_host"] = "d1"
    pair.deploy()
    pair.targets["t1"]["services_docker_host"] = "d2"
    # The other calls of the module are carried out.
    real = pair.hosts["d1"]["ansible_python_interpreter"]
    removals = f"""if grep -q '"state": *"absent"' "$payload"; then {NO_KEYS}; fi"""
    instead = f"""{removals}; exec {real} "$@" < "$payload" """
    with pair.broken("d1", instead, "containers", check="false"):
        run = pair.run(services_move="pinned")
    assert run.failed
    assert "d1: the module containers returned no services" in run.message, run.text
    assert sorted(host for host, engine in pair.engines.items() if "t1" in engine.services()) == ["d1", "d2"]
    # A run that gets the removed services continues from there.
    pair.deploy(services_move="pinned")
    assert pair.places()["t1"] == "d2"


def test_a_retirement_stops_where_it_is_not_known_what_was_removed(deployed):
    real = deployed.hosts["d1"]["ansible_python_interpreter"]
    removals = f"""if grep -q '"state": *"absent"' "$payload"; then {NO_KEYS}; fi"""
    with deployed.broken("d1", f"""{removals}; exec {real} "$@" < "$payload" """, "containers", check="false"):
        run = deployed.run("retire", services_retire=["t1"])
    assert run.failed
    assert "d1: the module containers returned no services" in run.message, run.text
    assert "t1" in deployed.cloud.records
    del deployed.targets["t1"]
    run = deployed.run("retire", services_retire=["t1"])
    assert not run.failed, run.text
    assert "t1" not in deployed.cloud.records
    assert deployed.places() == {"t2": "d1", "t3": "d1"}


def test_a_module_that_is_killed_while_it_deploys_is_told_with_its_cause(site):
    with site.broken("d1", DEAD, "containers", check="false"):
        run = site.run()
    assert run.failed
    assert "pyenv: python3.9" in run.message, run.text
    assert "has no attribute" not in run.text
