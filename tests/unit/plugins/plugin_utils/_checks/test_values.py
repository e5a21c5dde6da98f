# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that nova would refuse or not read as intended, from the inventory to the report."""

from __future__ import annotations

import datetime

import pytest
import yaml
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from right_inventory import GROUPS, SECRET

V, X, T, P, N = (f"services_{name}" for name in ("vcenter", "xenserver", "transport_url", "placement", "nova_conf"))
H = "services_host"
TEXT, SECRET_TEXT = {"type": "string"}, {"type": "string", "secret": True}
SECTIONS = {
    "DEFAULT": {
        "host": {"type": "host_domain"},
        "my_ip": TEXT,
        "transport_url": SECRET_TEXT,
        "debug": {"type": "bool"},
        "odd_name": SECRET_TEXT,
        "report_interval": {"type": "int", "min": 1},
    },
    "vmware": {
        "host_ip": {"type": "host_address"},
        "host_port": {"type": "int", "min": 0, "max": 65535},
        "host_username": TEXT,
        "host_password": SECRET_TEXT,
        "cluster_name": TEXT,
        "pbm_wsdl_location": TEXT,
    },
    "placement": {
        "auth_type": TEXT,
        "auth_url": TEXT,
        "password": SECRET_TEXT,
        "region_name": TEXT,
        "auth_section": TEXT,
    },
    "neutron": {
        "auth_type": TEXT,
        "auth_url": TEXT,
        "password": SECRET_TEXT,
        "region_name": TEXT,
        "timeout": {"type": "int"},
    },
    "cache": {"memcache_servers": {"type": "list", "item": TEXT}, "enabled": {"type": "bool"}},
    "pci": {"alias": {"type": "string", "multi": True}},
    "glance": {"api_servers": {"type": "list", "item": {"type": "uri"}}, "num_retries": {"type": "int", "min": 0}},
    "libvirt": {"virt_type": {"type": "string", "choices": ["kvm", "qemu"], "exact": True}},
    "oslo_messaging_rabbit": {"ssl": {"type": "bool"}, "heartbeat_rate": {"type": "int", "min": 1}},
    "xenserver": {"connection_url": TEXT, "connection_password": SECRET_TEXT},
}
PLUGINS = {"password": {"auth_url": {"type": "string", "required": True}, "password": SECRET_TEXT}}


def listed(**more):
    return NovaOptions(
        dict(
            dict(
                nova="34.0.0",
                format=2,
                sections=SECTIONS,
                families={},
                auth=["auth_type", "auth_url", "password"],
                plugins=PLUGINS,
                drivers=["fake", "kombu", "rabbit"],
                auth_sections=["neutron", "placement"],
            ),
            **more,
        )
    )


def told(found):
    return sorted((one.host, one.variable) for one in found.problems)


LISTS = pytest.mark.parametrize("lists", [[], [listed()]], ids=["no list", "list"])


@LISTS
@pytest.mark.parametrize(
    ("host", "variable", "path", "value"),
    [
        ("vc-1", f"{V}.host_password", [V, "host_password"], True),
        ("vc-1", f"{V}.host_password", [V, "host_password"], 83),
        ("vc-1", f"{V}.host_password", [V, "host_password"], 1.5),
        ("vc-1", f"{V}.host_password", [V, "host_password"], datetime.date(2026, 1, 1)),
        ("vc-1", f"{V}.host_username", [V, "host_username"], False),
        ("vc-1", f"{V}.cluster_name", [V, "cluster_name"], 7),
        ("vc-1", f"{V}.host_password", [V, "host_password"], [SECRET]),
        ("vc-1", f"{V}.host_password", [V, "host_password"], {SECRET: None}),
        ("f-1", f"{P}.password", [P, "password"], [SECRET]),
        ("f-1", f"{P}.region_name", [P, "region_name"], {"a": "b"}),
        ("xs-1", f"{X}.connection_password", [X, "connection_password"], datetime.datetime(2026, 1, 1)),
        ("f-1", f"{P}.password", [P, "password"], 83),
        ("f-1", f"{P}.password", [P, "password"], None),
        ("f-1", f"{P}.region_name", [P, "region_name"], False),
        ("f-1", f"{N}.neutron.password", [N, "neutron", "password"], 83),
        ("f-1", f"{N}_site.neutron.password", [f"{N}_site", "neutron", "password"], True),
        ("f-1", f"{N}.neutron.password", [N, "neutron", "password"], None),
        ("f-1", H, [H], 83),
        ("f-1", H, [H], True),
        ("f-1", T, [T], True),
        ("f-1", T, [T], 5672),
    ],
)
def test_what_yaml_does_not_read_as_text_is_to_be_quoted(check, lists, host, variable, path, value):
    change = [(host, P, dict(auth_type="password", auth_url="http://k", password="x"))] if path[0] == P else []
    found = check(*change, (host, *path, value), lists=lists)
    assert told(found) == [(host, variable)]
    assert "Quote it" in str(found.problems[0])


