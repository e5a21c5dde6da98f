# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for Keystone, nova and placement, with the calls that the collection makes.

A service has heartbeats while a container of it runs on one of the stand-in engines.
"""

from __future__ import annotations

import sys
import time
import uuid
from dataclasses import dataclass, field

from cloud_parts import HostAggregates, Placement
from engine import Engine
from server import Answer, Question, StandIn, TcpServer, now

COMPUTE_VERSION = "2.96"
# nova shows a service as up if it had a heartbeat within service_down_time.
DOWN_SECONDS = 60
DISCOVER = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], data=b'').read()"


@dataclass
class Record:
    """One compute service in nova's database; beaten is the time of its last heartbeat, in seconds since the epoch."""

    host: str
    node: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "enabled"
    reason: str | None = None
    forced_down: bool = False
    beaten: float = 0.0
    mapped: bool = True

    def shown(self) -> dict:
        alive = not self.forced_down and time.time() - self.beaten < DOWN_SECONDS
        return dict(
            id=self.id,
            host=self.host,
            binary="nova-compute",
            zone="nova",
            status=self.status,
            disabled_reason=self.reason,
            state="up" if alive else "down",
            forced_down=self.forced_down,
            updated_at=now(self.beaten - time.time()),
        )


class Cloud(HostAggregates, Placement, StandIn):
    """All three APIs on one port of 127.0.0.1."""

    def __init__(self, engines: list[Engine], compute_version: str = COMPUTE_VERSION):
        """engines: their containers have heartbeats; compute_version: newest microversion of its nova."""
        self.compute_version = compute_version
        compute, placement = "/compute/v2.1", "/placement/resource_providers"
        service, provider = compute + "/os-services/([^/]+)", placement + "/([^/]+)"
        super().__init__(
            [
                ("keystone", "GET", "/identity/v3/?", self._keystone),
                ("token", "POST", "/identity/v3/auth/tokens", self._token),
                ("compute", "GET", compute + "/?", self._compute),
                ("os-services", "GET", compute + "/os-services", self._services),
                ("service-set", "PUT", service, self._service_set),
                ("service-delete", "DELETE", service, self._service_delete),
                ("os-hypervisors", "GET", compute + "/os-hypervisors(?:/detail)?", self._hypervisors),
                ("servers", "GET", compute + "/servers(?:/detail)?", self._servers),
                ("server", "GET", compute + "/servers/([^/]+)", self._server),
                ("migrations", "GET", compute + "/os-migrations", lambda question: dict(migrations=self.migrations)),
                (
                    "os-aggregates",
                    "GET",
                    compute + "/os-aggregates",
                    lambda question: dict(aggregates=self.host_aggregates),
                ),
                ("aggregate-create", "POST", compute + "/os-aggregates", self._aggregate_create),
                ("aggregate-action", "POST", compute + "/os-aggregates/([0-9]+)/action", self._aggregate_action),
                ("placement", "GET", "/placement/?", self._placement),
                ("resource_providers", "GET", placement, self._providers),
                ("provider", "GET", provider, self._provider),
                ("provider-delete", "DELETE", provider, lambda question: Answer(status=204)),
                ("inventories", "GET", provider + "/inventories", self._inventories),
                ("allocations", "GET", provider + "/allocations", lambda question: dict(allocations={})),
                ("aggregates", "GET", provider + "/aggregates", self._aggregates),
                ("aggregates-set", "PUT", provider + "/aggregates", self._aggregates_set),
                ("discover", "POST", "/discover", self._discover),
            ]
        )
        self.engines = engines
        self.records, self.migrations, self.notes = {}, [], {}
        self.host_aggregates = []
        # Service host -> list of (uuid, name).
        self.instances = {}
        # Services that have heartbeats without a container, that have none with a container, and that have no
        # inventory.
        self.foreign, self.silent, self.bare = set(), set(), set()
        # Whether nova's scheduler maps new hosts by itself. Otherwise the command in discover_command does.
        self.maps_hosts = True

    def start(self) -> None:
        self.serve(TcpServer(self))

    @property
    def address(self) -> tuple[str, int]:
        return self.server.server_address

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.address)

    @property
    def settings(self) -> dict:
        """The content of a cloud in clouds.yaml."""
        auth = dict(
            auth_url=self.url + "/identity/v3",
            username="nova",
            password="secret",
            project_name="service",
            user_domain_name="Default",
            project_domain_name="Default",
        )
        return dict(auth=auth, region_name="RegionOne", identity_api_version="3")

    @property
    def discover_command(self) -> list[str]:
        """Replaces nova-manage cell_v2 discover_hosts."""
        return [sys.executable, "-c", DISCOVER, self.url + "/discover"]

    def record(self, host: str, ago: float = 0.0, **values) -> Record:
        """Give nova a record of a service whose last heartbeat is a number of seconds old."""
        values = dict(dict(node=str(uuid.uuid4()), beaten=time.time() - ago), **values)
        self.records[host] = Record(host, **values)
        return self.records[host]

    def _refresh(self) -> None:
        """Update the heartbeats of running services.

        A service's first heartbeat comes in the second after its start.
        """
        for engine in self.engines:
            for service, names in engine.running().items():
                if service and service not in self.silent:
                    self._heard(service, engine, names[0])
        for host in self.foreign:
            self.records.setdefault(host, Record(host, str(uuid.uuid4()))).beaten = time.time()

    def _heard(self, service: str, engine: Engine, name: str) -> None:
        if service not in self.records:
            self.records[service] = Record(
                service, engine.compute_id(name) or str(uuid.uuid4()), mapped=self.maps_hosts
            )
        self.records[service].beaten = time.time() + 1

    # Keystone.

    def _keystone(self, _question: Question) -> dict:
        links = [dict(rel="self", href=self.url + "/identity/v3/")]
        return dict(version=dict(id="v3.14", status="stable", updated="2020-04-07T00:00:00Z", links=links))

    def _token(self, _question: Question) -> Answer:
        paths = dict(compute="/compute/v2.1", placement="/placement")
        token = dict(
            methods=["password"],
            expires_at="2099-01-01T00:00:00.000000Z",
            issued_at="2020-01-01T00:00:00.000000Z",
            user=dict(id="u", name="nova", domain=dict(id="default", name="Default")),
            project=dict(id="p", name="service", domain=dict(id="default", name="Default")),
            roles=[dict(id="r", name="admin")],
            catalog=[self._endpoint(kind, path) for kind, path in paths.items()],
        )
        return Answer(dict(token=token), 201, (("X-Subject-Token", "token"),))

    def _endpoint(self, kind: str, path: str) -> dict:
        one = dict(id=kind, interface="public", region="RegionOne", region_id="RegionOne", url=self.url + path)
        return dict(id=kind, type=kind, name=kind, endpoints=[one])

    # nova.

    def _compute(self, _question: Question) -> dict:
        links = [dict(rel="self", href=self.url + "/compute/v2.1/")]
        about = dict(id="v2.1", status="CURRENT", version=self.compute_version, min_version="2.1", links=links)
        return dict(version=dict(about, updated="2013-07-23T11:33:21Z"))

    def _services(self, _question: Question) -> dict:
        self._refresh()
        return dict(services=[one.shown() for one in self.records.values()])

    def _by_id(self, ident: str) -> Record:
        return next(one for one in self.records.values() if one.id == ident)

    def _service_set(self, question: Question) -> dict:
        one = self._by_id(question.path[0])
        one.status = question.body.get("status", one.status)
        one.reason = question.body.get("disabled_reason") if one.status == "disabled" else None
        one.forced_down = question.body.get("forced_down", one.forced_down)
        return dict(service=one.shown())

    def _service_delete(self, question: Question) -> Answer:
        one = self._by_id(question.path[0])
        if self.instances.get(one.host):
            return Answer(dict(conflictingRequest=dict(code=409, message="Unable to delete: it has instances")), 409)
        del self.records[one.host]
        return Answer(status=204)

    def _hypervisors(self, _question: Question) -> dict:
        self._refresh()
        mapped = [one for one in self.records.values() if one.mapped]
        return dict(
            hypervisors=[
                dict(
                    id=one.node,
                    hypervisor_hostname=one.host,
                    hypervisor_type="fake",
                    state="up",
                    status="enabled",
                    service=dict(id=one.id, host=one.host, disabled_reason=one.reason),
                )
                for one in mapped
            ]
        )

    def _servers(self, question: Question) -> dict:
        host = question.query.get("host")
        found = [pair for one, pairs in self.instances.items() if host in (None, one) for pair in pairs]
        if "uuid" in question.query:
            found = [pair for pair in found if pair[0] == question.query["uuid"]]
        return dict(servers=[dict(id=ident, name=name, links=[]) for ident, name in found])

    def _server(self, question: Question) -> Answer | dict:
        found = [pair for pairs in self.instances.values() for pair in pairs if pair[0] == question.path[0]]
        if not found:
            return Answer(dict(itemNotFound=dict(code=404, message="Instance could not be found.")), 404)
        return dict(server=dict(id=found[0][0], name=found[0][1], status="ACTIVE"))

    def _discover(self, _question: Question) -> dict:
        for one in self.records.values():
            one.mapped = True
        return {}
