# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet of Swarm services held by the module as users call it, and observers that share no code with it."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import uuid

from ansible.module_utils.testing import patch_module_args
from ansible_collections.novafleet.compute.plugins.modules import swarm_services
from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.service_files import digest, service_files
from observed_fleet import SETTINGS, Run
from private_swarm import wait_until

LABEL_FLEET, LABEL_SERVICE = "novafleet.fleet", "novafleet.service"
# What a service does: it holds what it read, for observers, and sleeps.
COMMAND = ["sleep", "infinity"]


def _with_own_locks(command):
    """The module runs as on a machine of its own, as managers share no lock."""
    return ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run/lock && exec "$0" "$@"', *command]


class SwarmFleet:
    """Services of one fleet; run() and begin() call the module on one manager."""

    def __init__(self, swarm, image, directory, count=6):
        self.swarm, self.image, self.directory = swarm, image, directory
        self.name = f"swarm-{uuid.uuid4().hex[:8]}"
        self.texts = {f"s{number}": {"nova.conf": f"[DEFAULT]\nhost = s{number}\n"} for number in range(count)}
        self._runs = []

    def services(self):
        return [
            dict(name=name, command=COMMAND, files=[dict(path=path, content=text) for path, text in files.items()])
            for name, files in self.texts.items()
        ]

    def begin(self, *arguments, node=None, **options):
        """Start a run as users call the module: with ansible-playbook."""
        directory = self.directory / f"run-{len(self._runs)}"
        task = {**self._task(node), "services": self.services(), **options}
        run = Run(directory, task, arguments, SETTINGS, False, "swarm_services", _with_own_locks)
        self._runs.append(run)
        return run

    def _task(self, node):
        return dict(
            docker_host=self.swarm.manager(node).engine.host,
            fleet=self.name,
            image=self.image,
            container_prefix=f"{self.name}-",
            # The API of Docker 20.10 has no no-new-privileges.
            container=dict(security_opt=[], stop_timeout=10),
            max_unavailable="100%",
            settle=1,
            health_timeout=60,
        )

    def run(self, check=False, diff=False, node=None, **options):
        """Result of the module in this process, with what its action plugin would send."""
        split = service_files(options.pop("services", self.services()), lambda _entry: [])
        bundle = self.directory / "bundle"
        texts = {digest(text): text for files in split.contents.values() for text in files.values()}
        services = {
            name: {path: digest(text) for path, text in files.items()} for name, files in split.contents.items()
        }
        bundle.write_bytes(gzip.compress(json.dumps(dict(texts=texts, services=services)).encode()))
        arguments = {**self._task(node), "services": split.services, "_controller": dict(bundle=str(bundle)), **options}
        output = io.StringIO()
        modes = dict(_ansible_check_mode=check, _ansible_diff=diff)
        ends = contextlib.suppress(SystemExit)
        with patch_module_args({**arguments, **modes}), contextlib.redirect_stdout(output), ends:
            swarm_services.main()
        return dict(dict(failed=False), **json.loads(output.getvalue()))

    def remove(self, **options):
        return self.run(services=[], state="absent", all=True, **options)

    def running(self):
        """Service -> the nodes on which a container of it runs, as each engine that answers lists them."""
        found = {}
        for node in self.swarm.nodes.values():
            if node.engine.answers():
                for service, ident in node.running(LABEL_SERVICE).items():
                    found.setdefault(service, []).append((node.name, ident))
        return {service: [name for name, _ident in places] for service, places in found.items()}

    def all_run_once(self):
        return {name: len(places) for name, places in self.running().items()} == dict.fromkeys(self.texts, 1)

    def on(self, name):
        """Services that run on a node."""
        return sorted(service for service, places in self.running().items() if name in places)

    def containers(self):
        """Service -> id of its container."""
        return {
            service: ident
            for node in self.swarm.nodes.values()
            if node.engine.answers()
            for service, ident in node.running(LABEL_SERVICE).items()
        }

    def inside(self, service, *command):
        """Output of a command in a service's container."""
        for node in self.swarm.nodes.values():
            ident = node.running(LABEL_SERVICE).get(service)
            if ident:
                with contextlib.closing(node.engine.client()) as client:
                    answer = client.containers.get(ident).exec_run(list(command), user="0")
                assert answer.exit_code == 0, answer.output
                return answer.output.decode()
        raise AssertionError(f"{service} runs nowhere: {self.running()}")

    def entries(self):
        """Services, secrets and configs that the swarm has of this fleet."""
        with self.swarm.client() as api:
            filters = {"label": f"{LABEL_FLEET}={self.name}"}
            return api.services(filters=filters), api.secrets(filters=filters), api.configs(filters=filters)

    def end(self):
        for run in self._runs:
            run.kill()
        # The module leaves its lock.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"/run/lock/novafleet-swarm-{self.name}.lock")
        with self.swarm.client() as api:
            for entry in self.entries()[0]:
                api.remove_service(entry["ID"])
        wait_until(lambda: not self.running(), 60)
        for kind, entries in zip(("secret", "config"), self.entries()[1:]):
            with self.swarm.client() as api:
                for entry in entries:
                    getattr(api, f"remove_{kind}")(entry["ID"])
