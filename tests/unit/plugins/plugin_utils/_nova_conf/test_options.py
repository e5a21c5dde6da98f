# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import zlib

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions

LISTED = {
    "nova": "34.0.0",
    "sections": {
        "DEFAULT": {
            "debug": {"type": "bool"},
            "my_ip": {},
            "report_interval": {"type": "int", "min": 1, "max": 600},
            "cpu_allocation_ratio": {"type": "float", "min": 0.0},
            "compute_topic": {"removal": "There is only one."},
            "odd": {"removal": ""},
        },
        "libvirt": {
            "virt_type": {"choices": ["kvm", "qemu"]},
            "live_migration_uri": {},
            "cpu_model": {"renamed": ["libvirt", "cpu_models"]},
            "cpu_models": {},
        },
        "placement": {"auth_type": {}, "auth_url": {}, "user_domain_name": {}},
    },
    "families": {"mdev_": ["device_addresses"]},
    "auth": ["auth_type", "auth_url", "password"],
}


@pytest.fixture
def said():
    """The finding about one option: (kind, fix), or None."""
    options = NovaOptions.unpack(base64.b64encode(zlib.compress(json.dumps(LISTED).encode())).decode())

    def judge(section, option, value="x"):
        found = options.findings({section: {option: value}})
        assert len(found) < 2
        return (found[0].kind, found[0].cure) if found else None

    return judge


@pytest.mark.parametrize(
    "section, option, value",
    [
        ("DEFAULT", "debug", True),
        ("DEFAULT", "debug", "ON"),
        ("DEFAULT", "report_interval", "20"),
        ("DEFAULT", "report_interval", "$other"),
        ("DEFAULT", "report_interval", ""),
        ("DEFAULT", "cpu_allocation_ratio", 1.5),
        ("DEFAULT", "my_ip", ["10.0.0.1", "10.0.0.2"]),
        ("DEFAULT", "nonsense", None),
        ("nonsense", "taken_out", None),
        ("libvirt", "virt_type", '"KVM"'),
        ("LibVirt", "live_migration_uri", "x"),
        ("mdev_nvidia-35", "device_addresses", "0000:84:00.0"),
    ],
)
def test_what_nova_reads_is_no_finding(said, section, option, value):
    assert said(section, option, value) is None


@pytest.mark.parametrize(
    "section, option, cure",
    [
        ("DEFAULT", "debgu", "Did you mean debug?"),
        ("placement", "user-domain-name", "Did you mean user_domain_name?"),
        ("placement", "live_migration_uri", "It belongs into [libvirt]."),
        ("DEFAULT", "auth_url", "It belongs into [placement]."),
        ("libvrit", "virt_type", "Did you mean libvirt?"),
        ("default", "debug", "Look it up"),
        ("mdev_nvidia-35", "device_adresses", "Did you mean device_addresses?"),
        ("DEFAULT", "zzzz", "Look it up"),
    ],
)
def test_what_nova_does_not_read_is_told_with_what_was_meant(said, section, option, cure):
    kind, text = said(section, option)
    assert (kind, text[: len(cure)]) == ("unknown", cure)


@pytest.mark.parametrize(
    "option, value, cure",
    [
        ("debug", "perhaps", "Write true or false."),
        ("report_interval", "often", "Write an int, at least 1 and at most 600."),
        ("report_interval", 0, "Write an int, at least 1 and at most 600."),
        ("report_interval", "1.5", "Write an int, at least 1 and at most 600."),
        ("cpu_allocation_ratio", -1, "Write a number, at least 0.0."),
    ],
)
def test_values_that_nova_refuses(said, option, value, cure):
    assert said("DEFAULT", option, value) == ("refused", cure)


def test_a_choice_that_there_is_not(said):
    assert said("libvirt", "virt_type", "xen") == ("refused", "Write one of kvm, qemu.")


@pytest.mark.parametrize(
    "section, option, said_of_it",
    [
        ("libvirt", "cpu_model", ("old name", "Write [libvirt] cpu_models.")),
        ("DEFAULT", "compute_topic", ("leaving", "There is only one.")),
        ("DEFAULT", "odd", ("leaving", "nova does not name a replacement.")),
    ],
)
def test_what_is_deprecated(said, section, option, said_of_it):
    assert said(section, option) == said_of_it


def test_a_section_that_some_auth_section_names(said):
    options = NovaOptions(LISTED)
    assert options.findings({"my_keystone": {"auth_type": "password", "auth_url": "https://k", "password": "x"}}) == []
    (found,) = options.findings({"my_keystone": {"auth_type": "password", "pasword": "x"}})
    assert (found.option, found.cure) == ("my_keystone.pasword", "Did you mean password?")
    assert said("my_keystone", "auth_url")[0] == "unknown"


def test_sections_without_options_are_fine():
    assert NovaOptions(LISTED).findings({"nonsense": None, "libvirt": {}}) == []


def test_no_value_is_told():
    options = NovaOptions(LISTED)
    for conf in ({"DEFAULT": {"debug": "s3cr3t"}}, {"DEFAULT": {"debgu": "s3cr3t"}}, {"x": {"y": "s3cr3t"}}):
        assert "s3cr3t" not in str(options.findings(conf))
