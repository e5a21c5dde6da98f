# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which questions of a comparison were answered: what is unknown must not look like what is absent.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.registered import unusable


def queries(
    answers: Mapping[str, Mapping[str, Any]],
    nova: Mapping[str, Any],
    plans: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Every question that a comparison depends on, and whether it has an answer.

    Args:
        answers: dict, Docker host -> result of the module containers_info.
        nova: result of the module nova_services_info; empty where nova is not asked.
        plans: dict, Docker host -> result of the module containers in check mode, empty where it has not answered.

    Returns:
        list of dict with query (containers, plan, nova or placement), docker_host (None for the last two) and answered.
    """
    found = [_query("containers", host, "services" in answer) for host, answer in sorted(answers.items())]
    # A plan that is refused is an answer, too.
    found += [_query("plan", host, "services" in plan or "problems" in plan) for host, plan in sorted(plans.items())]
    if nova:
        found.append(_query("nova", None, not unusable(nova, "nova_services_info", "nova")))
    # Without an answer of nova, placement was not asked.
    if nova.get("providers_problem") or nova.get("providers") is not None:
        found.append(_query("placement", None, not nova.get("providers_problem")))
    return found


def _query(query: str, docker_host: str | None, answered: bool) -> dict[str, Any]:
    return dict(query=query, docker_host=docker_host, answered=answered)
