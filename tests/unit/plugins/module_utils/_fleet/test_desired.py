# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import desired

SHA = "0" * 64


def service(policy, config_dir="/etc/novafleet", **entry):
    entry = dict(dict(name="xs-01", image="nova:1"), **entry)
    return desired.service(entry, policy, "nova", "nova-compute-", config_dir)


def test_body_is_that_of_docker_api_1_40(policy):
    assert service(policy, command=["nova-compute"], files=[{"path": "nova.conf", "sha256": SHA}]).config == {
        "Image": "nova:1",
        "Cmd": ["nova-compute"],
        "User": "162:162",
        "Env": [],
        "StopTimeout": 180,
        "Labels": {
            "novafleet.fleet": "nova",
            "novafleet.service": "xs-01",
            "novafleet.spec": service(
                policy, command=["nova-compute"], files=[{"path": "nova.conf", "sha256": SHA}]
            ).digest,
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
        # Docker's API takes strings only; YAML gives numbers.
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
    assert service(dict(policy, **{option: value})).config["HostConfig"][field] == expected


def test_the_entrypoint_takes_the_place_of_the_image_s(policy):
    """With it, Docker drops the image's own command (moby: daemon/create.go, merge)."""
    made = service(dict(policy, entrypoint=["/bin/a", "-x"]), container={"entrypoint": ["/bin/b"]})
    assert (made.config["Entrypoint"], "Cmd" in made.config) == (["/bin/b"], False)
    assert service(dict(policy, entrypoint=["/bin/a"]), command=["c"]).config["Cmd"] == ["c"]
    assert "Entrypoint" not in service(policy).config
    assert "Entrypoint" not in service(dict(policy, entrypoint=[])).config


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
    validated = ArgumentSpecValidator(desired.CONTAINER_ARGUMENT_SPEC).validate({"log": log})
    # As the module checks them: what an override leaves out is None.
    given = {"log": {"driver": None, "options": None, **override}} if override else {}
    made = service(validated.validated_parameters, container=given)
    assert made.config["HostConfig"]["LogConfig"] == {"Type": driver, "Config": options}


def test_environment_is_sorted_text(policy):
    changed = dict(policy, environment={"B": 1, "A": "x"})
    assert service(changed).config["Env"] == ["A=x", "B=1"]


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
    assert service(dict(policy, healthcheck=check)).config["Healthcheck"] == {
        "Test": expected,
        "Interval": 500_000_000,
        "Timeout": 2_000_000_000,
        "StartPeriod": 1_000_000_000,
        "Retries": 4,
    }


def test_without_a_health_check_the_image_s_own_stays(policy):
    assert "Healthcheck" not in service(policy).config


def test_every_option_of_the_policy_is_in_the_table():
    assert set(OTHER_VALUES) == set(desired.CONTAINER_ARGUMENT_SPEC)


@pytest.mark.parametrize("option", sorted(OTHER_VALUES))
def test_digest_changes_with_each_option(policy, option):
    files = [{"path": "nova.conf", "sha256": SHA}]
    before = service(policy, files=files).digest
    assert service(dict(policy, **{option: OTHER_VALUES[option]}), files=files).digest != before
    assert service(policy, files=files, container={option: OTHER_VALUES[option]}).digest != before


@pytest.mark.parametrize("change", [dict(image="nova:2"), dict(command=["other"]), dict(name="xs-02", files=[])])
def test_digest_changes_with_the_entry(policy, change):
    same = "name" in change
    assert (service(policy, **change).digest == service(policy).digest) is same


def test_digest_does_not_depend_on_the_order_of_keys(policy):
    def reverse(value):
        return {key: reverse(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    rich = dict(policy, environment={"A": "1", "B": "2"}, labels={"a": "1", "b": "2"}, ulimits={"nofile": 1, "core": 2})
    assert service(reverse(rich)).digest == service(rich).digest


def test_digest_does_not_depend_on_contents_of_files(policy):
    one, other = (service(policy, files=[{"path": "nova.conf", "sha256": sha * 64}]) for sha in "01")
    assert one.digest == other.digest


def test_override_is_of_one_service_and_leaves_the_policy_alone(policy):
    before = copy.deepcopy(policy)
    made = service(policy, container={"memory": 5, "user": None, "stop_timeout": 7})
    assert made.config["HostConfig"]["Memory"] == 5
    assert made.config["User"] == policy["user"]
    assert made.stop_timeout == made.config["StopTimeout"] == 7
    assert policy == before


def test_our_labels_cannot_be_overridden(policy):
    made = service(dict(policy, labels={"novafleet.fleet": "theirs", "novafleet.service": "theirs", "x": 1}))
    labels = made.config["Labels"]
    assert (labels["novafleet.fleet"], labels["novafleet.service"], labels["x"]) == ("nova", "xs-01", "1")


def test_without_files_nothing_is_mounted(policy):
    assert service(policy).config["HostConfig"]["Mounts"] == []


def test_files_are_sorted_with_octal_modes(policy):
    made = service(
        policy, files=[{"path": "b", "sha256": SHA, "mode": "0600"}, {"path": "a", "sha256": SHA, "immutable": True}]
    )
    assert made.files == (desired.File("a", SHA, 0o640, True), desired.File("b", SHA, 0o600))


def test_right_entries_have_no_problem():
    files = [{"path": "nova.conf"}, {"path": "compute_id", "mode": "0600"}]
    entries = [{"name": "xs-01.example.com", "image": "a", "files": files}, {"name": "XS_02", "image": "a"}]
    assert desired.problems(entries, "nova-compute-") == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", "-x", "a/b", "a b", "ä", "x\n", "../etc", "a" * 201, "a:b", "xs-01.next"]
)
def test_bad_service_name_is_refused(name):
    (problem,) = desired.problems([{"name": name, "image": "a"}], "nova-compute-")
    assert problem.startswith(f"services[0].name {name!r}")


@pytest.mark.parametrize("prefix", ["-", "a/", " "])
def test_bad_prefix_is_refused(prefix):
    assert len(desired.problems([{"name": "x", "image": "a"}], prefix)) == 1


def test_name_of_one_letter_is_no_container_name_for_docker():
    assert len(desired.problems([{"name": "x", "image": "a"}], "")) == 1
    assert desired.problems([{"name": "xy", "image": "a"}], "") == []


@pytest.mark.parametrize("path", ["", ".", "..", ".novafleet", "a/b", "../a", "/etc/passwd", "a\n", "a\0"])
def test_bad_file_path_is_refused(path):
    (problem,) = desired.problems([{"name": "x", "image": "a", "files": [{"path": path}]}], "n-")
    assert "services[0] (x)" in problem and repr(path) in problem


# 416 is what YAML makes of an unquoted 0640.
@pytest.mark.parametrize("mode", ["416", "640", "0999", "rw", "04640", "0640\n"])
def test_bad_mode_is_refused(mode):
    (problem,) = desired.problems([{"name": "x", "image": "a", "files": [{"path": "f", "mode": mode}]}], "n-")
    assert "'0640'" in problem


def test_all_problems_are_told_at_once():
    twice = [{"path": "f"}, {"path": "f"}]
    entries = [{"name": "x", "image": "a", "files": twice}, {"name": "x", "image": ""}, {"name": "/", "image": "a"}]
    found = desired.problems(entries, "n-")
    assert len(found) == 4
    for words in ("same name 'x'", "no image", "'/' cannot", "file 'f' is listed twice"):
        assert sum(words in problem for problem in found) == 1, words
