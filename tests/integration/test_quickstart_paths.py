# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""quickstart.sh in directories whose names interpreters and shells do not bear; only its preparation and one play."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = (
    "LICENSE",
    "README.md",
    "changelogs",
    "galaxy.yml",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
)
# In the place of the script's last line, which brings up everything.
TRIAL = "steps=1; prepare; write_inventory 5; play ../probe.yml\n"
# What Ansible starts in another way each: a module, one in the background, one of this collection.
PROBE = """
- hosts: nova_compute_hosts
  gather_facts: false
  tasks:
    - ansible.builtin.ping:
    - ansible.builtin.command: "true"
      async: 20
      poll: 1
    - novafleet.compute.preflight:
"""


@pytest.fixture
def links():
    """Function that lists the links that stand for such directories; those of a test are removed."""

    def found():
        return set(Path("/run").glob("novafleet-quickstart-*"))

    before = found()
    yield lambda: found() - before
    for link in found() - before:
        link.unlink()


@pytest.mark.parametrize(("name", "linked"), [("a b", 1), ("it's (here)", 1), ("plain", 0)])
def test_the_name_of_its_directory_does_not_matter(tmp_path, links, name, linked):
    checkout = tmp_path / name
    checkout.mkdir()
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, checkout / part)
    lines = (ROOT / "quickstart.sh").read_text().splitlines(keepends=True)
    assert lines[-1] == '"$action"\n'
    script = checkout / "quickstart.sh"
    script.write_text("".join(lines[:-1]) + TRIAL)
    script.chmod(0o755)
    (tmp_path / "probe.yml").write_text(PROBE)
    for command in ([script], [checkout / ".quickstart" / "play", tmp_path / "probe.yml"]):
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert len(links()) == linked
        # A boot empties /run.
        for link in links():
            link.unlink()


def test_a_dollar_sign_is_refused_with_the_reason(tmp_path, links):
    checkout = tmp_path / "a $HOME"
    checkout.mkdir()
    shutil.copy(ROOT / "quickstart.sh", checkout)
    done = subprocess.run([checkout / "quickstart.sh"], check=False, capture_output=True, text=True)
    assert done.returncode == 1 and "dollar sign in a path" in done.stderr
    assert list(checkout.iterdir()) == [checkout / "quickstart.sh"] and not links()
