# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import body
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import desired
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import CONTAINER_ARGUMENT_SPEC

SHA = "0" * 64


def spec(policy, **entry):
    entry = dict(dict(name="xs-01", image="nova:1"), **entry)
    return desired.service(entry, policy, "nova", "nova-compute-", "/etc/novafleet").spec


def config(policy, **entry):
    """The request to Docker."""
    return body.create_body(spec(policy, **entry))


def digest(policy, **entry):
    return body.digest(spec(policy, **entry))


def test_body_is_that_of_docker_api_1_40(policy):
    assert config(policy, command=["nova-compute"], files=[{"path": "nova.conf", "sha256": SHA}]) == {
        "Image": "nova:1",
        "Cmd": ["nova-compute"],
        "User": "162:162",
        "Env": [],
        "StopTimeout": 180,
        "Labels": {
            "novafleet.fleet": "nova",
            "novafleet.service": "xs-01",
            "novafleet.spec": digest(policy, command=["nova-compute"], files=[{"path": "nova.conf", "sha256": SHA}]),
        },
        "HostConfig": {
            "NetworkMode": "host",
            "ReadonlyRootfs": True,
            "Init": True,
            "CapDrop": ["ALL"],
            "CapAdd": [],
            "SecurityOpt": ["no-new-privileges"],
            "Mounts": [{"Type": "bind", "Source": "/etc/novafleet/xs-01", "Target": "/etc/nova", "ReadOnly": True}],
            "Tmpfs": {"/tmp": "rw,size=64m,mode=1777"},
            "RestartPolicy": {"Name": "unless-stopped"},
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
            "Devices": [],
            "Ulimits": [],
        },
    }


@pytest.mark.parametrize(
    ("option", "value", "field", "expected"),
    [
        ("pids_limit", 512, "PidsLimit", 512),
        ("memory", 2**29, "Memory", 2**29),
        ("cpu_shares", 2048, "CpuShares", 2048),
        ("runtime", "crun", "Runtime", "crun"),
        ("userns_mode", "host", "UsernsMode", "host"),
        ("ulimits", {"nofile": 4096}, "Ulimits", [{"Name": "nofile", "Soft": 4096, "Hard": 4096}]),
        (
            "devices",
            ["/dev/kvm", "/dev/a:/dev/b:r"],
            "Devices",
            [
                {"PathOnHost": "/dev/kvm", "PathInContainer": "/dev/kvm", "CgroupPermissions": "rwm"},
                {"PathOnHost": "/dev/a", "PathInContainer": "/dev/b", "CgroupPermissions": "r"},
            ],
        ),
        (
            "mounts",
            [{"source": "/x", "target": "/y", "read_only": False}],
            "Mounts",
            [{"Type": "bind", "Source": "/x", "Target": "/y", "ReadOnly": False}],
        ),
        # Docker's API accepts only strings, but YAML has numbers.
        (
            "log",
            {"driver": "local", "options": {"max-file": 3}},
            "LogConfig",
            {"Type": "local", "Config": {"max-file": "3"}},
        ),
        ("tmpfs", {"/run": None}, "Tmpfs", {"/run": ""}),
    ],
)
def test_option_reaches_its_field(policy, option, value, field, expected):
    assert config(dict(policy, **{option: value}))["HostConfig"][field] == expected


def test_the_entrypoint_takes_the_place_of_the_image_s(policy):
    """With an entrypoint, Docker ignores the image's own command (moby: daemon/create.go, merge)."""
    made = config(dict(policy, entrypoint=["/bin/a", "-x"]), container={"entrypoint": ["/bin/b"]})
    assert (made["Entrypoint"], "Cmd" in made) == (["/bin/b"], False)
    assert config(dict(policy, entrypoint=["/bin/a"]), command=["c"])["Cmd"] == ["c"]
    assert "Entrypoint" not in config(policy)
    assert "Entrypoint" not in config(dict(policy, entrypoint=[]))


ROTATED = {"max-size": "10m", "max-file": "3"}
TAGGED = {"driver": "journald", "options": {"tag": "nova"}}


