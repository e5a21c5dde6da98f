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
