# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._secrets import (
    MASK,
    is_secret_name,
    masked,
    masked_change,
)

SECRET = "s3cr3t"

LEAKS = [
    f"transport_url = rabbit://nova:{SECRET}@bus:5672/nova",
    f"transport_url=rabbit://nova:{SECRET}@bus1:5672,nova:{SECRET}@bus2:5672/nova",
    f"transport_url = rabbit://nova:{SECRET}@bus1:5672,\n    nova:{SECRET}@bus2:5672/nova",
    f"connection = mysql+pymysql://nova:{SECRET}@db/nova?charset=utf8",
    f"connection = mysql+pymysql://nova:{SECRET}:x@db/nova",
    f"connection = mysql+pymysql://nova:{SECRET}@x@db/nova",
    f"backend_argument = url:redis://:{SECRET}@cache:6379",
    f"host_password = {SECRET}",
    f"connection_password: {SECRET}",
    f"connection = mysql+pymysql://nova:{SECRET} x@db/nova",
    f"connection = mysql+pymysql://nova:{SECRET}/,x@db/nova",
    f'slave_connection = mysql+pymysql://nova:{SECRET}"x@db/nova',
    f"apikey = {SECRET}",
    f"access-key = {SECRET}",
    f"private-key: {SECRET}",
    f"auth_key = {SECRET}",
    f"snmp_pwd = {SECRET}",
    f"admin_pass = {SECRET}",
    f"{{'pass': '{SECRET}'}}",
    f"password={SECRET} {SECRET}",
    f"Password = {SECRET}",
    f"  password = {SECRET}",
    f"metadata_proxy_shared_secret = {SECRET}",
    f"application_credential_secret = {SECRET}",
    f"memcache_secret_key = {SECRET}",
    f"token = {SECRET}",
    f"root_token_id = {SECRET}",
    f"access_key = {SECRET}",
    f"ssl_key_passphrase = {SECRET}",
    f"DEBUG REQ: curl -H 'Authorization: Basic {SECRET}'",
    f"fixed_key = {SECRET}",
    f"hmac_keys = {SECRET}",
    f"password =\n  {SECRET}",
    f"password = a\n  {SECRET}\n\t{SECRET}\nuser = nova",
    f"2026-11-23 01:02:03.4 1 ERROR nova rabbit://nova:{SECRET}@bus:5672/ refused",
    f"2026-11-23 01:02:03.4 1 DEBUG nova host_password = {SECRET}",
    f"login with {{'username': 'root', 'password': '{SECRET}'}} failed",
]


@pytest.mark.parametrize("text", LEAKS)
def test_secret_is_masked(text):
    shown = masked(text)
    assert SECRET not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[DEFAULT]\nhost = xs-01\n\n[vmware]\nhost_ip = 10.0.0.1\nhost_port = 443\n",
        "auth_url = http://127.0.0.1:15000/v3",
        "Cannot complete login due to an incorrect user name or password",
        "mail nova@example.com at 10:00",
        "quay.io/nova/compute:34@sha256:abc",
        "ssl_ca_file = /etc/ssl/ca.pem",
    ],
)
def test_what_is_no_secret_is_shown(text):
    assert masked(text) == text


def test_what_stands_around_a_secret_is_shown():
    text = f"[vmware]\nhost_username = root\nhost_password = {SECRET}\n\n[placement]\nauth_type = password\n"
    assert masked(text) == text.replace(SECRET, MASK)


def test_who_connects_where_is_shown():
    text = f"ERROR rabbit://nova:{SECRET}@bus1:5672,nova:{SECRET}@bus2:5672/vhost refused"
    assert masked(text) == text.replace(SECRET, MASK)


def test_an_empty_secret_does_not_hide_what_follows():
    assert masked("password =\n\n[vmware]\nhost_ip = a") == f"password ={MASK}\n\n[vmware]\nhost_ip = a"


def test_masking_again_changes_nothing():
    for text in LEAKS:
        assert masked(masked(text)) == masked(text)


def test_a_changed_secret_shows_that_it_changed_and_nothing_else():
    before = "[a]\nuser = u\npassword = old\n[b]\npassword = same\n"
    after = "[a]\nuser = v\npassword = next\n[b]\npassword = same\n"
    assert masked_change(before, after) == ("[a]\nuser = v\npassword = ******** (new)\n[b]\npassword = ********\n")
    assert masked_change(before, before) == masked(before)


def test_a_secret_of_several_lines_changes_as_a_whole():
    before, after = "private_key = one\n  two\nx = 1", "private_key = one\n  three\nx = 1"
    assert masked_change(before, after) == "private_key = ******** (new)\nx = 1"


def test_options_of_novas_own_list_are_masked_by_name():
    text = f"code = {SECRET}\n  {SECRET}\nmy_code = 1\ncodes = 2\n"
    assert masked(text, ["code", "a.b"]) == f"code = {MASK}\nmy_code = 1\ncodes = 2\n"
    assert masked_change("", text, ["code"]).startswith(f"code = {MASK} (new)\n")
    assert SECRET in masked(text)


@pytest.mark.parametrize(
    "name", ["Password", "rabbit_password", "my_secret_2", "api_key", "connection", "pass", "api-key", "db_pwd"]
)
def test_a_secret_is_known_by_its_name(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "my_ip",
        "connection_uri",
        "password_length",
        "token_expiration",
        "secret_path",
        "passthrough_whitelist",
        "bypass",
    ],
)
def test_what_is_about_secrets_is_none(name):
    assert not is_secret_name(name)
