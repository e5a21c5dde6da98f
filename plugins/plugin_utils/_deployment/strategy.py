# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays in which Docker hosts do not see each other: each would decide before the others were asked."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail


def refuse_strategy(task: Any) -> None:
    """What runs once runs for each host where these do not wait for each other.

    Args:
        task: of an action plugin.

    Raises:
        AnsibleActionFail: the play's strategy is such a one.
    """
    parent = task
    while getattr(parent, "_parent", None):
        parent = parent._parent
    strategy = getattr(getattr(parent, "_play", None), "strategy", None) or "linear"
    if "linear" not in strategy and strategy != "debug":
        raise AnsibleActionFail(
            f"Nothing was changed. nova_compute_hosts: strategy: is {strategy}, "
            "with which no Docker host waits for what the others run. Set it to linear."
        )