@LISTS
@pytest.mark.parametrize(
    ("port", "words"),
    [(0, "is 0, which is not a port"), ("-1", "is -1, which"), (-1, "is -1, which"), (65536, "not a port")],
)
def test_what_is_not_a_port_is_told_once_and_where_it_was_set(check, lists, port, words):
    (problem,) = map(str, check(("vc-1", V, "host_port", port), lists=lists).problems)
    assert problem.startswith(f"vc-1: {V}.host_port: ")
    if not lists:
        assert words in problem


@LISTS
@pytest.mark.parametrize("url", ["http://k:99999/v3", "http://k:port/v3", "http://[::1/v3"])
def test_an_account_whose_url_has_no_port_that_exists(check, lists, url):
    (problem,) = check(("shared", P, "auth_url", url), lists=lists).problems
    assert problem.variable == f"{P}.auth_url"
    assert problem.problem == "is not a URL."


@LISTS
@pytest.mark.parametrize(
    ("host", "path", "value"),
    [
        ("vc-1", [V, "cluster_name"], "{{ cluster }}"),
        ("vc-1", [V, "cluster_name"], "prod-{{ cluster }}"),
        ("vc-1", [V, "host_password"], "{{ vault_vcenter_password }}"),
        ("f-1", [P, "password"], "{{ vault_nova }}"),
        ("f-1", [P, "region_name"], "{% if x %}a{% endif %}"),
        ("f-1", [N, "DEFAULT", "my_ip"], "{{ ansible_host }}"),
        ("f-1", [N, "neutron", "password"], "{{ x | default('') }}"),
        ("f-1", [T], f"rabbit://nova:{SECRET}{{{{ x }}}}@bus/"),
    ],
)
def test_a_template_that_nothing_resolves(check, lists, host, path, value):
    account = [(host, P, dict(auth_type="password", auth_url="http://k", password="x"))] if path[0] == P else []
    (problem,) = check(*account, (host, *path, value), lists=lists).problems
    assert (problem.host, problem.variable) == (host, ".".join(path))
    assert problem.problem == "is a template in braces."


@pytest.mark.parametrize("password", ["a{{b}}c", "{{", "}}{{", "{% x", "${x}", "{x}"])
def test_a_password_with_braces_is_a_password(check, password):
    found = check(("vc-1", V, "host_password", password))
    assert found.problems == []
    assert ini.value(found.rendered["vc-1"].conf, "vmware", "host_password") == password


def test_what_an_operator_says_is_right_is_no_template(check):
    known = ("f-1", "services_options_known", ["DEFAULT.my_ip"])
    assert check(("f-1", N, "DEFAULT", "my_ip", "{{ x }}"), known).problems == []


IRONIC = dict(
    auth_type="password",
    auth_url="http://k",
    username="u",
    password=SECRET,
    project_name="p",
    user_domain_name="d",
    project_domain_name="d",
)


def ironic(check, **options):
    return check(("groups", "ironic", ["ir-1"]), ("ir-1", "services_ironic", dict(IRONIC, **options)))


def test_a_conductor_group_that_is_null_is_none(check):
    assert ironic(check, conductor_group=None).problems == []
    assert ironic(check, conductor_group="").problems == []


def test_a_password_that_is_a_number_is_not_called_missing_as_well(check):
    (problem,) = map(str, ironic(check, password=83).problems)
    assert problem.startswith("ir-1: services_ironic.password: is not a text. Quote it")


def test_an_account_in_the_url_of_keystone_is_not_its_address(check):
    found = check(("shared", P, "auth_url", f"HTTPS://nova:{SECRET}@keystone:5000/v3"))
    assert found.problems == []
    assert [one["port"] for one in found.endpoints.listed() if one["address"] == "keystone"] == [5000]


def test_what_yaml_makes_of_texts():
    """These are the values of the test above."""
    read = yaml.safe_load("[yes, 0123, 1e3, 2026-01-01, 2026-01-01 00:00:00, ~, no, 12:30:45]")
    types = [type(one) for one in read]
    assert types == [
        bool,
        int,
        (str if isinstance(read[2], str) else float),
        datetime.date,
        datetime.datetime,
        type(None),
        bool,
        int,
    ]


def test_null_takes_a_secret_out_of_another_layer(check):
    base = "[neutron]\npassword = x\n"
    assert check(("f-1", N, "neutron", "password", None), base=base).problems == []
    assert check(("shared", N, {"s": {"password": "x"}}), ("f-1", f"{N}_site", "s", "password", None)).problems == []
    assert check(("f-1", N, "placement", "password", None)).problems == []


