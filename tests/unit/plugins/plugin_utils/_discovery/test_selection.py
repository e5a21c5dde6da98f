# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import ssl
from pathlib import Path

import jinja2
import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.selection import (
    DiscoveryError,
    Endpoint,
    Selection,
    Target,
    name_problems,
    short_name,
    twice,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.option_types import not_a_host_domain


def endpoint(option="vcenters[0]", name="vc1", address="vc1.example.com", **more):
    return Endpoint(option, name, address, more.pop("port", 443), "user", "secret", **more)


def target(host, place="vc1:/DC/c"):
    return Target(host, endpoint(), place, {}, {})


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ([], [], ["a1", "a2", "b1"]),
        (["^a"], [], ["a1", "a2"]),
        (["^a", "b"], ["1$"], ["a2"]),
        ([], ["a"], ["b1"]),
        (["c"], [], []),
    ],
)
def test_selection(include, exclude, expected):
    selection = Selection(include, exclude)
    assert [name for name in ("a1", "a2", "b1") if selection(name)] == expected


def test_every_pattern_that_is_none_is_named():
    with pytest.raises(DiscoveryError) as error:
        Selection(["("], ["ok", "["])
    assert [problem.split(":")[0] for problem in error.value.problems] == ["include", "exclude"]


def test_fit_names_are_no_problem():
    assert name_problems([target("vc1-a.b_c-1"), target("2")]) == []


def test_every_unfit_name_is_told():
    problems = name_problems([target("a b"), target("x.next"), target(""), target("a", "p1"), target("a", "p2")])
    assert [problem.split("'")[1] for problem in problems[:3]] == ["a b", "x.next", ""]
    assert problems[3].startswith("hostname: 'a' would be the name of 'p1' and of 'p2'.")


def test_one_endpoint_twice():
    ends = [endpoint(), endpoint("vcenters[1]", "other", "VC1.example.com"), endpoint("vcenters[2]", address="x")]
    assert [problem.split(" Re")[0].split(" Gi")[0] for problem in twice(ends)] == [
        "vcenters[2].name: it is that of vcenters[0] too.",
        "vcenters[1].address: it is that of vcenters[0] too.",
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


def documented_expression():
    """The expression for names that docs/discovery.md recommends."""
    text = (Path(__file__).parents[5] / "docs" / "discovery.md").read_text(encoding="utf-8")
    (expression,) = re.findall(r"^hostname: (.*)$", text, re.MULTILINE)
    return expression


@pytest.mark.parametrize(
    ("cluster", "name"),
    [
        ("Production (East)", "vc1-production-east"),
        (" lead ", "vc1-lead"),
        ("a..b", "vc1-a-b"),
        ("Über_all", "vc1-ber-all"),
        ("123", "vc1-123"),
        ("(東京)", "vc1"),
        ("x" * 80, "vc1-" + "x" * 59),
        ("x" * 58 + " (East)", "vc1-" + "x" * 58),
    ],
)
def test_the_documented_expression_makes_service_hosts(cluster, name):
    environment = jinja2.Environment()
    environment.filters["regex_replace"] = lambda value, pattern, other: re.sub(pattern, other, value)
    made = environment.compile_expression(documented_expression())(vcenter_name="vc1", vcenter_cluster=cluster)
    assert made == name
    assert not_a_host_domain(made) == ""
    assert name_problems([target(made)]) == []
