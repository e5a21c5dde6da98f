# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services on one Docker host, rendered on base files of deployment tools: what must differ differs."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.apart import (
    Claims,
    has_queue_manager,
    host_of,
    removes_images,
    without_machine,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import DRIVERS, Settings

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
        made = Renderer(templates, base, releases=releases).nova_conf(service, service, DRIVERS[group], settings)
        return {
            section: {name: values[-1] for name, values in options.items()}
            for section, options in ini.parse(made).items()
        }

    return rendered


@pytest.mark.parametrize("base", BASES.values(), ids=list(BASES))
@pytest.mark.parametrize("group", ["vcenter", "xenserver", "fake"])
def test_a_base_file_does_not_make_services_one(render, group, base):
    """What is left of the machine that the base file was made for is what its services share by right."""
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
    """All that is laid over kolla's file, and nothing else."""
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
    """nova's default is 127.0.0.1, and a base file names the machine that it was made for."""
    own = {"services_xenserver": {"connection_url": url}}
    for base in ("", BASES["kolla_2025.1_vmware"]):
        assert render("xenserver", base, **own)["vnc"]["server_proxyclient_address"] == address
    own["services_nova_conf"] = {"vnc": {"server_proxyclient_address": "nat"}}
    assert render("xenserver", **own)["vnc"]["server_proxyclient_address"] == "nat"


@pytest.mark.parametrize("url", ["", "None", "https://[::1", "xs-1"])
def test_what_names_no_host(url):
    assert host_of(url) == ""


def test_a_base_file_is_not_changed():
    base = ini.parse(BASES["openstack_ansible"])
    without_machine(base, local=False)
    assert base == ini.parse(BASES["openstack_ansible"])


@pytest.mark.parametrize(("text", "removes"), [("", True), ("x = 1", True), ("remove_unused_base_images = 0", False)])
def test_whether_images_are_removed(text, removes):
    assert removes_images(ini.parse(f"[image_cache]\n{text}\n")) is removes


QUEUES = f"[{R}]\nuse_queue_manager = true\n"
COLLISIONS = {
    "queues": ("fake", [QUEUES, QUEUES], f"services_nova_conf.{R}.hostname", "is the same for 2 services"),
    "queues, named": ("fake", [QUEUES + "hostname = a\n"] * 3, f"services_nova_conf.{R}.hostname", "same for 3"),
    "port": ("fake", ["[DEFAULT]\nbackdoor_port = 3000\n"] * 2, "services_nova_conf.DEFAULT.backdoor_port", "one port"),
    "address": ("libvirt", ["[DEFAULT]\nmy_ip = 192.0.2.1\n"] * 2, "services_nova_conf.DEFAULT.my_ip", "is 192.0.2.1"),
    "console": (
        "libvirt",
        ["[vnc]\nserver_proxyclient_address = 192.0.2.1\n"] * 2,
        "services_nova_conf.vnc.server_proxyclient_address",
        "is 192.0.2.1 for 2 hypervisors",
    ),
}
APART = {
    "queues of their own": ("fake", [QUEUES + "hostname = a\n", QUEUES + "hostname = b\n"]),
    "processes of their own": ("fake", [QUEUES + "processname = a\n", QUEUES + "processname = b\n"]),
    "no queue manager": ("fake", [f"[{R}]\nhostname = a\nuse_queue_manager = false\n"] * 2),
    "a range of ports": ("fake", ["[DEFAULT]\nbackdoor_port = 3000:3999\n"] * 2),
    "any port": ("fake", ["[DEFAULT]\nbackdoor_port = 0\n"] * 2),
    "an address that is not used": ("xenserver", ["[DEFAULT]\nmy_ip = 192.0.2.1\n"] * 2),
    "an image cache each": ("vcenter", [f"[vmware]\ncache_prefix = {x}\n" for x in "ab"]),
    "an image cache that keeps all": ("vcenter", ["[image_cache]\nremove_unused_base_images = false\n"] * 2),
    "an address of every machine": ("libvirt", ["[vnc]\nserver_proxyclient_address = 127.0.0.1\n"] * 2),
    "nova's own": ("libvirt", ["[vnc]\nserver_proxyclient_address = $my_ip\n"] * 2),
    "clusters of two vCenters": ("vcenter", [f"[vmware]\nhost_ip = {x}\n" for x in "ab"]),
}  # fmt: skip


def claims_of(group, texts):
    claims = Claims()
    for number, text in enumerate(texts, 1):
        claims.add(f"t{number}", DRIVERS[group], ini.parse(text))
    return claims


@pytest.mark.parametrize(("group", "texts", "variable", "words"), COLLISIONS.values(), ids=list(COLLISIONS))
def test_what_services_must_not_share_is_refused_once(group, texts, variable, words):
    claims = claims_of(group, texts)
    (problem,) = claims.problems()
    assert (problem.host, problem.variable) == (f"t1 and {len(texts) - 1} more", variable)
    assert words in problem.problem
    assert claims.warnings() == []


@pytest.mark.parametrize(("group", "texts"), APART.values(), ids=list(APART))
def test_what_services_may_share_is_not_refused(group, texts):
    claims = claims_of(group, texts)
    assert (claims.problems(), claims.warnings()) == ([], [])


def test_one_image_cache_for_clusters_is_a_warning():
    """They may have no datastore in common, and only the vCenter could tell."""
    claims = claims_of(
        "vcenter", ["[vmware]\nhost_ip = VC\ncache_prefix = x\n", "[vmware]\nhost_ip = vc\ncache_prefix = x\n"]
    )
    (warning,) = claims.warnings()
    assert (warning.host, warning.variable) == ("t1 and 1 more", "services_vcenter.cache_prefix")
    assert claims.problems() == []