def test_a_password_that_is_null_is_missing(check):
    (problem,) = check(("vc-1", V, "host_password", None)).problems
    assert problem.problem == "is missing."
    assert "Quote it if null or ~ is its text." in problem.cure


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["neutron", "region_name"], False, "Quote it"),
        (["neutron", "region_name"], 12, "Quote it"),
        (["neutron", "region_name"], ["a", "b"], "Write one value"),
        (["neutron", "region_name"], {"a": "b"}, "not a dict"),
        (["neutron", "region_name"], "$nowhere", "refers to $nowhere"),
        (["neutron", "region_name"], "${neutron.nowhere}", "refers to $neutron.nowhere"),
        (["neutron", "region_name"], "${DEFAULT.my_ip}", "Write ${my_ip}"),
        (["neutron", "timeout"], "ten", "an int"),
        (["cache", "memcache_servers"], ["a,b", "c"], "a comma ends an item"),
        (["cache", "memcache_servers"], [11211], "Quote it"),
        (["cache", "memcache_servers"], ["a", None], "Quote it"),
        (["cache", "enabled"], "perhaps", "true or false"),
        (["glance", "api_servers"], ["http://a", "b"], "Write a URL"),
        (["glance", "api_servers"], "b", "Write a URL"),
        (["glance", "num_retries"], -1, "at least 0"),
        (["libvirt", "virt_type"], "KVM", "one of kvm, qemu"),
        (["pci", "alias"], [{"vendor_id": "8086"}], "not a dict"),
        (["vmware", "host_ip"], "vc_1.example.com", "not '_'"),
        (["vmware", "host_port"], 70000, "at most 65535"),
    ],
)
def test_values_are_checked_by_novas_own_types(check, path, value, words):
    (problem,) = check(("f-1", N, *path, value), lists=[listed()]).problems
    assert problem.variable == f"{N}.{'.'.join(path)}"
    assert words in problem.cure


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["neutron", "region_name"], "$my_ip"),
        (["neutron", "region_name"], "${my_ip}-$timeout-${neutron.timeout}-$$5-\\$5"),
        (["neutron", "region_name"], "no"),
        (["cache", "memcache_servers"], ["a:11211", "b:11211"]),
        (["cache", "memcache_servers"], "a:11211,b:11211"),
        (["pci", "alias"], ['{"name": "a", "vendor_id": "8086"}', '{"name": "b", "vendor_id": "10de"}']),
        (["glance", "api_servers"], ["http://a", "https://b:9292/v2"]),
        (["vmware", "host_port"], 8443),
        (["cache", "enabled"], True),
        (["DEFAULT", "odd_name"], "$nowhere"),
    ],
)
def test_right_values_are_no_problem(check, path, value):
    assert check(("f-1", N, *path, value), lists=[listed()]).problems == []


@LISTS
@pytest.mark.parametrize("secret", [f"{SECRET}\n", f"a\n{SECRET}", f"{SECRET}\r"])
def test_a_secret_with_a_line_break_is_told_by_its_name(check, lists, secret):
    (problem,) = check(("f-1", N, "neutron", "password", secret), lists=lists).problems
    assert (problem.variable, problem.problem) == (f"{N}.neutron.password", "holds a line break.")


@LISTS
@pytest.mark.parametrize("secret", ["pa$word", "pa$$word", '"quoted"', " abc ", "${DEFAULT.my_ip}"])
def test_secrets_reach_nova_as_they_are(check, lists, secret):
    account = dict(auth_type="password", auth_url="http://k", password=secret)
    found = check(("f-1", N, "neutron", account), lists=lists)
    assert found.problems == []
    assert ini.value(found.rendered["f-1"].conf, "neutron", "password") == secret


SERVICE_HOSTS = {
    "vc1-Production-East-": "Remove the '-'",
    "123": "letter in its last part",
    "vc1.8": "letter in its last part",
    "a..b": "Remove the dot",
    "a" * 70: "at most 63 characters",
    "a.b-.c": "Remove the '-'",
    "vc1..": "Remove the dot",
}
OLD = NovaOptions(dict(nova="21.2.4", sections=dict(SECTIONS, DEFAULT={"my_ip": {}}), families={}, auth=[]))
OLD_DETAILED = listed(nova="21.2.4", sections=dict(SECTIONS, DEFAULT=dict(SECTIONS["DEFAULT"], host=TEXT)))
UNTYPED = NovaOptions(dict(nova="34.0.0", sections=dict(SECTIONS, DEFAULT={"my_ip": {}}), families={}, auth=[]))


