# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.bus_request import bus_request
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.container import on_host
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.preflight_request import preflight_request
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import merge

VMWARE = dict(host_ip="vc", host_username="u", host_password="p$$w", cluster_name="c1")
XENSERVER = dict(connection_url="https://xs-1", connection_password="p")


def tried(group, options, container=None):
    driver = DRIVERS[group]
    return preflight_request("t-1", driver, merge({driver.section: options}), container or {})


def test_a_cluster_as_nova_will_read_it():
    assert tried("vcenter", VMWARE) == dict(
        target="t-1", variable="services_vcenter", address="vc", port=443, username="u", password="p$w",
        cluster="c1", insecure=False, datastore_regex="", ca_file=None, ca_in_image=False, authority="",
    )  # fmt: skip


def test_a_xenserver_with_novas_defaults():
    assert tried("xenserver", XENSERVER) == dict(
        target="t-1", variable="services_xenserver", url="https://xs-1", username="root", password="p",
        image_handler="direct_vhd", sr_matching_filter="default-sr:true", ca_file=None, ca_in_image=False, authority="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("group", "options"),
    [
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


URL = "rabbit://nova:p%40ss@b1:5673,nova:p%40ss@[::1]/%2Fnova"
HOSTS = [
    dict(address="b1", port=5673, username="nova", password="p@ss"),
    dict(address="::1", port=5672, username="nova", password="p@ss"),
]
TLS = dict(ssl=True, ssl_ca_file="/etc/nova/ca.pem")


def bus(url=URL, options=None, container=None, files=None, releases=("34.0.0",)):
    conf = merge({"DEFAULT": {"transport_url": url}, "oslo_messaging_rabbit": options or {}})
    return bus_request(conf, container or {}, files or {}, releases)


def test_a_bus_as_oslo_messaging_reads_it():
    assert bus() == dict(hosts=HOSTS, virtual_host="/nova", login_method="AMQPLAIN", tls=False)
    assert bus(f"{URL}?rabbit_login_method=PLAIN", dict(rabbit_login_method="EXTERNAL"))["login_method"] == "PLAIN"
    guest = bus("rabbit://b1")
    assert (guest["hosts"][0]["username"], guest["hosts"][0]["password"], guest["virtual_host"]) == (
        "guest",
        "guest",
        "/",
    )


@pytest.mark.parametrize(
    "url", ["", "fake://", "kafka://b1:9092/", "amqp://b1/", "rabbit://u:p/x@b1/", "rabbit://b1:x/"]
)
def test_a_bus_that_cannot_be_tried(url):
    assert bus(url) is None


@pytest.mark.parametrize(
    ("url", "options", "tls"),
    [
        (URL, dict(ssl=True), True),
        (URL, dict(ssl="no"), False),
        (URL, dict(rabbit_use_ssl="yes"), True),
        (f"{URL}?ssl=1", {}, True),
        (f"{URL}?ssl=0", dict(ssl=True), False),
        (f"{URL}?ssl=", dict(ssl=True), True),
    ],
)
def test_tls_where_nova_uses_it(url, options, tls):
    assert bus(url, options)["tls"] is tls


def test_files_of_tls_are_looked_for_where_they_are():
    options = dict(TLS, ssl_cert_file="/etc/nova/c.pem", ssl_key_file="/etc/nova/c.key", ssl_version="TLSv1_2")
    made = bus(options=options, files={"ca.pem": "A", "c.pem": "C", "c.key": "K"})
    assert (made["authority"], made["certificate"], made["private_key"]) == ("A", "C", "K")
    assert (made["ca_in_image"], made["client_in_image"], made["tls_version"]) == (False, False, "TLSv1_2")
    mounts = dict(mounts=[dict(source="/srv/tls", target="/etc/nova")], files_target="/elsewhere")
    made = bus(options=options, container=mounts)
    assert (made["ca_file"], made["cert_file"], made["key_file"]) == (
        "/srv/tls/ca.pem",
        "/srv/tls/c.pem",
        "/srv/tls/c.key",
    )
    made = bus(options=options)
    assert (made["ca_in_image"], made["client_in_image"]) == (True, True)
    old = {"kombu_ssl_ca_certs": "/etc/nova/ca.pem", "kombu_ssl_keyfile": "/etc/nova/c.key", "rabbit_use_ssl": True}
    assert bus(options=old, files={"ca.pem": "A", "c.key": "K"})["private_key"] == "K"


def test_without_an_authority_nova_goes_by_its_image():
    made = bus(options=dict(ssl=True))
    assert (made["ca_in_image"], made["client_in_image"], made["ca_file"]) == (True, False, None)


@pytest.mark.parametrize(
    ("releases", "options", "verified"),
    [
        (["34.0.0"], {}, True),
        (["34.0.0", "21.2.4"], {}, False),
        ([], {}, False),
        (["unknown"], {}, False),
        (["35.0.0"], dict(ssl_enforce_hostname_verification=False), False),
    ],
)
def test_names_in_certificates_count_where_the_image_compares_them(releases, options, verified):
    assert bus(options=dict(TLS, **options), releases=releases)["verify_name"] is verified


@pytest.mark.parametrize(
    ("path", "found"),
    [("/a/b/c", "/y/c"), ("/a/c", "/x/c"), ("/a", "/x"), ("/ab", None), ("", None), ("/f.pem", "/z.pem")],
)
def test_the_nearest_mount_counts(path, found):
    mounts = [dict(source="/x", target="/a"), dict(source="/y", target="/a/b"), dict(source="/z.pem", target="/f.pem")]
    assert on_host(path, mounts) == found


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
