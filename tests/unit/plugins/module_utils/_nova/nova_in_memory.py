# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection as openstacksdk makes it: nova and placement in memory."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace

import requests
from openstack.compute.v2.migration import Migration
from openstack.compute.v2.server import Server

NOW, LATER = "2026-11-23T01:02:03.000000", "2026-11-23T01:02:13.000000"


def service(host, state="up", updated_at=NOW):
    return dict(
        host=host,
        id=7,
        state=state,
        status="enabled",
        disabled_reason=None,
        forced_down=False,
        updated_at=updated_at,
        binary="nova-compute",
    )


def answer(body, status=200):
    made = requests.Response()
    made.status_code, made._content = status, json.dumps(body).encode()
    return made


def hypervisor(host, name=None):
    service = dict(id=1, host=host)
    return dict(id="uuid-" + host, hypervisor_hostname=name or host, hypervisor_type="fake", service=service)


class Compute:
    """nova's API. answers is a list of lists of services. The last one is repeated."""

    def __init__(self, *answers, hypervisors=(), servers=None, newest=(2, 100)):
        self.answers = itertools.chain(answers, itertools.repeat(answers[-1] if answers else []))
        self.found, self.instances, self.requests = list(hypervisors), servers or {}, []
        self.newest = newest

    def get_endpoint_data(self):
        return SimpleNamespace(min_microversion=(2, 1), max_microversion=self.newest)

    def get(self, url, params, microversion):
        self.requests.append((url, params, microversion))
        if url == "/os-services":
            return answer(dict(services=next(self.answers)))
        assert url == "/os-hypervisors/detail"
        return answer(dict(hypervisors=self.found))

    def servers(self, details, **query):
        # openstacksdk filters answers by query parameters that it does not support, and so drops every server.
        assert set(query) <= set(Server._query_mapping._mapping)
        assert query["all_projects"] and query["is_soft_deleted"]
        self.requests.append(("servers", query))
        wanted = self.instances.get(query["compute_host"], ()) if "compute_host" in query else [query["id"]]
        return [SimpleNamespace(id=name, name=name) for name in wanted if name != "unknown"]

    def migrations(self, **query):
        assert set(query) <= set(Migration._query_mapping._mapping)
        fields = dict(uuid="m1", server_id="vm1", migration_type="resize", status="finished", source_compute="b")
        return [SimpleNamespace(**fields)]

    def enable_service(self, service):
        self.requests.append(("enable", service))

    def disable_service(self, service, disabled_reason):
        self.requests.append(("disable", service, disabled_reason))

    def delete_service(self, service):
        self.requests.append(("delete", service))


class Placement:
    """Its providers: uuid -> (name, uuid of the root, consumers); aggregates: uuid -> list; deleted: uuids.

    full: uuids of providers without free memory; empty: of those without inventory; metal: of those with a custom
    resource only; looked_at: requested ones.
    """

    def __init__(self, providers, full=(), empty=(), metal=()):
        self.here, self.aggregates, self.deleted = providers, {one: ["theirs"] for one in providers}, []
        self.full, self.empty, self.metal, self.looked_at = full, empty, metal, []

    def _listed(self, query):
        if query == dict(resources="MEMORY_MB:1"):
            return [dict(uuid=ident) for ident in self.here if ident not in (*self.full, *self.empty, *self.metal)]
        if query == dict(resources="CUSTOM_METAL:1"):
            return [dict(uuid=ident) for ident in self.metal]
        return [
            dict(uuid=ident, name=name, parent_provider_uuid=None if root == ident else root)
            for ident, (name, root, _users) in self.here.items()
            if query in ({}, dict(name=name), dict(in_tree=root)) or query.get("member_of") in self.aggregates[ident]
        ]

    def get_resource_provider(self, one):
        root = self.here[one][1]
        return SimpleNamespace(parent_provider_id=None if root == one else root)

    def delete_resource_provider(self, one):
        assert one not in [root for other, (_name, root, _users) in self.here.items() if other != one]
        del self.here[one]
        self.deleted.append(one)

    def get(self, url, params=None, microversion=None):
        assert microversion == "1.19"
        if url == "/resource_providers":
            return answer(dict(resource_providers=self._listed(params)))
        provider, what = url.split("/")[2:]
        if what == "inventories":
            self.looked_at.append(provider)
            return answer(dict(inventories=self._inventories(provider)))
        if what == "aggregates":
            return answer(dict(aggregates=self.aggregates[provider], resource_provider_generation=7))
        return answer(dict(allocations=dict.fromkeys(self.here[provider][2])))

    def _inventories(self, provider):
        if provider in self.empty:
            return {}
        return dict(CUSTOM_METAL={}) if provider in self.metal else dict(VCPU={}, MEMORY_MB={})

    def put(self, url, json, microversion):
        assert json["resource_provider_generation"] == 7 and microversion == "1.19"
        self.aggregates[url.split("/")[2]] = json["aggregates"]
        return answer(json)


def nova(*answers, providers=None, **options):
    """answers: as Compute has them; providers: as Placement has them."""
    session = SimpleNamespace(timeout=60)
    return SimpleNamespace(compute=Compute(*answers, **options), placement=Placement(providers or {}), session=session)
