# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One preflight: each hypervisor and message bus is tried once, all at the same time, for all of its targets."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import (
    vcenter,
    vcenter_checks,
    xenserver,
    xenserver_checks,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.at_once import LATE, at_once
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus_checks import Bus
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import (
    Finding,
    LibraryMissing,
    Outcome,
    Refused,
    rows,
    sentences,
    stopped,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import probe_all

# A hypervisor gives many answers. One that needs the whole time-out for each is cut off after so many.
ANSWERS = 3
PORTS = {"http": 80, "https": 443}


class Kind:
    """What there is to ask of one kind of hypervisor, and by which options it is reached."""

    def __init__(self, asking, judging, address_option, access):
        """asking, judging: modules; address_option: driver's option with the address; access: keys of a target."""
        self.look, self.judge, self.checks = asking.look, judging.judge, judging.CHECKS
        self.address_option, self.access = address_option, access


KINDS = dict(
    vcenter=Kind(
        vcenter,
        vcenter_checks,
        "host_ip",
        ("address", "port", "username", "password", "ca_file", "authority", "ca_in_image", "insecure"),
    ),
    xenserver=Kind(
        xenserver,
        xenserver_checks,
        "connection_url",
        ("url", "address", "port", "username", "password", "ca_file", "authority", "ca_in_image", "sr_matching_filter"),
    ),
)


class Hypervisor:
    """One that can be asked, and the targets that are on it."""

    def __init__(self, kind, targets):
        self.kind, self.targets, self.options = KINDS[kind], targets, targets[0]
        self.checks = self.kind.checks

    @property
    def places(self):
        return [(self.options["address"], self.options["port"])]

    def unreachable(self, reached):
        """The outcome of its targets where nothing answers; reached: place -> Unreachable."""
        ((address, port),) = self.places
        found = reached[address, port]
        if not found.resolved:
            problem, cure = f"{address} does not resolve: {found.reason}.", "Correct the name, or make it known here."
            return stopped(Finding("name", self.kind.address_option, problem, cure))
        problem = f"{address} port {port} does not answer: {found.reason}."
        cure = "Correct it, or open the way to it from this Docker host."
        return stopped(Finding("port", self.kind.address_option, problem, cure))

    def late(self, timeout):
        problem = f"{self.options['address']} answers, but takes more than {ANSWERS} times {timeout} s."
        return stopped(Finding("login", self.kind.address_option, problem, "Raise services_preflight_timeout."))

    def ask(self, timeout, _reached):
        """Outcome of each of its targets, in their order."""
        try:
            facts = self.kind.look(self.options, timeout)
        except LibraryMissing as missing:
            return [self._unasked(missing.finding)] * len(self.targets)
        except Refused as refused:
            return [self._refused(refused.finding)] * len(self.targets)
        skipped = () if self._verifies else ("certificate",)
        return [replace(self.kind.judge(target, facts), skipped=skipped) for target in self.targets]

    @property
    def _verifies(self):
        """Whether there is a certificate, and nova looks at it."""
        plain = self.options.get("url", "").startswith("http:")
        return not plain and (
            bool(self.options["ca_file"] or self.options["authority"]) or not self.options.get("insecure")
        )

    def _unasked(self, finding: Finding) -> Outcome:
        """A library that a run would have installed by now is nobody's mistake."""
        if self.options.get("library_to_come"):
            return Outcome(stopped_at=finding.check, skipped=(finding.check,))
        return self._refused(finding)

    def _refused(self, finding):
        """An authority that only the image has was not tried, so nothing is said against its certificates."""
        if finding.check == "certificate" and self.options["ca_in_image"]:
            return Outcome(stopped_at="certificate", skipped=("certificate",))
        return stopped(finding, () if self._verifies else ("certificate",))


def preflight(targets, timeout, authorities=None, buses=(), told=()):
    """Try all targets.

    Args:
        targets: dict, kind -> list of dict, as the module preflight documents them.
        timeout: seconds that a connection and each answer may take.
        authorities: dict, what a target's authority names -> certificates in PEM.
        buses: list of dict, as the module preflight documents them.
        told: (address, port) of places that are reported elsewhere where nothing answers.

    Returns:
        dict with checks, problems and hypervisors, as the module preflight documents them.
    """
    authorities = authorities or {}
    hypervisors = [one for kind in KINDS for one in _hypervisors(kind, targets.get(kind) or (), authorities)]
    asked = [
        *hypervisors,
        *(Bus(dict(one, authority=authorities.get(one.get("authority"), "")), told) for one in buses),
    ]
    outcomes = _outcomes(asked, timeout)
    checks = [
        row
        for one, found in zip(asked, outcomes)
        for target, outcome in zip(one.targets, found)
        for row in rows(target, one.checks, outcome)
    ]
    return dict(checks=checks, problems=sentences(checks), hypervisors=_identities(hypervisors, outcomes))


def _hypervisors(kind, targets, authorities):
    groups = {}
    for given in targets:
        target = dict(given, authority=authorities.get(given.get("authority"), ""))
        target.update(_parts(given) if kind == "xenserver" else {})
        groups.setdefault(tuple(target[key] for key in KINDS[kind].access), []).append(target)
    return [Hypervisor(kind, members) for members in groups.values()]


def _parts(target):
    parts = urlsplit(target["url"])
    return dict(address=parts.hostname or "", port=PORTS.get(parts.scheme, 443))


def _outcomes(asked, timeout):
    """Lists of Outcome, one for each of asked, in the order of its targets."""
    reached = probe_all([place for one in asked for place in one.places], timeout)
    answering = [one for one in asked if any(reached[place] is None for place in one.places)]
    answers = dict(zip(answering, at_once(lambda one: one.ask(timeout, reached), answering, ANSWERS * timeout)))
    return [_found(one, answers, reached, timeout) for one in asked]


def _found(one, answers, reached, timeout):
    if one not in answers:
        return [one.unreachable(reached)] * len(one.targets)
    return [one.late(timeout)] * len(one.targets) if answers[one] is LATE else answers[one]


def _identities(hypervisors, outcomes):
    return [
        dict(target=target["target"], variable=target["variable"], identity=outcome.identity, called=outcome.called)
        for hypervisor, found in zip(hypervisors, outcomes)
        for target, outcome in zip(hypervisor.targets, found)
        if outcome.identity
    ]
