# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets on the base files of deployment tools have no problem by the options that the nova of that release reads."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from base_files import BASES, TARGETS, checked, options_of

# Each file, and the releases of nova for which a tool makes it.
MADE_FOR = (
    ("kolla_2025.1", "31.3.1"),
    ("kolla_2025.1", "32.2.1"),
    ("kolla_2025.1_vmware", "31.3.1"),
    ("kolla_2026.1_ironic", "33.0.2"),
    ("kolla_2026.2", "33.0.2"),
    ("kolla_2026.2", "34.0.0"),
    ("kolla_2026.2_spice", "34.0.0"),
    ("openstack_ansible", "34.0.0"),
)
# Of all these files, what nova does not read, and what nova 34 no longer does.
NEVER_READ = {"privsep_entrypoint", "profiler", "service_user.region_name", "service_user.valid_interfaces"}
NOT_SINCE = {"34.0.0": {"oslo_messaging_rabbit.heartbeat_in_pthread", "DEFAULT.enabled_apis"}}


@pytest.mark.parametrize(("base", "release"), MADE_FOR)
def test_a_fleet_on_a_base_file_has_no_problem(base, release):
    text = (BASES / f"{base}.conf").read_text(encoding="utf-8")
    found = checked(release, text)
    assert [str(problem) for problem in found.problems] == []
    assert sorted(found.rendered) == sorted(TARGETS)
    assert found.claims.problems() == []
    # Everything that nova does not read is named, and nothing else is.
    unread = {one.option for one in options_of(release).findings(ini.parse(text)) if one.kind == "unknown"}
    assert unread <= NEVER_READ | NOT_SINCE.get(release, set())
    warnings = " ".join(map(str, found.warnings))
    assert all(option in warnings for option in unread)


@pytest.mark.parametrize("release", ["31.3.1", "34.0.0"])
def test_values_that_this_nova_refuses_in_a_base_file_are_problems(release):
    """What the test above guards against, which shows that it would notice it."""
    text = (BASES / "kolla_2025.1.conf").read_text(encoding="utf-8").replace("port = 6080", "port = six")
    (problem,) = checked(release, text).problems
    assert problem.variable == "services_base_nova_conf.vnc.novncproxy_port"
