# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import (
    KEYS,
    LONGEST,
    WAITING,
    cause,
    unusable,
)

PLUGINS = Path(__file__).resolve().parents[5] / "plugins"
# What readers take from it are a dict and booleans, without which their expressions fail.
WITHOUT_LISTS = ["image"]
# Its parts are answers of modules in KEYS, and its action plugin looks for them.
OF_PARTS = ["dry_run"]
# Action plugins do their work in Ansible's own process: they end with a result or an exception.
CONTROLLERS_OWN = ["approve", "approve_removal", "assign", "dom0_plugins", "outcome", "services_metrics"]
CONTROLLERS_OWN += ["services_status", "verify"]
TRACEBACK = "Traceback (most recent call last):\n  File x\nKeyError: 'y'\n"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (dict(msg="No answer."), "No answer."),
        (dict(msg="No answer.", exception=TRACEBACK), "No answer."),
        (dict(exception=TRACEBACK), "KeyError: 'y'"),
        (dict(msg="No start of json.", module_stderr="a\nb\n\n", module_stdout="c"), "No start of json: b"),
        (dict(msg="No start of json", module_stderr="\n", module_stdout="c\n"), "No start of json: c"),
        (dict(module_stderr="x" * 2 * LONGEST), "x" * LONGEST),
        (dict(msg=None), "the module returned no result and no message"),
        ({}, "the module returned no result and no message"),
    ],
)
def test_cause(answer, expected):
    assert cause(answer) == expected


def test_the_answer_of_every_module_is_known():
    """A new module needs a row, or a reason why nothing reads an empty answer of it as a good one."""
    modules = {path.stem for path in (PLUGINS / "modules").glob("*.py")}
    assert modules == {*KEYS} - {WAITING} | {*WITHOUT_LISTS, *OF_PARTS, *CONTROLLERS_OWN}
    for name in CONTROLLERS_OWN:
        assert "def main(" not in (PLUGINS / "modules" / f"{name}.py").read_text(encoding="utf-8")


def test_the_filter_takes_every_module_that_is_known():
    documentation = yaml.safe_load((PLUGINS / "filter" / "unusable.yml").read_text(encoding="utf-8"))["DOCUMENTATION"]
    assert documentation["options"]["module"]["choices"] == sorted({*KEYS} - {WAITING})


@pytest.mark.parametrize("module", KEYS)
def test_each_key_must_be_a_list(module):
    whole = {key: [] for key in KEYS[module]}
    assert not unusable(whole, module, "d1")
    for key in KEYS[module]:
        for wrong in (None, "", {}, 0):
            (problem,) = unusable(dict(whole, **{key: wrong}), module, "d1")
            assert problem.startswith(f"d1: the module {module} returned no {key}.")


@pytest.mark.parametrize("answer", [{}, dict(skipped=True, changed=False)])
def test_what_was_not_asked_is_no_problem(answer):
    assert not unusable(answer, "nova_services_info", "d1")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (dict(unreachable=True, msg="no route"), "d1: does not answer: no route"),
        (dict(msg="No answer"), "d1: No answer"),
        (None, "d1: the module preflight returned NoneType, not a dict."),
        ("text", "d1: the module preflight returned str, not a dict."),
    ],
)
def test_problems_name_where(answer, expected):
    assert unusable(answer, "preflight", "d1") == [expected]
