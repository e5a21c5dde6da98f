# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of an image's options has oslo.config's types and keystoneauth's plugins."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.keystone import problems
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from oslo_config import cfg, types

PROGRAM = Path(__file__).parents[4] / "roles/nova_image/files/nova_options.py"


@pytest.fixture(scope="module")
def program():
    return runpy.run_path(str(PROGRAM))


class Strange(types.String):
    """A type that is not oslo.config's own."""


@pytest.mark.parametrize(
    ("option", "known"),
    [
        (cfg.BoolOpt("o"), {"type": "bool"}),
        (cfg.IntOpt("o", min=0, max=9), {"type": "int", "min": 0, "max": 9}),
        (cfg.PortOpt("o"), {"type": "int", "min": 0, "max": 65535}),
        (cfg.FloatOpt("o", min=0.5), {"type": "float", "min": 0.5}),
        (cfg.StrOpt("o", secret=True), {"type": "string", "secret": True}),
        (cfg.StrOpt("o", choices=["a", None]), {"type": "string", "choices": ["a"], "exact": True}),
        (cfg.StrOpt("o", choices=["a"], ignore_case=True), {"type": "string", "choices": ["a"], "exact": False}),
        (cfg.StrOpt("o", regex="^a", max_length=3), {"type": "string", "regex": "^a", "exact": True, "max_length": 3}),
        (cfg.StrOpt("o", quotes=True), {"type": "string", "quotes": True}),
        (cfg.MultiStrOpt("o"), {"type": "string", "multi": True}),
        (cfg.ListOpt("o"), {"type": "list", "item": {"type": "string"}}),
        (cfg.ListOpt("o", item_type=types.Integer(1)), {"type": "list", "item": {"type": "int", "min": 1}}),
        (cfg.ListOpt("o", bounds=True), {"type": "list", "item": {"type": "string"}, "bounds": True}),
        (cfg.DictOpt("o"), {"type": "dict", "item": {"type": "string"}}),
        (cfg.MultiOpt("o", item_type=types.Dict()), {"type": "dict", "item": {"type": "string"}, "multi": True}),
        (cfg.HostDomainOpt("o"), {"type": "host_domain"}),
        (cfg.HostAddressOpt("o"), {"type": "host_address"}),
        (cfg.HostnameOpt("o"), {"type": "hostname"}),
        (cfg.IPOpt("o", version=4), {"type": "ip", "version": 4}),
        (cfg.URIOpt("o", schemes=["http"]), {"type": "uri", "schemes": ["http"]}),
        (cfg.Opt("o", type=str, secret=True), {"type": "string", "secret": True}),
        (cfg.Opt("o", type=Strange()), {}),
        (cfg.Opt("o", type=lambda value: value), {}),
    ],
)
def test_what_is_said_of_an_option(program, option, known):
    assert program["typed"](option) == known


def test_what_is_said_of_keystoneauths_plugins(program):
    plugins = program["plugins_of"]()
    assert plugins["password"]["auth_url"]["required"] is True
    assert plugins["password"]["password"]["secret"] is True
    assert {"user-name", "user_name"} <= set(plugins["password"])
    listed = NovaOptions(dict(nova="34.0.0", format=2, sections={}, families={}, auth=[], plugins=plugins))
    conf = {"neutron": {"auth_type": ["password"]}}
    assert [option for _section, option, _problem, _cure in problems(conf, listed)] == ["auth_url"]


def test_sections_with_an_account_know_all_options_of_plugins(program):
    sections = {"neutron": {"auth_type": {}, "timeout": {"type": "int"}}, "DEFAULT": {}}
    names = program["add_auth"](sections, program["plugins_of"]())
    assert sections["DEFAULT"] == {}
    assert sections["neutron"]["password"] == {"type": "string", "secret": True}
    assert sections["neutron"]["timeout"] == {"type": "int"}
    assert {"auth_section", "auth_type", "cafile", "password", "user-name", "user_name"} <= set(names)
