# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the message bus: C(services_transport_url), and the URL in the final nova.conf."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.endpoints import NeededAddress
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.problem import Problem
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.target import TargetToCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import Literal, not_text
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.transport_url import (
    TransportUrlError,
    endpoints,
    is_rabbitmq,
    part_problems,
    queries,
    url_of,
)

VARIABLE = "services_transport_url"


def problems(target: TargetToCheck) -> Iterator[Problem]:
    """Problems of the variable, which do not depend on the final nova.conf."""
    url = target.settings.get(VARIABLE)
    if isinstance(url, Mapping):
        for part, problem, cure in part_problems(url):
            yield target.shared_problem(f"{VARIABLE}.{part}", problem, cure)
    elif isinstance(url, list):
        yield target.shared_problem(VARIABLE, "is not a text.", "Write a URL, or its parts.")
    elif url is not None and not_text(url):
        yield target.shared_problem(VARIABLE, "is not a text.", not_text(url))
    else:
        yield from target.line_break(VARIABLE, url, shared=True)


def rendered_problems(target: TargetToCheck, conf: Conf) -> Iterator[Problem]:
    """Problems of the URL in nova.conf."""
    url = ini.value(conf, "DEFAULT", "transport_url")
    try:
        endpoints(url, _drivers(target))
    except TransportUrlError as error:
        yield target.shared_problem(VARIABLE, error.problem, error.cure)
        return
    yield from _lease(target, url)
    yield from _queries(target, url)


def certain_problems(target: TargetToCheck) -> Iterator[Problem]:
    """Problems of the variable's URL, for a target whose nova.conf was not rendered."""
    url = _own_url(target)
    with contextlib.suppress(TransportUrlError):
        endpoints(url)
        yield from _lease(target, url)


def needs(target: TargetToCheck, conf: Conf | None) -> Iterator[NeededAddress]:
    """Addresses of the bus.

    Args:
        conf: the whole nova.conf, or None if only the variable is read.
    """
    url = _own_url(target) if conf is None else ini.value(conf, "DEFAULT", "transport_url")
    with contextlib.suppress(TransportUrlError):
        for address, port in endpoints(url, _drivers(target) if conf is not None else ()):
            yield NeededAddress(address, port, VARIABLE)


def _drivers(target: TargetToCheck) -> Iterable[str]:
    """Drivers of the images' oslo.messaging."""
    return sorted({driver for listed in target.known.lists for driver in listed.drivers})


def _own_url(target: TargetToCheck) -> str:
    """The variable's URL, or "" if its parts do not make one."""
    with contextlib.suppress(TypeError, KeyError, AttributeError, UnicodeError):
        return url_of(target.settings.get(VARIABLE))
    return ""


def _lease(target: TargetToCheck, url: str) -> Iterator[Problem]:
    """Whether the bus can give a lease, if the role uses one. endpoints() must accept the URL."""
    role = target.settings.shared
    leased = "services_lease" in role and ini.is_true(str(role["services_lease"]))
    if leased and not is_rabbitmq(url):
        problem = f"begins with {url.partition('://')[0]}://, and only RabbitMQ (rabbit://) can give a lease."
        cure = "Set services_lease to false to run without a lease; docs/lease.md explains the price."
        yield target.shared_problem(VARIABLE, problem, cure)


def _queries(target: TargetToCheck, url: str) -> Iterator[Problem]:
    """The query overrides options of [oslo_messaging_rabbit]. A name that is not one of them has no effect."""
    if not url.startswith("rabbit://"):
        return
    # oslo.messaging joins what is given more than once (transport.py, TransportURL.parse).
    queried = {name: Literal(",".join(values)) for name, values in queries(url).items()}
    for listed in target.known.lists:
        for finding in listed.findings({"oslo_messaging_rabbit": queried}) if listed.drivers else ():
            if finding.fatal:
                variable = f"{VARIABLE}.query.{finding.option.partition('.')[2]}"
                yield target.shared_problem(variable, finding.problem, finding.cure)
