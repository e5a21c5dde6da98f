# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory in which playbooks run, with a copy of the collection and Ansible's configuration."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from . import processes

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".cache" / "benchmarks"
COLLECTION = Path("collections", "ansible_collections", "novafleet", "compute")
CONFIG = """\
[defaults]
home = {home}
collections_path = {collections}
retry_files_enabled = false
remote_tmp = {home}/tmp
"""


class Collection:
    """Runs playbooks. Leaving the context removes the directory."""

    def __init__(self, parent, parts):
        """parent: Path in which the directory is made.
        parts: names of files and directories of the checkout that the playbooks need."""
        self.directory = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
        # A copy, because the checkout may be edited while the benchmark runs.
        for part in parts:
            shutil.copytree(CHECKOUT / part, self.directory / COLLECTION / part)
        config = CONFIG.format(home=self.directory / "home", collections=self.directory / "collections")
        (self.directory / "ansible.cfg").write_text(config, encoding="utf-8")
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHON"))}
        self.environment = dict(inherited, ANSIBLE_CONFIG=str(self.directory / "ansible.cfg"))

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, inventory, book, *options):
        """Run a playbook.

        Args:
            inventory: Path.
            book: Path, or the full name of a playbook in a collection.
            options: further arguments of ansible-playbook.

        Returns:
            float: duration of the whole process in seconds.

        Raises:
            processes.Failed: with the end of its output.
        """
        command = [sys.executable, "-m", "ansible", "playbook", "-i", inventory, book, *options]
        return processes.timed(command, self.environment, self.directory / "log")
