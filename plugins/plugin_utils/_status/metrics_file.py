# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that node_exporter's textfile collector reads, on the controller.

The collector may read at any moment, and reads each file whose name ends in .prom. Ansible's module copy gives its
temporary file the same ending where it has to cross file systems, so the metrics would be there twice, or in part.
"""

from __future__ import annotations

import os
import tempfile

ENDING = ".prom"


def problem(path: str) -> str:
    """Why the file cannot be written, with the fix; empty if it can.

    Args:
        path: of the file, with no ~ in it.
    """
    directory = os.path.dirname(os.path.realpath(path))
    if not path.endswith(ENDING):
        return f"{path}: does not end in {ENDING}, and node_exporter reads no other files. Rename it."
    if not os.path.isdir(directory):
        return f"{path}: the directory {directory} does not exist. Create it, or correct the path."
    if os.path.isdir(path):
        return f"{path}: is a directory. Add the name of a file."
    if not os.access(directory, os.W_OK | os.X_OK):
        return f"{path}: this user cannot create files in {directory}. Change the directory's owner or mode."
    return ""


def write(path: str, text: str) -> None:
    """Put the text in place of the file at once, readable by every user. A link stays one.

    Raises:
        OSError: the file cannot be written. The old one stays.
    """
    path = os.path.realpath(path)
    directory, name = os.path.split(path)
    handle, temporary = tempfile.mkstemp(dir=directory, prefix=f".{name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            os.fchmod(stream.fileno(), 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
