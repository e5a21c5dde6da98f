# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import uuid

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.identity import (
    identity,
    may_have_identity,
    reads_compute_id,
)


def test_identity_never_changes():
    """Another uuid for the same names would make nova-compute refuse to start."""
    assert identity("novafleet", "xs-01") == "53830c92-2cd3-5a80-96c5-c8cbd5119cfb"


@pytest.mark.parametrize("other", [("novafleet", "xs-02"), ("othercloud", "xs-01")])
def test_identity_is_that_of_one_service_of_one_cloud(other):
    assert identity(*other) != identity("novafleet", "xs-01")
    assert uuid.UUID(identity(*other)).version == 5


@pytest.mark.parametrize(
    ("releases", "reads"),
    [([], True), (["34.0.0"], True), (["27.0.0"], True), (["26.3.1"], False), (["34.0.0", "21.2.4"], False)],
)
def test_which_nova_reads_an_identity(releases, reads):
    assert reads_compute_id(releases) is reads


@pytest.mark.parametrize(("driver", "may"), [("vcenter", True), ("fake", True), ("xenserver", False)])
def test_which_drivers_live_on_in_a_nova_that_reads_one(driver, may):
    assert may_have_identity(DRIVERS[driver]) is may
