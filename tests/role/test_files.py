# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on the Docker host that cannot be read or written: each service has the cause, and others are not affected."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess

import pytest

MANIFEST = ".novafleet"
# Space for the directories of a few services. Each of their small files needs a page.
SIZE = "256k"
FULL = "No space left on device"


class Disk:
    """A small file system for the directory of a Docker host's files."""

    def __init__(self, path):
        self.path, self.filler = path, path / "filler"

    def fill(self):
        with self.filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
            while True:
                stream.write(bytes(4096))

    def make_room(self):
        self.filler.unlink()


@pytest.fixture
def disk(site):
    """The directory of the site's Docker host."""
    path = site.config()
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", path], check=True)
    yield Disk(path)
    subprocess.run(["umount", "--lazy", path], check=True)


def test_a_full_disk_is_told_and_the_same_run_goes_on_when_there_is_room(site, disk):
    disk.fill()
    run = site.run()
    assert run.failed
    assert FULL in run.message, run.text
    assert not site.running()
    disk.make_room()
    site.deploy()
    assert site.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}


def test_a_disk_that_is_full_when_a_result_is_noted_fails_that_service(site, disk):
    site.deploy()
    for target in ("t1", "t2"):
        site.targets[target]["services_nova_conf"] = dict(DEFAULT=dict(debug=True))
    engine, restarted = site.engine(), []

    def fill(container):
        restarted.append(container.service)
        if len(restarted) == 1:
            disk.fill()

    engine.on_run = fill
    run = site.run(services_max_failures=5)
    engine.on_run = None
    assert run.failed
    assert f"{restarted[0]}: " in run.message, run.text
    assert FULL in run.message, run.text
    assert len(site.places()) == 3
    disk.make_room()
    site.deploy()
    # Steps that could not be recorded on the full disk are repeated, as a restart may be owed.
    assert site.deploy().stats["d1"]["changed"] == 0


def test_a_damaged_manifest_is_the_problem_of_its_service(shared):
    damages = dict(t1=dict(files=None), t2=dict(restart_owed="maybe"), t3=None)
    paths = {service: shared.config() / service / MANIFEST for service in damages}
    good = {service: path.read_text(encoding="utf-8") for service, path in paths.items()}
    before = list(shared.engine().changes)
    for service, damage in damages.items():
        changed = dict(json.loads(good[service]), **damage) if damage else []
        paths[service].write_text(json.dumps(changed), encoding="utf-8")
    try:
        run = shared.run()
        run.assert_refused(*(f"{service}: .*{MANIFEST} is damaged" for service in damages))
        assert "has no attribute" not in run.text
        assert shared.engine().changes == before
    finally:
        for service, path in paths.items():
            path.write_text(good[service], encoding="utf-8")


def test_a_directory_that_may_not_be_read_is_the_problem_of_its_service(shared):
    """File modes only restrict root's processes that do not have its capabilities."""
    path = shared.config() / "t2"
    before = list(shared.engine().changes)
    os.chmod(path, 0)
    try:
        with shared.wrapped("d1", "exec setpriv --bounding-set=-dac_override,-dac_read_search"):
            run = shared.run()
        run.assert_refused("t2: .*Permission denied")
        assert "t1: " not in run.message
        assert shared.engine().changes == before
    finally:
        os.chmod(path, 0o750)


@pytest.fixture(scope="module")
def shared(make_shared_site):
    """A fleet on which every run is refused."""
    site = make_shared_site()
    site.deploy()
    return site
