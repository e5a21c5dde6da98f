# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status page in a browser: what a person sees and does with mouse and keyboard."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.table import status_cells
from selenium.webdriver.common.keys import Keys

COLUMNS = ["service", "target", "docker host", "container", "nova", "age", "memory", "disagreements"]
LEVELS = ["error", "warning", "note", None]
CONTRASTS = Path(__file__).with_name("contrasts.js").read_text(encoding="utf-8")
FOCUS = """
const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
return [element.name || element.textContent.trim(), outlined && box.top >= 0 && box.bottom <= innerHeight];
"""


@pytest.fixture
def large(chromium, pages):
    """500 rows. After each test, the console has no message, and nothing but the page was requested."""
    chromium.errors(), chromium.requests()
    chromium.open(pages["large"])
    yield chromium
    assert chromium.errors() == []
    assert set(chromium.requests()) == {pages["large"].as_uri()}


@pytest.fixture(scope="session")
def entries(statuses):
    """Service -> its entry in the comparison."""
    return {row["service"]: row for row in statuses["large"]["services"]}


def natural(text):
    """As people sort: xs-2 comes before xs-10."""
    return [
        (part.isdigit(), int(part) if part.isdigit() else part) for part in re.split(r"(\d+)", text.lower()) if part
    ]


def sort_key(row, column):
    if column in ("age", "memory"):
        value = row["age_seconds" if column == "age" else "memory_bytes"]
        return -1 if value is None else value
    if column == "disagreements":
        return LEVELS.index(row["level"])
    return natural(status_cells(row)[column])


def test_all_rows_and_figures_are_there(large, statuses, entries):
    rows = large.rows()
    assert [row[0] for row in rows] == list(entries)
    assert len(rows) == 500
    assert [row[:7] for row in rows] == [list(status_cells(row).values()) for row in entries.values()]
    summary = statuses["large"]["summary"]
    figures = large.run("return [...document.querySelectorAll('.counts b')].map(one => +one.textContent)")
    levels = [summary["levels"].get(level, 0) for level in ("error", "warning", "note")]
    assert figures == [summary["services"], summary["well"], *levels]
    assert "docker5: nova_compute_hosts: does not answer" in large.run(
        "return document.querySelector('.problems').textContent"
    )
    assert large.announced() == "500 of 500 rows"


@pytest.mark.parametrize("column", COLUMNS)
def test_each_column_sorts_up_and_down(large, entries, column):
    heading = large.headings()[COLUMNS.index(column)]
    assert heading.text == column
    assert large.sorted_by() == {}
    for state in ("ascending", "descending"):
        heading.find_element("tag name", "button").click()
        assert large.sorted_by() == {column: state}
        keys = [sort_key(entries[row[0]], column) for row in large.rows()]
        assert len(keys) == 500
        assert keys == sorted(keys, reverse=state == "descending")


def test_another_column_takes_over(large):
    buttons = [heading.find_element("tag name", "button") for heading in large.headings()]
    buttons[5].click()
    buttons[2].click()
    assert large.sorted_by() == {"docker host": "ascending"}


def test_words_and_kinds_filter_rows(large, entries):
    down = [name for name, row in entries.items() if "down" in [one["kind"] for one in row["disagreements"]]]
    disagreeing = [name for name, row in entries.items() if row["disagreements"]]
    assert 0 < len(down) < len(disagreeing) < 500
    large.choose("down")
    assert [row[0] for row in large.rows()] == down
    assert large.announced() == f"{len(down)} of 500 rows"
    large.search("DOCKER2 xs-1")
    both = [name for name in down if entries[name]["docker_host"] == "docker2" and name.startswith("xs-1")]
    assert [row[0] for row in large.rows()] == both
    large.choose("*")
    large.search("")
    assert [row[0] for row in large.rows()] == disagreeing
    large.choose("")
    assert len(large.rows()) == 500
    large.search("no such word")
    assert (large.rows(), large.announced()) == ([], "0 of 500 rows")


