# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retires nova-computes step by step, and reads the state again before each step."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud, instances, placement, services
from ansible_collections.novafleet.compute.plugins.module_utils._retirement import steps as _steps
from ansible_collections.novafleet.compute.plugins.module_utils._retirement.drain import KEEPS_STOPPED, Drain
from ansible_collections.novafleet.compute.plugins.module_utils._retirement.steps import ServiceView

if TYPE_CHECKING:
    from openstack.connection import Connection

DRAIN_POLL_SECONDS = 5.0
# The scheduler may have chosen the host just before it was disabled. From its choice to the allocation, which is seen
# here, it takes milliseconds.
SETTLE_SECONDS = 2.0


class RetirementRefused(Exception):
    """Problems forbid retiring services. args[0] is a list of str, each with the name of its host."""


@dataclass(frozen=True)
class RetirementOptions:
    """How to retire.

    Attributes:
        reason: disabled_reason for nova.
        drain: action for a service that is not empty: refuse, wait or migrate.
        drain_seconds: seconds to wait until the services are empty.
        drain_parallel: number of instances that are moved at the same time.
        listen_seconds: seconds to watch for heartbeats.
        leave_evacuated: whether copies of evacuated instances may stay on the hypervisor.
    """

    reason: str
    drain: str = "refuse"
    drain_seconds: int = 3600
    drain_parallel: int = 2
    listen_seconds: int = 25
    leave_evacuated: bool = False


def retire(module: AnsibleModule) -> None:
    """Run the module nova_retire. It ends in exit_json or fail_json.

    Args:
        module: with the module's options.
    """
    params = module.params
    options = RetirementOptions(**{field.name: params[field.name] for field in fields(RetirementOptions)})
    try:
        nova = cloud.connect_by(params)
    except cloud.NovaError as error:
        module.fail_json(msg=str(error))
    retirement = Retirement(nova, params["hosts"], params["contained"], options)
    try:
        steps = retirement.preview() if module.check_mode else retirement.run()
    except RetirementRefused as error:
        problems = error.args[0]
        module.fail_json(
            msg=_refusal(problems, retirement.done), problems=problems, **_outcome(retirement.done, retirement.drain)
        )
    except cloud.NovaError as error:
        module.fail_json(msg=str(error), **_outcome(retirement.done, retirement.drain))
    unknown = [host for host in params["hosts"] if not steps[host] and host not in params["contained"]]
    module.exit_json(unknown=unknown, **_outcome(steps, retirement.drain))


def _outcome(steps: Mapping[str, list[str]], drain: Drain) -> dict[str, Any]:
    taken = [dict(host=host, steps=names) for host, names in steps.items()]
    return dict(changed=any(steps.values()), services=taken, moves=list(drain.moves.values()))


def _refusal(problems: list[str], done: Mapping[str, list[str]]) -> str:
    lines = [f"Not retired. Problems found: {len(problems)}.", *problems]
    disabled = [host for host, steps in done.items() if "disable" in steps]
    if not any(done.values()):
        lines.append("Nothing was changed in nova.")
    if disabled:
        lines.append(
            f"Already disabled, so that nova schedules nothing there: {', '.join(disabled)}. Run again when the "
            "problems are fixed, or enable the services with 'openstack compute service set --enable HOST "
            "nova-compute'."
        )
    return "\n".join(lines)


