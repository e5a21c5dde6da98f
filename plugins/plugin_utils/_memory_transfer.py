# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends data to a host without a copy on the controller's disk."""

from __future__ import annotations

import os

from ansible.module_utils.common.text.converters import to_bytes


class MemoryTransfer:
    """Mixin of action plugins whose files and module arguments hold secrets.

    Ansible's own way leads through a file below its local_tmp. Here it is a file in memory, which is gone with the
    process, even a killed one. Where the system has none, as macOS, it is Ansible's way.
    """

    def _transfer_data(self, remote_path: str, data: str | bytes) -> str:
        if not hasattr(os, "memfd_create"):
            return super()._transfer_data(remote_path, data)
        handle = os.memfd_create("novafleet")
        with os.fdopen(handle, "wb") as stream:
            stream.write(to_bytes(data, errors="surrogate_or_strict"))
            stream.flush()
            # The programs that copy are children of this process, so that /proc/self would be theirs.
            self._transfer_file(f"/proc/{os.getpid()}/fd/{handle}", remote_path)
        return remote_path
