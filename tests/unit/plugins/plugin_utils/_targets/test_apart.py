# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services on one Docker host, rendered on base files of deployment tools: options that must differ do so."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.machine import has_queue_manager
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings

BASES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(__file__).with_name("bases").iterdir())}
OWN = {
    "vcenter": {"services_vcenter": {"host_ip": "vc", "cluster_name": "c1"}},
    "xenserver": {"services_xenserver": {"connection_url": "https://xs-1.example.com"}},
    "libvirt": {"services_libvirt": {"virt_type": "kvm"}},
    "fake": {},
}
R = "oslo_messaging_rabbit"


@pytest.fixture
def render(templates):
    """Section -> option -> last value of the nova.conf of one target."""

    def rendered(group, base="", service="one", releases=(), **own):
        settings = Settings({**OWN[group], **own}, {})
        made = Renderer(templates, base, releases=releases).render(service, service, DRIVERS[group], settings).conf
        return {section: {name: values[-1] for name, values in options.items()} for section, options in made.items()}

    return rendered


@pytest.mark.parametrize("base", BASES.values(), ids=list(BASES))
@pytest.mark.parametrize("group", ["vcenter", "xenserver", "fake"])
def test_a_base_file_does_not_make_services_one(render, group, base):
    """Services share only those values of the base file's machine that they may share."""
    one, other = render(group, base), render(group, base, service="other")
    for made, service in ((one, "one"), (other, "other")):
        assert (made["DEFAULT"]["host"], made[R]["hostname"]) == (service, service)
        assert "processname" not in made[R]
        assert made[R]["use_queue_manager"].lower() == "true"
        assert not {"my_ip", "my_block_storage_ip", "my_shared_fs_storage_ip"} & set(made["DEFAULT"])
        assert not {"instances_path", "tempdir", "backdoor_port"} & set(made["DEFAULT"])
        assert made["DEFAULT"]["state_path"] == "/var/lib/nova"
        assert made["oslo_concurrency"]["lock_path"] == "/var/lib/nova/locks"
    differing = {
        f"{section}.{name}" for section in one for name in one[section] if one[section][name] != other[section][name]
    }
    own = {"vmware.cache_prefix"} if group == "vcenter" else set()
    assert differing == {"DEFAULT.host", f"{R}.hostname"} | own


def test_golden_on_kolla(render):
    """The collection adds exactly these options to kolla's file."""
    base = ini.parse(BASES["kolla_2025.1_vmware"])
    made = render("vcenter", BASES["kolla_2025.1_vmware"], service="vc1-web")
    before = {f"{section}.{name}": values[-1] for section in base for name, values in base[section].items()}
    after = {f"{section}.{name}": value for section in made for name, value in made[section].items()}
    assert {name: value for name, value in after.items() if before.get(name) != value} == {
        "DEFAULT.host": "vc1-web",
        "DEFAULT.log_dir": "",
        "DEFAULT.log_file": "",
        "DEFAULT.use_stderr": "true",
        "oslo_concurrency.lock_path": "/var/lib/nova/locks",
        "oslo_messaging_rabbit.hostname": "vc1-web",
        "oslo_messaging_rabbit.kombu_failover_strategy": "shuffle",
        "vmware.cache_prefix": "vc1-web",
        "vmware.cluster_name": "c1",
        "vmware.host_ip": "vc",
    }
    assert set(before) - set(after) == {"DEFAULT.my_ip"}


def test_a_hypervisor_that_is_the_docker_host_keeps_its_addresses(render):
    made = render("libvirt", BASES["openstack_ansible"])
    assert made["DEFAULT"]["my_ip"] == "192.0.2.11"
    assert made["DEFAULT"]["instances_path"] == "/srv/nova/instances"
    assert made["vnc"]["server_proxyclient_address"] == "192.0.2.11"
    assert made[R]["hostname"] == "one"
    assert not {"tempdir", "backdoor_port"} & set(made["DEFAULT"])


def test_what_the_operator_sets_wins(render):
    own = {R: {"hostname": "q", "processname": "p"}, "DEFAULT": {"my_ip": "10.0.0.1", "backdoor_port": 0}}
    made = render("fake", BASES["openstack_ansible"], services_nova_conf=own)
    assert (made[R]["hostname"], made[R]["processname"]) == ("q", "p")
    assert (made["DEFAULT"]["my_ip"], made["DEFAULT"]["backdoor_port"]) == ("10.0.0.1", "0")


@pytest.mark.parametrize(
    ("releases", "has"),
    [
        ([], True),
        (["34.0.0"], True),
        (["29.0.0"], True),
        (["28.3.1"], False),
        (["21.2.4"], False),
        (["21", "34"], True),
    ],
)
def test_queues_are_named_where_nova_reads_it(render, releases, has):
    assert has_queue_manager(releases) is has
    assert ("hostname" in render("fake", BASES["kolla_2026.1_ironic"], releases=releases)[R]) is has


@pytest.mark.parametrize(
    ("base", "own", "prefix"),
    [
        ("", {}, "one"),
        ("", {"services_vcenter_c": {"cache_prefix": "192.0.2.2"}}, "192.0.2.2"),
        ("", {"services_vcenter_c": {"cache_prefix": None}}, "one"),
        ("", {"services_nova_conf": {"vmware": {"cache_prefix": "x"}}}, "x"),
        ("[image_cache]\nremove_unused_base_images = false\n", {}, None),
        ("[DEFAULT]\nremove_unused_base_images = no\n", {}, None),
        ("[DEFAULT]\nremove_unused_base_images = no\n[vmware]\ncache_prefix = all\n", {}, "all"),
        ("", {"services_nova_conf": {"image_cache": {"remove_unused_base_images": False}}}, None),
        ("[image_cache]\nremove_unused_base_images = true\n[vmware]\ncache_prefix = all\n", {}, "one"),
    ],
)
def test_an_image_cache_is_shared_only_where_nothing_is_removed_from_it(render, base, own, prefix):
    assert render("vcenter", base, **own)["vmware"].get("cache_prefix") == prefix


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://xs-1.example.com", "xs-1.example.com"),
        ("http://192.0.2.3/", "192.0.2.3"),
        ("https://[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_consoles_of_a_xenserver_are_at_the_xenserver(render, url, address):
    """nova's default is 127.0.0.1, and a base file names the machine for which it was made."""
    own = {"services_xenserver": {"connection_url": url}}
    for base in ("", BASES["kolla_2025.1_vmware"]):
        assert render("xenserver", base, **own)["vnc"]["server_proxyclient_address"] == address
    own["services_nova_conf"] = {"vnc": {"server_proxyclient_address": "nat"}}
    assert render("xenserver", **own)["vnc"]["server_proxyclient_address"] == "nat"
