# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""quickstart.sh --down removes everything. It runs after all other tests of the quick start."""

from __future__ import annotations

from quickstart_run import leftovers, processes, quickstart


def test_down_leaves_nothing(first_run):
    before = processes()
    # A guide may have removed the nova-computes.
    assert [command for command in before.values() if "nova-conductor" in command]
    quickstart("--down")
    assert leftovers(before) == []
