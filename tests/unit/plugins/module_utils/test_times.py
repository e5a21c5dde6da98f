# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils import _times


def test_a_time_of_nova_and_of_docker_is_utc():
    assert (
        _times.seconds("2026-11-28T22:48:04.000000") == _times.seconds("2026-11-28T22:48:04.999999999Z") == 1795906084
    )


def test_a_time_is_written_as_it_is_read():
    assert _times.text(_times.seconds("2026-11-28T22:48:04")) == "2026-11-28T22:48:04Z"


def test_a_time_of_podman_has_the_zone_of_its_machine():
    for text in ("2026-11-28T23:48:04.5+01:00", "2026-11-28T19:18:04-03:30"):
        assert _times.seconds(text) == 1795906084
        assert _times.utc(text) == "2026-11-28T22:48:04Z"
    for text in ("2026-11-28T22:48:04.123456789Z", "0001-01-01T00:00:00Z"):
        assert _times.utc(text) == text
