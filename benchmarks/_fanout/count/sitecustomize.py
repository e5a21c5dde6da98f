# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts a process's HTTP requests. Python imports this by its name at the start of the scripts that probe.py runs.

An audit hook sees what http.client sends, and changes nothing in how it does; a proxy would cost each request a copy.
"""

from __future__ import annotations

import atexit
import os
import sys

METHODS = (b"GET ", b"POST ", b"PUT ", b"DELETE ", b"HEAD ")
count = 0


def hook(event, arguments):
    global count  # noqa: PLW0603
    if event == "http.client.send" and bytes(arguments[1][:7]).startswith(METHODS):
        count += 1


@atexit.register
def write():
    with open(os.environ["NOVAFLEET_BENCHMARK_COUNTS"], "w", encoding="utf-8") as stream:
        stream.write(str(count))


sys.addaudithook(hook)
