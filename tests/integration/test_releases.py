# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images of all releases of nova with pins, in clouds of these releases, as the tables of docs/image.md say."""

from __future__ import annotations

import subprocess

import pytest
from quickstart_run import ROOT, containers, instances, openstack, output

NEWEST = "34.0.0"
# The release before the newest one works with its clouds. nova's services do not start with older computes.
SUPPORTED, TOO_OLD = "33.0.2", ("32.2.1", "31.3.1")
IMAGE = "novafleet/nova-compute:{}"
HOSTS = {f"cluster-{number:03}" for number in range(1, 6)}
BOOTED = {"vm-1": "ACTIVE", "vm-2": "ACTIVE"}


def play(name, **variables):
    """A playbook of the collection, on the cloud of the quick start: its status and its output."""
    options = [option for key, value in variables.items() for option in ("--extra-vars", f"{key}={value}")]
    command = [ROOT / ".quickstart" / "play", f"novafleet.compute.{name}", *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done.returncode, done.stdout + done.stderr


def releases():
    """Releases of nova in the containers of the services."""
    names = [name for name in containers() if name.startswith("nova-compute-cluster-")]
    assert len(names) == len(HOSTS)
    return {output("docker", "exec", name, "nova-compute", "--version").strip() for name in names}


def up():
    rows = openstack("compute", "service", "list", "--service", "nova-compute")
    return {row["Host"] for row in rows if row["State"] == "up"}


def instances_boot_on_a_new_cloud(cloud, computes):
    """Keystone, placement and Glance stay those of the newest release. nova's own services are of the cloud's image."""
    assert play("quickstart_down", quickstart_keep_images="true")[0] == 0
    status, _said = play(
        "quickstart",
        nova_image_nova_version=computes,
        sandbox_nova_version=NEWEST,
        sandbox_nova_image=IMAGE.format(cloud),
        quickstart_boot="true",
    )
    assert (status, releases(), up()) == (0, {computes}, HOSTS)
    assert {name: one["status"] for name, one in instances().items()} == BOOTED


def test_a_cloud_takes_computes_of_the_release_before(first_run):
    assert releases() == {NEWEST}
    instances_boot_on_a_new_cloud(NEWEST, SUPPORTED)


@pytest.mark.parametrize("release", TOO_OLD)
def test_a_cloud_refuses_computes_that_its_services_do_not_start_with(first_run, release):
    before = containers()
    status, said = play("deploy", nova_image_nova_version=release)
    assert status != 0
    assert f"services_image: has nova {release}" in said and "do not start with a nova-compute older than 33" in said
    assert (containers(), releases()) == (before, {SUPPORTED})


@pytest.mark.parametrize("release", [SUPPORTED, *TOO_OLD])
def test_a_cloud_of_each_release_boots_instances(first_run, release):
    instances_boot_on_a_new_cloud(release, release)
