# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's rules for Keystone accounts, compared with keystoneauth's own loaders."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.keystone import PLUGINS, certain, problems
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from keystoneauth1 import exceptions, loading
from keystoneauth1.exceptions import AuthorizationFailure
from keystoneauth1.identity.v3 import Password
from oslo_config import cfg

URL = dict(auth_url="https://keystone/v3")
LISTED = NovaOptions(
    dict(
        nova="34.0.0",
        format=2,
        sections={},
        families={},
        auth=[],
        auth_sections=["neutron", "placement"],
        plugins={
            "password": {"auth_url": {"required": True}},
            "ours": {"key": {"required": True}, "old-key": {"renamed": "key"}},
        },
    )
)


def conf(**sections):
    return ini.merge(sections)


def found(made, listed=None):
    return [(section, option) for section, option, _problem, _cure in problems(made, listed)]


def loads(tmp_path, section, made):
    """Whether keystoneauth makes a plugin of a section, as for nova."""
    (tmp_path / "nova.conf").write_text(ini.dump(made))
    parsed = cfg.ConfigOpts()
    for name in made:
        loading.register_auth_conf_options(parsed, name)
    parsed([], default_config_files=[str(tmp_path / "nova.conf")])
    try:
        return loading.load_auth_from_conf_options(parsed, section) is not None
    except (exceptions.ClientException, cfg.Error):
        return False


ACCOUNTS = {
    "password": (dict(URL, auth_type="password", username="nova"), []),
    "old name of the plugin": (dict(URL, auth_plugin="password"), []),
    "old name of an option": (dict(URL, auth_type="v3password", user_name="nova"), ["user_domain_name"]),
    "unknown plugin": (dict(URL, auth_type="passwort"), ["auth_type"]),
    "unknown plugin of another sort": (dict(URL, auth_type="ldap"), ["auth_type"]),
    "plugin in capitals": (dict(URL, auth_type="Password"), ["auth_type"]),
    "no URL": (dict(auth_type="password", username="nova"), ["auth_url"]),
    "no plugin": (dict(URL, username="nova"), ["auth_type"]),
    "v3 without a domain": (dict(URL, auth_type="v3password", username="nova"), ["user_domain_name"]),
    "v3 with a domain": (dict(URL, auth_type="v3password", username="nova", user_domain_id="default"), []),
    "application credential": (
        dict(
            URL, auth_type="v3applicationcredential", application_credential_id="x", application_credential_secret="y"
        ),
        [],
    ),
    "application credential without a secret": (
        dict(URL, auth_type="v3applicationcredential", application_credential_id="x"),
        ["application_credential_secret"],
    ),
    "application credential without a name": (
        dict(URL, auth_type="v3applicationcredential", application_credential_secret="y"),
        ["application_credential_id"],
    ),
    "OpenID Connect without a provider": (
        dict(
            URL,
            auth_type="v3oidcclientcredentials",
            identity_provider="i",
            protocol="p",
            client_id="c",
            client_secret="s",
        ),
        ["discovery_endpoint"],
    ),
    "OpenID Connect": (
        dict(
            URL,
            auth_type="v3oidcpassword",
            identity_provider="i",
            protocol="p",
            discovery_endpoint="https://i",
            username="u",
            password="p",
        ),
        [],
    ),
    "OpenID Connect without anything": (
        dict(URL, auth_type="v3oidcpassword", discovery_endpoint="https://i"),
        ["identity_provider", "password", "protocol", "username"],
    ),
    "certificate without a project": (dict(URL, auth_type="v3tokenlessauth", project_name="p"), ["project_name"]),
    "certificate with a domain": (dict(URL, auth_type="v3tokenlessauth", domain_name="d"), []),
    "several factors": (
        dict(URL, auth_type="v3multifactor", auth_methods="v3password", user_domain_id="d"),
        ["auth_type"],
    ),
    "none": (dict(auth_type="none", endpoint_override="http://placement"), []),
    "token of old": (dict(auth_type="admin_token", endpoint="http://placement", token="t"), []),
}


@pytest.mark.parametrize("section", ["placement", "neutron", "ironic", "service_user"])
@pytest.mark.parametrize(("options", "expected"), ACCOUNTS.values(), ids=list(ACCOUNTS))
def test_we_refuse_what_keystoneauth_does(tmp_path, section, options, expected):
    made = conf(**{section: options})
    if section == "placement" and "auth_type" not in options and "auth_plugin" not in options:
        expected = []  # the check of all targets reports it
    else:
        assert loads(tmp_path, section, made) == (not expected)
    assert sorted(option for _section, option in found(made)) == expected


def test_our_list_of_plugins_is_keystoneauths():
    for name, loader in loading.get_available_plugin_loaders().items():
        assert set(PLUGINS[name]) == {option.dest for option in loader.get_options() if option.required}


@pytest.mark.parametrize(
    "url", ["keystone:5000/v3", "keystone", "//keystone/v3", "ftp://keystone", "https://", "http:/k"]
)
@pytest.mark.parametrize("option", ["auth_url", "endpoint_override"])
def test_a_url_without_a_scheme_or_host(option, url):
    account = dict(URL, auth_type="password")
    ((section, name, problem, cure),) = problems(conf(neutron=dict(account, **{option: url})))
    assert (section, name, problem) == ("neutron", option, "is not a URL.")
    assert list(certain("neutron", conf(neutron={option: url})["neutron"])) == [(section, name, problem, cure)]


