# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._urls import place_of_url


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://k", ("k", 80)),
        ("https://K/v3", ("k", 443)),
        ("HTTP://k:5000", ("k", 5000)),
        ("http://u:p@k:5000/v3", ("k", 5000)),
        ("http://[2001:db8::1]:5000/v3", ("2001:db8::1", 5000)),
        ("http://k?x=1", ("k", 80)),
        ("http://k:/v3", ("k", 80)),
        ("http://k:port", ("", 443)),
        ("http://k:99999", ("", 443)),
        ("http://[::1", ("", 443)),
        ("k:5000", ("", 443)),
        ("/v3", ("", 443)),
        ("", ("", 443)),
    ],
)
def test_where_a_url_leads(url, place):
    assert place_of_url(url, {"http": 80, "https": 443}) == place
