# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the XenAPI plugins of os-xenapi on the controller: from its wheel, its source archive or a directory."""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import zipfile
from dataclasses import dataclass

from ansible_collections.novafleet.compute.plugins.module_utils._contract import XENAPI_PLUGINS

# Paths of the plugins in os-xenapi's wheel, in its source archive, and in dom0.
IN_OS_XENAPI = "etc/xapi.d/plugins"
VERSION_FILE = "dom0_plugin_version.py"
VERSION = re.compile(rb"""^PLUGIN_VERSION\s*=\s*['"](\d+)\.(\d+)['"]""", re.MULTILINE)


class SourceError(ValueError):
    """The source does not have plugins that nova can use."""


@dataclass(frozen=True)
class XenapiPlugins:
    """The plugins of one version of os-xenapi.

    Attributes:
        version: str, as dom0_plugin_version.py reports it to nova, such as 2.1.
        contents: dict, file name -> bytes.
    """

    version: str
    contents: dict[str, bytes]

    @property
    def digests(self) -> dict[str, str]:
        """dict, file name -> sha256 in hexadecimal digits."""
        return {name: hashlib.sha256(content).hexdigest() for name, content in self.contents.items()}


def read(path: str) -> XenapiPlugins:
    """Read all plugins.

    Args:
        path: str, a wheel or another zip archive, a tar archive of any compression, or a directory with the plugins or
            an unpacked os-xenapi.

    Returns:
        XenapiPlugins

    Raises:
        SourceError: there are no plugins, they lack a version, or nova refuses their version.
    """
    try:
        contents = _contents(path)
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    found = VERSION.search(contents.get(VERSION_FILE, b""))
    if not found:
        raise SourceError(f"{path} has no plugins of os-xenapi: there is no {VERSION_FILE} with a version")
    version = tuple(map(int, found.groups()))
    if version[0] != XENAPI_PLUGINS[0] or version < XENAPI_PLUGINS:
        have, need = (".".join(map(str, numbers)) for numbers in (version, XENAPI_PLUGINS))
        raise SourceError(
            f"{path} has plugins of version {have}; nova needs {need} or a later one of {XENAPI_PLUGINS[0]}.x"
        )
    return XenapiPlugins(".".join(map(str, version)), contents)


def _contents(path: str) -> dict[str, bytes]:
    if os.path.isdir(path):
        return _of_directory(path)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return {_name(name): archive.read(name) for name in archive.namelist() if _is_plugin(name)}
    with tarfile.open(path) as archive:
        members = [member for member in archive.getmembers() if member.isfile() and _is_plugin(member.name)]
        streams = {_name(member.name): archive.extractfile(member) for member in members}
        return {name: stream.read() for name, stream in streams.items() if stream}


def _of_directory(path: str) -> dict[str, bytes]:
    below = os.path.join(path, "os_xenapi", "dom0", *IN_OS_XENAPI.split("/"))
    directory, contents = below if os.path.isdir(below) else path, {}
    for name in os.listdir(directory):
        if name.endswith(".py"):
            with open(os.path.join(directory, name), "rb") as stream:
                contents[name] = stream.read()
    return contents


def _is_plugin(member: str) -> bool:
    directory, _slash, name = member.rpartition("/")
    return directory.endswith(IN_OS_XENAPI) and name.endswith(".py")


def _name(member: str) -> str:
    return member.rpartition("/")[2]
