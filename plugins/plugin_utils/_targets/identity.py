# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The uuid of a service's compute node.  Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver

# 2023.1 (nova/virt/node.py).
FIRST_TO_READ_COMPUTE_ID = 27


def identity(namespace: str, service_host: str) -> str:
    """Return the stable identity of a compute node. It is the same on every Docker host, and after the loss of one.

    Args:
        namespace: names the cloud.
        service_host: nova's [DEFAULT] host.

    Returns:
        str: a version 5 uuid. nova reads it from C(compute_id) in the directory of its configuration file
            (nova/virt/node.py, since 2023.1).
    """
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{service_host}.{namespace}"))


def may_have_identity(driver: Driver) -> bool:
    """Whether a release of nova that has the driver accepts an identity."""
    return not driver.many_nodes and _read_by_a_release_with(driver)


def _read_by_a_release_with(driver: Driver) -> bool:
    return driver.last_nova is None or driver.last_nova >= FIRST_TO_READ_COMPUTE_ID


def reads_compute_id(releases: Iterable[str]) -> bool:
    """Whether nova accepts an identity.

    Args:
        releases: releases of nova that a service may run, as far as they are known.

    Returns:
        bool: False if one of them is older than 27.0.0 (2023.1). Older releases generate the uuid of their compute
            node.
    """
    first = [release.partition(".")[0] for release in releases]
    return all(int(number) >= FIRST_TO_READ_COMPUTE_ID for number in first if number.isdigit())
