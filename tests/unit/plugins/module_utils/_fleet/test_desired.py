# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import copy

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import desired

SHA = "0" * 64


def service(policy, **entry):
    entry = dict(dict(name="xs-01", image="nova:1"), **entry)
    return desired.service(entry, policy, "nova", "nova-compute-", "/etc/novafleet")


def test_a_service_is_described_without_a_word_of_an_engine(policy):
    made = service(policy, command=["nova-compute"], files=[{"path": "nova.conf", "sha256": SHA}])
    assert (made.name, made.container, made.image) == ("xs-01", "nova-compute-xs-01", "nova:1")
    assert made.spec == ContainerSpec("nova:1", policy, ("nova-compute",), "/etc/novafleet/xs-01", "nova", "xs-01")


def test_without_files_nothing_is_mounted(policy):
    assert service(policy).spec.files == ""


def test_override_is_of_one_service_and_leaves_the_policy_alone(policy):
    before = copy.deepcopy(policy)
    made = service(policy, container={"memory": 5, "user": None, "stop_timeout": 7})
    assert made.spec.settings["memory"] == 5
    assert made.spec.settings["user"] == policy["user"]
    assert made.stop_timeout == 7
    assert policy == before


def test_files_are_sorted_with_octal_modes(policy):
    made = service(
        policy, files=[{"path": "b", "sha256": SHA, "mode": "0600"}, {"path": "a", "sha256": SHA, "immutable": True}]
    )
    assert made.files == (desired.File("a", SHA, 0o640, True), desired.File("b", SHA, 0o600))
