# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._dom0 import plan as _dom0_plan
from ansible_collections.novafleet.compute.plugins.plugin_utils._dom0.plan import (
    DIRECTORY,
    KEPT,
    RECORD,
    Dom0Entry,
    Dom0State,
    LinkedPlace,
)

SR = "11111111-2222-3333-4444-555555555555"
IMAGES, GUEST = f"/var/run/sr-mount/{SR}/os-images", f"/var/run/sr-mount/{SR}/os-guest-kernels"
WANTED = {"utils.py": "new-u", "xenhost.py": "new-x"}
FILE = Dom0Entry("f", "755", "0:0")
READY = {
    DIRECTORY: Dom0Entry("d", "755", "0:0"),
    "/images": Dom0Entry("l", link=IMAGES),
    "/boot/guest": Dom0Entry("l", link=GUEST),
}


def dom0(files=None, record=None, **changes):
    """A dom0 with files (name -> digest). An earlier run installed those of the record."""
    files = files or {}
    found = Dom0State(
        inventory=dict(PRODUCT_BRAND="XCP-ng", PRODUCT_VERSION="8.2.1"),
        entries=dict(READY, **{f"{DIRECTORY}/{name}": FILE for name in files}),
        digests={f"{DIRECTORY}/{name}": digest for name, digest in files.items()},
        record=dict(files=record, links={}) if record is not None else {},
        storage=SR,
        mounted=True,
        places={"/images": LinkedPlace(True, True, True), "/boot/guest": LinkedPlace(True, True, True)},
    )
    return dataclasses.replace(found, **changes)


def present(found, replace=False, links=True):
    return _dom0_plan.present(found, WANTED, "2.1", replace, links)


def steps(plan):
    return [(step.action, step.path.replace(DIRECTORY + "/", ""), step.why) for step in plan.steps]


def test_what_is_missing_is_written_and_recorded():
    plan = present(dom0())
    assert steps(plan) == [("write", "utils.py", "is missing"), ("write", "xenhost.py", "is missing")]
    assert plan.record == dict(version="2.1", files=WANTED, links={})


def test_nothing_to_do_where_all_is_there():
    assert present(dom0(WANTED, WANTED)).steps == []
    assert present(dom0(WANTED)).steps == []


def test_ours_that_was_edited_is_put_back():
    plan = present(dom0({"utils.py": "edited", "xenhost.py": "new-x"}, WANTED))
    assert steps(plan) == [("write", "utils.py", "was changed since it was installed")]
    assert plan.record["files"] == WANTED


def test_ours_of_another_version_is_replaced_and_what_it_alone_had_deleted():
    old = {"utils.py": "old-u", "xenhost.py": "new-x", "gone.py": "old-g", "mine.py": "edited"}
    plan = present(dom0(old, {"utils.py": "old-u", "xenhost.py": "new-x", "gone.py": "old-g", "mine.py": "old-m"}))
    assert steps(plan) == [
        ("write", "utils.py", "is of another version"),
        ("delete", "gone.py", "is not one of the plugins any more"),
    ]
    assert plan.record["files"] == WANTED
    assert plan.notes == [f"{DIRECTORY}/mine.py was changed since it was installed, so it stays: delete it yourself."]


def test_a_plugin_that_is_not_executable_is_mended():
    found = dom0(WANTED, {})
    found.entries[f"{DIRECTORY}/utils.py"] = Dom0Entry("f", "644", "0:0")
    found.entries[f"{DIRECTORY}/xenhost.py"] = Dom0Entry("f", "755", "7:0")
    assert steps(present(found)) == [
        ("write", "utils.py", "has mode 644 and owner 0:0, not 755 and 0:0"),
        ("write", "xenhost.py", "has mode 755 and owner 7:0, not 755 and 0:0"),
    ]


def test_somebody_elses_plugin_is_an_error():
    plan = present(dom0({"utils.py": "theirs"}))
    assert [problem[0] for problem in plan.problems] == ["xenserver_dom0_replace"]
    assert f"{DIRECTORY}/utils.py already exists" in plan.problems[0][1]


def test_or_is_kept_aside_when_that_is_asked_for():
    plan = present(dom0({"utils.py": "theirs", "xenhost.py": "new-x"}), replace=True)
    assert [step[:2] for step in steps(plan)] == [("keep", "utils.py"), ("write", "utils.py")]
    assert plan.record["files"] == {"utils.py": "new-u"}


def test_other_names_are_nobodys_business():
    found = dom0({"vmops": "theirs", "lsblk.py": "theirs", **WANTED}, WANTED)
    assert present(found).steps == []
    assert {step.path for step in _dom0_plan.absent(found).steps} == {*(f"{DIRECTORY}/{one}" for one in WANTED), RECORD}


