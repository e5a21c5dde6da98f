# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks import target
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import Known
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.targets import check as check_targets
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import NovaOptions
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.inventory import Inventory
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings, UndefinedSetting
from right_inventory import GROUPS, HOSTS, SECRET, SHARED


def test_a_right_inventory_has_no_problem(check):
    found = check()
    assert found.problems == []
    assert [one["target"] for one in found.targets] == ["f-1", "kvm-1", "vc-1", "vc-2", "xs-1", "xs-2"]


def test_a_hypervisor_that_is_the_docker_host_runs_its_service_there(check):
    def place(*changes):
        found = check(("kvm-1", "services_docker_host", ...), *changes)
        (target,) = [one for one in found.targets if one["driver"] == "libvirt"]
        return target["docker_host"], [(one.host, one.variable) for one in found.problems]

    assert place() == (None, [("kvm-1", "services_docker_host")])
    assert place(("groups", "nova_compute_hosts", ["docker1"])) == ("docker1", [])
    assert place(("groups", "nova_compute_hosts", ["docker1", "kvm-1"])) == ("kvm-1", [])


def test_a_docker_host_is_one_hypervisor(check):
    other = {"services_libvirt": {"virt_type": "qemu"}, "services_docker_host": "docker1"}
    found = check(("groups", "libvirt", ["kvm-1", "kvm-2"]), *(("kvm-2", name, value) for name, value in other.items()))
    (problem,) = found.problems
    assert (problem.host, problem.problem) == ("kvm-2", "the hypervisor docker1 is that of kvm-1 too.")


def ironic(*hosts):
    """Changes that add targets of one Ironic: pairs of host and options."""
    account = dict(auth_type="password", auth_url="https://k/v3", username="nova", password=SECRET, system_scope="all")
    return [
        ("groups", "ironic", [host for host, _options in hosts]),
        *((host, "services_ironic", dict(account, **options)) for host, options in hosts),
    ]


def test_every_part_of_an_ironic_has_one_service(check):
    assert check(*ironic(("i-1", dict(shard="a")), ("i-2", dict(shard="b")))).problems == []
    found = check(*ironic(("i-1", dict(shard="a")), ("i-2", dict(shard="a")), ("i-3", {})))
    assert [(one.host, one.variable, one.problem) for one in found.problems] == [
        ("i-2", "services_ironic", "would manage the same hypervisors as i-1: both have the shard a."),
        (
            "i-3",
            "services_ironic",
            "would manage the same hypervisors as i-1: a service without shard and conductor_group manages all nodes "
            "of its Ironic.",
        ),
    ]


def test_a_whole_ironic_is_named_by_its_address_alone(check):
    assert check(*ironic(("i-1", {}))).problems == []


def test_an_ironic_needs_an_account(check):
    found = check(*ironic(("i-1", dict(auth_type=None, shard="a"))))
    assert [(one.host, one.variable, one.problem) for one in found.problems] == [
        ("i-1", "services_ironic.auth_type", "is missing.")
    ]
    found = check(*ironic(("i-1", dict(auth_url="keystone", shard="a"))))
    assert [one.variable for one in found.problems] == ["services_ironic.auth_url"]


def test_a_conductor_group_needs_the_service_among_its_peers(check):
    found = check(*ironic(("i-1", dict(conductor_group="")), ("i-2", dict(conductor_group="b", shard="s"))))
    assert found.problems == []
    groups = {host: found.rendered[host].conf["ironic"] for host in ("i-1", "i-2")}
    assert (groups["i-1"]["conductor_group"], groups["i-1"]["peer_list"]) == ([""], ["i-1"])
    assert groups["i-2"]["conductor_group"] == ["b"] and "peer_list" not in groups["i-2"]


@pytest.mark.parametrize("url", ["kafka://bus:9092/", "fake://", "amqp://u:p@bus/", "kombu+memory:////"])
@pytest.mark.parametrize("other", [(), [("vc-1", "services_vcenter", "cluster_name", ...)]])
def test_only_rabbitmq_gives_leases(check, url, other):
    change = ("shared", "services_transport_url", url)

    def told(*changes):
        return [one for one in check(change, *changes, *other).problems if one.variable == "services_transport_url"]

    (problem,) = told(("shared", "services_lease", True))
    assert problem.host == "f-1 and 5 more"
    assert problem.problem == f"begins with {url.partition(':')[0]}://, and only RabbitMQ (rabbit://) can give a lease."
    assert "services_lease to false" in problem.cure and "docs/lease.md" in problem.cure
    assert told(("shared", "services_lease", False)) == told() == []


