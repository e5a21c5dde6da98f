# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Precedence of variables: each target is checked with the variables with which it is rendered."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def shared(make_shared_site):
    """Two Docker hosts without a fleet, on which every run is refused. t1 and t2 are each pinned to one of them."""
    return make_shared_site(docker_hosts=("d1", "d2"), targets=("t1", "t2", "t3"))


@pytest.fixture
def refusing(shared):
    """The shared site, whose variables a test may change."""
    before = {name: dict(values) for name, values in {**shared.hosts, **shared.targets}.items()}
    shared.targets["t1"]["services_docker_host"] = "d1"
    shared.targets["t2"]["services_docker_host"] = "d2"
    yield shared
    assert not shared.running()
    for name, values in before.items():
        known = shared.hosts if name in shared.hosts else shared.targets
        known[name].clear()
        known[name].update(values)


def test_values_of_the_wrong_type_are_refused(refusing):
    refusing.targets["t1"].update(services_preflight="maybe", services_options_known="neutron.*")
    run = refusing.run()
    run.assert_refused(
        "t1: services_preflight: is not a bool. Write true or false.",
        "t1: services_options_known: is not a list of texts.",
    )


def test_each_target_is_checked_with_the_variables_of_its_own_docker_host(refusing):
    refusing.hosts["d2"]["services_nova_conf"] = dict(DEFAULT=dict(host="someone-else"))
    for target in ("t1", "t2"):
        refusing.targets[target]["services_transport_url"] = "rabbit://nova:p#ss@h1:5672/"
    run = refusing.run()
    run.assert_refused("t2: services_nova_conf.DEFAULT.host: must not be set")
    assert "t1: services_nova_conf.DEFAULT.host" not in run.message
    # A problem that targets share is reported once, although each Docker host found it.
    run.assert_refused("t[12] and 1 more: services_transport_url: ")
    assert run.message.count(": services_transport_url: ") == 1, run.message


def test_a_docker_host_tries_the_endpoints_of_its_own_targets(refusing):
    """A message bus that only the Docker hosts of a cell reach."""
    refusing.targets["t2"]["services_transport_url"] = "rabbit://nova:secret@127.0.0.1:1/"
    run = refusing.run()
    run.assert_refused("d2: .*127.0.0.1 port 1")
    assert "d1: " not in run.message


def test_variables_of_docker_hosts_are_refused_for_targets(refusing):
    refusing.vars["services_density"] = False
    refusing.hosts["d1"]["services_container"] = dict(environment=dict(A="1"))
    refusing.targets["t1"].update(services_image="another:1", services_container=dict(environment=dict(B="2")))
    refusing.targets["t2"]["services_density"] = True
    run = refusing.run()
    run.assert_refused(
        "t1: services_image: is read for the whole Docker host",
        "t1: services_container: is read for the whole Docker host",
        "t2: services_density: is read for the whole Docker host",
    )
    assert "Problems found: 3." in run.message


@pytest.mark.parametrize(("engine", "refused"), [("podman", True), ("docker", False)])
def test_the_engine_that_is_asked_for_is_the_one_that_modules_look_for(refusing, engine, refused):
    """Also where the play says something of the engine itself, as the address."""
    for host in refusing.hosts.values():
        host["services_engine"] = engine
    refusing.targets["t1"].update(services_preflight="maybe")
    run = refusing.run()
    assert run.failed
    assert ("engine (services_engine) is podman, but at" in run.text) is refused, run.text
    assert ("t1: services_preflight: is not a bool" in run.text) is not refused


def test_variables_of_the_run_are_refused_for_targets(refusing):
    refusing.targets["t1"].update(services_new_state="disabled", services_capacity=1)
    run = refusing.run()
    run.assert_refused(
        "t1: services_new_state: is read for the whole Docker host",
        "t1: services_capacity: is read for the whole Docker host",
    )


def test_variables_of_docker_hosts_are_not_ignored(refusing):
    """A misspelled name, and a value of one Docker host that is read for all. The first host answers last."""
    refusing.hosts["d1"]["ansible_shell_type"] = "{{ lookup('ansible.builtin.pipe', 'sleep 0.2; echo sh') }}"
    refusing.hosts["d2"].update(services_capactiy=3, services_lease=False)
    run = refusing.run()
    run.assert_refused(
        "d2: services_capactiy: is not a variable of this role. Did you mean services_capacity",
        "d1: services_lease: is not the same as on d2, and is read once for all Docker hosts",
    )


@pytest.mark.parametrize(
    ("playbook", "extra", "said"),
    [
        ("remove", dict(services_verify="flase"), "services_verify: 'flase' is not of type bool"),
        ("retire", dict(services_retire_drian="wait"), "services_retire_drian: .* Did you mean services_retire_drain"),
        ("status", dict(services_ony=["t1"]), "services_ony: .* Did you mean services_only"),
    ],
)
def test_variables_of_each_playbook_are_read(refusing, playbook, extra, said):
    """A fleet was removed without a question to nova, where services_verify was written wrongly."""
    confirmed = dict(services_remove_confirm=refusing.fleet, services_retire=["t1"])
    run = refusing.run(playbook, **dict(confirmed, **extra))
    run.assert_refused(said)


@pytest.mark.parametrize("names", [[["t1"]], [dict(host="t1")], [1], {"t1": None}], ids=str)
def test_names_to_retire_are_texts(refusing, names):
    run = refusing.run("retire", services_retire=names)
    assert run.failed
    assert (
        "argument 'services_retire'" in run.message or "services_retire: is not a list of service hosts" in run.message
    )
    assert not run.ran("Ask") and not run.ran("Take the services out of nova")
