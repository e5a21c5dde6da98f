# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.releases import RELEASES, release_problems


@pytest.mark.parametrize(
    ("image", "microversion"),
    [
        ("34.0.0", "2.104"),
        ("33.0.2", "2.104"),
        ("33.0.2", "2.103"),
        ("31.3.1", "2.103"),
        # Either 31 or 32: a value that one of them accepts is not a problem.
        ("32.2.1", "2.100"),
        ("29.2.0", "2.100"),
        ("21.2.4", "2.87"),
        # Of a later release, of none, and of an unknown one.
        ("34.0.0", "2.999"),
        ("34.0.0", None),
        ("master", "2.87"),
    ],
)
def test_these_work_together(image, microversion):
    assert release_problems([image], microversion) == []


@pytest.mark.parametrize(
    ("image", "microversion", "words"),
    [
        (
            "34.0.0",
            "2.103",
            "API is of 33 (2026.1) (newest microversion 2.103). A nova-compute must not be newer",
        ),
        ("33.0.2", "2.100", "Use an image of nova 32, or upgrade the control plane first."),
        ("32.2.1", "2.104", "older than 33 (2026.1). Use an image of nova 33 to 34."),
        ("31.3.1", "2.104", "whose services do not start with a nova-compute older than 33"),
        ("27.0.0", "2.100", "nova's API is of 31 (2025.1) or 32 (2025.2)"),
        ("21.2.4", "2.88", "older than 22 (Victoria)"),
    ],
)
def test_these_do_not(image, microversion, words):
    (problem,) = release_problems([image, "no release"], microversion)
    assert problem.startswith(f"all targets: services_image: has nova {image}, and nova's API is of ")
    assert words in problem


def test_releases_are_known_without_a_gap():
    """An image of any of them may be in use, and the oldest compute of each is one of them."""
    assert sorted(RELEASES) == list(range(min(RELEASES), max(RELEASES) + 1))
    versions = [tuple(map(int, known.microversion.split("."))) for _number, known in sorted(RELEASES.items())]
    assert versions == sorted(versions)
    assert all(known.oldest_compute in (0, *RELEASES) for known in RELEASES.values())