@pytest.mark.parametrize(
    "url", ["http://k", "https://[::1]:5000/v3", "https://k.example.com:5000", "$other", "HTTPS://k/v3"]
)
def test_a_right_url(url):
    assert found(conf(neutron=dict(auth_type="password", auth_url=url))) == []


def test_an_account_may_be_another_sections(tmp_path):
    made = conf(placement=dict(auth_section="neutron"), neutron=dict(URL, auth_type="password"))
    assert found(made) == found(made, LISTED) == []
    assert loads(tmp_path, "placement", made)


def test_an_account_that_is_nowhere():
    assert found(conf(placement=dict(auth_section="neutron"), neutron=dict(region_name="x"))) == [
        ("placement", "auth_section")
    ]
    assert found(conf(placement=dict(auth_section="nowhere"))) == [("placement", "auth_section")]


def test_nova_reads_accounts_from_its_own_sections_only():
    """keystoneauth registers the sections before it reads the file: conf.py, register_conf_options()."""
    made = conf(placement=dict(auth_section="shared"), shared=dict(URL, auth_type="password"))
    assert found(made) == []
    ((section, option, problem, cure),) = problems(made, LISTED)
    assert (section, option) == ("placement", "auth_section")
    assert problem == "is 'shared', where nova 34.0.0 reads no auth_type."
    assert cure == "Name one of neutron."


def test_the_plugins_are_those_of_the_image():
    assert found(conf(neutron=dict(auth_type="ours")), LISTED) == [("neutron", "key")]
    assert found(conf(neutron={"auth_type": "ours", "old-key": "x"}), LISTED) == []
    assert found(conf(neutron=dict(URL, auth_type="token")), LISTED) == [("neutron", "auth_type")]


def test_the_account_of_the_api_is_not_ours():
    assert found(conf(keystone_authtoken=dict(URL, auth_type="nonsense"))) == []


def test_sections_without_an_account_are_no_matter():
    assert found(conf(DEFAULT=dict(host="x"), glance=dict(api_servers="http://g"))) == []
    assert list(certain("neutron", conf(neutron=dict(auth_type="password"))["neutron"])) == []


TWO_SCOPES = [
    (dict(project_name="p", system_scope="all"), "system_scope"),
    (dict(project_name="p", domain_name="d"), "project_name"),
    (dict(project_id="p", trust_id="t"), "trust_id"),
    (dict(system_scope="All"), "system_scope"),
    (dict(system_scope="true"), "system_scope"),
]


@pytest.mark.parametrize("kind", ["password", "v3password"])
@pytest.mark.parametrize(("scope", "option"), TWO_SCOPES)
def test_a_login_for_two_scopes_or_for_none_that_exists(kind, scope, option):
    account = dict(URL, auth_type=kind, username="u", user_domain_name="d", password="p", **scope)
    assert [name for _section, name, _problem, _cure in problems(conf(ironic=account))] == [option]
    login = dict(URL, username="u", user_domain_name="d", password="p", **scope)
    with pytest.raises(AuthorizationFailure):
        Password(**login).get_auth_ref(None)


@pytest.mark.parametrize("scope", [dict(system_scope="all"), dict(project_name="p", project_domain_name="d"), {}])
def test_a_login_for_one_scope(scope):
    assert found(conf(ironic=dict(URL, auth_type="password", username="u", **scope))) == []


ADAPTERS = {
    "interfaces": (dict(valid_interfaces="internal, public"), []),
    "a word for an interface": (dict(valid_interfaces="internalURL,public"), ["valid_interfaces"]),
    "two versions": (dict(version="1", min_version="1"), ["version"]),
    "a version": (dict(min_version="1", max_version="1.9"), []),
    "a bool": (dict(insecure="yes", collect_timing="0"), []),
    "no bool": (dict(insecure="perhaps"), ["insecure"]),
    "an empty bool": (dict(insecure=""), ["insecure"]),
    "no number": (dict(connect_retries="few", timeout="10s"), ["connect_retries", "timeout"]),
    "no code": (dict(retriable_status_codes="503,bad"), ["retriable_status_codes"]),
    "numbers": (dict(retriable_status_codes="500,503", timeout="10", connect_retry_delay="0.5"), []),
}


@pytest.mark.parametrize(("options", "expected"), ADAPTERS.values(), ids=list(ADAPTERS))
def test_sessions_and_adapters_are_as_keystoneauth_takes_them(tmp_path, options, expected):
    made = conf(neutron=dict(URL, auth_type="password", **options))
    (tmp_path / "nova.conf").write_text(ini.dump(made))
    parsed = cfg.ConfigOpts()
    loading.register_session_conf_options(parsed, "neutron")
    loading.register_adapter_conf_options(parsed, "neutron")
    parsed([], default_config_files=[str(tmp_path / "nova.conf")])
    try:
        session = loading.load_session_from_conf_options(parsed, "neutron")
        loading.load_adapter_from_conf_options(parsed, "neutron", session=session)
        accepted = True
    except (TypeError, cfg.Error):
        accepted = False
    assert accepted == (not expected)
    assert sorted(option for _section, option in found(made)) == expected


def test_types_are_those_of_the_list_if_there_is_one():
    made = conf(neutron=dict(URL, auth_type="password", insecure="perhaps", valid_interfaces="x"))
    assert found(made, LISTED) == [("neutron", "valid_interfaces")]
