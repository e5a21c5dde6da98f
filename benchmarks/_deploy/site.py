# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A site in which playbooks run: the collection, an inventory of one Docker host and N targets, and a fake cloud."""

from __future__ import annotations

import json
import resource
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

from _common.collection import COLLECTION, Collection

from . import image
from .engines import FLEET, DockerEngine, StandInEngine
from .ssh import Ssh
from .stand_ins import Bus, Cloud

HERE = Path(__file__).resolve().parent
PARTS = ("plugins", "meta", "roles", "playbooks")
# Newest microversion of the nova release in the image (image.py).
COMPUTE_VERSION = "2.104"
COUNTS = "tasks.json"
NAME = "bench-compute-{:04}"
# The interpreter of the Docker host's modules. It sets the engine's address, as the role only uses the machine's
# engine.
INTERPRETER = """\
#!/bin/sh
export DOCKER_HOST={engine}
exec {python} "$@"
"""


def names(count: int) -> list[str]:
    return [NAME.format(number) for number in range(1, count + 1)]


class Site(Collection):
    """One inventory at a time, and playbook runs with it."""

    def __init__(self, parent: Path, pipelining: bool):
        super().__init__(parent, PARTS)
        self.directory.chmod(0o755)
        self.config = self.directory / "etc"
        self.stack = ExitStack()
        self.bus = Bus()
        self.environment.update(
            ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callback_plugins"),
            ANSIBLE_CALLBACKS_ENABLED="deploy_tasks",
            ANSIBLE_PIPELINING=str(pipelining),
            NOVAFLEET_BENCHMARK_TASKS=str(self.directory / COUNTS),
        )

    def begin(self, engine: DockerEngine | StandInEngine) -> None:
        """Start the stand-ins for bus and cloud. In the cloud, services have heartbeats while their containers run."""
        self.engine, self.cloud = engine, Cloud([engine], COMPUTE_VERSION)
        self.cloud.start()
        self.stack.callback(self.cloud.close)
        self.bus.start()
        self.stack.callback(self.bus.end)
        self.interpreter = self.directory / "python"
        self.interpreter.write_text(INTERPRETER.format(engine=engine.host, python=sys.executable), encoding="utf-8")
        self.interpreter.chmod(0o755)

    def __exit__(self, *error: object) -> None:
        self.stack.close()
        Path(f"/run/lock/novafleet-{FLEET}.lock").unlink(missing_ok=True)
        super().__exit__(*error)

    def clear(self) -> None:
        """Remove containers, files, and the records in the cloud."""
        self.engine.remove_all()
        self.cloud.records.clear()
        shutil.rmtree(self.config, ignore_errors=True)

    def inventory(self, targets: list[str], connection: dict, change: int) -> None:
        """Write the inventory.

        Args:
            targets: host names.
            connection: connection variables of the Docker host.
            change: a value in the first target's nova.conf.
        """
        hosts = {name: dict(services_nova_conf_own=dict(DEFAULT=dict(reserved_host_disk_mb=0))) for name in targets}
        hosts[targets[0]]["services_nova_conf_own"]["DEFAULT"]["reserved_host_disk_mb"] = change
        docker_host = dict(connection, ansible_python_interpreter=str(self.interpreter))
        groups = dict(nova_compute_hosts=dict(hosts=dict(bench=docker_host)), fake=dict(hosts=hosts))
        inventory = dict(all=dict(vars=self._variables(), children=groups))
        (self.directory / "inventory.yml").write_text(json.dumps(inventory), encoding="utf-8")

    def _variables(self) -> dict:
        """A cloud's variables in the form that README.md recommends, with passwords in variables of their own."""
        auth = dict(self.cloud.settings["auth"], password="{{ vault_nova_password }}", auth_type="password")
        return dict(
            vault_rabbitmq_password="secret",
            vault_nova_password="secret",
            services_fleet=FLEET,
            services_image=image.NAME,
            services_config_dir=str(self.config),
            services_cloud=self.cloud.settings,
            services_transport_url=self.bus.url.replace("secret", "{{ vault_rabbitmq_password }}"),
            services_placement=auth,
            services_nova_conf={
                "DEFAULT": dict(my_ip="192.0.2.1", rpc_response_timeout=180, reserved_host_memory_mb=512, debug=False),
                "glance": dict(api_servers=self.cloud.url, num_retries=3),
                "neutron": dict(auth, region_name="RegionOne"),
                "oslo_messaging_rabbit": dict(rabbit_quorum_queue=True),
                "vnc": dict(enabled=True, novncproxy_base_url="https://console.example.com/vnc_auto.html"),
                "service_user": dict(
                    send_service_user_token=True,
                    auth_type="password",
                    username="nova",
                    password="{{ vault_nova_password }}",
                ),
            },
            # Containers that sleep need neither.
            services_memory_check=False,
            services_start_cpu_seconds=0,
        )

    def measure(self, book: str | Path, *options: str, ssh: Ssh | None = None) -> dict:
        """Run a playbook.

        Returns:
            dict: seconds: duration of the whole process; cpu_seconds: of it and its children on this side of the
                connection;
            tasks, their counts by kind.
        """
        if ssh:
            self.environment["ANSIBLE_SSH_CONTROL_PATH_DIR"] = str(ssh.sockets())
        before = _cpu_seconds()
        seconds = self.run(self.directory / "inventory.yml", book, *options)
        counts = json.loads((self.directory / COUNTS).read_text(encoding="utf-8"))
        return dict(seconds=seconds, cpu_seconds=_cpu_seconds() - before, tasks=counts)

    def deploy(self, ssh: Ssh | None) -> dict:
        book = self.directory / COLLECTION / "playbooks" / "deploy.yml"
        return self.measure(book, "--skip-tags", "docker_host,image", ssh=ssh)

    def empty(self, ssh: Ssh | None) -> dict:
        return self.measure(self._written("empty", []), ssh=ssh)

    def trivial(self, counts: dict, ssh: Ssh | None) -> dict:
        """Write a playbook with the same number of tasks of each kind, none of which does anything."""
        kinds = dict(
            modules={"ansible.builtin.ping": {}},
            actions={"ansible.builtin.debug": dict(msg="")},
            skipped={"ansible.builtin.debug": dict(msg=""), "when": False},
        )
        tasks = [dict(task, name=f"{kind} {number}") for kind, task in kinds.items() for number in range(counts[kind])]
        return self.measure(self._written("trivial", tasks), ssh=ssh)

    def _written(self, name: str, tasks: list[dict]) -> Path:
        path = self.directory / f"{name}.yml"
        play = dict(name=name, hosts="nova_compute_hosts", gather_facts=False, tasks=tasks)
        path.write_text(json.dumps([play]), encoding="utf-8")
        return path


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
