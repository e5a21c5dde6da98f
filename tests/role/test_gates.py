# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that seem to have succeeded and return nothing, at the steps that depend on their answers."""

from __future__ import annotations

import sys

# The result of a module of ansible-core 2.17 and 2.18 after an unexpected end.
NO_KEYS = """echo '{"changed": false}'; exit 0"""
API = "nova-api-host"
WAITING = f"""if grep -q '"wait_for": *{{' "$payload"; then {NO_KEYS}; fi; exec {sys.executable} "$@" < "$payload" """


def test_a_service_that_nova_was_not_asked_about_is_not_removed(deployed):
    deployed.cloud.instances["t1"] = [("8c3a8a39-6d1c-4a49-8b5d-ef77c3c3e0a1", "web-1")]
    with deployed.broken(API, NO_KEYS, "nova_retire"):
        run = deployed.run("retire", services_retire=["t1"], services_api_host=API)
    assert run.failed
    assert "returned no services and no moves" in run.message, run.text
    assert deployed.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}


def test_a_wave_ends_where_nova_was_not_asked(deployed):
    before = len(deployed.engine().changes)
    deployed.vars["services_nova_conf"] = dict(DEFAULT=dict(debug=True))
    with deployed.broken(API, WAITING, "nova_services_info"):
        run = deployed.run(services_api_host=API)
    assert run.failed
    assert "returned no not_up" in run.message or "no services" in run.message, run.text
    assert len(deployed.engine().changes[before:]) == 1


def test_new_services_stay_out_of_use_until_they_are_in_their_aggregates(make_site):
    site = make_site(targets=("t1",))
    site.vars["services_aggregates"] = [dict(name="rack-1")]
    with site.broken(API, NO_KEYS, "nova_aggregates", check="false"):
        run = site.run(services_api_host=API)
    assert run.failed
    assert "returned no created and no joined" in run.message, run.text
    assert site.cloud.records["t1"].status == "disabled"
    site.deploy()
    assert site.cloud.records["t1"].status == "enabled"
    assert site.cloud.members() == {"rack-1": ["t1"]}


def test_what_could_not_be_removed_after_a_move_fails_the_run(make_site):
    site = make_site(docker_hosts=("d1", "d2"), targets=("t1", "t2", "t3", "t4", "t5", "t6"))
    site.deploy()
    moves, goes, _stays = sorted(name for name, host in site.places().items() if host == "d1")
    site.targets[moves]["services_docker_host"] = "d2"
    del site.targets[goes]
    # The first container that is stopped is that of the service that moved.
    site.engine("d1").misbehave("stop", "500", after=1)
    run = site.run(services_move="pinned", services_prune=True)
    site.engine("d1").behave()
    assert run.failed
    assert f"{goes}: " in run.message and "500" in run.message, run.text
    assert site.places()[moves] == "d2"
    assert goes in site.engine("d1").services()
    site.deploy(services_move="pinned", services_prune=True)
    assert goes not in site.engine("d1").services()
