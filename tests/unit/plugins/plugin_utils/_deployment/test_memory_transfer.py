# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from ansible_collections.novafleet.compute.plugins.action import containers, preflight
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment import memory_transfer
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.memory_transfer import (
    MEMORY,
    MemoryTransfer,
)


class Ansible:
    """The way in which an action plugin copies: a child process, as scp and sftp are."""

    def _transfer_data(self, remote_path, data):
        return f"Ansible's way to {remote_path}"

    def _transfer_file(self, local_path, remote_path):
        self.local_path, self.mode = local_path, stat.S_IMODE(os.stat(local_path).st_mode)
        # Connection plugins resolve links first.
        subprocess.run(["cp", os.path.realpath(local_path), remote_path], check=True)


class Plugin(MemoryTransfer, Ansible):
    """An action plugin."""

    def run(self, tmp=None, task_vars=None):
        return {}


@pytest.mark.parametrize("data", [b"\x00\xff s3cr3t", "s3cr3t \u00e4"])
def test_what_is_sent_is_a_file_in_memory_only_and_gone_afterwards(tmp_path, data):
    plugin, path = Plugin(), str(tmp_path / "remote")
    assert plugin._transfer_data(path, data) == path
    assert Path(path).read_bytes() == (data if isinstance(data, bytes) else data.encode())
    assert (os.path.dirname(plugin.local_path), plugin.mode) == (MEMORY, 0o600)
    assert not os.path.exists(plugin.local_path)


def test_what_cannot_be_sent_is_gone_too(tmp_path):
    plugin = Plugin()
    with pytest.raises(subprocess.CalledProcessError):
        plugin._transfer_data(str(tmp_path / "none" / "remote"), b"x")
    assert not os.path.exists(plugin.local_path)


def test_where_the_system_has_no_files_in_memory_it_is_ansibles_way(monkeypatch):
    monkeypatch.setattr(memory_transfer, "MEMORY", "/nowhere")
    assert Plugin()._transfer_data("/remote", b"x") == "Ansible's way to /remote"


@pytest.mark.parametrize("plugin", [containers, preflight])
def test_those_who_send_secrets_do_so(plugin):
    assert plugin.ActionModule._transfer_data is MemoryTransfer._transfer_data