@pytest.mark.parametrize("lists", [[], [listed()], [UNTYPED], [OLD_DETAILED, listed()]])
@pytest.mark.parametrize(("name", "words"), SERVICE_HOSTS.items(), ids=list(SERVICE_HOSTS))
def test_a_service_host_that_nova_refuses(check, lists, name, words):
    (problem,) = check(("vc-1", H, name), lists=lists).problems
    assert (problem.host, problem.variable) == ("vc-1", H)
    assert f"{name!r} is not a service host that nova" in problem.problem
    assert words in problem.cure


@pytest.mark.parametrize("name", SERVICE_HOSTS)
@pytest.mark.parametrize("lists", [[OLD], [OLD_DETAILED]])
def test_nova_before_24_takes_any_service_host(check, lists, name):
    assert check(("vc-1", H, name), lists=lists).problems == []


def test_xenservers_have_such_a_nova_where_no_list_tells(check):
    assert check(("xs-1", H, "123")).problems == []


@pytest.mark.parametrize("name", ["vc1-web", "vc_1.example.com", "10.0.0.1", "a" * 63, "vc1-Web.Example.com"])
def test_a_service_host_that_nova_takes(check, name):
    assert check(("vc-1", H, name), lists=[listed()]).problems == []


@pytest.mark.parametrize(("one", "other"), [("vc1-web", "vc1-Web"), ("VC1", "vc1"), ("a.B_c", "A.b_C")])
def test_service_hosts_that_differ_by_case_are_one_row(check, one, other):
    (problem,) = check(("vc-1", H, one), ("vc-2", H, other)).problems
    assert (problem.host, problem.variable) == ("vc-2", H)
    assert problem.problem == f"the service host {other} is {one} of vc-1 too, in nova's database."


def test_a_hypervisor_with_blanks_in_its_name_is_quoted(check):
    (problem,) = check(("vc-1", V, "cluster_name", " lead "), ("vc-2", V, "cluster_name", " lead ")).problems
    assert problem.problem == "the hypervisor 'vc/443/ lead ' is that of vc-1 too."


@LISTS
@pytest.mark.parametrize("address", ["vc_1.example.com", "vc-1-.example.com", "a..b", "123"])
def test_an_address_that_nova_refuses(check, lists, address):
    assert told(check(("vc-1", V, "host_ip", address), lists=lists)) == [("vc-1", f"{V}.host_ip")]


ACCOUNT = dict(auth_type="password", auth_url="https://k/v3", password=SECRET)


@LISTS
@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ([("shared", P, "auth_type", "passwort")], f"{P}.auth_type"),
        ([("shared", P, "auth_url", ...)], f"{P}.auth_url"),
        ([("shared", P, "auth_url", "keystone:5000/v3")], f"{P}.auth_url"),
        ([("shared", P, {"auth_section": "nowhere"})], f"{P}.auth_section"),
        ([("shared", N, {"neutron": dict(ACCOUNT, auth_type="passwort")})], f"{N}.neutron.auth_type"),
        ([("shared", N, {"neutron": {"auth_type": "password"}})], f"{N}.neutron.auth_url"),
        ([("shared", N, {"neutron": {"auth_url": "http://k"}})], f"{N}.neutron.auth_type"),
        ([("shared", N, {"neutron": dict(ACCOUNT, auth_url="k")})], f"{N}.neutron.auth_url"),
    ],
)
def test_accounts_are_checked_and_told_once_for_all_targets(check, lists, changes, variable):
    (problem,) = check(*changes, lists=lists).problems
    assert (problem.host, problem.variable) == ("f-1 and 5 more", variable)


@LISTS
def test_the_account_of_placement_may_be_another_sections(check, lists):
    found = check(("shared", P, {"auth_section": "neutron"}), ("shared", N, {"neutron": ACCOUNT}), lists=lists)
    assert found.problems == []
    assert ("k", 443) in {(one["address"], one["port"]) for one in found.endpoints.listed()}


def test_a_wrong_account_shows_beside_another_mistake(check):
    found = check(("vc-1", V, "nonsense", 1), ("vc-1", N, {"neutron": dict(ACCOUNT, auth_type="passwort")}))
    assert told(found) == [("vc-1", f"{N}.neutron.auth_type"), ("vc-1", f"{V}.nonsense")]


def test_an_operator_may_know_better_than_our_list_of_plugins(check):
    change = ("shared", P, "auth_type", "v3ourown")
    assert check(change, ("shared", "services_options_known", ["placement.auth_type"])).problems == []


PARTS = dict(hosts=["bus1", "bus2:5673"], username="nova", password="p#s$s@w,r?d")


