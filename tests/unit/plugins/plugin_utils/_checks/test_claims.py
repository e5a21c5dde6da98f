# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that services must not share."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.claims import Claims
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini

R = "oslo_messaging_rabbit"
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
    """Maybe they have no datastore in common. Only the vCenter could answer that."""
    claims = claims_of(
        "vcenter", ["[vmware]\nhost_ip = VC\ncache_prefix = x\n", "[vmware]\nhost_ip = vc\ncache_prefix = x\n"]
    )
    (warning,) = claims.warnings()
    assert (warning.host, warning.variable) == ("t1 and 1 more", "services_vcenter.cache_prefix")
    assert claims.problems() == []