@pytest.mark.parametrize(
    ("brand", "version", "ok"),
    [
        ("XenServer", "7.0.0", True),
        ("XenServer", "7.6.0", True),
        ("XCP-ng", "8.2.0", True),
        ("XCP-ng", "8.2", True),
        ("XCP-ng", "8.20.0", False),
        ("XCP-ng", "8.3.0", False),
        ("XenServer", "8.4.0", False),
        ("XenServer", "6.5.0", False),
        ("Citrix Hypervisor", "8.2.0", False),
        ("", "", False),
    ],
)
def test_releases(brand, version, ok):
    plan = present(dom0(inventory=dict(PRODUCT_BRAND=brand, PRODUCT_VERSION=version)))
    assert (not plan.problems) == bool(plan.steps) == ok
    if brand and not ok:
        assert f"is {brand} {version}, where" in plan.problems[0][1]
        assert plan.problems[0][2] == "Use XenServer 7.x and XCP-ng 8.2."


def test_a_dom0_without_the_directory_is_refused():
    assert "has no directory" in present(dom0(entries={})).problems[0][1]


def test_links_are_made_where_nothing_is():
    plan = present(dom0(WANTED, WANTED, places={}))
    assert steps(plan) == [("link", "/images", "leads nowhere"), ("link", "/boot/guest", "leads nowhere")]
    found = dom0(WANTED, WANTED)
    del found.entries["/images"], found.entries["/boot/guest"]
    plan = present(found)
    assert [(step.path, step.target, step.why) for step in plan.steps] == [
        ("/images", IMAGES, "is missing"),
        ("/boot/guest", GUEST, "is missing"),
    ]
    assert plan.record["links"] == {"/images": IMAGES, "/boot/guest": GUEST}
    assert present(found, links=False).steps == []


def test_a_directory_of_somebody_else_stays_and_is_told_where_it_cannot_serve():
    found = dom0(WANTED, WANTED)
    found.entries["/images"] = Dom0Entry("d", "755", "0:0")
    assert present(found).notes == []
    found.places["/images"] = LinkedPlace(True, False, False)
    plan = present(found)
    assert plan.steps == []
    assert plan.notes[0].startswith("/images already exists on another device")


def test_a_link_of_ours_follows_the_storage_repository_while_it_is_empty():
    found = dom0(WANTED, WANTED)
    found.entries["/images"] = Dom0Entry("l", link="/var/run/sr-mount/old/os-images")
    found.record["links"]["/images"] = "/var/run/sr-mount/old/os-images"
    assert steps(present(found)) == [("link", "/images", "leads to another storage repository")]
    found.places["/images"] = LinkedPlace(True, False, False)
    assert present(found).steps == []


@pytest.mark.parametrize(("storage", "words"), [(SR, f"{SR} has no files"), ("", "there is no default SR")])
def test_storage_without_files_gets_no_links_and_that_is_told(storage, words):
    found = dom0(WANTED, WANTED, storage=storage, mounted=False)
    del found.entries["/images"]
    plan = present(found)
    assert (plan.steps, plan.problems) == ([], [])
    assert words in plan.notes[0]


def test_removal_takes_what_is_ours_and_unchanged():
    found = dom0({"utils.py": "new-u", "xenhost.py": "edited", "vmops": "theirs"}, WANTED)
    plan = _dom0_plan.absent(found)
    assert steps(plan) == [
        ("delete", "utils.py", "was installed by an earlier run"),
        ("forget", RECORD, "nothing is installed any more"),
    ]
    assert plan.notes == [
        f"{DIRECTORY}/xenhost.py was changed since it was installed, so it stays: delete it yourself."
    ]
    assert plan.record == {}


def test_removal_of_nothing_is_nothing():
    assert _dom0_plan.absent(dom0(WANTED)).steps == []
    assert _dom0_plan.absent(Dom0State()).steps == []


def test_removal_puts_back_what_was_kept_aside():
    found = dom0({"utils.py": "new-u"}, WANTED)
    found.entries.update({f"{KEPT}/{name}": FILE for name in WANTED})
    assert steps(_dom0_plan.absent(found)) == [
        ("delete", "utils.py", "was installed by an earlier run"),
        ("restore", "utils.py", "was there before"),
        ("restore", "xenhost.py", "its path is free"),
        ("forget", RECORD, "nothing is installed any more"),
    ]


def test_removal_takes_empty_links_of_ours():
    found = dom0({}, {})
    found.record["links"] = {"/images": IMAGES, "/boot/guest": GUEST}
    found.places["/boot/guest"] = LinkedPlace(True, True, False)
    plan = _dom0_plan.absent(found)
    assert [step[:2] for step in steps(plan)] == [("unlink", "/images"), ("forget", RECORD)]
    assert plan.notes == [f"/boot/guest stays, because instances may need files in {GUEST}."]
    found.entries["/images"] = Dom0Entry("l", link="/elsewhere")
    assert [step.action for step in _dom0_plan.absent(found).steps] == ["forget"]
