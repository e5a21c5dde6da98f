# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status page of two fleets, rendered by Ansible, and a browser to look at it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import fleets
import pytest
from ansible_collections.novafleet.compute import plugins
from browser import Browser

TEMPLATE = Path(next(iter(plugins.__path__))).parent / "roles" / "services" / "templates" / "status.html.j2"
RENDER_SECONDS = 120


@pytest.fixture(scope="session")
def statuses():
    """Name of a fleet -> its comparison."""
    return dict(picture=fleets.picture(), large=fleets.large())


@pytest.fixture(scope="session")
def pages(statuses, tmp_path_factory):
    """Name of a fleet -> path of its page."""
    directory = tmp_path_factory.mktemp("pages")
    paths = {name: directory / f"{name}.html" for name in statuses}
    task = {
        "ansible.builtin.template": dict(src=str(TEMPLATE), dest="{{ item.path }}", mode="0644"),
        "loop": [dict(path=str(paths[name]), name=name) for name in statuses],
        "loop_control": dict(label="{{ item.name }}"),
        "vars": dict(services_status="{{ statuses[item.name] }}"),
    }
    extra = dict(statuses=statuses, services_fleet="nova")
    extra["ansible_python_interpreter"] = sys.executable
    play = [dict(hosts="localhost", gather_facts=False, tasks=[task])]
    for name, content in dict(extra=extra, play=play).items():
        (directory / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    command = ["ansible-playbook", "--inventory", "localhost,", "--connection", "local"]
    command += ["--extra-vars", f"@{directory}/extra.json", f"{directory}/play.json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=RENDER_SECONDS, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return paths


@pytest.fixture(scope="module")
def chromium():
    """One browser for all tests of a module."""
    browser = Browser()
    yield browser
    browser.quit()
