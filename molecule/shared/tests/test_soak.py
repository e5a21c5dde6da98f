# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random operations and accidents, one upon the other; whatever their order, no instance is lost.

SOAK_OPERATIONS is their number, SOAK_SEED the seed of an earlier run, to see the same ones again;
after SOAK_SECONDS no further one is begun.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import random
import signal
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import other_apis
import pytest
from fleet_watch import UNANSWERED, FleetWatch
from helper import compute_nodes, computes, docker, eventually, nova_instance

# Whatever the driver is.
pytestmark = pytest.mark.once

OPERATIONS = int(os.environ.get("SOAK_OPERATIONS", "10"))
SEED = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10**6))
SECONDS = int(os.environ.get("SOAK_SECONDS", "3600"))
MOST_EXTRAS, MOST_INSTANCES = 4, 3
CALM_SECONDS = 180
FROZEN_SECONDS = 40
# An engine that was killed takes the cloud with it, until the deployment after it has brought it back.
SILENT_SECONDS = 300
ENGINE_PID = Path("/var/run/docker.pid")
# What is dead here is known to be dead: there is no need to listen for long. What is taken out of the inventory stays.
VARIABLES = json.dumps({"services_heartbeat_watch": 3, "services_verify_timeout": 60, "services_prune": False})


class Fleet:
    """The operations: each does what its name says to any service, and returns whether it was carried out."""

    def __init__(self, inventory_dir, services, cloud, play, watch):
        self.cloud, self.play, self.watch, self.base = cloud, play, watch, services
        self.path = inventory_dir / "soak.json"
        self.settings = dict.fromkeys(services, 0)
        # Retirements that were begun and have to be finished, out of the inventory.
        self.retiring = set()
        self.made, self.rng = 0, random.Random(SEED)

    def deploy(self, check=False):
        self._write()
        return self._play("novafleet.compute.deploy", "--tags", "services", check=check)

    def _write(self):
        hosts = {
            name: {"services_nova_conf_soak": {"compute": {"max_concurrent_disk_ops": number}}}
            for name, number in self.settings.items()
        }
        self.path.write_text(json.dumps({"all": {"children": {"fake": {"hosts": hosts}}}}))

    def _play(self, *arguments, check=False):
        command = ("--inventory", str(self.path), *arguments, "--extra-vars", VARIABLES)
        return self.play(*command, check=check).returncode == 0

    def any(self):
        return self.rng.choice(sorted(self.settings))

    def add(self):
        if len(self.settings) - len(self.base) >= MOST_EXTRAS:
            return self.retire()
        self.made += 1
        name = f"soak-{self.made:03d}"
        self.settings[name] = 0
        done = self.deploy()
        if done and len(self.watch.instances) < MOST_INSTANCES:
            self.give_instance(name)
        return done

    def give_instance(self, host):
        ident = str(uuid.uuid4())
        with self.watch.expecting(ident, host):
            nova_instance("create", ident, f"web-{host}", host)

    def change(self):
        self.settings[self.any()] += 1
        return self.deploy()

    def retire(self):
        """Any service but those of the scenario, or else one with an instance, which must be refused."""
        extras = sorted(set(self.settings) - set(self.base))
        name = self.rng.choice(extras) if extras else self.base[0]
        if name not in self.watch.instances.values():
            self.settings.pop(name)
            self.retiring.add(name)
            return self.finish_retirements()
        if self._retire([name]):
            self.watch.violations.append(f"{name} was retired with an instance on it")
        return True

    def finish_retirements(self, check=False):
        if not self.retiring:
            return True
        done = self._retire(sorted(self.retiring), check)
        if done:
            self.retiring.clear()
        return done

    def status(self, path):
        self._play("novafleet.compute.status", "--extra-vars", f"services_status_json={path}", check=True)
        status = json.loads(path.read_text())
        path.unlink()
        return status

    def _retire(self, names, check=False):
        self._write()
        return self._play(
            "novafleet.compute.retire", "--extra-vars", json.dumps({"services_retire": names}), check=check
        )

    def running(self):
        """The container of any service that runs, or None: what somebody killed stays down until a deployment."""
        names = docker("ps", "--format", "{{.Names}}").split()
        found = [f"nova-compute-{name}" for name in sorted(self.settings) if f"nova-compute-{name}" in names]
        return self.rng.choice(found) if found else None

    def kill_container(self):
        """As somebody would by hand: Docker does not start it again."""
        container = self.running()
        return self._docker("kill", container) if container else self.deploy()

    def kill_process(self):
        """As the kernel would when memory is short: Docker starts it again."""
        container = self.running()
        if not container:
            return self.deploy()
        return self._docker("exec", "--user", "nova", container, "sh", "-c", "kill -9 $(pgrep -o nova-compute)")

    def remove_container(self):
        container = self.running()
        return self._docker("rm", "--force", container) if container else self.deploy()

    def freeze_process(self):
        """As a hypervisor does with a Docker host that is a virtual machine. Its lease is lost meanwhile."""
        container = self.running()
        if not container:
            return self.deploy()
        pid = docker("top", container, "-o", "pid,comm").split()
        frozen = [int(one) for one, name in zip(pid[::2], pid[1::2]) if name == "nova-compute"]
        for one in frozen:
            os.kill(one, signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        for one in frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)
        return bool(frozen)

    def cut_and_heal_rabbitmq(self):
        """As a network does: nothing answers, no connection ends."""
        cut = self._docker("pause", "sandbox-rabbitmq")
        time.sleep(FROZEN_SECONDS)
        return self._docker("unpause", "sandbox-rabbitmq") and cut

    def deploy_twice_at_once(self):
        self.settings[self.any()] += 1
        self._write()
        with ThreadPoolExecutor(max_workers=2) as pool:
            arguments = ("novafleet.compute.deploy", "--tags", "services")
            return any(list(pool.map(lambda _number: self._play(*arguments), range(2))))

    def restart_rabbitmq(self):
        return self._docker("restart", "--time", "5", "sandbox-rabbitmq")

    def restart_mariadb(self):
        return self._docker("restart", "--time", "10", "sandbox-mariadb")

    def kill_engine(self):
        # By its file, as other engines may run beside it.
        os.kill(int(ENGINE_PID.read_text(encoding="ascii")), signal.SIGKILL)
        carried_out = self._play("novafleet.compute.deploy", "--tags", "docker_host")
        # An engine that finds containers of its killed predecessor alive stops them. The cloud's are nobody's to start.
        names = docker("ps", "--all", "--filter", "name=^sandbox-", "--format", "{{.Names}}").split()
        docker("start", *names)
        return carried_out

    def _docker(self, *arguments):
        with contextlib.suppress(subprocess.CalledProcessError):
            docker(*arguments)
            return True
        return False


