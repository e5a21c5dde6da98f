# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ssl

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import (
    DiscoveryError,
    Endpoint,
    short_name,
    twice,
)


def endpoint(option="vcenters[0]", name="vc1", address="vc1.example.com", **more):
    return Endpoint(option, name, address, more.pop("port", 443), "user", "secret", **more)


def test_one_endpoint_twice():
    ends = [endpoint(), endpoint("vcenters[1]", "other", "VC1.example.com"), endpoint("vcenters[2]", address="x")]
    assert [problem.split(" Re")[0].split(" Gi")[0] for problem in twice(ends)] == [
        "vcenters[2].name: vcenters[0] has the same value.",
        "vcenters[1].address: vcenters[0] has the same value.",
    ]
    assert twice([endpoint(), endpoint("vcenters[1]", "vc2", port=444)]) == []


def test_nothing_of_the_account_is_in_key_and_representation():
    shown = endpoint(options=dict(host_password="secret")).key + repr(endpoint(options=dict(a="secret")))
    assert not [word for word in ("user'", "secret") if word in shown]


def test_certificates_are_verified_unless_they_must_not_be(tmp_path):
    assert endpoint().context().verify_mode is ssl.CERT_REQUIRED
    assert endpoint().context().check_hostname
    assert endpoint(insecure=True).context().verify_mode is ssl.CERT_NONE
    empty = tmp_path / "empty.pem"
    empty.write_text("none", encoding="utf-8")
    for path in ("/nonexistent.pem", str(empty)):
        with pytest.raises(DiscoveryError, match=rf"vcenters\[0\].ca_file: {path} cannot be used: "):
            endpoint(ca_file=path).context()


def test_what_an_error_of_the_connection_means():
    refused = endpoint().unreachable(ConnectionRefusedError(111, "Connection refused")).problems
    assert refused == [
        "vcenters[0].address: vc1.example.com port 443 does not answer: Connection refused. "
        "Correct the address, or open the way to it from this controller."
    ]
    certificate = ssl.SSLCertVerificationError(1, "failed")
    certificate.verify_message = "self-signed certificate"
    assert "is not trusted: self-signed certificate. Set ca_file" in endpoint().unreachable(certificate).problems[0]


@pytest.mark.parametrize(
    ("address", "name"),
    [("vc1.example.com", "vc1"), ("vc1", "vc1"), ("10.0.0.1", "10.0.0.1"), ("fd00::1", "fd00--1")],
)
def test_names_that_are_not_given(address, name):
    assert short_name(address) == name
