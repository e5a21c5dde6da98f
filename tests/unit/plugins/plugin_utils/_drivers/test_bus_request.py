# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.bus_request import bus_request
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import merge

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
