# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A site in which playbooks run: the collection, and an inventory of N targets."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

from _common.collection import Collection

HERE = Path(__file__).resolve().parent
RECORD = "record"
# Options of a cloud's nova.conf without those of a single target. There are about 40, and most of them are the same for
# all
# targets. The passwords have the form that README.md recommends.
CLOUD = dict(
    vault_rabbitmq_password="secret",
    vault_nova_password="secret",
    vault_neutron_password="secret",
    vault_vcenter_password="secret",
    services_transport_url="rabbit://nova:{{ vault_rabbitmq_password }}@bus.example.com:5672/",
    services_placement=dict(
        auth_type="password",
        auth_url="https://keystone.example.com:5000/v3",
        username="nova",
        password="{{ vault_nova_password }}",
        project_name="service",
        user_domain_name="Default",
        project_domain_name="Default",
    ),
    services_vcenter=dict(
        host_ip="vc1.example.com",
        host_username="nova",
        host_password="{{ vault_vcenter_password }}",
        ca_file="/ca.pem",
    ),
    services_nova_conf={
        "DEFAULT": dict(my_ip="192.0.2.1", rpc_response_timeout=180, reserved_host_memory_mb=512, debug=False),
        "glance": dict(api_servers="https://glance.example.com:9292", num_retries=3),
        "neutron": dict(
            auth_type="password",
            auth_url="https://keystone.example.com:5000/v3",
            username="neutron",
            password="{{ vault_neutron_password }}",
            project_name="service",
            user_domain_name="Default",
            project_domain_name="Default",
            region_name="RegionOne",
        ),
        "oslo_messaging_rabbit": dict(heartbeat_timeout_threshold=60, rabbit_quorum_queue=True),
        "vnc": dict(enabled=True, novncproxy_base_url="https://console.example.com/vnc_auto.html"),
        "service_user": dict(
            send_service_user_token=True, auth_type="password", username="nova", password="{{ vault_nova_password }}"
        ),
    },
)


def names(count):
    return [f"vc1-cluster-{number:04}" for number in range(1, count + 1)]


class Site(Collection):
    """One inventory at a time, and playbook runs with it."""

    def __init__(self, parent):
        super().__init__(parent, ("plugins", "meta"))
        self.probe = self._make_probe()

    def _make_probe(self):
        """An interpreter whose scripts record the resources that they use.

        Its path is one word, as Ansible requires.
        """
        path = self.directory / "python"
        path.write_text(
            "#!/bin/sh\n"
            f"export PYTHONPATH={shlex.quote(str(HERE / 'probe'))}\n"
            f"export NOVAFLEET_BENCHMARK_RECORD={shlex.quote(str(self.directory / RECORD))}\n"
            f'exec {shlex.quote(sys.executable)} "$@"\n',
            encoding="utf-8",
        )
        path.chmod(0o755)
        return path

    def inventory(self, targets, variables, generation=0, change=0):
        """Write the inventory.

        Args:
            targets: list of host names.
            variables: dict, variables of the Docker host.
            generation: int, a value in every target's nova.conf.
            change: int, a value in the first target's nova.conf.
        """
        hosts = {name: dict(services_vcenter_cluster=dict(cluster_name=f"Cluster {name}")) for name in targets}
        hosts[targets[0]]["services_nova_conf_z"] = dict(DEFAULT=dict(reserved_host_cpus=change))
        docker_host = dict(ansible_connection="local", ansible_python_interpreter=sys.executable, **variables)
        cloud = dict(CLOUD, services_nova_conf_generation=dict(DEFAULT=dict(reserved_host_disk_mb=generation)))
        groups = dict(nova_compute_hosts=dict(hosts=dict(bench=docker_host)), vcenter=dict(hosts=hosts))
        inventory = dict(all=dict(vars=cloud, children=groups))
        (self.directory / "inventory.yml").write_text(json.dumps(inventory), encoding="utf-8")

    def playbook(self, name, *options):
        """Run one of the playbooks in this directory.

        Returns:
            float: duration of the whole process in seconds.
        """
        book = HERE / "playbooks" / f"{name}.yml"
        return self.run(self.directory / "inventory.yml", book, *options)

    def recorded(self):
        """The resources of the scripts that ran with the probe since the last call.

        Returns:
            list of dict, as probe/sitecustomize.py writes them.
        """
        record = self.directory / RECORD
        lines = record.read_text(encoding="utf-8").splitlines()
        record.unlink()
        return [json.loads(line) for line in lines]
