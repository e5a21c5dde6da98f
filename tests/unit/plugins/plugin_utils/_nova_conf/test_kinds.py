# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of services_nova_conf, written by this collection and read by oslo.config."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import NovaConfError
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds, secret_options
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from oslo_config import cfg

OPTIONS = {
    "DEFAULT": [cfg.StrOpt("my_ip"), cfg.StrOpt("transport_url", secret=True), cfg.StrOpt("odd_name", secret=True)],
    "neutron": [cfg.StrOpt("password", secret=True), cfg.StrOpt("region_name"), cfg.IntOpt("timeout")],
    "cache": [cfg.ListOpt("memcache_servers"), cfg.MultiStrOpt("backend_argument", secret=True), cfg.DictOpt("rules")],
    "pci": [cfg.MultiStrOpt("device_spec")],
}
KINDS = {cfg.StrOpt: "string", cfg.IntOpt: "int", cfg.ListOpt: "list", cfg.DictOpt: "dict", cfg.MultiStrOpt: "string"}


def about(option):
    known = {"type": KINDS[type(option)]}
    if option.multi:
        known["multi"] = True
    return dict(known, secret=True) if option.secret else known


def listed(**more):
    sections = {name: {one.dest: about(one) for one in options} for name, options in OPTIONS.items()}
    sections["neutron"]["auth_type"] = {}
    sections["neutron"]["old_password"] = {"renamed": ["neutron", "password"]}
    plugins = {"password": {"password": {"secret": True}, "passcode": {"secret": True}}}
    return NovaOptions(
        dict(dict(nova="34.0.0", format=2, sections=sections, families={}, auth=[], plugins=plugins), **more)
    )


@pytest.fixture(scope="module", params=["by the image's list", "by name"])
def kinds(request):
    return OptionKinds([listed()] if request.param == "by the image's list" else [])


@pytest.fixture(scope="module")
def reads(tmp_path_factory):
    """The values that oslo.config reads of a written layer of services_nova_conf."""
    path = tmp_path_factory.mktemp("conf") / "nova.conf"

    def read(kinds, layer):
        path.write_text(ini.dump(ini.merge(kinds.written(layer))), encoding="utf-8")
        conf = cfg.ConfigOpts()
        for section, options in OPTIONS.items():
            conf.register_opts(options, group=None if section == "DEFAULT" else section)
        conf([], default_config_files=[str(path)])
        ((section, options),) = layer.items()
        ((option, _value),) = options.items()
        return conf[option] if section == "DEFAULT" else conf[section][option]

    return read


