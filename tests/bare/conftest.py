# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cloud, a bare machine of each Debian, and a controller. How long README's commands took is printed at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

pytest.register_assert_rewrite("cloud", "debian", "site_of_readme")

import cloud as sandbox  # noqa: E402
from debian import Debian  # noqa: E402
from site_of_readme import Site  # noqa: E402

# Set to anything: the cloud stays, and the next run uses it.
KEEP = "BARE_KEEP_CLOUD"
SUITES = ("bookworm", "trixie")
times: list[str] = []


def pytest_terminal_summary(terminalreporter):
    for line in times:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def took():
    """Function to call with the Debian, the name of a step and its seconds."""

    def note(suite: str, step: str, seconds: float) -> None:
        times.append(f"{suite}: {step}: {seconds:.0f} s")

    return note


@pytest.fixture(scope="session")
def cloud():
    """The cloud. Only its images stay."""
    keep, place = bool(os.environ.get(KEEP)), Path("/var/lib/novafleet")
    assert keep or not place.exists(), f"{place} exists. Remove the quick start or sandbox first"
    try:
        if not sandbox.FACTS.exists():
            sandbox.start()
        yield sandbox.Cloud()
    finally:
        if not keep:
            sandbox.remove()


@pytest.fixture
def directory():
    made = Path(tempfile.mkdtemp(prefix="nfb", dir="/var/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(params=SUITES)
def machine(request, directory, cloud):
    """A bare machine that reaches the cloud."""
    with Debian(request.param, directory) as made:
        forwarding = sandbox.Forwarding(made)
        yield made
        forwarding.end()


@pytest.fixture
def site(directory, cloud, machine, took):
    made = Site(directory)
    took(machine.suite, "install Ansible and the collection", made.install())
    made.configure(cloud, machine)
    return made
