# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.ironic import judge

TARGET = dict(shard="rack-1", conductor_group=None)
FACTS = dict(endpoint="http://ironic", version=(1, 115), shards={"rack-1": 3, "rack-2": 1, "": 2}, groups=["", "hall"])


def findings(target, **facts):
    return [(one.check, one.option, one.problem) for one in judge(target, dict(FACTS, **facts)).findings]


@pytest.mark.parametrize(
    ("shard", "group", "identity"),
    [
        ("rack-1", None, "ironic/http://ironic/rack-1/*"),
        ("", "", "ironic/http://ironic//"),
        ("", "Hall", "ironic/http://ironic//hall"),
        ("", None, "ironic/http://ironic//*"),
    ],
)
def test_a_right_part_of_an_ironic_is_known_by_what_it_is(shard, group, identity):
    found = judge(dict(shard=shard, conductor_group=group), FACTS)
    assert (found.findings, found.identity) == ((), identity)


def test_what_a_part_is_called():
    both = dict(shard="rack-1", conductor_group="hall")
    assert judge(both, FACTS).called == "the shard 'rack-1' and the conductor group 'hall' of the Ironic http://ironic"
    assert judge(dict(shard="", conductor_group=None), FACTS).called == "all nodes of the Ironic http://ironic"


def test_a_shard_without_nodes():
    (finding,) = judge(dict(TARGET, shard="rack-1a"), FACTS).findings
    assert (finding.check, finding.option) == ("nodes", "shard")
    assert finding.problem == "Ironic has no node in the shard 'rack-1a' that the account sees."
    assert finding.cure == "Did you mean 'rack-1'?"
    (finding,) = judge(dict(TARGET, shard="x"), FACTS).findings
    assert "Use one of 'rack-1', 'rack-2', or set it in Ironic first (openstack baremetal node set" in finding.cure
    (finding,) = judge(dict(TARGET, shard="x"), dict(FACTS, shards={})).findings
    assert finding.cure.startswith("Set it in Ironic first")


def test_a_group_without_a_conductor():
    (finding,) = judge(dict(shard="", conductor_group="hell"), FACTS).findings
    assert (finding.check, finding.option, finding.cure) == ("nodes", "conductor_group", "Did you mean 'hall'?")


def test_an_ironic_without_nodes():
    everything = dict(shard="", conductor_group=None)
    assert findings(everything, shards={"": 0}) == [("nodes", "", "Ironic has no node that the account sees.")]
    # An older Ironic does not count them.
    assert findings(everything, version=(1, 46), shards=None, groups=None) == []
    assert findings(dict(shard="", conductor_group="any"), version=(1, 46), shards=None, groups=None) == []


@pytest.mark.parametrize(
    ("target", "version", "option"),
    [(TARGET, (1, 81), "shard"), (dict(shard="", conductor_group="hall"), (1, 45), "endpoint_override")],
)
def test_an_ironic_that_is_too_old(target, version, option):
    found = judge(target, dict(FACTS, version=version, shards=None))
    (finding,) = found.findings
    assert (finding.option, found.stopped_at, found.identity) == (option, "version", "")
    assert f"has the version 1.{version[1]}; nova needs" in finding.problem
