# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import vcenter
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import CheckFailed
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.vcenter import judge

STORE = dict(name="nas-1", type="NFS", accessible=True, mode="normal")


def cluster(name="c1", identifier="domain-c8", hosts=1, datastores=("ds-1",)):
    return dict(id=identifier, name=name, hosts=hosts, datastores=list(datastores))


def inventory(*clusters, **store):
    return dict(uuid="u-1", clusters=list(clusters), datastores={"ds-1": dict(STORE, **store)})


def target(name="c1", regex=""):
    return dict(cluster=name, datastore_regex=regex)


def test_a_right_cluster_is_known_by_what_the_vcenter_calls_it():
    found = judge(target(regex="nas"), inventory(cluster()))
    assert (found.findings, found.stopped_at, found.identity) == ((), "", "vcenter/u-1/domain-c8")


@pytest.mark.parametrize(
    ("wanted", "clusters", "problem", "cure"),
    [
        (target("c2"), [cluster("c11")], "has no cluster 'c2'", "c11"),
        (target("cluster-1"), [cluster("cluster_1")], "has no cluster", "Did you mean 'cluster_1'?"),
        (target("lead"), [cluster(" lead ")], "has no cluster 'lead'", "Did you mean ' lead '?"),
        (target(" lead"), [cluster("other")], "has no cluster ' lead'", "sees: 'other'."),
        (target("x"), [], "sees no cluster", "docs/vcenter.md"),
        (target(), [cluster(), cluster(identifier="domain-c9")], "(domain-c8, domain-c9)", "Rename all but one"),
        (target(), [cluster(hosts=0)], "has no host", "Add a host"),
        (target(regex="^ssd"), [cluster()], "matches none", "it has 'nas-1'."),
        (target(regex="as-1"), [cluster()], "matches none", "beginning"),
        (target(), [cluster(datastores=())], "but none.", "VMFS"),
    ],
)
def test_what_nova_would_stumble_over(wanted, clusters, problem, cure):
    (finding,) = judge(wanted, inventory(*clusters)).findings
    assert problem in finding.problem
    assert cure in finding.cure


@pytest.mark.parametrize(
    ("change", "state"),
    [(dict(accessible=False), "not accessible"), (dict(mode="inMaintenance"), "inMaintenance"), (dict(type="x"), "x")],
)
def test_a_datastore_that_nova_passes_over(change, state):
    (finding,) = judge(target(), inventory(cluster(), **change)).findings
    assert f"'nas-1' ({state})" in finding.problem
    assert (finding.check, finding.option) == ("datastore", "datastore_regex")


def test_a_datastore_without_a_maintenance_mode_is_in_use():
    assert judge(target(), inventory(cluster(), mode=None)).findings == ()


def test_a_long_list_is_cut():
    (finding,) = judge(target("x"), inventory(*[cluster(f"a{n}") for n in range(9)])).findings
    assert finding.cure.endswith("'a0', 'a1', 'a2', 'a3', 'a4' and 4 more.")


def test_a_missing_pyvmomi_is_told_with_the_cure(monkeypatch):
    monkeypatch.setattr(vcenter, "missing", lambda: "No module named 'pyVmomi'")
    monkeypatch.setattr(vcenter._tls, "handshake", lambda *_args: None)
    with pytest.raises(CheckFailed) as failed:
        vcenter.ask(dict(address="vc", port=443, username="u", password="p", ca_file=None, insecure=False), 1)
    # The interpreter's pip refuses if the distribution manages the interpreter (PEP 668).
    for words in ("novafleet.compute.docker_host", "python3-pyvmomi", "ansible_python_interpreter"):
        assert words in failed.value.finding.cure
