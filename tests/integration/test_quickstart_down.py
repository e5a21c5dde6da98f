# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""quickstart.sh --down removes everything. It runs after all other tests of the quick start."""

from __future__ import annotations

import re
from pathlib import Path

from quickstart_run import output, places, quickstart


def test_down_leaves_nothing(first_run):
    """The engine is stopped too where the quick start had started it; one that was there before has nothing of ours."""
    quickstart("--down")
    assert not places()
    assert not list(Path("/run/lock").glob("novafleet-*"))
    processes = output("ps", "-eww", "-o", "args")
    assert not re.findall("nova-compute|nova-conductor|nova-scheduler|rabbitmq-server|mariadbd|vcsim", processes)
    if "dockerd" in processes:
        found = output("docker", "ps", "--all", "--format", "{{.Names}}") + output("docker", "volume", "ls", "--quiet")
        found += output("docker", "images", "--format", "{{.Repository}}")
        assert not [line for line in found.splitlines() if re.search("novafleet|sandbox|nova-compute", line)]
