# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts of the stand-in for a cloud: nova's host aggregates, and placement."""

from __future__ import annotations

from typing import Any

from server import Answer, Question

PLACEMENT_VERSION = "1.39"


class HostAggregates:
    """Those of nova. The class that has this part has records, and host_aggregates."""

    def aggregate(self, name: str, zone: str | None = None, hosts: tuple[str, ...] = ()) -> dict:
        """Give nova a host aggregate."""
        ident = len(self.host_aggregates) + 1
        self.host_aggregates.append(dict(id=ident, name=name, availability_zone=zone, hosts=list(hosts), metadata={}))
        return self.host_aggregates[-1]

    def members(self) -> dict[str, list[str]]:
        """Host aggregate -> its hosts."""
        return {one["name"]: sorted(one["hosts"]) for one in self.host_aggregates}

    def _aggregate_create(self, question: Question) -> dict:
        asked = question.body["aggregate"]
        return dict(aggregate=self.aggregate(asked["name"], asked["availability_zone"]))

    def _aggregate_action(self, question: Question) -> Answer | dict:
        """nova adds a host that is mapped to a cell, once."""
        one, host = self.host_aggregates[int(question.path[0]) - 1], question.body["add_host"]["host"]
        if host not in self.records or not self.records[host].mapped:
            return Answer(dict(itemNotFound=dict(code=404, message=f"Host '{host}' is not mapped to any cell")), 404)
        if host in one["hosts"]:
            return Answer(dict(conflictingRequest=dict(code=409, message="Host already in it")), 409)
        one["hosts"].append(host)
        return dict(aggregate=one)


class Placement:
    """The class that has this part has records, notes, and bare."""

    def _placement(self, _question: Question) -> dict:
        links = [dict(rel="self", href="")]
        about = dict(id="v1.0", status="CURRENT", max_version=PLACEMENT_VERSION, min_version="1.0", links=links)
        return dict(versions=[about])

    def _of(self, ident: str) -> Any:
        return next(one for one in self.records.values() if one.node == ident)

    def _provider(self, question: Question) -> dict:
        return _shown(self._of(question.path[0]))

    def _providers(self, question: Question) -> dict:
        query, found = question.query, [one for one in self.records.values() if one.mapped]
        if "resources" in query:
            found = [one for one in found if one.host not in self.bare]
        if "in_tree" in query:
            found = [one for one in found if one.node == query["in_tree"]]
        if "name" in query:
            found = [one for one in found if one.host == query["name"]]
        if "member_of" in query:
            found = [one for one in found if query["member_of"] in self.notes.get(one.node, ())]
        return dict(resource_providers=[_shown(one) for one in found])

    def _inventories(self, question: Question) -> dict:
        bare = self._of(question.path[0]).host in self.bare
        return dict(inventories={} if bare else dict(MEMORY_MB=dict(total=8192)), resource_provider_generation=1)

    def _aggregates(self, question: Question) -> dict:
        return dict(aggregates=self.notes.get(question.path[0], []), resource_provider_generation=1)

    def _aggregates_set(self, question: Question) -> dict:
        self.notes[question.path[0]] = question.body["aggregates"]
        return self._aggregates(question)


def _shown(one: Any) -> dict:
    """A record's resource provider, as placement shows it."""
    return dict(uuid=one.node, name=one.host, generation=1, parent_provider_uuid=None, root_provider_uuid=one.node)
