# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of C(services_files): files that the controller delivers to services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible.errors import AnsibleError
from ansible_collections.novafleet.compute.plugins.module_utils._contract import FILE_NAME
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import FILES, OWN_FILES


def problems(target: TargetToCheck) -> Iterator[Problem]:
    """Files that cannot be delivered."""
    wrong = [name for name, layer in target.settings.layers(FILES) if not isinstance(layer, Mapping)]
    if wrong:
        yield target.problem(wrong[0], "is not a dict.", "Write file name: path on the controller.")
        return
    for name, path in target.settings.combined(FILES).items():
        if path is not None:
            yield from _file(target, str(name), str(path))


def _file(target: TargetToCheck, name: str, path: str) -> Iterator[Problem]:
    variable = f"{FILES}.{name}"
    if not FILE_NAME.fullmatch(name):
        yield target.problem(variable, "is not a plain file name.", "Leave out directories and a leading dot.")
    elif name in OWN_FILES:
        yield target.problem(variable, "is a file that this role writes.", "Use services_nova_conf, or another name.")
    else:
        try:
            target.known.renderer.read(path)
        except (AnsibleError, OSError, UnicodeError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).splitlines()[0].rstrip(".")
            cure = "Name a readable text file on the controller."
            yield target.problem(variable, f"{path} cannot be read: {reason}.", cure)
