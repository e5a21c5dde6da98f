# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one Python script, a module or the raw SDK's, and appends a line of JSON on what it took to a file.

Usage: probe.py SCRIPT [ARGUMENT...]

Ansible takes a copy of this for the interpreter. It must stay small, as its own start is part of what is measured:
the import of json alone would double it.
"""

from __future__ import annotations

import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RECORD, COUNTS, COUNTER = (os.path.join(HERE, name) for name in ("record", "counts", "count"))


def main(script, *arguments):
    environment = dict(os.environ, PYTHONPATH=COUNTER, NOVAFLEET_BENCHMARK_COUNTS=COUNTS)
    begin = time.monotonic()
    pid = os.posix_spawn(sys.executable, [sys.executable, script, *arguments], environment)
    _pid, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - begin
    directory = os.path.dirname(script)
    with open(COUNTS, encoding="utf-8") as stream:
        requests = int(stream.read())
    figures = dict(
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss / 1024,
        requests=requests,
        # What the controller brought for this call: the module with its arguments, and the files' contents.
        payload=sum(entry.stat().st_size for entry in os.scandir(directory)),
    )
    line = ", ".join(f'"{name}": {number}' for name, number in figures.items())
    with open(RECORD, "a", encoding="utf-8") as stream:
        stream.write(f"{{{line}}}\n")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
