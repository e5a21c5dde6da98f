# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the role's tests: sites with one Docker host or two, before or after a first deployment."""

from __future__ import annotations

import contextlib

import pytest

pytest.register_assert_rewrite("site_of_stand_ins", "runs")

from deployments import Deployment  # noqa: E402
from site_of_stand_ins import Site  # noqa: E402

PAIR = dict(docker_hosts=("d1", "d2"), targets=("t1", "t2", "t3", "t4"))


@contextlib.contextmanager
def _sites():
    made = []

    def make(**options) -> Site:
        made.append(Site(**options))
        made[-1].start()
        return made[-1]

    try:
        yield make
    finally:
        for site in made:
            site.end()


@pytest.fixture
def make_site():
    """Function that makes and starts a Site, and ends it after the test."""
    with _sites() as make:
        yield make


@pytest.fixture(scope="module")
def make_shared_site():
    """Function that makes and starts a Site, and ends it after the tests of the module."""
    with _sites() as make:
        yield make


@pytest.fixture
def site(make_site):
    """One Docker host, three targets."""
    return make_site()


@pytest.fixture
def pair(make_site):
    """Two Docker hosts, four targets."""
    return make_site(**PAIR)


@pytest.fixture(scope="session")
def deployment():
    with _sites() as make:
        yield Deployment(make())


@pytest.fixture(scope="session")
def deployment_of_pair():
    with _sites() as make:
        yield Deployment(make(**PAIR))


@pytest.fixture
def deployed(deployment):
    """One Docker host, three targets that are deployed."""
    yield deployment.restored()
    deployment.release()


@pytest.fixture
def deployed_pair(deployment_of_pair):
    """Two Docker hosts, four targets that are deployed."""
    yield deployment_of_pair.restored()
    deployment_of_pair.release()
