# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.preflight_request import preflight_request
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import merge

VMWARE = dict(host_ip="vc", host_username="u", host_password="p$$w", cluster_name="c1")
IRONIC = dict(auth_type="password", auth_url="http://k/v3", username="nova", password="p", project_name="service")
CREDENTIAL = dict(auth_type="v3applicationcredential", auth_url="http://k", application_credential_id="c-1")
XENSERVER = dict(connection_url="https://xs-1", connection_password="p")


def tried(group, options, container=None):
    driver = DRIVERS[group]
    return preflight_request("t-1", driver, merge({driver.section: options}), container or {})


def test_a_cluster_as_nova_will_read_it():
    assert tried("vcenter", VMWARE) == dict(
        target="t-1", variable="services_vcenter", address="vc", port=443, username="u", password="p$w",
        cluster="c1", insecure=False, datastore_regex="", ca_file=None, ca_in_image=False, authority="",
    )  # fmt: skip


def test_a_dot_at_the_end_of_an_address_is_removed_as_nova_does():
    """A certificate has the name without it."""
    assert tried("vcenter", dict(VMWARE, host_ip="vc.example.com."))["address"] == "vc.example.com"


def test_a_xenserver_with_novas_defaults():
    assert tried("xenserver", XENSERVER) == dict(
        target="t-1", variable="services_xenserver", url="https://xs-1", username="root", password="p",
        image_handler="direct_vhd", sr_matching_filter="default-sr:true", ca_file=None, ca_in_image=False, authority="",
    )  # fmt: skip


def test_a_shard_with_the_account_but_not_its_secret():
    made = tried("ironic", dict(IRONIC, shard="s", insecure="True", api_max_retries=3))
    assert json.loads(made.pop("account")) == {name: value for name, value in IRONIC.items() if name != "password"}
    assert made == dict(
        target="t-1", variable="services_ironic", password="p", shard="s", conductor_group=None, insecure=True,
        ca_file=None, ca_in_image=False, authority="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "secret"),
    [
        (dict(CREDENTIAL, application_credential_secret="s"), "s"),
        (dict(auth_type="none", endpoint_override="http://i"), ""),
        (dict(auth_type="http_basic", endpoint_override="http://i", username="u", password="p"), "p"),
    ],
)
def test_ways_to_log_in_to_an_ironic(options, secret):
    made = tried("ironic", dict(options, conductor_group=""))
    assert (made["password"], made["conductor_group"]) == (secret, "")
    assert secret not in json.loads(made["account"]).values()


@pytest.mark.parametrize(
    ("group", "options"),
    [
        ("ironic", {}),
        ("ironic", dict(IRONIC, auth_type="v3kerberos")),
        ("ironic", dict(IRONIC, certfile="/etc/nova/c.pem")),
        ("ironic", dict(IRONIC, password="")),
        ("ironic", dict(IRONIC, auth_url="")),
        ("ironic", dict(IRONIC, project_name="")),
        ("ironic", CREDENTIAL),
        ("ironic", dict(auth_type="none")),
        ("vcenter", dict(VMWARE, host_ip="")),
        ("vcenter", dict(VMWARE, host_ip="https://vc")),
        ("vcenter", dict(VMWARE, host_port="https")),
        ("xenserver", dict(XENSERVER, connection_url="https://xs-1:443")),
        ("xenserver", dict(XENSERVER, connection_password="")),
        ("libvirt", {}),
        ("fake", {}),
    ],
)
def test_nothing_to_try(group, options):
    assert tried(group, options) is None


def test_a_wrong_expression_hides_nothing_else():
    assert tried("vcenter", dict(VMWARE, datastore_regex="("))["datastore_regex"] == ""


def test_storage_policies_overrule_the_expression():
    assert tried("vcenter", dict(VMWARE, datastore_regex="^nas", pbm_enabled=True))["datastore_regex"] == ""


def test_authorities_are_looked_for_where_they_are_mounted():
    container = dict(
        mounts=[dict(source="/srv/ca/", target="/etc/ca")], environment=dict(SSL_CERT_FILE="/etc/ca/x.pem")
    )
    assert tried("xenserver", XENSERVER, container)["ca_file"] == "/srv/ca/x.pem"
    assert tried("vcenter", dict(VMWARE, ca_file="/etc/ca/v.pem"), container)["ca_file"] == "/srv/ca/v.pem"
    unseen = tried("vcenter", dict(VMWARE, ca_file="/etc/pki/v.pem"), container)
    assert (unseen["ca_file"], unseen["ca_in_image"]) == (None, True)


def test_authorities_that_are_delivered_are_tried_themselves():
    files = {"v.pem": "a certificate"}
    conf = merge({"vmware": dict(VMWARE, ca_file="/etc/nova/v.pem")})
    made = preflight_request("t-1", DRIVERS["vcenter"], conf, {}, files)
    assert (made["authority"], made["ca_file"], made["ca_in_image"]) == ("a certificate", None, False)
    made = preflight_request("t-1", DRIVERS["vcenter"], conf, dict(files_target="/elsewhere"), files)
    assert (made["authority"], made["ca_in_image"]) == ("", True)
    container = dict(environment=dict(SSL_CERT_FILE="/etc/nova/v.pem"))
    assert preflight_request("t-1", DRIVERS["xenserver"], merge({"xenserver": XENSERVER}), container, files)[
        "authority"
    ] == ("a certificate")
