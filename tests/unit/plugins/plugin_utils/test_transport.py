# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._transport import TransportUrlError, endpoints


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("rabbit://nova:s3cret@bus:5673/nova", [("bus", 5673)]),
        ("rabbit://nova:s3cret@bus", [("bus", 5672)]),
        ("rabbit://bus/", [("bus", 5672)]),
        ("rabbit://bus/?ssl=1", [("bus", 5671)]),
        ("rabbit://bus:5700/?ssl=True", [("bus", 5700)]),
        ("rabbit://u:p@a:1,u:p@b:2/v", [("a", 1), ("b", 2)]),
        ("rabbit://u:p@a,u:p@b/v", [("a", 5672), ("b", 5672)]),
        ("rabbit://u:p@[2001:db8::1]:5673/", [("2001:db8::1", 5673)]),
        ("rabbit://u:p@[::1]/", [("::1", 5672)]),
        ("rabbit://u:p%40%2F@bus/", [("bus", 5672)]),
        ("amqp://u:p@bus/", [("bus", 5672)]),
        ("fake://", []),
        ("kafka://bus:9092", []),
    ],
)
def test_addresses_of_a_url(url, expected):
    assert endpoints(url) == expected


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "is missing"),
        (None, "is missing"),
        ("bus:5672", "does not begin with a driver"),
        ("://bus", "does not begin with a driver"),
        ("rabbit:///nova", "names no host"),
        ("rabbit://u:s3cret@:5672/", "names no host"),
        ("rabbit://u:s3cret@bus:amqp/", "names no host, or a port that is none"),
        ("rabbit://u:s3cret/x@bus/", "percent-encode"),
        ("rabbit://u:s3cret,x@bus/", "percent-encode"),
        ("rabbit://a,,b/", "names no host"),
        ("rabbit://bus:99999/", "port"),
        ("rabbit://bus:0/", "port"),
    ],
)
def test_a_bad_url_is_told_without_showing_it(url, words):
    with pytest.raises(TransportUrlError, match=words) as error:
        endpoints(url)
    assert "s3cret" not in str(error.value)
