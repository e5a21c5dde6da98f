# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that belongs to kolla-ansible on this machine, as JSON: files, containers, volumes, units.

usage: snapshot.py FILE
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FILES = Path("/etc/kolla")
CONTAINERS = ("nova_compute", "nova_conductor")
VOLUMES = ("kolla_logs", "nova_compute")


def snapshot() -> dict[str, Any]:
    """What must stay as it is: name -> description."""
    found: dict[str, Any] = {str(path): described(path) for path in sorted([FILES, *FILES.rglob("*")])}
    for kind, names in (("container", CONTAINERS), ("volume", VOLUMES)):
        found |= {f"{kind} {name}": inspected(kind, name) for name in names}
    for path in Path("/run").glob("kolla-*.pid"):
        found[str(path)] = path.read_text(encoding="utf-8")
    return found


def described(path: Path) -> list[Any]:
    """Owner, mode, time of the last change and digest of a file or directory."""
    status = path.stat()
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return [status.st_uid, status.st_gid, oct(status.st_mode), status.st_mtime_ns, digest]


def inspected(kind: str, name: str) -> Any:
    """What Docker shows of it, or None if it does not exist."""
    command = ["docker", kind, "inspect", name]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        return None
    # A command that has just ended in a container may still be listed.
    shown = json.loads(done.stdout)[0] | {"ExecIDs": None}
    # Docker lists mounts in any order. A volume has none.
    shown.get("Mounts", []).sort(key=lambda mount: mount["Destination"])
    return shown


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(snapshot(), indent=2), encoding="utf-8")
