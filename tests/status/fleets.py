# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two fleets, compared as the playbook status does it: a small one for a picture, and one of 500 services."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils._status.compare import status

IMAGE = "novafleet/nova-compute:2026.2"
MINUTE, DAY = 60, 86400


def picture() -> dict:
    """Clusters of two vCenters. One service cannot log in, one has an old image, one was disabled by an operator."""
    fleet = _Fleet("vcenter")
    for number in range(1, 6):
        fleet.add(f"vc1-cluster{number}", f"docker{1 + number % 2}", age=9 * DAY, mib=118 + number)
    for number in range(1, 4):
        fleet.add(f"vc2-cluster{number}", f"docker{1 + number % 2}", age=2 * DAY, mib=120 + number)
    fleet.change("vc1-cluster3", image="novafleet/nova-compute:2026.1")
    fleet.plans["docker2"] = [dict(name="vc1-cluster3", action="recreate", reasons=["image changed"])]
    fleet.change("vc2-cluster1", state="restarting", status="Restarting (1) 3 seconds ago", health="", age_seconds=3)
    fleet.records["vc2-cluster1"].update(state="down", updated_at="2026-11-29T01:47:12.000000")
    fleet.causes["vc2-cluster1"] = "VimFaultException: Cannot complete login due to an incorrect user name or password."
    fleet.records["vc2-cluster3"].update(status="disabled", disabled_reason="firmware update on Monday")
    return fleet.status()


def large(count: int = 500) -> dict:
    """Services on five Docker hosts, one of which does not answer; all kinds of values that a column may have."""
    fleet = _Fleet("xenserver")
    fleet.answers["docker5"] = dict(unreachable=True, msg="No route to host")
    states = ("running", "running", "exited", "running", "restarting", "lost", "running")
    for number in range(1, count + 1):
        name, host = f"xs-{number}", f"docker{1 + number % 5}"
        fleet.add(name, host, age=number * 977 % (20 * DAY), mib=100 + number * 7 % 90)
        if host != "docker5":
            fleet.change(name, state=states[number % len(states)])
        if number % 23 == 0:
            fleet.plans.setdefault(host, []).append(dict(name=name, action="restart", reasons=["nova.conf changed"]))
        if number % 11 == 0:
            fleet.records[name].update(state="down")
        if number % 13 == 0:
            fleet.records[name].update(status="disabled", disabled_reason='a "reason" \\ with\nsigns')
        if number % 17 == 0:
            del fleet.records[name]
        if number % 19 == 0 and host != "docker5":
            fleet.change(name, age_seconds=None, started_at=None, memory_bytes=None)
    return fleet.status()


class _Fleet:
    """What the inventory, the Docker hosts and nova say; at first, all is healthy."""

    def __init__(self, driver: str):
        self.driver = driver
        self.targets, self.containers, self.answers, self.records = [], {}, {}, {}
        self.plans, self.causes = {}, {}

    def add(self, name: str, host: str, age: int, mib: int) -> None:
        self.targets.append(dict(service=name, target=name, driver=self.driver, docker_host=None))
        self.records[name] = dict(
            host=name, id=name, state="up", status="enabled", disabled_reason=None, forced_down=False,
            updated_at="2026-11-29T02:00:00.000000",
        )  # fmt: skip
        answer = self.answers.setdefault(host, dict(services=[]))
        if "services" in answer:
            self.containers[name] = dict(
                name=name, container=f"nova-compute-{name}", state="running", health="healthy", part="active",
                status=f"Up {age // MINUTE} minutes", image=IMAGE, age_seconds=age,
                started_at="2026-11-20T02:00:00Z", memory_bytes=mib * 2**20,
            )  # fmt: skip
            answer["services"].append(self.containers[name])

    def change(self, name: str, **values) -> None:
        self.containers[name].update(values)

    def status(self) -> dict:
        nodes = [dict(host=name, id=f"node of {name}", name=name) for name in self.records]
        providers = [dict(id=node["id"], name=node["name"], inventory=True) for node in nodes]
        logs = {
            host: dict(services=[dict(name=name, cause=cause) for name, cause in self.causes.items()])
            for host in self.answers
        }
        return status(
            self.targets,
            self.answers,
            dict(services=list(self.records.values()), hypervisors=nodes, instances=[], providers=providers),
            {host: dict(services=self.plans.get(host, [])) for host in self.answers if host != "docker5"},
            logs,
        )
