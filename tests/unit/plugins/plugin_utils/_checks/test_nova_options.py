# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.nova_options import OptionCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import Known, TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings

N, P, V, K = "services_nova_conf", "services_placement", "services_vcenter", "services_options_known"
SPECS = {name: {"options": {"host_ip": {}, "ca_file": {}}} for name in (V, "services_xenserver")}


class Counted(NovaOptions):
    """Counts calls."""

    asked = 0

    def findings(self, conf):
        self.asked += 1
        return super().findings(conf)


def listed(**sections):
    return Counted({"nova": "34.0.0", "sections": sections, "families": {}, "auth": []})


@pytest.fixture
def nova():
    return listed(
        DEFAULT={"debug": {"type": "bool"}, "old": {"renamed": ["DEFAULT", "debug"]}},
        placement={"auth_type": {}, "password": {}},
        vmware={"host_ip": {}},
    )


@pytest.fixture
def look(nova, templates):
    def run(targets, driver="vcenter", lists=None):
        check = OptionCheck([nova] if lists is None else lists)
        for host, own in targets.items():
            check.look(TargetToCheck(host, DRIVERS[driver], Settings(own, {N: {}}), Known(SPECS, Renderer(templates))))
        return check

    return run


@pytest.mark.parametrize(
    "own, name",
    [
        ({N: {"DEFAULT": {"debgu": 1}}}, f"{N}.DEFAULT.debgu"),
        ({f"{N}_site": {"DEFAULT": {"debgu": 1}}}, f"{N}_site.DEFAULT.debgu"),
        ({N: {"DEFUALT": {"debug": 1}}}, f"{N}.DEFUALT"),
        ({N: {"DEFAULT": {"debug": "perhaps"}}}, f"{N}.DEFAULT.debug"),
        ({P: {"auth_type": "password", "pasword": "x"}}, f"{P}.pasword"),
        ({V: {"host_ip": "x"}, f"{V}_site": {"ca_file": "x"}}, f"{V}_site.ca_file"),
    ],
)
def test_each_problem_names_its_variable(look, own, name):
    (problem,) = look({"h": own}).problems()
    assert (problem.host, problem.variable) == ("h", name)


def test_a_driver_that_this_nova_has_not(look):
    (problem,) = look({"h": {"services_xenserver": {"host_ip": "x"}}}, driver="xenserver").problems()
    assert str(problem) == (
        "h: services_xenserver: [xenserver] is not a section of nova 34.0.0. Use an image of a release that has it."
    )


def test_what_the_argument_specs_refuse_is_not_told_twice(look):
    assert look({"h": {V: {"host_pi": "x"}}}).problems() == []


@pytest.mark.parametrize("value", ["text", {"DEFAULT": "text"}, [1]])
def test_what_is_no_dict_is_told_elsewhere(look, value):
    assert look({"h": {N: value, P: "text", V: "text"}}).problems() == []


def test_what_is_deprecated_is_a_warning(look):
    check = look({"h": {N: {"DEFAULT": {"old": True}}}})
    assert check.problems() == []
    assert list(map(str, check.warnings())) == [
        f"h: {N}.DEFAULT.old: is an old name in nova 34.0.0. Write [DEFAULT] debug."
    ]


def test_what_targets_share_is_judged_and_told_once(look, nova):
    shared = {N: {"DEFAULT": {"debgu": 1}}, P: {"auth_type": "password"}}
    (problem,) = look({f"h-{number}": dict(shared) for number in range(300)}).problems()
    assert problem.host == "h-0 and 299 more"
    assert nova.asked == 2


def test_equal_mistakes_of_targets_are_told_once(look):
    (problem,) = look({"a": {N: {"DEFAULT": {"debgu": 1}}}, "b": {N: {"DEFAULT": {"debgu": 2}}}}).problems()
    assert problem.host == "a and 1 more"


@pytest.mark.parametrize("pattern", ["DEFAULT.ours", "DEFAULT.*", "*.ours"])
def test_what_the_user_knows_is_not_checked(look, pattern):
    own = {N: {"DEFAULT": {"ours": 1}, "mine": {"x": 1}}}
    assert [one.variable for one in look({"h": dict(own, **{K: [pattern, "mine"]})}).problems()] == []


def test_each_image_in_use_is_asked(look, nova):
    other = listed(DEFAULT={})
    other.release = "35.0.0"
    (problem,) = look({"h": {N: {"DEFAULT": {"debug": True}}}}, lists=[nova, other]).problems()
    assert "35.0.0" in problem.problem


@pytest.mark.parametrize("lists", [[], None])
def test_whether_there_is_anything_to_check(look, lists):
    assert not look({"h": {}}, lists=lists).overridden
    assert look({"h": {}, "i": {f"{N}_x": {"DEFAULT": {"debgu": 1}}}, "j": {}}, lists=lists).overridden


def test_a_base_file_of_somebody_else_is_a_warning(nova):
    check = OptionCheck([nova])
    check.look_at_base({"oslo": {"x": ["1"]}, "DEFAULT": {f"o{number}": ["1"] for number in range(10)}})
    assert check.problems() == []
    (warning,) = map(str, check.warnings())
    assert warning.startswith("all targets: services_base_nova_conf: nova 34.0.0 does not read DEFAULT.o0, DEFAULT.o1,")
    assert " and 3 more. " in warning


def test_a_base_file_that_nova_reads_is_fine(nova):
    check = OptionCheck([nova])
    check.look_at_base({"DEFAULT": {"debug": ["perhaps"], "old": ["1"]}})
    assert check.warnings() == []