def test_a_level_can_be_searched_for(large, entries):
    large.search("warning:")
    wanted = [name for name, row in entries.items() if "warning" in [one["level"] for one in row["disagreements"]]]
    assert wanted
    assert [row[0] for row in large.rows()] == wanted


def test_sorting_keeps_the_filter(large, entries):
    large.search("docker3")
    shown = {row[0] for row in large.rows()}
    large.headings()[6].find_element("tag name", "button").click()
    assert {row[0] for row in large.rows()} == shown
    large.search("")
    keys = [sort_key(entries[row[0]], "memory") for row in large.rows()]
    assert keys == sorted(keys)


def test_the_keyboard_reaches_everything_and_the_focus_is_visible(large):
    focused = []
    for _number in range(len(COLUMNS) + 2):
        large.press(Keys.TAB)
        focused.append(tuple(large.run(FOCUS)))
    assert focused == [(name, True) for name in ["words", "kind", *COLUMNS]]


def test_enter_and_space_sort(large):
    for _number in range(3):
        large.press(Keys.TAB)
    assert large.run(FOCUS)[0] == "service"
    large.press(Keys.ENTER)
    assert large.sorted_by() == {"service": "ascending"}
    large.press(Keys.SPACE)
    assert large.sorted_by() == {"service": "descending"}
    assert large.rows()[0][0] == "xs-500"
    assert large.run(FOCUS) == ["service", True]


def test_enter_in_the_search_field_stays_on_the_page(large):
    large.press(Keys.TAB)
    large.press("xs-7", Keys.ENTER)
    assert large.announced() == f"{sum(row[0].startswith('xs-7') for row in large.rows())} of 500 rows"
    assert "?" not in large.driver.current_url


def test_the_heading_stays_in_sight(large):
    large.run("scrollTo(0, document.body.scrollHeight)")
    assert large.run("return scrollY") > 1000
    top, text = large.run(
        "const box = document.querySelector('th').getBoundingClientRect();"
        "return [box.top, document.elementFromPoint(box.left + 15, box.top + 15).textContent]"
    )
    assert (round(top), text) == (0, "service")


def test_a_narrow_window_scrolls_sideways_to_every_column(large, pages):
    large.open(pages["large"], width=500)
    large.run("scrollTo(document.documentElement.scrollWidth, 0)")
    right = large.run("return document.querySelector('th:last-child').getBoundingClientRect().right")
    assert int(right) <= large.run("return document.documentElement.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read_in_both_schemes(large, pages, scheme):
    large.open(pages["large"], scheme=scheme)
    red, green, blue = map(int, re.findall(r"\d+", large.run("return getComputedStyle(document.body).backgroundColor")))
    assert (min(red, green, blue) > 200) == (scheme == "light")
    assert (max(red, green, blue) < 60) == (scheme == "dark")
    contrasts = large.run(CONTRASTS)
    assert {"H1.", "B.error", "B.warning", "B.note", "SPAN.dim", "BUTTON."} <= set(contrasts)
    # WCAG 2, level AA.
    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4.5} == {}


def test_the_page_is_complete_without_scripts(chromium, pages):
    chromium.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", dict(value=True))
    try:
        chromium.open(pages["picture"])
        assert not chromium.driver.find_element("tag name", "form").is_displayed()
        assert (
            len([row for row in chromium.driver.find_elements("css selector", "tbody tr") if row.is_displayed()]) == 8
        )
    finally:
        chromium.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", dict(value=False))


def test_the_picture_in_the_documentation_is_of_this_page(chromium, pages, tmp_path):
    """STATUS_PICTURE=docs/images/status.png takes a new one. What is on it depends on the fonts of the machine."""
    path = Path(os.environ.get("STATUS_PICTURE") or tmp_path / "status.png")
    chromium.open(pages["picture"], width=1360, height=720)
    path.write_bytes(chromium.driver.get_screenshot_as_png())
    committed = Path(__file__).parents[2] / "docs" / "images" / "status.png"
    assert _size(path) == _size(committed)
    assert committed.stat().st_size < 150_000


def _size(path):
    """Width and height of a PNG."""
    return struct.unpack(">II", path.read_bytes()[16:24])
