# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection sends to Podman, where that differs from what it sends to Docker."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._contract import LABEL_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import body as docker_body
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman import body
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import desired
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import CONTAINER_ARGUMENT_SPEC

FILES = [{"path": "nova.conf", "sha256": "0" * 64}]
# What role services sets.
SERVICES = {
    "tmpfs": {
        "/tmp": "rw,size=64m,mode=1777",
        "/var/lib/nova": "rw,size=64m,mode=0750,uid=162,gid=162",
        "/var/log/nova": "rw,size=1m,mode=0750,uid=162,gid=162",
    }
}


def spec(settings=None, **entry):
    validated = ArgumentSpecValidator(CONTAINER_ARGUMENT_SPEC).validate(settings or {})
    assert validated.error_messages == []
    given = {"name": "xs-01", "image": "nova:1", "files": FILES, **entry}
    return desired.service(given, validated.validated_parameters, "nova", "nova-compute-", "/etc/novafleet").spec


def host(**settings):
    return body.create_body(spec(settings))["HostConfig"]


def test_all_else_is_what_docker_is_told():
    ours, dockers = body.create_body(spec(SERVICES)), docker_body.create_body(spec(SERVICES))
    differ = {key for key in dockers["HostConfig"] if ours["HostConfig"][key] != dockers["HostConfig"][key]}
    assert differ == {"RestartPolicy", "LogConfig", "Tmpfs"}
    assert {key for key in dockers if ours[key] != dockers[key]} == {"HostConfig", "Labels"}
    assert ours["Labels"][LABEL_SPEC] == body.digest(spec(SERVICES)) != docker_body.digest(spec(SERVICES))


@pytest.mark.parametrize(
    ("policy", "told"), [("unless-stopped", "always"), ("always", "always"), ("no", "no")], ids=lambda one: one
)
def test_containers_are_started_after_a_boot(policy, told):
    assert host(restart_policy=policy)["RestartPolicy"] == {"Name": told}


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ({}, {"Type": "json-file", "Config": {"max-size": "10m"}}),
        ({"driver": "k8s-file"}, {"Type": "k8s-file", "Config": {"max-size": "10m"}}),
        ({"driver": "journald"}, {"Type": "journald", "Config": {}}),
        ({"driver": "none"}, {"Type": "none", "Config": {}}),
        ({"options": {"max-size": "1m"}}, {"Type": "json-file", "Config": {"max-size": "1m"}}),
        (
            {"driver": "journald", "options": {"tag": 1}},
            {"Type": "journald", "Config": {"tag": "1"}},
        ),
    ],
)
def test_a_log_is_one_bounded_file(log, told):
    assert host(log=log)["LogConfig"] == told


def test_a_tmpfs_that_belongs_to_a_user_is_for_everyone():
    assert host(**SERVICES)["Tmpfs"] == {
        "/tmp": "rw,size=64m,mode=1777,notmpcopyup",
        "/var/lib/nova": "rw,size=64m,mode=1777,notmpcopyup",
        "/var/log/nova": "rw,size=1m,mode=1777,notmpcopyup",
    }
    assert host(tmpfs={"/x": ""})["Tmpfs"] == {"/x": "notmpcopyup"}


@pytest.mark.parametrize(
    ("test", "told"),
    [
        (["CMD", "sh", "-c", "a  b"], ['["sh", "-c", "a  b"]']),
        (["sh", "-c", "true"], ['["sh", "-c", "true"]']),
        (["CMD", "/usr/bin/a b"], ["'/usr/bin/a b'"]),
        (["CMD-SHELL", "a  b"], ["CMD-SHELL", "a  b"]),
        (["NONE"], ["NONE"]),
    ],
)
def test_the_words_of_a_health_check_stay_apart(test, told):
    assert body.create_body(spec({"healthcheck": {"test": test}}))["Healthcheck"]["Test"] == told


@pytest.mark.parametrize(
    ("settings", "entry", "digest"),
    [
        ({}, {"files": []}, "ddf7dac6b08c2701c32c5c751297c9632beb5fd2116073a615d03f08180db456"),
        (SERVICES, {}, "dc8c4a9837a69faf4c1563a95ae0610067fe0ac8717b1ac2b38ab291ce4405b8"),
        (
            {"log": {"driver": "journald"}},
            {"command": ["nova-compute", "--debug"]},
            "4e6d012522d97250d4747ab92d324c546afa68d0774ab545dcc91c85bb8d73bd",
        ),
        (
            {"healthcheck": {"test": ["true"]}, "restart_policy": "no"},
            {},
            "b523e221dfb195f180dd1537eaa32966d9c99f28447c83a36d388ec8a6b4e81d",
        ),
    ],
    ids=["module", "services", "journald", "healthcheck"],
)
def test_a_container_of_an_earlier_release_is_left_alone(settings, entry, digest):
    """Another digest replaces every container of a site that only upgrades this collection."""
    assert body.digest(spec(settings, **entry)) == digest