SECRETS = [
    "pa$word",
    "pa$$word",
    "pa\\$word",
    "${my_ip}",
    "$my_ip",
    '"quoted"',
    "'quoted'",
    " abc ",
    "\tabc",
    "abc\u00a0",
    '"',
    "'",
    "#abc",
    ";abc",
    "[abc]",
    "a = b",
    "a: b",
    "a,b",
    "$",
    "\\",
    "\\\\",
    "%(my_ip)s",
    "{a:b}",
    "",
    " ",
    "ä€",
    "true",
    "0123",
    '"half',
    "a\x0bb",
    "\x85",
    "${",
    "$$$",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_read_as_it_was_set(kinds, reads, secret):
    assert reads(kinds, {"neutron": {"password": secret}}) == secret
    assert reads(kinds, {"DEFAULT": {"transport_url": secret}}) == secret


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"])))
@example(secret="a$b\\$c")
def test_any_text_can_be_a_secret(kinds, reads, secret):
    assert reads(kinds, {"neutron": {"password": secret}}) == secret


@pytest.mark.parametrize("text", ["a\nb", "a\n", "\na", "a\r\nb"])
def test_no_line_break_can_be_in_a_secret(kinds, text):
    with pytest.raises(NovaConfError, match="line break"):
        kinds.written({"neutron": {"password": text}})


def test_each_of_several_secrets_is_literal(kinds, reads):
    several = ["url:redis://:pa$word@h", " b "]
    if kinds.lists:
        assert reads(kinds, {"cache": {"backend_argument": several}}) == several


def test_what_is_no_secret_stands_as_it_is_written(kinds, reads):
    """An operator may mean $my_ip, and writes $$ for a dollar sign, as in nova.conf itself."""
    layer = {"DEFAULT": {"my_ip": "10.0.0.1"}, "neutron": {"region_name": "r-$my_ip-$$"}}
    text = ini.dump(ini.merge(kinds.written(layer)))
    assert "region_name = r-$my_ip-$$\n" in text
    assert reads(kinds, {"neutron": {"region_name": "a$$b"}}) == "a$b"
    assert reads(kinds, {"neutron": {"region_name": '"a"'}}) == "a"


@pytest.mark.parametrize(
    ("section", "option", "value", "read"),
    [
        ("cache", "memcache_servers", ["a:11211", "b:11211"], ["a:11211", "b:11211"]),
        ("cache", "memcache_servers", ["a:11211"], ["a:11211"]),
        ("cache", "memcache_servers", [], []),
        ("cache", "memcache_servers", "a:11211,b:11211", ["a:11211", "b:11211"]),
        ("cache", "rules", {"a": 1, "b": True}, {"a": "1", "b": "true"}),
        (
            "pci",
            "device_spec",
            ['{"vendor_id": "8086"}', '{"vendor_id": "10de"}'],
            ['{"vendor_id": "8086"}', '{"vendor_id": "10de"}'],
        ),
        ("neutron", "timeout", 5, 5),
    ],
)
def test_lists_are_read_whole(kinds, reads, section, option, value, read):
    assert reads(kinds, {section: {option: value}}) == read


def test_sections_have_no_case_but_default(kinds):
    assert kinds.written({"Neutron": {"password": "a$b"}}) == {"Neutron": {"password": ["a\\$b"]}}


def test_null_takes_out(kinds):
    assert kinds.written({"neutron": {"password": None}, "cache": None}) == {"neutron": {"password": None}, "cache": {}}


@pytest.mark.parametrize(
    ("section", "option", "secret"),
    [
        ("DEFAULT", "odd_name", True),
        ("neutron", "old_password", True),
        ("neutron", "region_name", False),
        ("shared_account", "passcode", True),
        ("monitoring", "api_token", True),
        ("monitoring", "token_file", False),
    ],
)
def test_the_images_list_says_what_is_secret_and_names_where_it_knows_nothing(section, option, secret):
    assert OptionKinds([listed()]).is_secret(section, option) is secret


@pytest.mark.parametrize(
    ("option", "secret"),
    [
        ("password", True),
        ("host_password", True),
        ("connection_password", True),
        ("connection", True),
        ("fixed_key", True),
        ("slave_connection", True),
        ("metadata_proxy_shared_secret", True),
        ("transport_url", True),
        ("root_token_id", True),
        ("connection_uri", False),
        ("password_length", False),
        ("secret_file", False),
        ("my_ip", False),
    ],
)
@pytest.mark.parametrize("lists", [[], [listed(format=1)]], ids=["no list", "list of an older image"])
def test_without_types_the_name_says_what_is_secret(lists, option, secret):
    lists = [] if not lists else [NovaOptions(dict(nova="34.0.0", sections={"s": {option: {}}}, families={}, auth=[]))]
    assert OptionKinds(lists).is_secret("s", option) is secret


def test_any_of_several_images_makes_a_secret():
    without = listed()
    del without.sections["DEFAULT"]["odd_name"]["secret"]
    assert OptionKinds([without, listed()]).is_secret("DEFAULT", "odd_name")


def test_what_one_task_found_out_another_writes_by():
    layer = {"DEFAULT": {"odd_name": "a$b"}, "cache": {"memcache_servers": ["a", "b"]}}
    first = OptionKinds([listed()])
    wanted = first.written(layer)
    assert first.words == {"DEFAULT.odd_name": "one secret", "cache.memcache_servers": "list"}
    assert OptionKinds(words=first.words).written(layer) == wanted
    assert OptionKinds().written(layer) != wanted


def test_names_of_secrets_are_those_of_all_sections_and_plugins():
    assert secret_options([listed()]) == ["backend_argument", "odd_name", "passcode", "password", "transport_url"]
    assert secret_options([]) == []
