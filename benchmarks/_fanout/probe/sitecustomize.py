# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Appends the resources that a script used, as a line of JSON, to a file when the script ends.

Python imports this file by its name when it starts. It must stay small, because it is part of the measurement:
importing json alone would double that.
"""

from __future__ import annotations

import atexit
import os
import sys
import time

METHODS = (b"GET ", b"POST ", b"PUT ", b"DELETE ", b"HEAD ")
requests = 0


def count(event, arguments):
    """An audit hook sees the requests of http.client without changing them. A proxy would copy each request."""
    global requests  # noqa: PLW0603
    if event == "http.client.send" and bytes(arguments[1][:7]).startswith(METHODS):
        requests += 1


@atexit.register
def record():
    figures = dict(
        seconds=time.clock_gettime(time.CLOCK_BOOTTIME) - _started(),
        peak_mb=_peak() / 1024,
        requests=requests,
        # Bytes that the controller sent for this call: the module with its arguments, and the files' contents.
        payload=sum(entry.stat().st_size for entry in os.scandir(os.path.dirname(sys.argv[0]))),
    )
    line = ", ".join(f'"{name}": {number}' for name, number in figures.items())
    with open(os.environ["NOVAFLEET_BENCHMARK_RECORD"], "a", encoding="utf-8") as stream:
        stream.write(f"{{{line}}}\n")


def _started():
    """When this process was started, in seconds since boot, to a hundredth. proc(5): the 22nd field."""
    with open("/proc/self/stat", encoding="utf-8") as stream:
        return int(stream.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")


def _peak():
    """Largest resident memory of this program in kB. getrusage(2) would include the program that started it."""
    with open("/proc/self/status", encoding="utf-8") as stream:
        return next(int(line.split()[1]) for line in stream if line.startswith("VmHWM:"))


sys.addaudithook(count)
