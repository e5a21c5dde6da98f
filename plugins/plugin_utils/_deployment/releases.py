# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a cloud's nova and the nova of an image can work together, as far as nova's API says.  Pure.

No record of nova carries a release. Its API says which microversion is its newest, and each release has one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class NovaRelease(NamedTuple):
    """What one release of nova is known by.

    Attributes:
        name: OpenStack's name of it.
        microversion: the newest of its API (nova/api/openstack/api_version_request.py, _MAX_API_VERSION).
        oldest_compute: first number of the oldest nova-compute with which its services start
            (nova/objects/service.py, OLDEST_SUPPORTED_SERVICE_VERSION; 23 is the first that looks).
    """

    name: str
    microversion: str
    oldest_compute: int


RELEASES = {
    21: NovaRelease("Ussuri", "2.87", 0),
    22: NovaRelease("Victoria", "2.87", 0),
    23: NovaRelease("Wallaby", "2.88", 22),
    24: NovaRelease("Xena", "2.90", 23),
    25: NovaRelease("Yoga", "2.90", 24),
    26: NovaRelease("Zed", "2.93", 25),
    27: NovaRelease("2023.1", "2.95", 25),
    28: NovaRelease("2023.2", "2.95", 27),
    29: NovaRelease("2024.1", "2.96", 27),
    30: NovaRelease("2024.2", "2.96", 29),
    31: NovaRelease("2025.1", "2.100", 29),
    32: NovaRelease("2025.2", "2.100", 31),
    33: NovaRelease("2026.1", "2.103", 31),
    34: NovaRelease("2026.2", "2.104", 33),
}


def release_problems(releases: Iterable[str], microversion: str | None) -> list[str]:
    """Images whose nova-compute the cloud would not work with.

    Where several releases of nova have one microversion, only what is wrong with all of them is a problem.

    Args:
        releases: of nova, in the images in use, as far as they are known.
        microversion: the newest of nova's API, or None.

    Returns:
        list of str; empty where the microversion is none of RELEASES, as that of a later nova.
    """
    clouds = [number for number, known in RELEASES.items() if known.microversion == microversion]
    if not clouds:
        return []
    of_cloud = f"nova's API is of {_either(clouds)} (newest microversion {microversion})"
    oldest = min(RELEASES[number].oldest_compute for number in clouds)
    problems = []
    for release in sorted(set(releases)):
        first = release.partition(".")[0]
        number = int(first) if first.isdigit() else clouds[0]
        if number > clouds[-1]:
            problems.append(
                f"all targets: services_image: has nova {release}, and {of_cloud}. A nova-compute must not be newer "
                f"than the control plane. Use an image of nova {clouds[-1]}, or upgrade the control plane first."
            )
        elif number < oldest:
            problems.append(
                f"all targets: services_image: has nova {release}, and {of_cloud}, whose services do not start with a "
                f"nova-compute older than {oldest} ({RELEASES[oldest].name}). Use an image of nova {oldest} to "
                f"{clouds[-1]}."
            )
    return problems


def _either(numbers: Iterable[int]) -> str:
    return " or ".join(f"{number} ({RELEASES[number].name})" for number in numbers)
