# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of C(services_files): files that the controller delivers to services."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.novafleet.compute.plugins.module_utils._contract import FILE_NAME
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import not_text
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import FILES, OWN_FILES


def problems(target: TargetToCheck) -> Iterator[Problem]:
    """Files that cannot be delivered."""
    wrong = [name for name, layer in target.settings.layers(FILES) if not isinstance(layer, Mapping)]
    if wrong:
        yield target.problem(wrong[0], "is not a dict.", "Write file name: path on the controller.")
        return
    for name, path in target.settings.combined(FILES).items():
        if path is not None:
            yield from _file(target, str(name), path)


def _file(target: TargetToCheck, name: str, given: Any) -> Iterator[Problem]:
    variable, path = f"{FILES}.{name}", str(given)
    if not FILE_NAME.fullmatch(name):
        yield target.problem(variable, "is not a plain file name.", "Leave out directories and a leading dot.")
    elif name in OWN_FILES:
        yield target.problem(variable, "is a file that this role writes.", "Use services_nova_conf, or another name.")
    elif not_text(given):
        several = isinstance(given, (Mapping, list, tuple))
        cure = "Write the path of one file on the controller." if several else not_text(given)
        yield target.problem(variable, "is not a path.", cure)
    elif re.search("[\r\n]", path.strip()):
        # It may be a key, so it is not shown.
        cure = "Name a file on the controller. The role reads it, and Ansible Vault may encrypt it."
        yield target.problem(variable, "has the text of a file instead of its path.", cure)
    elif path != path.strip():
        yield target.problem(variable, f"{path!r} begins or ends with a blank.", "Remove it.")
    else:
        try:
            target.known.renderer.read(path)
        except (AnsibleError, OSError, UnicodeError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).splitlines()[0].rstrip(".")
            cure = "Name a readable text file on the controller."
            yield target.problem(variable, f"{path} cannot be read: {reason}.", cure)