@LISTS
def test_a_transport_url_in_parts(check, lists):
    found = check(("shared", T, dict(PARTS, virtual_host="nova", query={"ssl": True})), lists=lists)
    assert found.problems == []
    addresses = {(one["address"], one["port"]) for one in found.endpoints.listed()}
    assert addresses == {("bus1", 5672), ("bus2", 5673), ("keystone", 443)}


def test_null_leaves_an_option_of_the_query_out(check):
    url = dict(PARTS, query={"ssl": None, "heartbeat_rate": 3})
    conf = check(("shared", T, url)).rendered["f-1"].conf
    assert ini.value(conf, "DEFAULT", "transport_url").endswith("/?heartbeat_rate=3")


@LISTS
@pytest.mark.parametrize(
    ("value", "variable"),
    [
        (dict(PARTS, password=5), f"{T}.password"),
        (dict(PARTS, pasword="x"), f"{T}.pasword"),
        (dict(PARTS, hosts=[]), f"{T}.hosts"),
        (dict(PARTS, hosts=[None]), f"{T}.hosts"),
        (dict(PARTS, hosts=["bus1", 5672]), f"{T}.hosts"),
        (dict(PARTS, query=["ssl"]), f"{T}.query"),
        (dict(PARTS, query={"ssl": ["true"]}), f"{T}.query.ssl"),
        (f"rabbit://u:{SECRET}@bus1, u:{SECRET}@bus2/", T),
        (f"rabbit://u:{SECRET}@bus1/\n", T),
        (f"rabbitmq://u:{SECRET}@bus/", T),
        (f"rabbit://nova:{SECRET}#ss@h1:5672/", T),
        (f"rabbit://u:{SECRET}/ss@h1:5672/", T),
        (f"rabbit://u:{SECRET}@bus1/ ", T),
        (f"rabbit://u:{SECRET}\tx@bus1/", T),
        (dict(PARTS, hosts=[f"nova:{SECRET}@bus1"]), f"{T}.hosts"),
        (dict(PARTS, hosts=[dict(host="bus1", password=SECRET)]), f"{T}.hosts"),
        (dict(PARTS, hosts=["bus1\n"]), f"{T}.hosts"),
        (dict(PARTS, password=f"{SECRET}\ud800"), f"{T}.password"),
    ],
)
def test_a_wrong_transport_url_is_told_once_for_all_targets(check, lists, value, variable):
    (problem,) = check(("shared", T, value), lists=lists).problems
    assert (problem.host, problem.variable) == ("f-1 and 5 more", variable)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ssl=1&ssl=1", "true or false"),
        ("tls=1", "is not an option"),
        ("ssl=perhaps", "true or false"),
        ("heartbeat_rate=0", "at least 1"),
    ],
)
def test_a_query_is_checked_as_the_options_that_it_overrides(check, query, words):
    (problem,) = check(("shared", T, f"rabbit://u:p@bus/?{query}"), lists=[listed()]).problems
    assert problem.variable == f"{T}.query.{query.partition('=')[0]}"
    assert words in str(problem)


def test_ssl_changes_no_port(check):
    found = check(("shared", T, "rabbit://u:p@bus/?ssl=1"), lists=[listed()])
    assert ("bus", 5672) in {(one["address"], one["port"]) for one in found.endpoints.listed()}


def test_a_base_files_value_that_nova_refuses_counts_where_nothing_replaces_it(check):
    aliases = '[pci]\nalias = {"name": "a"}\nalias = {"name": "b"}\n'
    base = f"[DEFAULT]\nreport_interval = often\ndebug = true\n{aliases}"
    (problem,) = check(base=base, lists=[listed()]).problems
    assert (problem.host, problem.variable) == ("f-1 and 5 more", "services_base_nova_conf.DEFAULT.report_interval")
    change = ("shared", N, {"DEFAULT": {"report_interval": 10}})
    assert check(change, base=base, lists=[listed()]).problems == []


def test_groups_have_other_names(check):
    """A site's own group vcenter has its appliances, which are not targets."""
    changes = [("groups", "clusters", ["vc-1", "vc-2"]), ("groups", "vcenter", ["appliance-1"])]
    found = check(*changes, names={"vcenter": "clusters"})
    assert found.problems == []
    assert [one["target"] for one in found.targets if one["driver"] == "vcenter"] == ["vc-1", "vc-2"]
    assert "appliance-1" not in {one["target"] for one in found.targets}


@pytest.mark.parametrize(
    ("names", "variable", "words"),
    [
        ({"vmware": "clusters"}, "services_groups.vmware", "is not a driver"),
        ({"vcenter": "fake"}, "services_groups.vcenter", "fake is the group of another driver"),
        ({"vcenter": "clusterz"}, "services_groups.vcenter", "'clusterz' is not a group of the inventory"),
    ],
)
def test_a_wrong_name_of_a_group(check, names, variable, words):
    (problem,) = [one for one in check(names=names).problems if one.variable.startswith("services_groups")]
    assert (problem.host, problem.variable) == ("inventory", variable)
    assert words in problem.problem


