# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes nova-computes out of nova, step by step, and looks again before each."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace

from ansible_collections.novafleet.compute.plugins.module_utils._nova import cloud
from ansible_collections.novafleet.compute.plugins.module_utils._retirement import drain as _drain
from ansible_collections.novafleet.compute.plugins.module_utils._retirement import steps as _retire

DRAIN_POLL_SECONDS = 5.0
# The scheduler may have chosen the host just before it was disabled. From its choice to the allocation, which is seen
# here, it takes milliseconds.
SETTLE_SECONDS = 2.0


class Refused(Exception):
    """Something stands in the way; args[0] is a list of str, each with the name of its host."""


@dataclass(frozen=True)
class Options:
    """How to retire.

    Attributes:
        reason: disabled_reason for nova.
        drain: refuse, wait or migrate: what to do about a service that is not empty.
        drain_seconds: how long to wait until the services are empty.
        drain_parallel: instances that are moved at the same time.
        listen_seconds: how long to listen for heartbeats.
        leave_evacuated: whether copies of evacuated instances may stay on the hypervisor.
    """

    reason: str
    drain: str = "refuse"
    drain_seconds: int = 3600
    drain_parallel: int = 2
    listen_seconds: int = 25
    leave_evacuated: bool = False


def retire(module):
    """Run the module nova_retire; ends in exit_json or fail_json.

    Args:
        module: AnsibleModule with the module's options.
    """
    params = module.params
    options = Options(**{field.name: params[field.name] for field in fields(Options)})
    retirement = None
    try:
        nova = cloud.connect_by(params)
        retirement = Retirement(nova, params["hosts"], params["contained"], options)
        steps = retirement.preview() if module.check_mode else retirement.run()
    except Refused as error:
        outcome = _outcome(retirement.done, retirement.drain)
        module.fail_json(msg=_refusal(error.args[0], retirement.done), problems=error.args[0], **outcome)
    except cloud.NovaError as error:
        outcome = _outcome(retirement.done, retirement.drain) if retirement else {}
        module.fail_json(msg=str(error), **outcome)
    module.exit_json(**_outcome(steps, retirement.drain))


def _outcome(steps, drain):
    services = [dict(host=host, steps=taken) for host, taken in steps.items()]
    return dict(changed=any(steps.values()), services=services, moves=list(drain.moves.values()))


def _refusal(problems, done):
    lines = [f"Not retired. Problems found: {len(problems)}.", *problems]
    disabled = [host for host, steps in done.items() if "disable" in steps]
    if not any(done.values()):
        lines.append("Nothing was changed in nova.")
    if disabled:
        lines.append(
            f"Disabled by now, so that nothing new comes: {', '.join(disabled)}. Run again when the cause is gone, "
            "or take it back by 'openstack compute service set --enable HOST nova-compute'."
        )
    return "\n".join(lines)


