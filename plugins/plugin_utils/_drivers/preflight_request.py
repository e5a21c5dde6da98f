# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the module preflight's options for a hypervisor from a target's nova.conf. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.container import ServiceContainer
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf


def preflight_request(
    target: str, driver: Driver, conf: Conf, container: Mapping[str, Any], files: Mapping[str, str] | None = None
) -> dict[str, Any] | None:
    """Make the request for one target.

    Args:
        target: inventory host.
        driver: its driver.
        conf: its whole nova.conf.
        container: settings of its container, with mounts and environment.
        files: name -> text of files that it gets in addition to its nova.conf.

    Returns:
        dict in the form of the driver's option of the module preflight, except that authority has the certificates
        themselves. None if options are missing or wrong. The checks report these.
    """
    if not driver.request:
        return None
    wrong = {conflict.option for conflict in driver.conflicts(conf)}
    section = {option: values for option, values in conf.get(driver.section, {}).items() if option not in wrong}
    made = driver.request({**conf, driver.section: section}, ServiceContainer.of(container, files))
    return dict(made, target=target, variable=driver.variable) if made else None
