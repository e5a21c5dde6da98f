# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's rules for oslo.config's types, compared with oslo.config itself."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.option_types import (
    not_a_host_address,
    not_a_host_domain,
    refused,
)
from hypothesis import example, given
from hypothesis import strategies as st
from oslo_config import types

# Each with its description in the list of an image, as roles/nova_image/files/nova_options.py writes it.
PAIRS = {
    "bool": (types.Boolean(), {"type": "bool"}),
    "int": (types.Integer(), {"type": "int"}),
    "bounded int": (types.Integer(1, 600), {"type": "int", "min": 1, "max": 600}),
    "int choices": (types.Integer(choices=[0, 2]), {"type": "int", "choices": ["0", "2"]}),
    "port": (types.Port(), {"type": "int", "min": 0, "max": 65535}),
    "float": (types.Float(min=0.5), {"type": "float", "min": 0.5}),
    "host domain": (types.HostDomain(), {"type": "host_domain"}),
    "host address": (types.HostAddress(), {"type": "host_address"}),
    "hostname": (types.Hostname(), {"type": "hostname"}),
    "ip": (types.IPAddress(), {"type": "ip"}),
    "ip of version 4": (types.IPAddress(4), {"type": "ip", "version": 4}),
    "ip of version 6": (types.IPAddress(6), {"type": "ip", "version": 6}),
    "string": (types.String(), {"type": "string"}),
    "choices": (types.String(choices=["kvm", "qemu"]), {"type": "string", "choices": ["kvm", "qemu"], "exact": True}),
    "choices in any case": (types.String(choices=["Kvm"], ignore_case=True), {"choices": ["Kvm"], "exact": False}),
    "expression": (types.String(regex="^a+$"), {"type": "string", "regex": "^a+$", "exact": True}),
    "short string": (types.String(max_length=3), {"type": "string", "max_length": 3}),
    "quoted string": (types.String(quotes=True), {"type": "string", "quotes": True}),
    "list": (types.List(types.Integer(1, 5)), {"type": "list", "item": {"type": "int", "min": 1, "max": 5}}),
    "list of quoted": (types.List(types.String(quotes=True)), {"type": "list", "item": {"quotes": True}}),
    "list of choices": (
        types.List(types.String(["a", "b"])),
        {"type": "list", "item": {"choices": ["a", "b"], "exact": True}},
    ),
    "list in brackets": (types.List(bounds=True), {"type": "list", "bounds": True}),
    "dict": (types.Dict(types.Integer()), {"type": "dict", "item": {"type": "int"}}),
    "dict in braces": (types.Dict(bounds=True), {"type": "dict", "bounds": True}),
}

PIECES = st.sampled_from(
    [
        "a",
        "B",
        "0",
        "9",
        "1",
        "-",
        "_",
        ".",
        ":",
        ",",
        "/",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        " ",
        "@",
        "?",
        "#",
        "%41",
        "%",
        "http",
        "://",
        "true",
        "no",
        "kvm",
        "host",
        "10.0.0.1",
        "::1",
        "é",
        "a" * 64,
        "\t",
    ]
)
TEXTS = st.lists(PIECES, max_size=6).map(lambda found: "".join(found).strip()) | st.integers(-9, 70000).map(str)


def accepted(kind, text):
    try:
        kind(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("kind", "about"), PAIRS.values(), ids=list(PAIRS))
@given(text=TEXTS)
@example(text="")
@example(text="vc1-Production-East-")
@example(text="vc_1.example.com")
@example(text="a..b")
@example(text="010.0.0.1")
@example(text="a:1,a:2")
@example(text="0x10")
@example(text="1_000")
@example(text="a" * 254)
@example(text="http://[::1]:80/a b")
def test_we_accept_what_oslo_config_does(kind, about, text):
    assert (not refused(text, about)) == accepted(kind, text)


# The library accepts more than the RFC, such as http://a@ and http://:, so URIs are not generated at random.
URI, ABOUT_URI = types.URI(schemes=["http", "https"]), {"type": "uri", "schemes": ["http", "https"]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "http:",
        "http://",
        "http:///x",
        "//a",
        "a b://c",
        "1a://b",
        "http://a b",
        "ldap://a",
        "HTTPS://a",
        "http://a:b",
    ],
)
def test_what_is_no_url(text):
    assert refused(text, ABOUT_URI)
    assert not accepted(URI, text)


@pytest.mark.parametrize(
    "text",
    [
        "http://a",
        "https://a/",
        "http://u:p@a:80/b%20c?d=e#f",
        "http://[::1]:80/",
        "http://10.0.0.1",
        "http://a_b.c/x/y;z",
    ],
)
def test_what_is_a_url(text):
    assert not refused(text, ABOUT_URI)
    assert accepted(URI, text)


def test_a_url_may_be_too_long():
    assert not refused("http://a", {"type": "uri", "max_length": 8})
    assert refused("http://ab", {"type": "uri", "max_length": 8})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vc1-Production-East-", "Remove the '-'"),
        ("-a", "Remove the '-'"),
        ("123", "letter in its last part"),
        ("vc1.8", "letter in its last part"),
        ("a..b", "Remove the dot"),
        ("a" * 70, "at most 63 characters between two dots"),
        (".".join(["a" * 60] * 5), "at most 253 characters"),
        ("vc1 web", "letters, digits, '-' and '_'"),
        ("", "Write a name"),
    ],
)
def test_a_name_that_is_no_host_is_told_why(name, words):
    assert words in not_a_host_domain(name)


@pytest.mark.parametrize("name", ["vc1-web", "vc_1.example.com", "10.0.0.1", "2001:db8::1", "xs-01.", "a" * 63, "1a"])
def test_a_host_domain(name):
    assert not_a_host_domain(name) == ""


def test_an_address_has_no_underscore():
    assert "not '_'" in not_a_host_address("vc_1.example.com")
    assert not_a_host_address("vc-1.example.com") == ""


def test_nothing_is_refused_where_nothing_is_known():
    assert refused("anything, at: all", {}) == ""


def test_many_choices_are_cut_short():
    cure = refused("x", {"choices": [str(number) for number in range(40)], "exact": True})
    assert cure.endswith("11 or 28 others.")
