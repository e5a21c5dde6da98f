# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that the certificates of authorities are at the paths that nova.conf names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.novafleet.compute.plugins.module_utils._contract import FILES_TARGET
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import FILES

# Options with such certificates: [vmware]'s, keystoneauth's, RabbitMQ's.
AUTHORITIES = ("ca_file", "cafile", "ssl_ca_file")


def rendered_problems(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Certificates that nova.conf expects among the service's own files, and that are missing.

    The service's files are mounted over the image's files in that directory, and hide them.
    """
    container = target.settings.get("services_container")
    directory = str((container if isinstance(container, Mapping) else {}).get("files_target") or FILES_TARGET)
    names = target.settings.combined(FILES)
    # A base file may configure another driver, which this service does not load.
    others = {driver.section for driver in DRIVERS.values()} - {target.driver.section}
    for section, options in conf.items():
        if section in others:
            continue
        for option in AUTHORITIES:
            path = ini.value(conf, section, option) if option in options else ""
            if path.startswith(f"{directory}/") and path[len(directory) + 1 :] not in names:
                name = path.rpartition("/")[2]
                own = section == target.driver.section
                yield target.problem(
                    target.driver.option_variable(option if own else f"{section}.{option}"),
                    f"is {path}, which is not delivered.",
                    f"Name the file on the controller in services_files: {{{name}: /path/of/it.pem}}.",
                )