def test_messages_name_the_groups_that_are_set(check):
    empty = [("groups", name, []) for name in GROUPS if name != "nova_compute_hosts"]
    (problem,) = check(*empty, names={"vcenter": "clusters"}).problems
    assert problem.variable == ", ".join("clusters" if name == "vcenter" else name for name in DRIVERS)


@LISTS
@pytest.mark.parametrize(
    ("host", "path", "value", "variable"),
    [
        ("vc-1", [V], {1: "x"}, V),
        ("vc-1", ["services_files"], {1: "/srv/ca.pem", "b": "/srv/ca.pem"}, "services_files"),
        ("f-1", [P], {True: "x", "auth_type": "none"}, P),
        ("f-1", [T], {None: "x"}, T),
        ("f-1", [N], {True: {"debug": True}}, N),
        ("f-1", [f"{N}_site"], {"neutron": {False: 1}}, f"{N}_site.neutron"),
    ],
)
def test_names_that_are_no_texts_are_to_be_quoted(check, lists, host, path, value, variable):
    """Such as yes, no, 0123 and ~, with names that are texts."""
    found = check((host, *path, value), lists=lists)
    told = [one for one in found.problems if one.variable == variable and "which is not a text" in one.problem]
    assert told and all("Quote it" in one.cure for one in told), found.problems


@LISTS
@pytest.mark.parametrize("section", ["neutron ", "a]\n[DEFAULT", "[neutron]", "", "default", "Default"])
def test_sections_that_nova_conf_cannot_have(check, lists, section):
    assert "f-1" in {one.host for one in check(("f-1", N, {section: {"timeout": 1}}), lists=lists).problems}


@LISTS
@pytest.mark.parametrize(
    "option", ["debug = true\n#", " debug", "debug:x", "a=b", "[x]", "#debug", ";debug", "a\rb", ""]
)
def test_options_that_nova_conf_cannot_have(check, lists, option):
    found = check(("f-1", N, "DEFAULT", option, "x"), lists=lists)
    assert f"{N}.DEFAULT" in {one.variable for one in found.problems}, found.problems


@LISTS
def test_sections_ignore_case_as_for_oslo_config(check, lists):
    """The later of two sections would count otherwise, which is the one of the role."""
    found = check(("vc-1", N, {"VMware": {"host_username": "x"}, "Neutron": {"timeout": 5}}), lists=lists)
    assert found.problems == []
    conf = found.rendered["vc-1"].conf
    assert (ini.value(conf, "vmware", "host_username"), ini.value(conf, "neutron", "timeout")) == ("x", "5")
    assert not {"VMware", "Neutron"} & set(conf)


def test_a_carriage_return_does_not_begin_another_option(check):
    found = check(("f-1", N, "DEFAULT", "my_ip", "192.0.2.1\rdebug = true"))
    assert "debug" not in found.rendered["f-1"].conf["DEFAULT"]


@LISTS
@pytest.mark.parametrize(
    ("layer", "variable"),
    [
        ({"DEFAULT": {"compute_driver": "fake.FakeDriver"}}, f"{N}.DEFAULT.compute_driver"),
        ({"vmware": {"cluster_name": "c2"}}, f"{V}.cluster_name"),
        ({"VMWARE": {"host_ip": "other"}}, f"{V}.host_ip"),
        ({"vmware": {"host_port": 8443}}, f"{V}.host_port"),
        ({"vmware": {"cluster_name": None}}, f"{V}.cluster_name"),
    ],
)
def test_the_hypervisor_is_named_in_one_place(check, lists, layer, variable):
    """Two services of one cluster are found by it."""
    assert variable in {name for host, name in told(check(("vc-1", N, layer), lists=lists)) if host == "vc-1"}


def test_what_repeats_the_drivers_variable_is_no_problem(check):
    layer = {"DEFAULT": {"compute_driver": "vmwareapi.VMwareVCDriver"}, "vmware": {"host_ip": "VC", "host_port": 443}}
    assert check(("vc-1", N, layer)).problems == []
    assert check(("f-1", N, "DEFAULT", "compute_driver", "fake.MediumFakeDriver")).problems == []


def test_a_port_of_the_base_file_is_that_of_no_hypervisor(check):
    base = "[vmware]\nhost_port = 8443\nhost_ip = another\ncluster_name = another\n"
    assert told(check(base=base)) == [("vc-1", f"{V}.host_port"), ("vc-2", f"{V}.host_port")]


