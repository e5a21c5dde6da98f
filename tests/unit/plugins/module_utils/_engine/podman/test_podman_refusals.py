# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Podman would not refuse, and which Podman it is."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman import refusals, release


def found(policy, **settings):
    return list(refusals.problems(ContainerSpec("i", {**policy, **settings})))


@pytest.mark.parametrize(
    ("driver", "options"),
    [
        ("json-file", None),
        ("json-file", {"max-size": "1m"}),
        ("k8s-file", {"path": "/x"}),
        ("journald", {"tag": "x"}),
        ("none", None),
    ],
)
def test_what_podman_does_is_no_problem(policy, tmp_path, driver, options):
    mounts = [dict(source=str(tmp_path), target="/x")]
    assert found(policy, log=dict(driver=driver, options=options), mounts=mounts) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (dict(log=dict(driver="local")), "Podman has no log driver local"),
        (dict(log=dict(driver="json-file", options={"max-file": "3", "max-sise": 1})), "no option max-file, max-sise"),
        (dict(log=dict(driver="journald", options={"max-size": "3"})), "journald has no option max-size"),
        (dict(mounts=[dict(source="/nowhere/x", target="/x")]), "bind source path does not exist: /nowhere/x"),
        (dict(runtime="novafleet-dense"), "takes no OCI runtime, and runtime is novafleet-dense"),
    ],
)
def test_what_podman_would_ignore_is_a_problem(policy, settings, words):
    ((problem, fix),) = found(policy, **settings)
    assert words in problem and fix.endswith(".")


@pytest.mark.parametrize("systemd", [True, False])
def test_health_checks_need_systemd(policy, tmp_path, monkeypatch, systemd):
    monkeypatch.setattr(refusals, "SYSTEMD", str(tmp_path if systemd else tmp_path / "none"))
    problems = found(policy, healthcheck=dict(test=["true"]))
    assert [problem for problem, _fix in problems if "timers of systemd" in problem] == [] if systemd else problems


def test_all_problems_are_told_at_once(policy):
    spec = ContainerSpec("i", {**policy, "log": dict(driver="local"), "runtime": "x"})
    with pytest.raises(base.Rejected, match=r"log driver local; Podman's API takes no OCI runtime") as raised:
        refusals.require(spec)
    assert "Podman has json-file, k8s-file" in raised.value.fix and "containers.conf" in raised.value.fix


PODMAN = dict(ApiVersion="1.41", Components=[dict(Name="Podman Engine", Version="4.3.1"), dict(Name="Conmon")])
DOCKER = dict(ApiVersion="1.43", Components=[dict(Name="Engine", Version="24.0.0")])


@pytest.mark.parametrize(("version", "podman"), [(PODMAN, "4.3.1"), (DOCKER, None), ({"ApiVersion": "1.40"}, None)])
def test_podman_is_known_by_its_component(version, podman):
    assert release.release(version) == podman


@pytest.mark.parametrize("good", ["4.3.1", "4.3.0-dev", "5.0.0", "10.1.0"])
def test_podman_from_4_3_on_is_taken(good):
    assert release.require_release(good) is None


@pytest.mark.parametrize("old", ["3.4.4", "4.2.9", "4", ""])
def test_an_older_podman_is_refused(old):
    with pytest.raises(base.EngineError, match=r"needs 4\.3 or newer"):
        release.require_release(old)
