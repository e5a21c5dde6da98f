# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of Docker hosts that are null. Pure.

The argument specs of a role refuse null for all types but texts. A text that is null is the text None in a name or a
uuid, or an empty one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem

# Without a value, these are not used.
NULLABLE = frozenset(["services_base_nova_conf", "services_cloud", "services_clouds_file", "services_image"])


def problems(names: Iterable[str], variables: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Variables that are null.

    Args:
        names: of the role's variables.
        variables: Docker host -> its variables, not templated.
    """
    for name in sorted(set(names) - NULLABLE):
        hosts = [host for host, known in variables.items() if name in known and known[name] is None]
        if hosts:
            cure = "Write a value, or leave it out for the default."
            yield Problem(", ".join(hosts), name, "is null, such as a name with nothing behind its colon.", cure)
