# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._share import share


@pytest.mark.parametrize(
    "value, services, expected",
    [("1", 500, 1), ("7", 5, 7), ("0", 5, 1), ("10%", 500, 50), ("10%", 19, 1), ("10%", 5, 1), ("100%", 3, 3)],
)
def test_it_is_a_count_or_a_share(value, services, expected):
    assert share(value, services) == expected
