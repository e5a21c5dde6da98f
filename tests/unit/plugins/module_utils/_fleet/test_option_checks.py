# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import option_checks


def problems(entries, prefix, container=None, fleet="nova"):
    params = dict(
        all=False, state="present", services=entries, container_prefix=prefix, container=container or {},
        max_unavailable="1", fleet=fleet,
    )  # fmt: skip
    entries = [dict(dict(files=(), container={}, wrong_settings=[]), **entry) for entry in entries]
    return option_checks.problems(params, entries)


def test_right_entries_have_no_problem():
    files = [{"path": "nova.conf"}, {"path": "compute_id", "mode": "0600"}]
    entries = [{"name": "xs-01.example.com", "image": "a", "files": files}, {"name": "XS_02", "image": "a"}]
    assert problems(entries, "nova-compute-") == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", "-x", "a/b", "a b", "ä", "x\n", "../etc", "a" * 201, "a:b", "xs-01.next"]
)
def test_bad_service_name_is_refused(name):
    (problem,) = problems([{"name": name, "image": "a"}], "nova-compute-")
    assert problem.startswith(f"services[0].name {name!r}")


@pytest.mark.parametrize("prefix", ["-", "a/", " "])
def test_bad_prefix_is_refused(prefix):
    assert len(problems([{"name": "x", "image": "a"}], prefix)) == 1


def test_name_of_one_letter_is_no_container_name_for_docker():
    assert len(problems([{"name": "x", "image": "a"}], "")) == 1
    assert problems([{"name": "xy", "image": "a"}], "") == []


@pytest.mark.parametrize("path", ["", ".", "..", ".novafleet", "a/b", "../a", "/etc/passwd", "a\n", "a\0"])
def test_bad_file_path_is_refused(path):
    (problem,) = problems([{"name": "x", "image": "a", "files": [{"path": path}]}], "n-")
    assert "services[0] (x)" in problem and repr(path) in problem


# YAML reads an unquoted 0640 as 416.
@pytest.mark.parametrize("mode", ["416", "640", "0999", "rw", "04640", "0640\n"])
def test_bad_mode_is_refused(mode):
    (problem,) = problems([{"name": "x", "image": "a", "files": [{"path": "f", "mode": mode}]}], "n-")
    assert "'0640'" in problem


def test_all_problems_are_told_at_once():
    twice = [{"path": "f"}, {"path": "f"}]
    entries = [{"name": "x", "image": "a", "files": twice}, {"name": "x", "image": ""}, {"name": "/", "image": "a"}]
    found = problems(entries, "n-")
    assert len(found) == 4
    for words in ("same name 'x'", "no image", "'/' cannot", "file 'f' is listed twice"):
        assert sum(words in problem for problem in found) == 1, words


@pytest.mark.parametrize("fleet", ["", " ", "nova ", "a\nb", "a" * 101])
def test_what_is_not_a_name_of_a_fleet(fleet):
    (problem,) = problems([], "n-", fleet=fleet)
    assert problem.startswith(f"fleet {fleet!r} is not a name")


@pytest.mark.parametrize("option", ["environment", "labels"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"HTTP_PROXY": None}, ".HTTP_PROXY: is null: write ''"),
        ({"a": ["b"]}, ".a: is not a text: quote it"),
        ({"a": {"b": 1}}, ".a: is not a text: quote it"),
        ({"": "a"}, ": '' is not a name"),
        ({"a=b": "c"}, ": 'a=b' is not a name"),
    ],
)
def test_variables_and_labels_are_texts(option, value, words):
    (problem,) = problems([], "n-", {option: value})
    assert problem.startswith(f"container.{option}{words}")
    (problem,) = problems([{"name": "x", "image": "a", "container": {option: value}}], "n-")
    assert problem.startswith(f"services[0].container (x): {option}{words}")


def test_numbers_and_an_empty_text_are_variables():
    assert problems([], "n-", {"environment": {"OS_DEBUG": 1, "no_proxy": "", "x": True}, "stop_timeout": 0}) == []


def test_a_time_to_stop_that_has_no_end():
    (problem,) = problems([], "n-", {"stop_timeout": -1})
    assert problem.startswith("container.stop_timeout: is less than 0")
