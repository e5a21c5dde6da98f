# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory without mistakes, which tests change."""

from __future__ import annotations

SECRET = "s3cr3t"
GROUPS = {
    "nova_compute_hosts": ["docker1", "docker2"],
    "vcenter": ["vc-1", "vc-2"],
    "xenserver": ["xs-1", "xs-2"],
    "libvirt": ["kvm-1"],
    "fake": ["f-1"],
}
SHARED = {
    "services_transport_url": f"rabbit://nova:{SECRET}@bus1:5672,nova:{SECRET}@bus2:5673/nova",
    "services_placement": {"auth_type": "password", "auth_url": "https://keystone/v3", "password": SECRET},
}


def vcenter(cluster):
    return {"services_vcenter": dict(host_ip="vc", host_username="root", host_password=SECRET, cluster_name=cluster)}


def xenserver(name):
    return {"services_xenserver": dict(connection_url=f"https://{name}", connection_password=SECRET)}


HOSTS = {
    "vc-1": vcenter("c1"),
    "vc-2": vcenter("c2"),
    "xs-1": xenserver("xs-1"),
    "xs-2": xenserver("xs-2"),
    "kvm-1": {"services_libvirt": {"virt_type": "kvm"}, "services_docker_host": "docker1"},
    "f-1": {},
}


def read(path):
    if path != "/srv/ca.pem":
        raise FileNotFoundError(2, "No such file or directory")
    return "a certificate"