@LISTS
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("host_port", True),
        ("host_port", 443.0),
        ("host_port", "443.0"),
        ("host_port", 0),
        ("host_port", 70000),
        ("insecure", ""),
        ("insecure", 1.0),
        ("cluster_name", " "),
        ("host_password", "\t"),
    ],
)
def test_values_of_another_type(check, lists, option, value):
    assert ("vc-1", f"{V}.{option}") in told(check(("vc-1", V, option, value), lists=lists))


@pytest.mark.parametrize("url", ["http://XS-1", "https://xs-1.", "https://xs-1/"])
def test_a_xenserver_by_another_url_is_the_same(check, url):
    (problem,) = check(("xs-2", X, "connection_url", url)).problems
    assert (problem.host, problem.problem) == ("xs-2", "the hypervisor xs-1 is that of xs-1 too.")


@pytest.mark.parametrize("url", ["https://xs-2 ", "https://xs 2", "https://a..b"])
def test_a_url_without_a_host_name(check, url):
    assert told(check(("xs-2", X, "connection_url", url))) == [("xs-2", f"{X}.connection_url")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("_vc1", "Begin it with a letter"),
        ("-vc1", "Begin it with a letter"),
        ("a" * 201, "at most 200 characters"),
        ("vc1.next", "without .next"),
        ("münchen", "letters from a to z"),
        ("vc 1", "letters from a to z"),
    ],
)
def test_a_service_host_that_no_container_can_have_is_told_why(check, name, words):
    (problem,) = check(("vc-1", H, name)).problems
    assert (problem.variable, problem.problem) == (H, f"{name!r} is not a service host.")
    assert words in problem.cure


@pytest.mark.parametrize("lists", [[], [listed()], [UNTYPED]])
def test_a_service_host_with_a_dot_at_its_end_is_another_for_nova(check, lists):
    (problem,) = check(("vc-1", H, "vc1.example.com."), lists=lists).problems
    assert problem.variable == H
    assert problem.cure == "Write 'vc1.example.com'."


@pytest.mark.parametrize("lists", [[OLD], [OLD_DETAILED]])
def test_nova_before_24_keeps_the_dot(check, lists):
    assert check(("vc-1", H, "vc1."), lists=lists).problems == []


@pytest.mark.parametrize(
    ("address", "words"),
    [("[2001:db8::1]", "without brackets"), ("münchen.example", "xn--mnchen-3ya"), ("vc..", "Remove the dot")],
)
def test_an_address_in_another_form_is_told_why(check, address, words):
    (problem,) = check(("vc-1", V, "host_ip", address)).problems
    assert problem.variable == f"{V}.host_ip"
    assert words in problem.cure


def test_messages_have_no_markup(check):
    (problem,) = check(("vc-1", V, "host_password", "")).problems
    assert problem.cure == "Set it: Password of services_vcenter.host_username. Keep it in a vault."


KEY = f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (KEY, "has the text of a file instead of its path"),
        (f"{KEY}\n", "has the text of a file instead of its path"),
        ("/srv/ca.pem\n", "begins or ends with a blank"),
        (" /srv/ca.pem", "begins or ends with a blank"),
        (True, "Quote it"),
        ({"src": "/srv/ca.pem"}, "is not a path"),
        (["/srv/ca.pem"], "is not a path"),
    ],
)
def test_what_is_not_the_path_of_a_file(check, path, words):
    (problem,) = check(("vc-1", "services_files", {"vcenter.key": path})).problems
    assert problem.variable == "services_files.vcenter.key"
    assert words in str(problem)


FILE_OPTIONS = [
    ("f-1", [P, "cafile"], f"{P}.cafile"),
    ("f-1", [P, "keyfile"], f"{P}.keyfile"),
    ("f-1", [N, "neutron", "certfile"], f"{N}.neutron.certfile"),
    ("f-1", [N, "oslo_messaging_rabbit", "ssl_key_file"], f"{N}.oslo_messaging_rabbit.ssl_key_file"),
    ("f-1", [N, "DEFAULT", "log_config_append"], f"{N}.DEFAULT.log_config_append"),
    ("vc-1", [V, "ca_file"], f"{V}.ca_file"),
]


@pytest.mark.parametrize(("host", "path", "variable"), FILE_OPTIONS)
def test_a_file_that_is_not_delivered_is_told_where_it_was_set(check, host, path, variable):
    account = (host, P, dict(ACCOUNT))
    (problem,) = check(account, (host, *path, "/etc/nova/x.pem")).problems
    assert (problem.variable, problem.problem) == (variable, "is /etc/nova/x.pem, which is not delivered.")
    files = (host, "services_files", {"x.pem": "/srv/ca.pem"})
    for place in ("/etc/nova/x.pem", "/etc/nova//x.pem", "/etc/nova/./x.pem", "/etc/ssl/x.pem"):
        assert check(account, files, (host, *path, place)).problems == []