def test_rabbitmq_gives_leases(check):
    assert check(("shared", "services_lease", True)).problems == []


def test_files_are_checked(check):
    files = {"ca.pem": "/srv/ca.pem", "a/b": "/srv/ca.pem", "nova.conf": "/srv/ca.pem", "x": "/nowhere", "gone": None}
    found = [(one.host, one.variable, one.problem) for one in check(("vc-1", "services_files", files)).problems]
    assert found == [
        ("vc-1", "services_files.a/b", "is not a plain file name."),
        ("vc-1", "services_files.nova.conf", "is a file that this role writes."),
        ("vc-1", "services_files.x", "/nowhere cannot be read: No such file or directory."),
    ]
    (problem,) = check(("vc-1", "services_files_site", ["/srv/ca.pem"])).problems
    assert (problem.variable, problem.problem) == ("services_files_site", "is not a dict.")


def test_an_authority_that_nobody_delivers_is_told(check):
    change = ("vc-1", "services_vcenter", "ca_file", "/etc/nova/ca.pem")
    (problem,) = check(change).problems
    assert (problem.variable, problem.problem) == (
        "services_vcenter.ca_file",
        "is /etc/nova/ca.pem, which is not delivered.",
    )
    assert "services_files: {ca.pem: /path/of/it.pem}" in problem.cure
    assert check(change, ("vc-1", "services_files", {"ca.pem": "/srv/ca.pem"})).problems == []
    # The path of the files in the container is a setting of the Docker host.
    (problem,) = check(change, ("vc-1", "services_container", {"files_target": "/etc/other"})).problems
    assert problem.variable == "services_container"
    (problem,) = check(
        ("f-1", "services_nova_conf", {"oslo_messaging_rabbit": {"ssl_ca_file": "/etc/nova/b.pem"}})
    ).problems
    assert problem.variable == "services_nova_conf.oslo_messaging_rabbit.ssl_ca_file"


def test_clusters_share_the_settings_of_their_vcenter_in_one_place(check):
    """As groups of the inventory do: only a name differs between two clusters."""
    shared = dict(host_ip="vc", host_username="root", host_password=SECRET, ca_file="/etc/nova/ca.pem")
    changes = [("shared", "services_vcenter", shared), ("shared", "services_files", {"ca.pem": "/srv/ca.pem"})]
    for host in ("vc-1", "vc-2"):
        changes += [(host, "services_vcenter", ...), (host, "services_vcenter_cluster", {"cluster_name": f"{host} c"})]
    found = check(*changes)
    assert found.problems == []
    assert [one["hypervisor"] for one in found.targets if one["driver"] == "vcenter"] == [
        "vc/443/vc-1 c",
        "vc/443/vc-2 c",
    ]


def test_a_target_as_it_is_told(check):
    found = check(("vc-1", "services_host", "compute-7"), ("vc-1", "services_docker_host", "docker2"))
    (target,) = [one for one in found.targets if one["target"] == "vc-1"]
    assert target == dict(
        target="vc-1",
        service="compute-7",
        driver="vcenter",
        variable="services_vcenter",
        hypervisor="vc/443/c1",
        docker_host="docker2",
        local=False,
    )


def test_passwords_are_told_to_ansible_as_secrets(check, monkeypatch):
    """ansible-core 2.22 masks the values after that."""
    secret = set()

    class Recorder(target.ArgumentSpecValidator):
        def validate(self, parameters):
            secret.update(name for name in parameters if self.argument_spec[name].get("no_log"))
            return super().validate(parameters)

    monkeypatch.setattr(target, "ArgumentSpecValidator", Recorder)
    assert not check().problems
    assert secret == {"host_password", "connection_password"}


V, X, T, P, N = (f"services_{name}" for name in ("vcenter", "xenserver", "transport_url", "placement", "nova_conf"))
R = "oslo_messaging_rabbit"

