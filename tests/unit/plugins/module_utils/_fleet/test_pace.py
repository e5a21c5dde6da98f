# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import threading
import time

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.pace import Pace


def test_starts_are_spread_after_a_burst():
    pace, begin = Pace(seconds=0.05, burst=2), time.monotonic()
    moments = []
    for _start in range(4):
        pace.wait()
        moments.append(time.monotonic() - begin)
    assert moments[1] < 0.05
    assert moments[2] >= 0.05
    assert moments[3] >= 0.1


def test_threads_share_one_pace():
    pace, begin = Pace(seconds=0.03, burst=1), time.monotonic()
    threads = [threading.Thread(target=pace.wait) for _thread in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begin >= 4 * 0.03
