# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations and the states that they must reach. An operation with another result is not measured."""

from __future__ import annotations

from contextlib import nullcontext

from _common.processes import Failed

from . import engine

OPERATIONS = ("create", "noop", "change_one", "roll", "remove")


class Checked:
    """Runs a contestant's operations, and checks the containers after each."""

    def __init__(self, contestant, host, services, crowd=None):
        """crowd: Crowd that runs during the operations of each round, or None."""
        self.contestant, self.host, self.services, self.crowd = contestant, host, services, crowd
        self.around = crowd or nullcontext()
        self.before = {}

    def run(self, operation):
        if self.crowd:
            self.crowd.before(operation)
        figures = self.contestant.run(operation)
        after = engine.states(self.host)
        restarted = sum(1 for name in after if self.before.get(name) != after[name])
        created = sum(1 for name in after if name not in self.before or self.before[name][0] != after[name][0])
        running = sum(1 for _id, running, _started in after.values() if running)
        self.before = after
        self._compare(operation, (created, restarted, len(after), running))
        return figures

    def _compare(self, operation, found):
        every = self.services
        want = dict(
            create=(every, every, every, every),
            noop=(0, 0, every, every),
            change_one=(0, 1, every, every),
            roll=(0, every, every, every),
            remove=(0, 0, 0, 0),
        )[operation]
        if found != want:
            words = "containers (new, restarted, in all, running)"
            raise Failed(f"{self.contestant.name}, {operation}: {words} are {found}, and should be {want}")
