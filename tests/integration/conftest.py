# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of faults share: an engine of their own, a fleet on it, and a bystander."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("observed_fleet", "private_engine")

from observed_fleet import FOREIGN_IMAGE, IMAGE, NEXT_IMAGE, Fleet, Foreign  # noqa: E402
from private_engine import PrivateEngine  # noqa: E402


@pytest.fixture
def engine_options():
    """Further options of dockerd."""
    return ()


@pytest.fixture
def engine(engine_options):
    """A Docker engine that runs, with three images; nothing of it stays."""
    private = PrivateEngine(*engine_options)
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
