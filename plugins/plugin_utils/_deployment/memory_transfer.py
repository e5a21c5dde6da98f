# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends data to a host without a copy on the controller's disk."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from ansible.module_utils.common.text.converters import to_bytes

if TYPE_CHECKING:
    # It is a mixin, whose other base is this one.
    from ansible.plugins.action import ActionBase as Base
else:
    Base = object

# A file system in memory (shm_overview(7)). A file without a name would not do, as connection plugins resolve links.
MEMORY = "/dev/shm"


class MemoryTransfer(Base):
    """Mixin of action plugins whose files and module arguments hold secrets.

    Ansible's own way leads through a file below its local_tmp. Here that file is in memory, and only this user can read
    it. Where the system has no such place, as macOS, it is Ansible's way.
    """

    def _transfer_data(self, remote_path: str, data: str | bytes) -> str:
        if not os.access(MEMORY, os.W_OK | os.X_OK):
            return super()._transfer_data(remote_path, data)
        with tempfile.NamedTemporaryFile(dir=MEMORY, prefix="novafleet-") as stream:
            stream.write(to_bytes(data, errors="surrogate_or_strict"))
            stream.flush()
            self._transfer_file(stream.name, remote_path)
        return remote_path
