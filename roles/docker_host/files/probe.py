# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say what this machine has of what a Docker host needs, as one JSON object on stdout. Changes nothing.

Usage: probe.py DOCKER_SOCKET PODMAN_SOCKET [SYSCTL...]

Only the standard library is used: the Docker SDK is one of the things looked for.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import shutil
import socket
import sys
import sysconfig
from pathlib import Path

# Where distributions and Docker's own packages put engines; a non-root login's PATH often lacks the sbin ones.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"])
ENGINE_TIMEOUT = 10  # seconds
PROGRAMS = {"docker": "dockerd", "podman": "podman"}
# Podman's init for containers, in the directories of its helpers (containers.conf(5)) and of Debian's package.
INITS = [
    f"{directory}/catatonit"
    for directory in ("/usr/local/libexec/podman", "/usr/local/lib/podman", "/usr/libexec/podman", "/usr/lib/podman")
] + ["/usr/bin/catatonit", "/usr/libexec/catatonit/catatonit"]


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
    except http.client.HTTPException as exc:
        raise OSError(f"no HTTP answer: {exc}") from exc
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise OSError(f"HTTP status {response.status}")
    return json.loads(body)


def is_podman(version):
    """Whether an answer to /version is Podman's (podman: pkg/api/handlers/compat/version.go)."""
    return any(component.get("Name") == "Podman Engine" for component in version.get("Components") or ())


def engine(kind, path):
    """The engine's version, storage driver and containers' names, or the reason why none of this kind answers.

    kind: docker or podman.
    """
    try:
        version = ask(path, "/version")
        if is_podman(version) != (kind == "podman"):
            return {"answers": False, "error": f"{path}: another engine answers there"}
        return {
            "answers": True,
            "version": version["Version"],
            "api_version": version["ApiVersion"],
            "driver": ask(path, "/info")["Driver"],
            "containers": sorted(item["Names"][0].lstrip("/") for item in ask(path, "/containers/json?all=1")),
        }
    except (OSError, ValueError) as exc:
        return {"answers": False, "error": f"{path}: {exc}"}


def sdk():
    """The Docker SDK that this interpreter imports, and what kind of interpreter it is."""
    found = {
        "interpreter": sys.executable,
        "venv": sys.prefix != sys.base_prefix,
        "system": str(Path(sys.executable).parent) in ("/usr/bin", "/bin", "/usr/libexec"),
        # PEP 668: pip refuses to install into such an interpreter.
        "managed": Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").exists(),
        "pyvmomi": importlib.util.find_spec("pyVmomi") is not None,
        "version": None,
        "works": False,
    }
    try:
        import docker  # noqa: PLC0415  looked for here, not needed
    except ImportError as exc:
        found["error"] = str(exc)
    else:
        found["version"] = docker.__version__
        found["works"] = fits(docker)
    return found


def fits(docker):
    """Whether the SDK works with the installed requests and urllib3. Nothing listens at the address of the test."""
    try:
        docker.APIClient(base_url="unix:///nonexistent/novafleet.sock", version="1.40").ping()
    except (TypeError, ValueError):
        # urllib3 since 2, and requests since 2.32, whose InvalidURL is both a ValueError and an OSError.
        return False
    except Exception:
        # Nothing listens.
        return True
    return True


def sysctls(names):
    """Values of those kernel parameters, of the names given, that this kernel has and that are one number."""
    values = {}
    for name in names:
        try:
            values[name] = int(Path("/proc/sys", *name.split(".")).read_text())
        except (OSError, ValueError):
            continue
    return values


def first_line(path):
    """First line of a file, empty when it cannot be read."""
    try:
        return Path(path).read_text().partition("\n")[0]
    except OSError:
        return ""


def serves_containers(mounts):
    """Whether control groups are mounted as an engine needs them: version 2 in its place, or version 1's for devices.

    mounts: str, as of /proc/mounts.
    Source: runc, libcontainer/cgroups (IsCgroup2UnifiedMode; "Devices cgroup isn't mounted").
    """
    lines = [line.split() for line in mounts.splitlines()]
    return any(
        (kind == "cgroup2" and place == "/sys/fs/cgroup") or (kind == "cgroup" and "devices" in options.split(","))
        for _device, place, kind, options, *_rest in lines
    )


def main():
    """Print the findings."""
    sockets, names = dict(zip(PROGRAMS, sys.argv[1:3])), sys.argv[3:]
    print(
        json.dumps(
            {
                "root": os.geteuid() == 0,
                "init": first_line("/proc/1/comm"),
                "systemd": Path("/run/systemd/system").is_dir(),
                "programs": {kind: shutil.which(name, path=SEARCH_PATH) or "" for kind, name in PROGRAMS.items()},
                "container_init": any(Path(path).exists() for path in INITS),
                "apparmor": first_line("/sys/module/apparmor/parameters/enabled") == "Y",
                "cgroups": serves_containers(Path("/proc/mounts").read_text()),
                "engines": {kind: engine(kind, path) for kind, path in sockets.items()},
                "sdk": sdk(),
                "sysctl": sysctls(names),
            }
        )
    )


if __name__ == "__main__":
    main()
