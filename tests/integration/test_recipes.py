# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recipes for users of deployment tools work as docs/ has them, by the options of a real nova."""

from __future__ import annotations

import pytest
import recipes
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from base_files import BASES, checked
from pinned_python import TOP

KOLLA = recipes.read(TOP / "docs" / "kolla-ansible.md")
OSA = recipes.read(TOP / "docs" / "openstack-ansible.md")
PASSWORDS = {f"{name}_keystone_password": f"pa$$ {name}" for name in ("placement", "neutron", "cinder", "nova")} | {
    "rabbitmq_password": "r@bb%t"
}
# Of kolla-ansible's own file for the same release.
AS_KOLLA = {
    "oslo_messaging_rabbit": (
        "rabbit_quorum_queue",
        "rabbit_transient_quorum_queue",
        "rabbit_stream_fanout",
        "rabbit_qos_prefetch_count",
        "use_queue_manager",
    ),
    "placement": ("auth_type", "username", "project_name", "region_name", "valid_interfaces"),
    "neutron": ("auth_type", "username", "project_name", "region_name", "valid_interfaces"),
    "cinder": ("auth_type", "username", "project_name", "catalog_info", "os_region_name"),
    "service_user": ("auth_type", "username", "project_name", "send_service_user_token"),
}


def text_of(base):
    return (BASES / f"{base}.conf").read_text(encoding="utf-8") if base else ""


def value(conf, section, option):
    return ini.value(conf, section, option).lower()


@pytest.mark.parametrize("release", ["33.0.2", "34.0.0"])
def test_without_a_base_file_services_are_configured_as_kollas_own(release):
    found = checked(release, "", **recipes.resolved(KOLLA["passwords"], **PASSWORDS))
    assert [str(problem) for problem in found.problems] == []
    assert [str(warning) for warning in found.warnings] == []
    base = ini.parse(text_of("kolla_2026.2"))
    for rendered in found.rendered.values():
        for section, options in AS_KOLLA.items():
            for option in options:
                assert value(rendered.conf, section, option) == value(base, section, option), (section, option)
        for section, name in (("placement", "placement"), ("neutron", "neutron"), ("service_user", "nova")):
            assert ini.value(rendered.conf, section, "password") == f"pa$$ {name}"


@pytest.mark.parametrize("base", ["", "kolla_2026.2"])
def test_certificates_are_delivered_and_named(base):
    own = recipes.resolved(KOLLA["passwords"] | KOLLA["certificates"], **PASSWORDS)
    if base:
        own = recipes.resolved(KOLLA["certificates"])
    found = checked("34.0.0", text_of(base), **own)
    assert [str(problem) for problem in found.problems] == []
    for rendered in found.rendered.values():
        assert ini.value(rendered.conf, "oslo_messaging_rabbit", "ssl_ca_file") == "/etc/nova/kolla-ca.pem"
        assert ini.value(rendered.conf, "placement", "cafile") == "/etc/nova/kolla-ca.pem"
        assert "kolla-ca.pem" in rendered.delivered


def test_an_authority_that_is_named_and_not_delivered_is_a_problem():
    """What the test above guards against, which shows that it would notice it."""
    own = recipes.resolved(KOLLA["certificates"])
    found = checked("34.0.0", text_of("kolla_2026.2"), **dict(own, services_files={}))
    assert "is /etc/nova/kolla-ca.pem, which is not delivered." in " ".join(map(str, found.problems))


def test_commands_name_a_nova_manage_that_discovers():
    known = {"inventory_dir": "/srv/inventory"}
    for page, name, first in ((KOLLA, "clouds", "docker"), (OSA, "lxc", "lxc-attach"), (OSA, "metal", "/openstack")):
        own = recipes.resolved(page[name], **known)
        command = own["services_discover_command"]
        assert command[0].startswith(first)
        assert all(isinstance(word, str) and "{{" not in word for word in command)
        assert [word for word in command if word.endswith("nova-manage")]
        assert command[-3:] == ["cell_v2", "discover_hosts", "--by-service"]
    for page in (KOLLA, OSA):
        assert recipes.resolved(page["base-file"], **known)["services_base_nova_conf"].startswith(
            "/srv/inventory/files/"
        )


def test_kollas_image_can_write_where_nova_writes_and_read_its_files():
    container = KOLLA["image"]["services_container"]
    user, group = container["user"].split(":")
    # The group of the delivered files, by default of the module containers.
    assert (user, group) == ("42436", "162")
    for path in ("/var/lib/nova", "/var/log/nova"):
        assert {f"uid={user}", f"gid={group}"} <= set(container["tmpfs"][path].split(","))
