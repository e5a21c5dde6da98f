# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that certificates, keys and other files are at the paths that nova.conf names."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping

from ansible_collections.novafleet.compute.plugins.module_utils._contract import FILES_TARGET
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.conf import variable_of
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.transport_url import is_rabbitmq, queries
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import FILES

# Options with certificates of authorities, certificates and keys of clients: [vmware]'s, keystoneauth's, RabbitMQ's.
# The last one has the settings of the log, without which nova-compute ends (oslo_log/log.py).
DELIVERED = (
    "ca_file",
    "cafile",
    "certfile",
    "keyfile",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_key_file",
    "log_config_append",
)


def rendered_problems(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Files that nova.conf expects among the service's own files, and that are missing.

    The service's files are mounted over the image's files in that directory, and hide them.
    """
    container = target.settings.get("services_container")
    directory = str((container if isinstance(container, Mapping) else {}).get("files_target") or FILES_TARGET)
    names = target.settings.combined(FILES)
    # A base file may configure another driver, which this service does not load.
    others = {driver.section for driver in DRIVERS.values()} - {target.driver.section}
    for section, options in conf.items():
        for option in DELIVERED if section not in others else ():
            path = ini.value(conf, section, option) if option in options else ""
            yield from _file(target, variable_of(target, section, option), path, directory, names)
    url = ini.value(conf, "DEFAULT", "transport_url")
    for option, values in queries(url).items() if is_rabbitmq(url) else ():
        if option in DELIVERED:
            yield from _file(target, f"services_transport_url.query.{option}", values[-1], directory, names)


def _file(target: TargetToCheck, variable: str, path: str, directory: str, names: Collection[str]) -> Iterator[Problem]:
    plain = posixpath.normpath(path) if path else ""
    if not plain.startswith(f"{directory}/") or plain[len(directory) + 1 :] in names:
        return
    name = posixpath.basename(plain)
    cure = f"Name the file on the controller in services_files: {{{name}: /path/of/it.pem}}."
    if posixpath.dirname(plain) != directory:
        cure = f"Write {directory}/{name}, because services_files has no directories. {cure}"
    yield target.problem(variable, f"is {path}, which is not delivered.", cure)
