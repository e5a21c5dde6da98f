# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From one release of nova to the next, in waves; a broken image goes no further than the first wave."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time

import pytest
from helper import computes, docker, inspect

# Whatever the driver is.
pytestmark = pytest.mark.once

NAME = "novafleet/nova-compute:"
UNAVAILABLE = 2
# nova 33.0.2 asks for nothing that the set of versions for 34.0.0 does not hold, so only nova itself is exchanged.
EXCHANGE = """
set -e
site=$(echo /usr/lib/openstack-nova/lib/python3*/site-packages)
rm -r "$site"/nova "$site"/nova-*.dist-info
python3 -m zipfile -e /wheels/nova-*.whl "$site"
rm -r "$site"/nova/tests
python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash "$site/nova"
"""


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Images by name: the scenario's own, the release before, and one whose nova-compute ends at once."""
    found = {"34.0.0": NAME + "34.0.0", "33.0.2": NAME + "test-33.0.2", "broken": NAME + "test-broken"}
    wheels = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels), "nova==33.0.2"]
    subprocess.run(pip, check=True)
    # By itself nova 33 takes 160 s to end, whether anything is under way or not (nova/compute/manager.py).
    at_once = ("--env", "OS_DEFAULT__MANAGER_SHUTDOWN_TIMEOUT=0")
    derive(found["34.0.0"], found["33.0.2"], EXCHANGE, "--volume", f"{wheels}:/wheels:ro", *at_once)
    derive(found["34.0.0"], found["broken"], "ln -sf /bin/false /usr/bin/nova-compute")
    yield found
    docker("rmi", "--force", found["33.0.2"], found["broken"])


def derive(base, image, script, *options):
    """Make an image of another one by a shell script."""
    with contextlib.suppress(subprocess.CalledProcessError):
        docker("rm", "--force", "derive")
    docker("run", "--name", "derive", "--network", "none", "--user", "0", *options, base, "sh", "-c", script)
    docker("commit", "--change", "USER 162:162", "--change", 'CMD ["nova-compute"]', "derive", image)
    docker("rm", "derive")


@pytest.fixture(scope="module")
def upgrade(images, play):
    """A function that brings all services to one of the images, by its name there."""

    def run(name, unavailable=UNAVAILABLE, check=True):
        variables = f"services_image={images[name]} services_max_unavailable={unavailable}"
        return play("novafleet.compute.upgrade", "--extra-vars", variables, check=check)

    yield run
    if set(images_in_use()) != {images["34.0.0"]}:
        run("34.0.0", unavailable="100%")


class Sampler(threading.Thread):
    """Asks nova and Docker again and again which services are down.

    A service is down while nova shows it so; and, as nova shows a dead one up for a minute, while it has no running
    container, and until nova has a heartbeat that is newer than its container's start.
    """

    def __init__(self, cloud, services):
        super().__init__()
        self.cloud, self.services, self.over = cloud, services, threading.Event()
        self.samples, self.error = [], None

    def run(self):
        try:
            while not self.over.wait(0.1):
                self.samples.append(frozenset(down(self.cloud, self.services)))
        except Exception as error:
            self.error = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.over.set()
        self.join()

    @property
    def most(self):
        assert self.error is None
        return max(map(len, self.samples))


def down(cloud, services):
    started = running()
    records = computes(cloud)
    for name in services:
        beat, since = records[name].updated_at, started.get(name)
        # To the second, as nova tells it.
        if records[name].state != "up" or since is None or beat[:19] <= since[:19]:
            yield name


def images_in_use():
    return docker("ps", "--all", "--filter", "label=novafleet.fleet=quickstart", "--format", "{{.Image}}").split()


def running():
    """Service to the time that its running container was started."""
    for _try in range(5):
        names = docker("ps", "--filter", "label=novafleet.fleet=quickstart", "--format", "{{.Names}}").split()
        with contextlib.suppress(subprocess.CalledProcessError):
            states = {one["Name"].removeprefix("/nova-compute-"): one["State"] for one in inspect(*names)}
            return {name: state["StartedAt"] for name, state in states.items() if state["Running"]}
        # One was taken away in between.
    raise AssertionError("the containers do not stand still")


def as_if_never_newer():
    """nova lets no service start that is older than the oldest of the others is noted to be (ServiceTooOld)."""
    sql = "UPDATE services SET version = 72 WHERE topic = 'compute'"
    docker("exec", "sandbox-mariadb", "mariadb", "--no-defaults", "--socket=/run/mysqld/mysqld.sock", "nova", "-e", sql)
    # The conductor has kept the oldest in mind.
    docker("restart", "sandbox-nova-conductor")


def release(service):
    container = f"nova-compute-{service}"
    return docker("exec", container, "nova-compute", "--version").strip()


def test_upgrade_to_the_next_release_never_has_more_down_than_allowed(cloud, services, upgrade):
    as_if_never_newer()
    upgrade("33.0.2", unavailable="100%")
    assert {release(name) for name in services} == {"33.0.2"}
    begin = time.monotonic()
    with Sampler(cloud, services) as sampler:
        upgrade("34.0.0")
    print(f"{len(services)} services, {time.monotonic() - begin:.0f} s, {len(sampler.samples)} samples")
    print(f"down at a time: at most {sampler.most}")
    assert {release(name) for name in services} == {"34.0.0"}
    assert 0 < sampler.most <= UNAVAILABLE
    assert frozenset().union(*sampler.samples) == set(services)
    assert not set(down(cloud, services))


def test_a_broken_image_stops_after_the_first_wave_and_the_way_back_is_one_command(cloud, services, images, upgrade):
    before = running()
    with Sampler(cloud, services) as sampler:
        done = upgrade("broken", check=False)
    assert done.returncode != 0
    assert f"run it again with -e services_image={images['34.0.0']}" in done.stdout
    left = services[UNAVAILABLE:]
    assert {name: running()[name] for name in left} == {name: before[name] for name in left}
    assert sampler.most == UNAVAILABLE
    upgrade("34.0.0")
    assert {release(name) for name in services} == {"34.0.0"}
    assert {name: running()[name] for name in left} == {name: before[name] for name in left}
