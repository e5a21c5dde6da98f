# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that run in a dom0, and the parsers of their output.

They are plain shell, because dom0's Python is too old for Ansible's modules.

No command ends in a line break, because Ansible's connections append to it.

They need these programs of CentOS 7, the base of XenServer 7 and XCP-ng 8.2: GNU find, sha256sum, stat, tar, base64,
xe.
"""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
import tarfile
import xmlrpc.client
from collections.abc import Iterable, Mapping
from typing import Any
from xml.parsers.expat import ExpatError

from ansible_collections.novafleet.compute.plugins.plugin_utils._dom0.plan import (
    DIRECTORY,
    KEPT,
    LINKS,
    MOUNTS,
    RECORD,
    Dom0Entry,
    Dom0Plan,
    Dom0State,
    Dom0Step,
    LinkedPlace,
)

# Marks the beginning of each part of an answer, so that the output of a login script is not read as a part.
MARK = "#novafleet "
# On the file system of DIRECTORY, so that rename(2) can move a plugin from there.
NEW = "/etc/xapi.d/.novafleet-new"
XE_SECONDS = 60

LOOK = f"""
part() {{ printf '\\n{MARK}%s\\n' "$1"; }}
part inventory; cat /etc/xensource-inventory 2>/dev/null
part record; cat {RECORD} 2>/dev/null
part entries
entries() {{ find "$@" -printf '%y\\t%m\\t%U:%G\\t%p\\t%l\\n' 2>/dev/null; }}
entries -H {DIRECTORY} {KEPT} -maxdepth 1; entries {" ".join(LINKS)} -maxdepth 0
part digests; find -H {DIRECTORY} -maxdepth 1 -type f -exec sha256sum {{}} + 2>/dev/null
part storage
sr=STORAGE
[ -n "$sr" ] || [ WANTED = 0 ] || sr=$(timeout {XE_SECONDS} xe pool-list params=default-SR --minimal 2>/dev/null)
echo "$sr"
part mounted; [ -n "$sr" ] && [ -d "{MOUNTS}/$sr" ] && echo yes
part places
for path in {" ".join(LINKS)}; do
  [ -d "$path/" ] || continue
  same=no; [ "$(stat -L -c %d "$path")" = "$(stat -c %d "{MOUNTS}/$sr" 2>/dev/null)" ] && same=yes
  empty=no; [ -z "$(ls -A "$path/")" ] && empty=yes
  echo "$path $same $empty"
