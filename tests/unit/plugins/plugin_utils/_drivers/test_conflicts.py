# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import merge

X, V, IRONIC = "services_xenserver", "services_vcenter", "services_ironic"
ACCOUNT = dict(auth_type="password", username="nova", password="s3cr3t", project_name="service")

WRONG = {
    f"{X}.independent_compute": ("xenserver", {"xenserver": {"independent_compute": False}}, "Leave it out"),
    f"{X}.check_host": ("xenserver", {"xenserver": {"check_host": True}}, "Leave it out"),
    "services_nova_conf.DEFAULT.flat_injected": ("xenserver", {"DEFAULT": {"flat_injected": "Yes"}}, "Leave it out"),
    "services_nova_conf.DEFAULT.default_ephemeral_format": (
        "xenserver",
        {"DEFAULT": {"default_ephemeral_format": "ext4"}},
        "Use ext3",
    ),
    f"{X}.image_handler": ("xenserver", {"xenserver": {"image_handler": "vdi_local_dev"}}, "vdi_remote_stream"),
    f"{X}.sr_matching_filter": ("xenserver", {"xenserver": {"sr_matching_filter": "local"}}, "default-sr:true"),
    f"{V}.datastore_regex": ("vcenter", {"vmware": {"datastore_regex": "(nas"}}, "Correct it"),
    "services_libvirt.connection_uri": (
        "libvirt",
        {"libvirt": {"connection_uri": "qemu+ssh://root@kvm-1/system"}},
        "make that machine a Docker host",
    ),
    f"{V}.pbm_default_policy": ("vcenter", {"vmware": {"pbm_enabled": True}}, "Name the storage policy"),
    f"{V}.pbm_wsdl_location": ("vcenter", {"vmware": {"pbm_wsdl_location": "/srv/p.wsdl"}}, "Write file:///srv/p.wsdl"),
    f"{IRONIC}.shard": ("ironic", {"ironic": {"shard": "rack 1"}}, "Use letters, digits"),
    f"{IRONIC}.conductor_group": ("ironic", {"ironic": {"conductor_group": "a,b"}}, "Use letters, digits"),
    f"{IRONIC}.peer_list": ("ironic", {"ironic": {"peer_list": "a, b"}, "DEFAULT": {"host": "a"}}, "Leave it out"),
    f"{IRONIC}.endpoint_override": ("ironic", {"ironic": {"auth_type": "none"}}, "Set it to the URL of Ironic"),
    f"{IRONIC}.username": ("ironic", {"ironic": dict(ACCOUNT, username="")}, "logs in to Ironic"),
    f"{IRONIC}.password": ("ironic", {"ironic": dict(ACCOUNT, password="")}, "logs in to Ironic"),
    f"{IRONIC}.project_name": ("ironic", {"ironic": dict(ACCOUNT, project_name="")}, "set system_scope to all"),
    f"{V}.host_ip": ("vcenter", {"vmware": {"host_ip": "https://vc1"}}, "host name alone"),
}


def conflicts(name, layer):
    """Options of a nova.conf that a driver refuses: (variable, problem, fix)."""
    driver = DRIVERS[name]
    return [(driver.option_variable(option), *words) for option, *words in driver.conflicts(merge(layer))]


@pytest.mark.parametrize("variable", WRONG)
def test_what_nova_refuses_is_told_with_variable_and_cure(variable):
    group, layer, cure = WRONG[variable]
    (found,) = conflicts(group, layer)
    assert found[0] == variable
    assert cure in found[2]
    assert found[1].endswith(".")


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("https://xs-1:8443", "Write https://xs-1 alone."),
        ("https://root:s3cr3t@xs-1", "Write https://xs-1 alone."),
        ("xs-1", "Write https:// and the host name"),
        ("unix://local", "Write https:// and the host name"),
        ("https://[::1", "Write https:// and the host name"),
    ],
)
def test_a_url_holds_a_host_name_and_no_more(url, cure):
    (found,) = conflicts("xenserver", {"xenserver": {"connection_url": url}})
    assert found[0] == f"{X}.connection_url"
    assert found[2].startswith(cure)
    assert "s3cr3t" not in str(found)


@pytest.mark.parametrize("url", ["https://xs-1", "http://10.0.0.1/", "https://XS-1.example.com"])
def test_a_right_xenserver(url):
    options = dict(connection_url=url, image_handler="vdi_remote_stream", sr_matching_filter="other-config:a=b")
    layer = {"xenserver": options, "DEFAULT": {"flat_injected": False, "default_ephemeral_format": "ext3"}}
    assert conflicts("xenserver", layer) == []


@pytest.mark.parametrize("address", ["vc1.example.com", "10.0.0.1", "::1", ""])
def test_a_right_vcenter(address):
    assert conflicts("vcenter", {"vmware": dict(host_ip=address, datastore_regex="^nas-.*")}) == []


@pytest.mark.parametrize("name", DRIVERS)
def test_nothing_set_is_no_conflict(name):
    assert conflicts(name, {}) == []


@pytest.mark.parametrize(
    "options",
    [
        ACCOUNT,
        dict(ACCOUNT, project_name="", system_scope="all", username="", user_id="u-1"),
        dict(ACCOUNT, conductor_group="", peer_list="a"),
        dict(ACCOUNT, shard="Rack_1.a-b"),
        dict(auth_type="v3applicationcredential", application_credential_id="c"),
        dict(auth_type="none", endpoint_override="http://ironic:6385"),
    ],
)
def test_a_right_ironic(options):
    assert conflicts("ironic", {"ironic": options, "DEFAULT": {"host": "a"}}) == []


def test_right_storage_policies():
    options = dict(pbm_enabled=True, pbm_default_policy="gold", pbm_wsdl_location="file:///etc/nova/pbmService.wsdl")
    assert conflicts("vcenter", {"vmware": options}) == []
    assert conflicts("vcenter", {"vmware": dict(pbm_enabled=False)}) == []