class Retirement:
    """One run over some service hosts.

    Attributes:
        done: service host -> completed steps that changed something.
    """

    def __init__(self, nova: Connection, hosts: list[str], contained: Collection[str], options: RetirementOptions):
        """Arguments:
        hosts: service hosts.
        contained: those of them that still have a container of this collection.
        """
        self.nova, self.hosts, self.contained, self.options = nova, hosts, set(contained), options
        self.deadline = time.monotonic() + (options.drain_seconds if options.drain != "refuse" else 0)
        self.drain = Drain(nova, options.drain_parallel)
        self.heard: dict[str, bool] = {}
        self.nodes: dict[str, set[str]] = {host: set() for host in hosts}
        self.done: dict[str, list[str]] = {host: [] for host in hosts}

    def run(self) -> dict[str, list[str]]:
        """Carry out all steps up to removing the containers. No service is disabled while another one is refused.

        Returns:
            dict, service host -> the steps taken; the next one is remove or done.

        Raises:
            RetirementRefused, NovaError
        """
        actions: dict[str, Callable[[Mapping[str, ServiceView]], None]] = dict(
            listen=self._listen, disable=self._disable, wait=self._wait, clean=self._clean, delete=self._delete
        )
        while True:
            views = self.look()
            steps = {host: _steps.next_step(view, self._drains(view)) for host, view in views.items()}
            self._refuse(views, steps)
            name = next((name for name in actions if name in steps.values()), None)
            if name is None:
                return self.done
            actions[name]({host: views[host] for host, step in steps.items() if step == name})

    def preview(self) -> dict[str, list[str]]:
        """The steps that run() and the removal of the containers would take.

        Returns:
            dict, service host -> steps

        Raises:
            RetirementRefused, NovaError
        """
        views = self.look()
        self._listen({host: view for host, view in views.items() if view.may_live_elsewhere})
        views = {host: replace(view, heard=self.heard.get(host)) for host, view in views.items()}
        self._refuse(views, {host: _steps.next_step(view, self._drains(view)) for host, view in views.items()})
        return {host: _steps.expected(replace(view, blockers=())) for host, view in views.items()}

    def look(self) -> dict[str, ServiceView]:
        """Read the state of the hosts from nova and placement.

        Returns:
            dict, service host -> ServiceView
        """
        known = services.read(self.nova)
        records = {record["host"]: record for record in known["services"]}
        self._refuse_other_spellings(records)
        owners = {node["id"]: node["host"] for node in known["hypervisors"]}
        for node, host in owners.items():
            self.nodes.get(host, set()).add(node)
        # Placement first: it has an allocation before the instance or migration exists, so that nothing is missed
        # between two of these requests.
        provided = {host: self._provided(host, set(owners)) for host in self.hosts}
        everything = instances.instances(self.nova, self.hosts)
        on = {host: [vm for vm in everything if vm["host"] == host] for host in self.hosts}
        keeping = {node["host"] for node in known["hypervisors"] if node["type"] == KEEPS_STOPPED}
        views = {host: self._view(host, records.get(host), *provided[host], on[host]) for host in self.hosts}
        return {host: replace(view, keeps_stopped=host in keeping) for host, view in views.items()}

    def _refuse_other_spellings(self, records: Collection[str]) -> None:
        """nova's database ignores case, so instances of a service would be found under a name that it does not have."""
        if not all(host.strip() for host in self.hosts):
            # Of an empty name, placement would return the providers of all services.
            raise RetirementRefused(["services_retire: has an empty name. Write the names of service hosts."])
        names = {record.lower(): record for record in records}
        wrong = {host: names.get(host.strip().lower()) for host in self.hosts if host not in records}
        problems = [
            f"{host}: services_retire: nova knows this service as {name}. Write that name."
            for host, name in wrong.items()
            if name
        ]
        if problems:
            raise RetirementRefused(problems)

    def _provided(self, host: str, nodes: set[str]) -> tuple[dict[str, list[str]], set[str]]:
        """The host's resource providers with their consumers, and the providers that are recorded as this service's."""
        others = nodes - self.nodes[host]
        noted = placement.noted(self.nova, host) - others
        return placement.providers(self.nova, host, self.nodes[host] | noted, others), noted

    def _view(
        self,
        host: str,
        record: dict[str, Any] | None,
        providers: Mapping[str, list[str]],
        noted: set[str],
        on_host: list[dict[str, str]],
    ) -> ServiceView:
        migrations = instances.migrations(self.nova, host)
        users = {user for those in providers.values() for user in those}
        names = self._names(host, on_host, migrations, users)
        named = [dict(migration, name=names.get(migration["server_id"], "")) for migration in migrations]
        consumers = {user: names.get(user, "") for user in sorted(users)}
        blockers = _steps.blockers(host, on_host, named, consumers, self.options.leave_evacuated)
        return ServiceView(
            record=record,
            blockers=tuple(map(self.drain.explained, blockers)),
            providers=tuple(providers),
            noted=tuple(sorted(noted)),
            contained=host in self.contained,
            heard=self.heard.get(host),
        )

    def _names(
        self, host: str, on_host: list[dict[str, str]], migrations: list[dict[str, str]], users: set[str]
    ) -> dict[str, str]:
        """Names of the instances that block the host. nova is only asked if there are any."""
        known = {vm["id"]: vm["name"] for vm in on_host}
        nameless = [dict(migration, name="") for migration in migrations]
        tying = {blocker.id for blocker in _steps.blockers(host, [], nameless, dict.fromkeys(users, ""))}
        return {**instances.instance_names(self.nova, tying - set(known)), **known}

    def _drains(self, view: ServiceView) -> bool:
        return time.monotonic() < self.deadline and not self.drain.hopeless(view.blockers)

    def _refuse(self, views: Mapping[str, ServiceView], steps: Mapping[str, str]) -> None:
        refused = [host for host, step in steps.items() if step == "refuse"]
        problems = [f"{host}: {problem}" for host in refused for problem in _steps.problems(views[host])]
        if refused:
            raise RetirementRefused(problems)

    def _disable(self, views: Mapping[str, ServiceView]) -> None:
        for host, view in views.items():
            services.disable(self.nova, _record(view)["id"], self.options.reason)
            self.done[host].append("disable")
        time.sleep(SETTLE_SECONDS)

    def _wait(self, views: Mapping[str, ServiceView]) -> None:
        if self.options.drain == "migrate":
            for host in self.drain.step(views):
                self.done[host] += ["move"] if "move" not in self.done[host] else []
        time.sleep(max(0.0, min(DRAIN_POLL_SECONDS, self.deadline - time.monotonic())))

    def _listen(self, views: Mapping[str, ServiceView]) -> None:
        beating = services.beating(self.nova, list(views), self.options.listen_seconds)
        self.heard.update({host: host in beating for host in views})

    def _delete(self, views: Mapping[str, ServiceView]) -> None:
        for host, view in views.items():
            # nova deletes the record even if placement does not answer. Without the record, the owner of the providers
            # is unknown.
            placement.note(self.nova, view.providers, host)
            services.delete(self.nova, _record(view))
            self.done[host].append("delete")

    def _clean(self, views: Mapping[str, ServiceView]) -> None:
        for host, view in views.items():
            placement.delete_providers(self.nova, view.providers)
            self.done[host].append("clean")


def _record(view: ServiceView) -> dict[str, Any]:
    """Only a service that has a record is disabled or deleted (steps.next_step)."""
    if view.record is None:
        raise AssertionError("A service without a record has no step that needs it.")
    return view.record
