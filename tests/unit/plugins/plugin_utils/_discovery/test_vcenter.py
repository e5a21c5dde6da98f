# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery import vcenter


def folder(name, parent):
    return dict(type="Folder", name=name, parent=parent)


@pytest.fixture
def objects():
    """A data centre in a folder, a cluster at its top and one in a folder of a folder, and one elsewhere."""
    return {
        # The parent of the root folder does not exist, so the property is missing.
        "group-d1": dict(type="Folder", name="Datacenters"),
        "group-d2": folder("Europe", "group-d1"),
        "dc-1": dict(type="Datacenter", name="Berlin", parent="group-d2"),
        "group-h1": folder("host", "dc-1"),
        "group-h2": folder("Production", "group-h1"),
        "group-h3": folder("East", "group-h2"),
        "c-1": dict(
            type="ClusterComputeResource",
            name="A%2fB",
            parent="group-h1",
            host=["h-2", "h-1", "h-9"],
            datastore=["s-1"],
        ),
        "c-2": dict(type="ClusterComputeResource", name="Deep", parent="group-h3", host=[], datastore=[]),
        "dc-2": dict(type="Datacenter", name="Paris", parent="group-d1"),
        "group-h4": folder("host", "dc-2"),
        "c-3": dict(type="ClusterComputeResource", name="Deep", parent="group-h4"),
        "c-4": dict(type="ClusterComputeResource", parent="group-h4"),
        "h-1": dict(type="HostSystem", name="esx1"),
        "h-2": dict(type="HostSystem", name="esx2"),
        "h-9": dict(type="HostSystem"),
        "s-1": dict(type="Datastore", name="fast%25"),
    }


def test_where_clusters_are(objects):
    deep, at_top, elsewhere = vcenter.clusters(objects)[1], *vcenter.clusters(objects)[::2]
    assert at_top == dict(
        raw_name="A%2fB", cluster="A/B", moid="c-1", datacenter="Berlin", folder="", path="/Europe/Berlin/A/B",
        hosts=["esx1", "esx2"], datastores=["fast%"])  # fmt: skip
    assert (deep["path"], deep["folder"]) == ("/Europe/Berlin/Production/East/Deep", "Production/East")
    assert (elsewhere["path"], elsewhere["hosts"]) == ("/Paris/Deep", [])


def test_an_account_that_sees_the_cluster_alone(objects):
    """Without the objects above it there is no path, and no error."""
    alone = vcenter.clusters({"c-2": objects["c-2"]})
    assert [(one["path"], one["datacenter"]) for one in alone] == [("/Deep", "")]


@pytest.mark.parametrize(
    ("datacenters", "folders", "expected"),
    [
        ([], [], ["A/B", "Deep", "Deep"]),
        (["Paris"], [], ["Deep"]),
        (["Berlin", "Paris"], ["Production"], ["Deep"]),
        ([], ["/Production/East/"], ["Deep"]),
        ([], ["Prod"], []),
        (["London"], [], []),
    ],
)
def test_within(objects, datacenters, folders, expected):
    found = [one for one in vcenter.clusters(objects) if vcenter.within(one, datacenters, folders)]
    assert [one["cluster"] for one in found] == expected


def test_a_chosen_cluster_whose_name_another_has_too(objects):
    """Clusters that were left out count as well, because nova searches all clusters of the vCenter."""
    everything = vcenter.clusters(objects)
    problems = vcenter.ambiguous("vcenters[0]", everything, [everything[1]])
    assert len(problems) == 1
    assert problems[0].startswith(
        "vcenters[0]: '/Europe/Berlin/Production/East/Deep' and '/Paris/Deep' have the same name"
    )
    assert vcenter.ambiguous("vcenters[0]", everything, [everything[0]]) == []
