# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.findings import (
    check_problems,
    check_warnings,
    findings,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Claim


def answer(*problems, claims=()):
    return dict(targets=[], endpoints=[], problems=[], findings=findings(problems), claims=list(claims))


def shared(*hosts):
    return Problem(hosts[0], "services_x", "is wrong.", "Correct it.", hosts)


def test_what_targets_share_is_told_once_wherever_they_are():
    one = Problem("a", "services_y", "is wrong.", "Correct it.")
    found = check_problems(
        answer(one), dict(d1=answer(one, shared("a", "b")), d2=answer(shared("b", "c")), d3=dict(skipped=True))
    )
    assert found == ["a: services_y: is wrong. Correct it.", "a and 2 more: services_x: is wrong. Correct it."]


def test_the_same_mistake_of_two_targets_is_told_of_each():
    first, second = (Problem(host, "services_y", "is wrong.", "Correct it.") for host in "ab")
    assert len(check_problems(answer(), dict(d1=answer(first), d2=answer(second)))) == 2


@pytest.mark.parametrize("fatal", [True, False])
def test_what_services_of_two_docker_hosts_claim_is_compared(fatal):
    claim = Claim("services_z", "1", "is 1 for {} services.", "Change it.", fatal)._asdict()
    answers = {host: answer(claims=[dict(claim, hosts=[target])]) for host, target in (("d1", "a"), ("d2", "b"))}
    told = ["a and 1 more: services_z: is 1 for 2 services. Change it."]
    assert (check_problems(answer(), answers), check_warnings(answers)) == ((told, []) if fatal else ([], told))
    # A standby is also checked on its Docker host, and its claims do not collide with those of the active one.
    standby = dict(d1=answers["d1"], d2=answers["d1"])
    assert (check_problems(answer(), standby), check_warnings(standby)) == ([], [])