class Retirement:
    """One run over some service hosts.

    Attributes:
        done: dict, service host -> steps that were taken and changed something.
    """

    def __init__(self, nova, hosts, contained, options):
        """nova: connection; hosts: list of service hosts; contained: those that still have a container of ours."""
        self.nova, self.hosts, self.contained, self.options = nova, hosts, set(contained), options
        self.deadline = time.monotonic() + (options.drain_seconds if options.drain != "refuse" else 0)
        self.drain = _drain.Drain(nova, options.drain_parallel)
        self.heard, self.nodes = {}, {host: set() for host in hosts}
        self.done = {host: [] for host in hosts}

    def run(self):
        """Go as far as the containers allow: none is disabled while another one is refused.

        Returns:
            dict, service host -> list of str, the steps taken; the next one is remove or done.

        Raises:
            Refused, NovaError
        """
        actions = dict(
            listen=self._listen, disable=self._disable, wait=self._wait, clean=self._clean, delete=self._delete
        )
        while True:
            views = self.look()
            steps = {host: _retire.next_step(view, self._drains(view)) for host, view in views.items()}
            self._refuse(views, steps)
            name = next((name for name in actions if name in steps.values()), None)
            if name is None:
                return self.done
            actions[name]({host: views[host] for host, step in steps.items() if step == name})

    def preview(self):
        """The steps that run() and the removal of the containers would take.

        Returns:
            dict, service host -> list of str

        Raises:
            Refused, NovaError
        """
        views = self.look()
        self._listen({host: view for host, view in views.items() if view.may_live_elsewhere})
        views = {host: replace(view, heard=self.heard.get(host)) for host, view in views.items()}
        self._refuse(views, {host: _retire.next_step(view, self._drains(view)) for host, view in views.items()})
        return {host: _retire.expected(replace(view, holds=())) for host, view in views.items()}

    def look(self):
        """Read all that nova and placement know of the hosts.

        Returns:
            dict, service host -> View
        """
        found = cloud.read(self.nova)
        records = {one["host"]: one for one in found["services"]}
        owners = {one["id"]: one["host"] for one in found["hypervisors"]}
        for node, host in owners.items():
            self.nodes.get(host, set()).add(node)
        # Placement first: whatever is about to come is there before it comes, so that nothing slips through between
        # two of these requests.
        provided = {host: self._provided(host, set(owners)) for host in self.hosts}
        instances = cloud.instances(self.nova, self.hosts)
        on = {host: [one for one in instances if one["host"] == host] for host in self.hosts}
        return {host: self._view(host, records.get(host), *provided[host], on[host]) for host in self.hosts}

    def _provided(self, host, nodes):
        """Its resource providers with their consumers, and those of them that are noted as its own."""
        others = nodes - self.nodes[host]
        noted = cloud.noted(self.nova, host) - others
        return cloud.providers(self.nova, host, self.nodes[host] | noted, others), noted

    def _view(self, host, record, providers, noted, instances):
        migrations = cloud.migrations(self.nova, host)
        consumers = {one for users in providers.values() for one in users}
        names = self._names(host, instances, migrations, consumers)
        migrations = [dict(one, name=names.get(one["server_id"], "")) for one in migrations]
        consumers = {one: names.get(one, "") for one in sorted(consumers)}
        holds = _retire.holds(host, instances, migrations, consumers, self.options.leave_evacuated)
        return _retire.View(
            record=record,
            holds=tuple(map(self.drain.explained, holds)),
            providers=tuple(providers),
            noted=tuple(sorted(noted)),
            contained=host in self.contained,
            heard=self.heard.get(host),
        )

    def _names(self, host, instances, migrations, consumers):
        """Names of what ties the host; asked for only where something does."""
        known = {one["id"]: one["name"] for one in instances}
        tying = _retire.holds(host, [], [dict(one, name="") for one in migrations], dict.fromkeys(consumers, ""))
        return dict(cloud.instance_names(self.nova, {hold.id for hold in tying} - set(known)), **known)

    def _drains(self, view):
        return time.monotonic() < self.deadline and not self.drain.hopeless(view.holds)

    def _refuse(self, views, steps):
        refused = [host for host, step in steps.items() if step == "refuse"]
        if refused:
            raise Refused([f"{host}: {problem}" for host in refused for problem in _retire.problems(views[host])])

    def _disable(self, views):
        for host, view in views.items():
            cloud.disable(self.nova, view.record["id"], self.options.reason)
            self.done[host].append("disable")
        time.sleep(SETTLE_SECONDS)

    def _wait(self, views):
        if self.options.drain == "migrate":
            for host in self.drain.step(views):
                self.done[host] += ["move"] if "move" not in self.done[host] else []
        time.sleep(max(0.0, min(DRAIN_POLL_SECONDS, self.deadline - time.monotonic())))

    def _listen(self, views):
        beating = cloud.beating(self.nova, list(views), self.options.listen_seconds)
        self.heard.update({host: host in beating for host in views})

    def _delete(self, views):
        for host, view in views.items():
            # nova deletes the record even where placement does not answer it, and then nobody knows whose they were.
            cloud.note(self.nova, view.providers, host)
            cloud.delete(self.nova, view.record)
            self.done[host].append("delete")

    def _clean(self, views):
        for host, view in views.items():
            cloud.delete_providers(self.nova, view.providers)
            self.done[host].append("clean")
