# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describes the machine of a measurement, and writes figures as JSON."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def facts(client):
    """Describe the machine and its engine.

    Args:
        client: docker.DockerClient.

    Returns:
        dict
    """
    version, info = client.version(), client.info()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return dict(
        processors=os.cpu_count(),
        processor=_processor(),
        memory_gb=round(memory / 2**30, 1),
        kernel=platform.release(),
        python=platform.python_version(),
        **{"podman" if is_podman(version) else "docker": version["Version"]},
        runtime=_runtime(info),
        storage_driver=info["Driver"],
        load=[round(value, 2) for value in os.getloadavg()],
    )


def is_podman(version):
    """Whether an answer to /version is Podman's."""
    return any(component["Name"] == "Podman Engine" for component in version.get("Components") or ())


def _runtime(info):
    name = info["DefaultRuntime"]
    return Path(info["Runtimes"][name].get("path", name)).name


def _processor():
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def rounded(value, digits=3):
    """A document with rounded numbers, because no clock here is more exact."""
    if isinstance(value, dict):
        return {key: rounded(one, digits) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one, digits) for one in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, digits)
    return value
