#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dry_run
short_description: Run the preflight of a Docker host and a dry run of its containers in one process
description:
  - Does the work of M(novafleet.compute.preflight), and of M(novafleet.compute.containers) in check mode, both at the same time.
  - The start of a module takes longer than either of them if nothing is to be changed.
  - A part that fails is a result of its own, and does not hide the other one. Nothing is changed.
  - Internal to the module M(novafleet.compute.plan). Its options and results follow that module and may change with any release.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.preflight
  - novafleet.compute.preflight_bus
  - novafleet.compute.engine
  - novafleet.compute.engine.to_come
  - novafleet.compute.fleet
  - novafleet.compute.containers
  - novafleet.compute.container
attributes:
  check_mode:
    description: It never changes anything.
    support: full
  diff_mode:
    description: It shows no difference. The module M(novafleet.compute.containers) does.
    support: none
options:
  parts:
    description: What to do.
    type: list
    elements: str
    choices: [preflight, containers]
    default: [preflight, containers]
"""

EXAMPLES = r"""
- name: Try the message bus, and report what would be done for one service
  novafleet.compute.dry_run:
    endpoints:
      - address: rabbit1.example.com
        port: 5672
        variable: services_transport_url
        targets: [xs-01]
    fleet: demo
    image: novafleet/nova-compute:34.0.0
    services:
      - name: xs-01
  register: told
"""

RETURN = r"""
preflight:
  description:
    - Result of M(novafleet.compute.preflight). A failure has C(failed) and C(msg).
    - Of its C(checks), only those that failed. With C(-vvv), all.
  returned: if O(parts) has V(preflight)
  type: dict
containers:
  description: Result of M(novafleet.compute.containers) in check mode. A failure has C(failed) and C(msg).
  returned: if O(parts) has V(containers)
  type: dict
"""

import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._failure import cause, fail_with_cause
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import arguments as fleet_arguments
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import run as fleet_run
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import arguments as preflight_arguments
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import run as preflight_run

PARTS = ["preflight", "containers"]

ARGUMENT_SPEC = dict(
    preflight_arguments.ARGUMENT_SPEC,
    **fleet_arguments.ARGUMENT_SPEC,
    parts=dict(type="list", elements="str", choices=PARTS, default=PARTS),
)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        params = module.params
        work: dict[str, Callable[[], dict[str, Any]]] = dict(
            preflight=lambda: _failed(preflight_run.answer(params, module.check_mode), module._verbosity),
            containers=lambda: fleet_run.answer(params, True, False),
        )
        # The preflight waits for others most of the time.
        with ThreadPoolExecutor(len(work)) as pool:
            results = {part: pool.submit(_result, work[part]) for part in params["parts"]}
        answers = {part: result.result() for part, result in results.items()}
        module.exit_json(changed=False, invocation=dict(module_args=dict(parts=params["parts"])), **answers)


def _result(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return answer()
    except Exception as error:
        return dict(failed=True, msg=cause(error), exception=traceback.format_exc())


def _failed(answer: dict[str, Any], verbosity: int) -> dict[str, Any]:
    """Ansible takes long to hand on several rows of each of hundreds of targets."""
    return dict(answer, checks=[row for row in answer["checks"] if row["result"] == "failed" or verbosity >= 3])


if __name__ == "__main__":
    main()
