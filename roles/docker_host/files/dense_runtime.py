# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OCI runtime of the density profile: runc, but what it starts lets the kernel merge its pages.

The flag for merging and the personality without address randomisation are set on this process. They pass
through fork and exec to the container's own. Nothing in the container needs a privilege for it.
Started by Docker as `PROGRAM [global options] COMMAND ...`, several times a container, so it is small,
and takes no module that a command other than those of MAKERS does not need.
"""

from __future__ import annotations

import os
import sys
import time

# The commands that make a container's process (runc(8)); what `exec` adds to a container is short-lived.
MAKERS = frozenset(["create", "run", "restore"])
# dockerd's PATH comes first: it is what Docker's own runc is found by.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"])
# include/uapi/linux/prctl.h, since Linux 6.4; include/uapi/linux/personality.h
PR_SET_MEMORY_MERGE = 67
ADDR_NO_RANDOMIZE = 0x0040000
PERSONALITY_QUERY = 0xFFFFFFFF


def make_mergeable():
    """Set both on this process; raises OSError where the kernel refuses."""
    import ctypes  # noqa: PLC0415  half of the start-up time of the other commands

    libc = ctypes.CDLL(None, use_errno=True)
    # prctl takes unsigned long, and insists on zeros in the arguments that it does not use.
    one, zero = ctypes.c_ulong(1), ctypes.c_ulong(0)
    if libc.prctl(PR_SET_MEMORY_MERGE, one, zero, zero, zero) != 0:
        raise OSError(ctypes.get_errno(), "prctl PR_SET_MEMORY_MERGE, which needs Linux 6.4 with CONFIG_KSM")
    before = libc.personality(ctypes.c_ulong(PERSONALITY_QUERY))
    if before < 0 or libc.personality(ctypes.c_ulong(before | ADDR_NO_RANDOMIZE)) < 0:
        raise OSError(ctypes.get_errno(), "personality ADDR_NO_RANDOMIZE")


def become_runc(arguments):
    """Replace this process by the first runc of SEARCH_PATH; returns only where there is none."""
    for directory in SEARCH_PATH.split(os.pathsep):
        program = os.path.join(directory, "runc")
        if directory and os.access(program, os.X_OK):
            os.execv(program, ["runc", *arguments])


def give_up(arguments, reason):
    """End with a reason, also in the log from which containerd's shim takes what Docker then says."""
    message = f"{os.path.basename(sys.argv[0])}: {reason}"
    if "--log" in arguments[:-1]:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with open(arguments[arguments.index("--log") + 1], "a", encoding="utf-8") as log:
            # Without json, whose import would cost: reasons hold neither quotes nor backslashes.
            log.write(f'{{"level":"error","msg":"{message}","time":"{now}"}}\n')
    sys.exit(message)


def main():
    """Set what the container's process shall inherit, then be runc."""
    arguments = sys.argv[1:]
    if MAKERS.intersection(arguments):
        try:
            make_mergeable()
        except (OSError, ImportError) as exc:
            give_up(arguments, f"the kernel or its Python refuses: {exc}".replace('"', "'"))
    become_runc(arguments)
    give_up(arguments, f"no runc in {SEARCH_PATH}")


if __name__ == "__main__":
    main()