WRONG = {
    "required option missing": ([("vc-1", V, "cluster_name", ...)], [("vc-1", f"{V}.cluster_name", "is missing")]),
    "required option empty": ([("xs-1", X, "connection_url", "")], [("xs-1", f"{X}.connection_url", "is missing")]),
    "password missing": (
        [("xs-1", X, "connection_password", None)],
        [("xs-1", f"{X}.connection_password", "Set it: ")],
    ),
    "no variables at all": (
        [("vc-1", V, {})],
        [("vc-1", f"{V}.{name}", "missing") for name in ("host_ip", "host_username", "host_password", "cluster_name")],
    ),
    "misspelt option": (
        [("vc-1", V, "cluster_nam", "x")],
        [("vc-1", f"{V}.cluster_nam", "Did you mean cluster_name?")],
    ),
    "option of another driver": (
        [("xs-1", X, "virt_type", "kvm")],
        [("xs-1", f"{X}.virt_type", "not an option of this driver")],
    ),
    "wrong type": ([("vc-1", V, "host_port", SECRET)], [("vc-1", f"{V}.host_port", "is not of type int")]),
    "wrong bool": ([("vc-1", V, "insecure", "perhaps")], [("vc-1", f"{V}.insecure", "is not of type bool")]),
    "a dict for a string": ([("vc-1", V, "host_ip", {"a": SECRET})], [("vc-1", f"{V}.host_ip", "is not a text")]),
    "a list for a string": (
        [("xs-1", X, "cache_images", ["all"])],
        [("xs-1", f"{X}.cache_images", "is not a text")],
    ),
    "driver's options no dict": ([("vc-1", V, SECRET)], [("vc-1", V, "is not a dict")]),
    "layer no dict": ([("vc-1", f"{V}_site", [1])], [("vc-1", f"{V}_site", "is not a dict")]),
    "password ends in a line break": (
        [("vc-1", V, "host_password", f"{SECRET}\n")],
        [("vc-1", f"{V}.host_password", "line break")],
    ),
    "url ends in a line break": ([("vc-1", T, f"rabbit://u:{SECRET}@bus/\n")], [("vc-1", T, "line break")]),
    "placement with a line break": (
        [("vc-1", P, dict(auth_type="password", password=f"{SECRET}\n"))],
        [("vc-1", f"{P}.password", "line break")],
    ),
    "misspelt variable": (
        [("vc-1", "services_docker_hots", "docker1")],
        [("vc-1", "services_docker_hots", "Did you mean services_docker_host?")],
    ),
    "bad service host": ([("f-1", "services_host", "a b")], [("f-1", "services_host", "'a b' is not a service host")]),
    "service host with a line break": (
        [("f-1", "services_host", "a\n")],
        [("f-1", "services_host", "not a service host")],
    ),
    "service host of a successor": (
        [("f-1", "services_host", "a.next")],
        [("f-1", "services_host", "not a service host")],
    ),
    "one service host twice": (
        [("xs-1", "services_host", "xs-2")],
        [("xs-2", "services_host", "the service host xs-2 is that of xs-1 too")],
    ),
    "one cluster twice": (
        [("vc-2", V, "cluster_name", "c1")],
        [("vc-2", V, "the hypervisor vc/443/c1 is that of vc-1 too")],
    ),
    "one XenServer twice": ([("xs-2", X, "connection_url", "https://XS-1/")], [("xs-2", X, "is that of xs-1 too")]),
    "in two groups": (
        [("groups", "vcenter", ["vc-1", "vc-2", "xs-1"])],
        [("xs-1", "group", "is in xenserver and vcenter")],
    ),
    "no target": (
        [("groups", name, []) for name in DRIVERS],
        [("inventory", ", ".join(DRIVERS), "no host is in any")],
    ),
    "no Docker host": (
        [("groups", "nova_compute_hosts", [])],
        [("inventory", "nova_compute_hosts", "the group is empty")],
    ),
    "one name for all queues": (
        [("shared", N, {R: {"use_queue_manager": True, "hostname": "docker1"}})],
        [("f-1 and 5 more", f"{N}.{R}.hostname", "is the same for 6 services")],
    ),
    "no name for queues": (
        [("shared", N, {R: {"use_queue_manager": True, "hostname": None}})],
        [("f-1 and 5 more", f"{N}.{R}.hostname", "would take each other's RPC replies")],
    ),
    "one port for all": (
        [("shared", N, {"DEFAULT": {"backdoor_port": 3000}})],
        [("f-1 and 5 more", f"{N}.DEFAULT.backdoor_port", "is one port for 6 services")],
    ),
    "no transport URL": ([("f-1", T, "")], [("f-1", T, "is missing")]),
    "bad transport URL": ([("f-1", T, f"rabbit://u:{SECRET}/x@bus/")], [("f-1", T, "percent-encode")]),
    "no placement": ([("f-1", P, {})], [("f-1", P, "is missing, and nova-compute ends without placement")]),
    "placement no dict": ([("f-1", P, SECRET)], [("f-1", P, "is not a dict")]),
    "overrides no dict": ([("f-1", N, SECRET)], [("f-1", N, "is not a dict of sections")]),
    "section no dict": ([("f-1", N, {"DEFAULT": SECRET})], [("f-1", N, "is not a dict of sections")]),
    "host overridden": ([("f-1", N, "DEFAULT", "host", "x")], [("f-1", f"{N}.DEFAULT.host", "must not be set")]),
    "host taken out": ([("f-1", N, "DEFAULT", "host", None)], [("f-1", f"{N}.DEFAULT.host", "must not be set")]),
    "transport URL overridden": (
        [("f-1", N, "DEFAULT", "transport_url", f"rabbit://{SECRET}:{SECRET}/")],
        [("f-1", T, "does not name a host")],
    ),
    "options that exclude each other": (
        [("xs-1", N, "DEFAULT", "flat_injected", True), ("xs-1", X, "check_host", True)],
        [("xs-1", f"{N}.DEFAULT.flat_injected", "independent_compute"), ("xs-1", f"{X}.check_host", "requires that")],
    ),
    "options that exclude each other beside another mistake": (
        [("xs-1", X, "check_host", True), ("xs-1", X, "conection_url", "x")],
        [("xs-1", f"{X}.check_host", "requires that"), ("xs-1", f"{X}.conection_url", "Did you mean connection_url?")],
    ),
    "override with an empty line": (
        [("f-1", N, "DEFAULT", "x", "a\n\nb")],
        [("f-1", f"{N}.DEFAULT.x", "has an empty line")],
    ),
}


