# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks import journal


@pytest.mark.parametrize("there", [True, False])
def test_a_journal_that_is_not_there_is_told(step, planned, monkeypatch, tmp_path, there):
    monkeypatch.setattr(journal, "JOURNAL", str(tmp_path if there else tmp_path / "none"))
    found = list(journal.problems(*planned(step("a", log={"driver": "journald", "options": {}}))))
    assert bool(found) is not there
    assert there or found[0].startswith("log.driver journald, which a needs, has no journal")
