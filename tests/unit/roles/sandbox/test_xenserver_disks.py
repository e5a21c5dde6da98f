# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains of disks, as nova's XenAPI driver walks them, on a simulated XenServer."""

from __future__ import annotations

import pytest

MEGABYTE = 1 << 20


@pytest.fixture
def disk(xen):
    """A function that finds the record of a disk by its reference."""
    return lambda ref: xen.fake.get_record("VDI", ref)


@pytest.fixture
def chain(xen):
    """A function that lists the uuids of a disk and its base copies."""

    def walk(ref):
        known = {record["uuid"]: record for record in xen.fake._db_content["VDI"].values()}
        found = [xen.fake.get_record("VDI", ref)]
        while parent := found[-1]["sm_config"].get("vhd-parent"):
            found.append(known[parent])
        return [record["uuid"] for record in found]

    return walk


@pytest.fixture
def image(xen):
    return xen.VDI_create(None, dict(name_label="image", SR=xen.storage, virtual_size=str(MEGABYTE)))


def names(xen):
    return sorted(record["name_label"] for record in xen.fake._db_content["VDI"].values())


def test_a_clone_shares_a_base_copy_with_its_origin(xen, chain, disk, image):
    clone = xen.VDI_clone(None, image)
    assert chain(clone)[1:] == chain(image)[1:] and len(chain(clone)) == 2
    assert (disk(clone)["virtual_size"], disk(clone)["is_a_snapshot"]) == (str(MEGABYTE), False)
    xen.SR_scan(None, xen.storage)
    assert names(xen) == ["base copy", "image", "image"]


def test_the_base_copy_of_a_snapshot_goes_with_it(xen, chain, disk, image):
    clone = xen.VDI_clone(None, image)
    before = chain(clone)
    snapshot = xen.VDI_snapshot(None, clone, {})
    assert len(chain(snapshot)) == 3 and disk(snapshot)["is_a_snapshot"]
    xen.VDI_destroy(None, snapshot)
    xen.SR_scan(None, xen.storage)
    assert chain(clone) == before


def test_a_base_copy_with_a_single_child_that_is_one_takes_its_place(xen, chain, image):
    """Which nova waits for after a snapshot of a machine whose image is not kept any more."""
    clone = xen.VDI_clone(None, image)
    base = chain(clone)[1]
    snapshot = xen.VDI_snapshot(None, clone, {})
    xen.VDI_destroy(None, image)
    xen.SR_scan(None, xen.storage)
    assert chain(clone)[1:] == chain(snapshot)[1:] == [base]


def test_no_base_copy_is_left_without_children(xen, image):
    clone = xen.VDI_clone(None, image)
    snapshot = xen.VDI_snapshot(None, clone, {})
    for one in (snapshot, clone, image):
        xen.VDI_destroy(None, one)
    xen.SR_scan(None, xen.storage)
    assert names(xen) == []


def test_a_copy_is_a_disk_of_its_own(xen, chain, image):
    assert len(chain(xen.VDI_copy(None, image, xen.storage))) == 1


def test_an_image_of_several_disks_becomes_a_chain(xen, disk, chain):
    uuids = ["c", "b", "a"]
    leaf = xen.import_chain(xen.storage, [(3 * MEGABYTE, 10), (MEGABYTE, 20)], uuids)
    assert (leaf, uuids) == ("a", ["c"])
    (ref,) = [ref for ref, record in xen.fake._db_content["VDI"].items() if record["uuid"] == leaf]
    assert chain(ref) == ["a", "b"]
    assert xen.disk_sizes(["a", "b"]) == [(3 * MEGABYTE, 10), (MEGABYTE, 20)]


def test_a_resize_is_told(xen, image):
    xen.VDI_resize(None, image, str(2 * MEGABYTE))
    assert xen.VDI_get_virtual_size(None, image) == str(2 * MEGABYTE)


def test_a_disk_in_use_is_not_destroyed(xen, image):
    machine = xen.fake.machine()
    vbd = xen.fake.device("VBD", machine, VDI=image)
    xen.fake.get_record("VBD", vbd)["currently_attached"] = True
    with pytest.raises(xen.Failure) as failed:
        xen.VDI_destroy(None, image)
    assert failed.value.details[0] == "VDI_IN_USE"
    xen.fake.get_record("VBD", vbd)["currently_attached"] = False
    xen.VDI_destroy(None, image)
    assert not xen.fake._db_content["VBD"] and not xen.fake.get_record("VM", machine)["VBDs"]


def test_a_volume_is_found_by_its_number_and_forgotten_with_its_storage(xen, disk):
    given = ("uuid-1", "volume", "", "iscsi", "", False, {"target": "192.0.2.1"})
    storage = xen.SR_introduce(None, *given)
    assert xen.SR_introduce(None, *given) == storage
    assert [disk(ref)["sm_config"]["LUNid"] for ref in xen.SR_get_VDIs(None, storage)] == ["0", "1"]
    pbd = xen.fake._create_object("PBD", dict(SR=storage, currently_attached=True))
    with pytest.raises(xen.Failure) as failed:
        xen.SR_forget(None, storage)
    assert failed.value.details[0] == "SR_HAS_PBD"
    xen.fake.get_record("PBD", pbd)["currently_attached"] = False
    xen.SR_forget(None, storage)
    assert not xen.fake._db_content["VDI"] and not xen.fake._db_content["PBD"]