# How often each comes, in 100.
WEIGHTS = dict(
    kill_process=20, change=16, kill_container=12, add=12, retire=12, remove_container=6, restart_rabbitmq=5,
    restart_mariadb=5, freeze_process=4, cut_and_heal_rabbitmq=3, deploy_twice_at_once=3, kill_engine=2,
)  # fmt: skip


@pytest.fixture
def fleet(inventory_dir, services, cloud, play):
    # nova asks neutron whenever it lists instances.
    apis = other_apis.serve()
    watch = FleetWatch(cloud)
    made = Fleet(inventory_dir, services, cloud, play, watch)
    yield made
    watch.stop()
    for ident in watch.instances:
        nova_instance("delete", ident)
    made.retiring |= set(made.settings) - set(services)
    made.settings = dict.fromkeys(services, 0)
    made.finish_retirements(check=True)
    made.path.unlink()
    play("novafleet.compute.deploy", "--tags", "services")
    apis.shutdown()


def calm(cloud):
    """Whether the control plane answers again after what was done to it."""
    try:
        list(cloud.compute.services())
        return "nova-conductor" in {one.binary for one in cloud.compute.services() if one.state == "up"}
    except UNANSWERED:
        return False


def soak(fleet):
    """Carry the operations out. Returns how often each was, and how often it was refused or failed."""
    begin, done = time.monotonic(), collections.Counter()
    print(f"\nSOAK_SEED={SEED} SOAK_OPERATIONS={OPERATIONS}")
    for number, name in enumerate(fleet.rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=OPERATIONS), start=1):
        if time.monotonic() - begin > SECONDS:
            print(f"SOAK_SECONDS={SECONDS} are over")
            break
        carried_out = getattr(fleet, name)()
        done[name if carried_out else f"{name} (not carried out)"] += 1
        seconds = f"{time.monotonic() - begin:.0f} s"
        print(number, seconds, name, "" if carried_out else "not carried out", *fleet.watch.violations, flush=True)
    return done


def test_no_instance_is_lost_and_the_last_deployment_leaves_no_disagreement(fleet, cloud, inventory_dir):
    watch = fleet.watch
    fleet.deploy(check=True)
    fleet.give_instance(fleet.base[0])
    done = soak(fleet)
    assert eventually(lambda: calm(cloud), CALM_SECONDS)
    fleet.finish_retirements(check=True)
    fleet.deploy(check=True)
    status = fleet.status(inventory_dir / "soak-status.json")
    print(dict(sorted(done.items())), watch.told(), status["summary"], sep="\n")
    assert watch.violations == []
    assert watch.samples
    answers = watch.answers
    assert eventually(lambda: watch.answers > answers, CALM_SECONDS), "nova does not tell its instances"
    assert watch.longest_silence < SILENT_SECONDS
    assert status["summary"]["disagreements"] == status["summary"]["problems"] == 0, json.dumps(status, indent=1)
    assert {row["service"] for row in status["services"]} == set(fleet.settings)
    assert sorted(computes(cloud)) == sorted(compute_nodes(cloud)) == sorted(fleet.settings)
    assert {one.id: one.compute_host for one in cloud.compute.servers(all_projects=True)} == watch.instances