@pytest.mark.parametrize(("changes", "expected"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_inventory_is_told_with_host_and_variable(check, changes, expected):
    problems = check(*changes).problems
    assert sorted((one.host, one.variable) for one in problems) == sorted(
        (host, name) for host, name, _words in expected
    )
    for host, variable, words in expected:
        (problem,) = [str(one) for one in problems if (one.host, one.variable) == (host, variable)]
        assert words in problem
        assert problem.rstrip().endswith((".", "?"))


def test_all_problems_of_all_hosts_are_told_at_once(check):
    changes = [WRONG[name][0][0] for name in ("misspelt option", "wrong bool", "bad service host", "host overridden")]
    found = check(*changes, ("groups", "nova_compute_hosts", []), ("xs-2", "services_hots", 1))
    assert {one.host for one in found.problems} == {"inventory", "vc-1", "f-1", "xs-2"}
    assert len(found.problems) == 5


def test_a_variable_of_the_users_own_is_no_mistake(check):
    assert check(("xs-2", "services_billing_code", 1)).problems == []


def test_options_may_come_from_the_base_file_and_overrides(check):
    base = "[DEFAULT]\ntransport_url = rabbit://u:p@base/\n[placement]\nauth_type = none\n"
    found = check(("shared", T, ...), ("shared", P, ...), base=base)
    assert found.problems == []
    assert [(one["address"], one["port"]) for one in found.endpoints.listed()] == [("base", 5672)]


def test_options_spread_over_levels_are_one(check):
    changes = [("vc-1", V, "host_password", ...), ("shared", f"{V}_secrets", {"host_password": SECRET})]
    assert check(*changes).problems == []


def test_a_mistake_of_every_target_hides_no_endpoint(check):
    changes = [(host, "services_nova_conf", "not a dict") for host in HOSTS]
    found = check(*changes)
    assert len(found.problems) == len(HOSTS)
    assert {(one["address"], one["port"]) for one in found.endpoints.listed()} == {
        ("bus1", 5672),
        ("bus2", 5673),
        ("keystone", 443),
    }


@pytest.mark.parametrize("url", ["rabbit://", "bus1", None])
def test_a_wrong_transport_url_beside_another_mistake_is_no_crash(check, url):
    found = check(("vc-1", "services_vcenter", "nonsense", 1), ("vc-1", "services_transport_url", url))
    assert [problem.variable for problem in found.problems] == ["services_vcenter.nonsense"]


def test_endpoints_name_who_needs_them(check):
    found = check(
        ("f-1", P, dict(auth_type="none", auth_url="http://[::1]:5000/v3", endpoint_override="http://p:8778"))
    )
    endpoints = {(one["address"], one["port"]): one for one in found.endpoints.listed()}
    assert set(endpoints) == {("bus1", 5672), ("bus2", 5673), ("keystone", 443), ("::1", 5000), ("p", 8778)}
    assert endpoints["bus1", 5672]["targets"] == ["f-1", "kvm-1", "vc-1", "vc-2", "xs-1", "xs-2"]
    assert (endpoints["keystone", 443]["variable"], endpoints["p", 8778]["targets"]) == (f"{P}.auth_url", ["f-1"])


def test_a_variable_that_cannot_be_resolved_is_that_targets_problem(templates, specs):
    def settings_of(host):
        if host == "vc-1":
            raise UndefinedSetting("services_vcenter", "'vault_x' is undefined")
        return Settings(HOSTS[host], SHARED)

    found = check_targets(Inventory(GROUPS, settings_of), Known(specs, Renderer(templates)))
    (problem,) = found.problems
    assert (
        str(problem) == "vc-1: services_vcenter: cannot be resolved: 'vault_x' is undefined. Define what it refers to."
    )


def test_options_are_held_against_the_images_lists(templates, specs):
    """Reported next to every other problem. A deprecated option does not forbid a deployment."""
    sections = {"DEFAULT": {"debug": {}, "odd": {"removal": ""}}, "placement": {option: {} for option in SHARED[P]}}
    listed = NovaOptions(dict(nova="34.0.0", sections=sections, families={}, auth=[]))
    own = {N: {"DEFAULT": {"debgu": 1, "odd": 1}}, "services_host": "a b"}

    def settings_of(host):
        return Settings(own, SHARED)

    groups = {"nova_compute_hosts": ["docker1"], "fake": ["f-1"]}
    found = check_targets(Inventory(groups, settings_of), Known(specs, Renderer(templates), [listed]))
    assert [(one.host, one.variable) for one in found.problems] == [
        ("f-1", "services_host"),
        ("f-1", f"{N}.DEFAULT.debgu"),
    ]
    assert [one.variable for one in found.warnings] == [f"{N}.DEFAULT.odd"]


def test_an_authority_of_a_driver_that_a_service_does_not_load_is_no_problem(check):
    """As in a base file for vCenters, which fake targets may share."""
    problems = check(base="[vmware]\nca_file = /etc/nova/vmware_ca\n").problems
    assert {problem.host for problem in problems} <= {"vc-1", "vc-2"}


def settings_of(host):
    return Settings(HOSTS[host], SHARED)


def test_each_nova_conf_is_rendered_once_and_handed_out(templates, specs):
    class Counted(Renderer):
        made = ()

        def nova_conf(self, service, target, driver, settings):
            self.made = [*self.made, target]
            return super().nova_conf(service, target, driver, settings)

    renderer = Counted(templates, common={"lease.py": "a program"})
    found = check_targets(Inventory(GROUPS, settings_of), Known(specs, renderer))
    assert sorted(renderer.made) == sorted(HOSTS) == sorted(found.rendered)
    rendered = found.rendered["vc-1"]
    assert rendered.conf["vmware"]["cluster_name"] == ["c1"]
    assert [file["path"] for file in rendered.files("the-uuid")] == ["nova.conf", "compute_id", "lease.py"]
    assert SECRET in rendered.nova_conf and SECRET not in repr(found)


def test_a_target_with_a_mistake_is_rendered_as_far_as_it_can_be(check):
    """Its hypervisor is still asked: one mistake must not hide another."""
    found = check(("vc-1", "services_hots", 1), ("vc-2", V, SECRET), ("xs-1", N, SECRET))
    assert {one.host for one in found.problems} == {"vc-1", "vc-2", "xs-1"}
    assert sorted(set(HOSTS) - set(found.rendered)) == ["vc-2", "xs-1"]


def test_some_targets_only(templates, specs):
    inventory = Inventory(dict(GROUPS, nova_compute_hosts=[]), settings_of)
    found = check_targets(inventory, Known(specs, Renderer(templates)), ["vc-1", "nobody"])
    assert (found.targets, list(found.rendered)) == ([], ["vc-1"])
    assert {target for one in found.endpoints.listed() for target in one["targets"]} == {"vc-1"}
    (problem,) = found.problems
    assert (problem.host, problem.variable) == ("nobody", "group")
    assert problem.problem == f"is in none of the groups {', '.join(DRIVERS)}."


def test_what_cannot_be_resolved_hides_nothing_else(templates, specs):
    class Broken(dict):
        def __getitem__(self, name):
            if name == P:
                raise ValueError("'vault_x' is undefined")
            return super().__getitem__(name)

    def broken(host):
        return Settings(Broken(HOSTS[host], services_placement={}, services_hots=1), SHARED)

    groups = {"nova_compute_hosts": ["docker1"], "vcenter": ["vc-1"]}
    found = check_targets(Inventory(groups, broken), Known(specs, Renderer(templates)))
    assert [(one.host, one.variable) for one in found.problems] == [("vc-1", "services_hots"), ("vc-1", P)]
    assert found.rendered == {}