done
part end"""

# pickle, protocol 0: {"args": [], "kwargs": {}}, and a str of Python 2 (os_xenapi/dom0/etc/xapi.d/plugins/utils.py).
NO_ARGUMENTS = "(dS'args'\n(lsS'kwargs'\n(ds."
PICKLED = re.compile(r"S'([0-9.]+)'\n")

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class AnswerError(ValueError):
    """The answer of dom0 is not valid."""


def look(storage: str, links: bool) -> str:
    """Return the command that reads all data for a plan.

    Args:
        storage: uuid of the storage repository, "" for the pool's default.
        links: bool, whether the plan needs the storage repository.

    Returns:
        str
    """
    return LOOK.replace("STORAGE", shlex.quote(storage)).replace("WANTED", "1" if links else "0")


def state_of(answer: str) -> Dom0State:
    """Understand its answer.

    Args:
        answer: str, output of the command of look().

    Returns:
        Dom0State

    Raises:
        AnswerError
    """
    parts = _parts(answer)
    if "end" not in parts:
        raise AnswerError("the answer ended early")
    entries = {}
    for line in parts["entries"]:
        kind, mode, owner, path, link = line.split("\t")
        entries[path] = Dom0Entry(kind, mode, owner, link)
    entries.pop(KEPT, None)
    return Dom0State(
        inventory=dict(re.findall(r"^([A-Z_]+)='(.*)'$", "\n".join(parts["inventory"]), re.MULTILINE)),
        entries=entries,
        digests={path: digest for digest, path in (line.split("  ", 1) for line in parts["digests"])},
        record=_record(parts["record"]),
        storage=next((line for line in parts["storage"] if UUID.fullmatch(line)), ""),
        mounted="yes" in parts["mounted"],
        places={
            path: LinkedPlace(True, same == "yes", empty == "yes")
            for path, same, empty in (line.split() for line in parts["places"])
        },
    )


def _parts(answer: str) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in answer.splitlines():
        if line.startswith(MARK):
            current = parts.setdefault(line[len(MARK) :], [])
        elif line:
            current.append(line)
    return parts


def _record(lines: list[str]) -> dict[str, Any]:
    try:
        record = json.loads("\n".join(lines) or "{}")
    except ValueError as error:
        raise AnswerError(f"{RECORD} is damaged: {error}") from error
    if not isinstance(record, dict):
        raise AnswerError(f"{RECORD} is damaged: it does not hold a record")
    return record


def show(paths: Iterable[str]) -> str:
    """Return the command that prints files, for a diff."""
    lines = [f"printf '\\n{MARK}%s\\n' {quoted}; base64 {quoted} 2>/dev/null" for quoted in map(shlex.quote, paths)]
    return "\n".join(lines)


def shown(answer: str) -> dict[str, str]:
    """Parse the output of show() to dict, path -> text."""
    texts = {path: base64.b64decode("".join(lines)) for path, lines in _parts(answer).items()}
    return {path: text.decode("utf-8", "replace") for path, text in texts.items()}


def archive(plan: Dom0Plan, contents: Mapping[str, bytes]) -> bytes:
    """Make the archive that apply() needs.

    Args:
        plan: what to do.
        contents: dict, file name -> bytes, of the plugins.

    Returns:
        bytes, a compressed tar archive.
    """
    files = {f"plugins/{step.name}": contents[step.name] for step in plan.steps if step.action == "write"}
    files["record.json"] = (json.dumps(plan.record, sort_keys=True) + "\n").encode()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as made:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o755 if name.startswith("plugins/") else 0o644
            made.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def apply(plan: Dom0Plan, path: str) -> str:
    """Return the command that carries out a plan.

    It first moves away files of another origin, then writes the record, then the plugins. After an interruption at any
    point, the next run recognises the files of this role. Each file is replaced with rename(2). Its new time stamp
    shows
    Python that the byte code is out of date.

    Args:
        plan: what to do.
        path: path of the archive in dom0.

    Returns:
        str
    """
    lines = ["set -e", "umask 022", f"rm -rf {NEW}", f"mkdir -p {NEW} {KEPT}"]
    lines.append(f"tar -xzm --no-same-owner -p -f {shlex.quote(path)} -C {NEW}")
    lines += [_line(step) for step in plan.steps if step.action == "keep"]
    if plan.record:
        lines += [f"cp {NEW}/record.json {RECORD}.new", f"mv -f {RECORD}.new {RECORD}"]
    lines += [_line(step) for step in plan.steps if step.action != "keep"]
    lines.append(f"rm -rf {NEW}")
    lines.append(f"rmdir --ignore-fail-on-non-empty -p {KEPT}")
    return "\n".join(lines)


def _line(step: Dom0Step) -> str:
    path, target, name = shlex.quote(step.path), shlex.quote(step.target), shlex.quote(step.name)
    return {
        "keep": f"mv -f {path} {KEPT}/{name}",
        "write": f"chown 0:0 {NEW}/plugins/{name}; mv -f {NEW}/plugins/{name} {path}",
        # Python writes byte code next to the files that it imports.
        "delete": f"rm -f {path} {path}c {path}o",
        "restore": f"mv -f {KEPT}/{name} {path}",
        "link": f"mkdir -p {target}; ln -sfn {target} {path}",
        "unlink": f"rm -f {path}; rmdir --ignore-fail-on-non-empty {target}",
        "forget": f"rm -f {path}",
    }[step.action]


def ask_version() -> str:
    """Return the command that calls the plugin with the version, in the way that xapi does (XenAPIPlugin.py).

    xe cannot be used, because nova's pickled arguments have line breaks, which xe refuses.
    """
    request = xmlrpc.client.dumps(("", {"params": NO_ARGUMENTS}), "get_version")
    return f"{DIRECTORY}/dom0_plugin_version.py {shlex.quote(request)}"


def version(answer: str) -> str:
    """The version in its output, or "" if there is none.

    The output is a pickle. It must not be loaded, because it comes from another machine.
    """
    try:
        told: Any = xmlrpc.client.loads(answer)[0][0]
        match = PICKLED.match(told["Value"])
    except (LookupError, TypeError, ValueError, xmlrpc.client.Error, ExpatError):
        return ""
    return match.group(1) if match else ""
