# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of faults share: an engine of their own, a fleet on it, and a bystander.

NOVAFLEET_ENGINE=podman has them run on Podman. A test with the mark only_on, of an engine and a reason, is left out on
the other one, and the reason is told at the end.
"""

from __future__ import annotations

import os

import pytest

pytest.register_assert_rewrite("observed_fleet", "private_engine", "private_podman", "quickstart_run")

from observed_fleet import FOREIGN_IMAGE, IMAGE, NEXT_IMAGE, Fleet, Foreign  # noqa: E402
from private_engine import PrivateEngine  # noqa: E402
from private_podman import PrivatePodman  # noqa: E402
from quickstart_run import places, quickstart, take_down  # noqa: E402

ENGINES = {"docker": PrivateEngine, "podman": PrivatePodman}
KIND = os.environ.get("NOVAFLEET_ENGINE") or "docker"
left_out = []


def pytest_configure(config):
    config.addinivalue_line("markers", "only_on(engine, reason): about one engine's own behaviour")


def pytest_collection_modifyitems(config, items):
    for item in list(items):
        mark = item.get_closest_marker("only_on")
        if mark and mark.args[0] != KIND:
            items.remove(item)
            left_out.append(f"{item.nodeid}: only on {mark.args[0]}: {mark.args[1]}")


def pytest_terminal_summary(terminalreporter):
    for line in left_out:
        terminalreporter.write_line(f"left out on {KIND}: {line}")


@pytest.fixture(scope="session")
def engine_kind():
    """docker or podman."""
    return KIND


@pytest.fixture(scope="session")
def engine_class():
    """What starts private engines."""
    return ENGINES[KIND]


@pytest.fixture(scope="session")
def first_run():
    """Closing lines of the first run of the quick start. Whatever happens, nothing of it stays."""
    assert not places(), "a quick start is here already: ./quickstart.sh --down"
    try:
        yield quickstart()
    finally:
        take_down()


@pytest.fixture
def engine_options():
    """Further options of dockerd, or of Podman's service."""
    return ()


@pytest.fixture
def engine(engine_class, engine_options):
    """An engine that runs, with three images; nothing of it stays."""
    private = engine_class(*engine_options)
    try:
        private.start()
        for image in (IMAGE, NEXT_IMAGE, FOREIGN_IMAGE):
            private.load_image(image, image)
        yield private
    finally:
        private.stop()


@pytest.fixture
def fleet(engine, tmp_path):
    made = Fleet(engine, tmp_path)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def foreign(engine):
    return Foreign(engine)


@pytest.fixture
def converges(fleet, foreign):
    """Function to call after the fault: the next run repairs everything, the one after it finds nothing to do."""

    def check(**options):
        again = fleet.run(**options)
        assert not again["failed"], again["msg"]
        fleet.assert_all_run()
        third = fleet.run(**options)
        assert not third["failed"], third["msg"]
        assert third["changed"] is False, third["summary"]
        fleet.assert_all_run()
        foreign.assert_untouched()
        fleet.assert_never_two()
        return again

    return check
