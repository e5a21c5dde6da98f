# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page, rendered as Ansible's template module does."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.compare import status
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.table import status_cells

EVIL = "<script>alert('1')</script>\"'&"
VOID = {"meta", "input"}


class Page(HTMLParser):
    """Parses a page to rows of texts and every attribute. It fails if elements are not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.attributes, self.elements = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


@pytest.fixture
def page(templates):
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    environment.filters["novafleet.compute.status_cells"] = status_cells
    template = environment.from_string(Path(templates, "status.html.j2").read_text(encoding="utf-8"))

    def render(services, problems=(), causes=None, fleet="nova"):
        answers = {"d1": dict(services=services)}
        targets = [dict(service=one["name"], target=EVIL, driver="fake", docker_host=None) for one in services]
        logs = {"d1": dict(services=[dict(name=name, cause=cause) for name, cause in (causes or {}).items()])}
        found = status(
            targets, answers, dict(services=[], hypervisors=[], instances=[]), logs=logs, problems=list(problems)
        )
        return template.render(services_fleet=fleet, services_status=found, now=lambda **_format: "now")

    return render


def container(name, **values):
    entry = dict(
        name=name, container=f"nova-compute-{name}", state="running", health="", status="Up", image="nova:1",
        age_seconds=90, started_at=None, memory_bytes=None,
    )  # fmt: skip
    return dict(entry, **values)


def test_a_row_a_service_with_its_disagreements_cures_and_cause(page):
    found = Page(page([container("a"), container("b", state="exited")], causes={"b": "NotFound: x"}))
    heading, first, second = found.rows
    assert heading == ["service", "target", "docker host", "container", "nova", "age", "memory", "disagreements"]
    assert first[:7] == ["a", EVIL, "d1", "running", "unknown", "1m", "-"]
    assert "unknown to nova: runs, but nova has no record of it. Fix what" in first[7]
    assert "stopped: its container is exited (Up). Run the playbook deploy." in second[7]
    assert "NotFound: x" in second[7]


def test_everything_is_escaped(page):
    evil = container(EVIL, state=EVIL, status=EVIL, health=EVIL)
    text = page([evil], problems=[EVIL], causes={EVIL: EVIL}, fleet=EVIL)
    found = Page(text)
    assert found.elements.count("script") == 1
    assert "<script>alert" not in text
    assert EVIL in found.rows[1][0] and EVIL in found.rows[1][7]


def test_nothing_is_fetched_from_anywhere(page):
    text = page([container("a")])
    assert not {"href", "src", "srcset", "action"} & {name for name, _value in Page(text).attributes}
    assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttpRequest", text)
    assert "default-src 'none'" in text


def test_a_fleet_that_is_empty_and_one_of_a_thousand(page):
    assert len(Page(page([])).rows) == 1
    text = page([container(f"s-{number}") for number in range(1000)])
    assert len(Page(text).rows) == 1001
    assert len(text) < 1_000_000
