# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say what this machine has of what the density profile needs, as one JSON object on stdout. Changes nothing.

Usage: probe_density.py SOCKET CONFIGURATION RUNTIME
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"])
ENGINE_TIMEOUT = 10  # seconds
KSM = Path("/sys/kernel/mm/ksm")
# struct ucred (unix(7)): pid, uid, gid
UCRED = struct.Struct("3i")

# What the runtime does, tried on a process of its own: is the flag still there after an exec? Since Linux 6.7.
# 67 is PR_SET_MEMORY_MERGE, 68 PR_GET_MEMORY_MERGE, 0x0040000 ADDR_NO_RANDOMIZE.
LOOK = """
import ctypes
libc = ctypes.CDLL(None)
print(libc.prctl(68, 0, 0, 0, 0), libc.personality(0xFFFFFFFF) >> 18 & 1)
"""
TRY = f"""
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(67, 1, 0, 0, 0) != 0:
    sys.exit("prctl PR_SET_MEMORY_MERGE: " + os.strerror(ctypes.get_errno()))
libc.personality(0x0040000)
os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", {LOOK!r}])
"""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over the engine's unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=ENGINE_TIMEOUT)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(path, url):
    """GET url from the engine behind the unix socket at path, decoded from JSON; raises OSError, ValueError."""
    connection = UnixConnection(path)
    try:
        connection.request("GET", url)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise OSError(f"HTTP status {response.status}")
    return json.loads(body)


def interpreter():
    """The Python that outlives any virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def merging(python):
    """Empty where the kernel carries flag and personality through an exec, or the reason why not."""
    tried = subprocess.run([python, "-I", "-S", "-c", TRY], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return tried.stderr.strip().rpartition("\n")[2]
    return "" if tried.stdout.split() == ["1", "1"] else "the flag of PR_SET_MEMORY_MERGE does not outlive an exec"


def ksm():
    """Settings of the kernel's same-page merging by file name, as it takes them."""
    return {path.name: chosen(path.read_text().strip()) for path in KSM.glob("*") if os.access(path, os.R_OK)}


def chosen(text):
    """The one in brackets where the kernel lists what can be chosen."""
    return text.partition("[")[2].partition("]")[0] or text


def dockerd(path):
    """Process id of the engine that listens at the socket, 0 where an init system listens for it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(ENGINE_TIMEOUT)
        client.connect(path)
        pid = UCRED.unpack(client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size))[0]
    for candidate in (str(pid), Path("/var/run/docker.pid")):
        name = candidate if isinstance(candidate, str) else first_word(candidate)
        if first_word(f"/proc/{name}/comm") == "dockerd":
            return int(name)
    return 0


def first_word(path):
    """First word of a file, empty when it cannot be read."""
    try:
        return (Path(path).read_text().split() or [""])[0]
    except OSError:
        return ""


def engine(path, runtime):
    """What the engine that answers says of runtimes and security modules, and who uses the runtime."""
    try:
        info = ask(path, "/info")
        idents = [entry["Id"] for entry in ask(path, "/containers/json?all=1")]
        details = [ask(path, f"/containers/{ident}/json") for ident in idents]
        return {
            "runtimes": {name: entry.get("path", "") for name, entry in info["Runtimes"].items()},
            "security": info.get("SecurityOptions") or [],
            "users": sorted(one["Name"].lstrip("/") for one in details if one["HostConfig"].get("Runtime") == runtime),
            "pid": dockerd(path),
        }
    except (OSError, ValueError, http.client.HTTPException):
        return {"runtimes": {}, "security": [], "users": [], "pid": 0}


def config_error(path):
    """Why the engine's configuration cannot be added to; empty where it can, or where there is none yet."""
    try:
        text = Path(path).read_text().strip()
        return "" if not text or isinstance(json.loads(text), dict) else "it is not a JSON object"
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as exc:
        return str(exc)


def main():
    """Print the findings."""
    path, config, runtime = sys.argv[1:]
    python = interpreter()
    print(
        json.dumps(
            {
                "kernel": os.uname().release,
                "interpreter": python,
                "refusal": merging(python),
                "runc": shutil.which("runc", path=SEARCH_PATH) or "",
                "ksm": ksm(),
                "config_error": config_error(config),
                "engine": engine(path, runtime),
            }
        )
    )


if __name__ == "__main__":
    main()
