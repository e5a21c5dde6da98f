# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quick start with its dashboard, and a browser that is logged in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / name) for name in ("integration", "status")]

from browser import Browser
from horizon import Horizon
from quickstart_run import ROOT, places, quickstart, take_down


@pytest.fixture(scope="module", autouse=True)
def shown():
    """Output of the first run. Whatever happens, nothing of it stays."""
    assert not places(), "a quick start is here already: ./quickstart.sh --down"
    try:
        yield quickstart("--dashboard")
    finally:
        take_down()


@pytest.fixture(scope="module")
def password():
    """The password, from the file that the output names."""
    return (ROOT / ".quickstart" / "secrets" / "keystone").read_text(encoding="utf-8").split()[0]


@pytest.fixture(scope="module")
def horizon(shown, password):
    """Horizon in a browser, for all tests, as its administrator."""
    browser = Browser()
    try:
        dashboard = Horizon(browser)
        dashboard.log_in("admin", password)
        yield dashboard
    finally:
        browser.quit()