def test_a_file_of_the_transport_url_is_delivered(check):
    url = "rabbit://u:p@bus/?ssl=1&ssl_ca_file=/etc/nova/bus.pem"
    (problem,) = check(("f-1", T, url)).problems
    assert problem.variable == f"{T}.query.ssl_ca_file"
    assert check(("f-1", T, url), ("f-1", "services_files", {"bus.pem": "/srv/ca.pem"})).problems == []


def test_a_file_in_a_directory_is_told_where_it_can_be(check):
    files = ("vc-1", "services_files", {"x.pem": "/srv/ca.pem"})
    (problem,) = check(files, ("vc-1", V, "ca_file", "/etc/nova/sub/x.pem")).problems
    assert problem.cure.startswith("Write /etc/nova/x.pem")


DEVICE, ALIAS = '{"vendor_id": "8086"}', '{"name": "a1", "vendor_id": "8086"}'


@LISTS
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("alias", {"name": "a1"}),
        ("alias", "a1"),
        ("alias", f"[{ALIAS}]"),
        ("alias", DEVICE),
        ("alias", [ALIAS, ""]),
        ("alias", f"{ALIAS},{ALIAS}"),
        ("alias", "{'name': 'a1'}"),
    ],
)
def test_devices_that_are_not_json(check, lists, option, value):
    """nova.pci.request.get_alias_from_config() ends with PciInvalidAlias."""
    (problem,) = check(("f-1", N, "pci", option, value), lists=lists).problems
    assert problem.variable == f"{N}.pci.{option}"


@pytest.mark.parametrize("option", ["device_spec", "passthrough_whitelist"])
@pytest.mark.parametrize("value", ["", "1", '["a"]', '{"vendor_id": "8086",}', {"vendor_id": "8086"}])
def test_a_device_spec_that_nova_refuses(check, option, value):
    """nova.pci.whitelist.Whitelist() ends with PciConfigInvalidSpec."""
    (problem,) = check(("f-1", N, "pci", option, value)).problems
    assert (problem.variable, problem.problem) == (f"{N}.pci.{option}", "is not JSON that describes devices.")


@LISTS
@pytest.mark.parametrize("value", [ALIAS, [ALIAS, ALIAS], [], None])
def test_devices_as_json(check, lists, value):
    assert check(("f-1", N, "pci", "alias", value), lists=lists).problems == []
    if not lists:
        devices = {"device_spec": value, "passthrough_whitelist": f"[{DEVICE}]"}
        assert check(("f-1", N, "pci", devices)).problems == []


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("vc-1", [V, "host_password"]),
        ("vc-1", [V, "cluster_name"]),
        ("f-1", [P, "password"]),
        ("f-1", [N, "neutron", "password"]),
        ("f-1", [N, "DEFAULT", "my_ip"]),
    ],
)
def test_a_text_that_no_file_can_have(check, host, path):
    """YAML reads such a text without an error."""
    value = yaml.safe_load(r'"a\ud800b"')
    account = [(host, P, dict(ACCOUNT))] if path[0] == P else []
    (problem,) = check(*account, (host, *path, value)).problems
    assert (problem.host, problem.variable) == (host, ".".join(path))
    assert "UTF-8" in problem.problem


def test_capitals_are_no_other_option(check):
    (problem,) = check(("f-1", N, "DEFAULT", "REPORT_INTERVAL", 5), lists=[listed()]).problems
    assert problem.cure == "Did you mean report_interval?"


def test_one_name_for_all_queues_in_the_transport_url(check):
    url = "rabbit://u:p@bus/?use_queue_manager=true&hostname=docker1"
    (problem,) = check(("shared", T, url)).problems
    assert (problem.host, problem.variable) == ("f-1 and 5 more", f"{N}.oslo_messaging_rabbit.hostname")
    assert check(("shared", T, url.partition("&")[0])).problems == []


def test_an_account_in_the_uri_of_libvirt_is_not_shown(check):
    (problem,) = check(("kvm-1", "services_libvirt", "connection_uri", f"qemu+tls://u:{SECRET}@h/system")).problems
    assert "u:********@h" in problem.problem


@pytest.mark.parametrize("url", ["https://[2001:db8::1]", "https://2001:db8::1", "https://[::1]:443/"])
def test_a_xenserver_by_an_ipv6_address(check, url):
    (problem,) = check(("xs-2", X, "connection_url", url)).problems
    assert (problem.variable, problem.cure) == (f"{X}.connection_url", "Write https:// and a name or an IPv4 address.")
