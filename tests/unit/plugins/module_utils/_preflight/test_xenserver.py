# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.xenserver import judge

TARGET = dict(image_handler="direct_vhd", sr_matching_filter="default-sr:true")
STORAGE = dict(name="local", type="ext", attached=True)
PLUGINS = {"dom0_plugin_version.py": None, "xenhost.py": None}
MISSING = "XENAPI_MISSING_PLUGIN"


def facts(**changes):
    return dict(dict(uuid="u-1", plugins=PLUGINS, version=(2, 1), storage=STORAGE), **changes)


@pytest.mark.parametrize("version", [(2, 1), (2, 9), (2, 10)])
def test_a_right_xenserver_is_known_by_its_uuid(version):
    found = judge(TARGET, facts(version=version))
    assert (found.findings, found.identity) == ((), "xenserver/u-1")


@pytest.mark.parametrize("kind", ["lvm", "nfs"])
def test_streams_take_any_storage_for_disks(kind):
    streaming = dict(TARGET, image_handler="vdi_remote_stream")
    assert judge(streaming, facts(storage=dict(STORAGE, type=kind))).findings == ()


WRONG = {
    "no plugins": (dict(plugins=dict.fromkeys(PLUGINS, MISSING), version=None), "", "and xenhost.py: missing"),
    "no xenhost": (dict(plugins=dict(PLUGINS, **{"xenhost.py": MISSING})), "", "xenhost.py: missing"),
    "a plugin that fails": (dict(plugins=dict(PLUGINS, **{"xenhost.py": "XENAPI_PLUGIN_FAILURE"})), "", "failing"),
    "old plugins": (dict(version=(1, 8)), "", "version 1.8; nova needs 2.1"),
    "plugins too old by a little": (dict(version=(2, 0)), "", "version 2.0"),
    "plugins too new": (dict(version=(3, 1)), "", "version 3.1"),
    "plugins without a version": (dict(version=None), "", "report no version"),
    "no storage": (dict(storage=None), "sr_matching_filter", "none for 'default-sr:true'"),
    "storage without files": (dict(storage=dict(STORAGE, type="lvmoiscsi")), "image_handler", "of type lvmoiscsi"),
    "storage of images": (dict(storage=dict(STORAGE, type="iso")), "sr_matching_filter", "has no disks"),
    "storage elsewhere": (dict(storage=dict(STORAGE, attached=False)), "sr_matching_filter", "not plugged"),
}


@pytest.mark.parametrize(("changes", "option", "problem"), WRONG.values(), ids=list(WRONG))
def test_what_nova_would_stumble_over(changes, option, problem):
    (finding,) = judge(TARGET, facts(**changes)).findings
    assert finding.option == option
    assert problem in finding.problem
    assert finding.cure.endswith(".")


def test_plugins_and_storage_are_told_together():
    assert len(judge(TARGET, facts(version=(1, 8), storage=None)).findings) == 2