@pytest.mark.parametrize(
    ("log", "override", "driver", "options"),
    [
        ({}, {}, "json-file", ROTATED),
        ({"driver": "local"}, {}, "local", ROTATED),
        ({"driver": "journald"}, {}, "journald", {}),
        ({"driver": "syslog"}, {}, "syslog", {}),
        ({"driver": "none"}, {}, "none", ROTATED),
        ({"driver": "json-file", "options": {}}, {}, "json-file", {}),
        (TAGGED, {}, "journald", {"tag": "nova"}),
        ({}, {"driver": "journald"}, "journald", {}),
        (TAGGED, {"driver": "json-file"}, "json-file", ROTATED),
        (TAGGED, {"options": {"tag": "x"}}, "journald", {"tag": "x"}),
        (TAGGED, {"driver": "journald"}, "journald", {"tag": "nova"}),
    ],
)
def test_a_log_driver_gets_the_options_that_fit_it(log, override, driver, options):
    validated = ArgumentSpecValidator(CONTAINER_ARGUMENT_SPEC).validate({"log": log})
    # As the module checks them: options that an override does not have are None.
    given = {"log": {"driver": None, "options": None, **override}} if override else {}
    assert config(validated.validated_parameters, container=given)["HostConfig"]["LogConfig"] == {
        "Type": driver,
        "Config": options,
    }


def test_environment_is_sorted_text(policy):
    changed = dict(policy, environment={"B": 1, "A": "x"})
    assert config(changed)["Env"] == ["A=x", "B=1"]


OTHER_VALUES = dict(
    user="0:0",
    network_mode="bridge",
    read_only=False,
    init=False,
    cap_drop=[],
    cap_add=["NET_ADMIN"],
    security_opt=[],
    files_target="/etc/other",
    mounts=[{"source": "/x", "target": "/y"}],
    tmpfs={},
    environment={"A": "1"},
    devices=["/dev/kvm"],
    ulimits={"nofile": 4096},
    pids_limit=9,
    memory=9,
    cpu_shares=9,
    runtime="crun",
    userns_mode="host",
    stop_timeout=9,
    restart_policy="always",
    log={"driver": "local", "options": {}},
    entrypoint=["/usr/bin/python3", "/etc/nova/lease.py"],
    healthcheck={"test": ["true"], "interval": 60, "timeout": 10, "start_period": 0, "retries": 3},
    labels={"a": "b"},
)


@pytest.mark.parametrize(
    "test, expected",
    [
        (["/bin/probe", "-x"], ["CMD", "/bin/probe", "-x"]),
        (["CMD", "/bin/probe"], ["CMD", "/bin/probe"]),
        (["CMD-SHELL", "exit 0"], ["CMD-SHELL", "exit 0"]),
        (["NONE"], ["NONE"]),
    ],
)
def test_health_check_is_written_as_docker_counts(policy, test, expected):
    check = {"test": test, "interval": 0.5, "timeout": 2, "start_period": 1, "retries": 4}
    assert config(dict(policy, healthcheck=check))["Healthcheck"] == {
        "Test": expected,
        "Interval": 500_000_000,
        "Timeout": 2_000_000_000,
        "StartPeriod": 1_000_000_000,
        "Retries": 4,
    }


def test_without_a_health_check_the_image_s_own_stays(policy):
    assert "Healthcheck" not in config(policy)


def test_every_option_of_the_policy_is_in_the_table():
    assert set(OTHER_VALUES) == set(CONTAINER_ARGUMENT_SPEC)


@pytest.mark.parametrize("option", sorted(OTHER_VALUES))
def test_digest_changes_with_each_option(policy, option):
    files = [{"path": "nova.conf", "sha256": SHA}]
    before = digest(policy, files=files)
    assert digest(dict(policy, **{option: OTHER_VALUES[option]}), files=files) != before
    assert digest(policy, files=files, container={option: OTHER_VALUES[option]}) != before


@pytest.mark.parametrize("change", [dict(image="nova:2"), dict(command=["other"]), dict(name="xs-02", files=[])])
def test_digest_changes_with_the_entry(policy, change):
    same = "name" in change
    assert (digest(policy, **change) == digest(policy)) is same


def test_digest_does_not_depend_on_the_order_of_keys(policy):
    def reverse(value):
        return {key: reverse(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    rich = dict(policy, environment={"A": "1", "B": "2"}, labels={"a": "1", "b": "2"}, ulimits={"nofile": 1, "core": 2})
    assert digest(reverse(rich)) == digest(rich)


def test_digest_does_not_depend_on_contents_of_files(policy):
    one, other = (digest(policy, files=[{"path": "nova.conf", "sha256": sha * 64}]) for sha in "01")
    assert one == other


def test_our_labels_cannot_be_overridden(policy):
    labels = config(dict(policy, labels={"novafleet.fleet": "theirs", "novafleet.service": "theirs", "x": 1}))["Labels"]
    assert (labels["novafleet.fleet"], labels["novafleet.service"], labels["x"]) == ("nova", "xs-01", "1")


def test_without_files_nothing_is_mounted(policy):
    assert config(policy)["HostConfig"]["Mounts"] == []


def test_a_container_of_no_fleet_has_none_of_our_labels(policy):
    made = body.create_body(ContainerSpec("nova:1", dict(policy, labels={"x": "1"})))
    assert made["Labels"] == {"x": "1"}
