# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pre-flight of the role services, against simulated vCenters and XenServers: nothing is deployed, all is told.

Needs root (XenServers answer on port 443 of loopback addresses), openssl, and what vcenter_simulator needs.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time

import observed_vcenter
import pytest
import xenserver_simulator
from observed_vcenter import Vcenter
from preflight_run import TIMEOUT, deploy, playbook, said_of
from read_only_engine import ReadOnlyEngine
from xenserver_simulator import Servers, XenServer

CLUSTERS = 500
CA_IN_CONTAINER = "/etc/ssl/site"
SECRETS = (observed_vcenter.PASSWORD, xenserver_simulator.PASSWORD, "wrong-horse")
PREFIX = "127.77.0."
# Reaches the first XenServer, and its certificate says so too, as 127.0.0.1 has its localhost.
ALIAS = "127.77.1"
DEAD = f"{PREFIX}250"

V, X, N = "services_vcenter", "services_xenserver", "services_nova_conf"


class Site:
    """Everything there is: one vCenter, a dozen XenServers, a Docker engine, a message bus."""

    def __init__(self, directory, vcenter, xenservers, engine, bus):
        self.directory, self.vcenter, self.xenservers, self.engine, self.bus = (
            directory,
            vcenter,
            xenservers,
            engine,
            bus,
        )

    def cluster(self, number, **options):
        """Variables of a target on a cluster of the vCenter."""
        right = dict(
            host_ip="127.0.0.1",
            host_port=self.vcenter.port,
            host_username=observed_vcenter.USERNAME,
            host_password=observed_vcenter.PASSWORD,
            ca_file=f"{CA_IN_CONTAINER}/vcenter/ca.pem",
            cluster_name=f"DC0_C{number}",
        )
        return {V: {name: value for name, value in dict(right, **options).items() if value is not None}}


def host(last, **options):
    """Variables of a target on a XenServer."""
    password = xenserver_simulator.PASSWORD
    return {X: dict(dict(connection_url=f"https://{PREFIX}{last}", connection_password=password), **options)}


XENSERVERS = {
    1: XenServer(f"{PREFIX}1", members=(f"{PREFIX}2",)),
    2: XenServer(f"{PREFIX}2", master=f"{PREFIX}1"),
    3: XenServer(f"{PREFIX}3", storage="lvm"),
    4: XenServer(f"{PREFIX}4", default=False, tags={"i18n-key": "local-storage"}),
    5: XenServer(f"{PREFIX}5"),
    11: XenServer(f"{PREFIX}11"),
    12: XenServer(f"{PREFIX}12"),
    13: XenServer(f"{PREFIX}13", plugins=()),
    14: XenServer(f"{PREFIX}14", version="1.8"),
    15: XenServer(f"{PREFIX}15", plugins=("dom0_plugin_version.py",)),
    16: XenServer(f"{PREFIX}16", master=DEAD),
    17: XenServer(f"{PREFIX}17", storage=""),
    18: XenServer(f"{PREFIX}18", storage="lvm"),
    19: XenServer(f"{PREFIX}19", plugged=False),
    20: XenServer(f"{PREFIX}20", version="3.0"),
    21: XenServer(f"{PREFIX}21", storage="iso"),
    22: XenServer(f"{PREFIX}22"),
}
SELF_SIGNED, WITHOUT_TLS = (12,), (5,)


def right(site):
    """Target -> its variables: nothing is wrong with these."""
    return {
        "vc-good": site.cluster(0),
        "vc-regex": site.cluster(1, datastore_regex="^Local.*"),
        "vc-insecure": site.cluster(2, ca_file=None, insecure=True),
        "vc-delivered": dict(
            site.cluster(40, ca_file="/etc/nova/vc.pem"), services_files={"vc.pem": str(site.vcenter.ca_file)}
        ),
        "xs-good": host(1),
        "xs-slave": host(2),
        "xs-lvm": host(3, image_handler="vdi_remote_stream"),
        "xs-tagged": host(4, sr_matching_filter="other-config:i18n-key=local-storage"),
        "xs-plain": host(5, connection_url=f"http://{PREFIX}5"),
        "xs-down": dict(host(251), services_preflight=False),
    }


def wrong(site):
    """Target -> its variables, the variable to correct, words of the problem, words of the cure."""
    return {**wrong_vcenters(site), **wrong_clusters(site), **wrong_xenservers(), **wrong_storage_and_options()}


def wrong_vcenters(site):
    """Connections to vCenters."""
    closed = site.vcenter.port + 1
    return {
        "vc-password": (site.cluster(3, host_password="wrong-horse"), f"{V}.host_password", "InvalidLogin", "Correct"),
        "vc-port": (site.cluster(4, host_port=closed), f"{V}.host_ip", f"127.0.0.1 port {closed}", "Correct it"),
        "vc-name": (site.cluster(5, host_ip="no.such.invalid"), f"{V}.host_ip", "does not resolve", "Correct the name"),
        "vc-untrusted": (site.cluster(6, ca_file=None), f"{V}.ca_file", "not trusted", "services_files"),
        "vc-other-ca": (
            site.cluster(7, ca_file=f"{CA_IN_CONTAINER}/xen.pem"),
            f"{V}.ca_file",
            "not trusted",
            "set ca_file",
        ),
        "vc-delivered-other": (
            dict(
                site.cluster(41, ca_file="/etc/nova/vc.pem"),
                services_files={"vc.pem": str(site.directory / "xen.crt")},
            ),
            f"{V}.ca_file",
            "not trusted",
            "services_files",
        ),
        "vc-not-delivered": (
            site.cluster(42, ca_file="/etc/nova/vc.pem"),
            f"{V}.ca_file",
            "which is not delivered",
            "services_files: {vc.pem: ",
        ),
        "vc-policy": (
            site.cluster(43, pbm_enabled=True),
            f"{V}.pbm_default_policy",
            "nova refuses pbm_enabled without it",
            "Name the storage policy",
        ),
        "vc-no-ca": (
            site.cluster(8, ca_file=f"{CA_IN_CONTAINER}/none.pem"),
            f"{V}.ca_file",
            "No such file",
            "Mount a readable file",
        ),
        "vc-other-name": (site.cluster(9, host_ip="::ffff:127.0.0.1"), f"{V}.host_ip", "mismatch", "Use a name"),
        "vc-plain": (site.cluster(10, host_port=site.bus), f"{V}.host_ip", "does not speak TLS", "Correct the address"),
        "vc-xenserver": (
            site.cluster(11, host_ip=f"{PREFIX}11", host_port=443, ca_file=f"{CA_IN_CONTAINER}/xen.pem"),
            f"{V}.host_ip",
            "is not a vCenter",
            "name and port of a vCenter",
        ),
    }


def wrong_clusters(site):
    """Clusters and datastores."""
    return {
        "vc-cluster": (
            site.cluster(12, cluster_name="DC0-C12"),
            f"{V}.cluster_name",
            "no cluster 'DC0-C12'",
            "Did you mean 'DC0_C12'?",
        ),
        "vc-ambiguous": (site.cluster(13), f"{V}.cluster_name", "2 clusters 'DC0_C13'", "Rename all but one"),
        "vc-empty": (site.cluster(0, cluster_name="empty"), f"{V}.cluster_name", "has no host", "Add a host"),
        "vc-twice": (site.cluster(0, host_ip="localhost"), V, "the cluster 'DC0_C0' (", "Remove one of the two"),
        "vc-datastore": (
            site.cluster(14, datastore_regex="^nas"),
            f"{V}.datastore_regex",
            "matches none of the datastores",
            "it has 'LocalDS_0'",
        ),
        "vc-regex-bad": (
            site.cluster(15, datastore_regex="(nas"),
            f"{V}.datastore_regex",
            "not a regular",
            "Correct it",
        ),
        "vc-url": (site.cluster(16, host_ip="https://vc1"), f"{V}.host_ip", "more than a name", "host_port"),
    }


def wrong_xenservers():
    """Connections to XenServers, and their plugins."""
    return {
        "xs-password": (host(11, connection_password="wrong-horse"), f"{X}.connection_password", "AUTHENTICATION", ""),
        "xs-port": (host(250), f"{X}.connection_url", f"{DEAD} port 443 does not answer", "Correct it"),
        "xs-name": (
            host(0, connection_url="https://xs.no.such.invalid"),
            f"{X}.connection_url",
            "does not resolve",
            "Correct the name",
        ),
        "xs-self-signed": (host(12), f"{X}.connection_url", "self-signed", "SSL_CERT_FILE"),
        "xs-no-plugin": (
            host(13),
            X,
            "dom0_plugin_version.py and xenhost.py: missing in its dom0",
            "/etc/xapi.d/plugins",
        ),
        "xs-old-plugin": (host(14), X, "version 1.8; nova needs 2.1", "/etc/xapi.d/plugins"),
        "xs-new-plugin": (host(20), X, "version 3.0; nova needs 2.1", "/etc/xapi.d/plugins"),
        "xs-no-xenhost": (host(15), X, "xenhost.py: missing in its dom0", "/etc/xapi.d/plugins"),
        "xs-slave-of-dead": (host(16), f"{X}.connection_url", "HOST_IS_SLAVE", f"master {DEAD}"),
    }


def wrong_storage_and_options():
    """Storage repositories, and options of nova."""
    return {
        "xs-no-sr": (host(17), f"{X}.sr_matching_filter", "no storage repository", "default-SR"),
        "xs-no-tag": (
            host(22, sr_matching_filter="other-config:a=b"),
            f"{X}.sr_matching_filter",
            "none for 'other-config:a=b'",
            "",
        ),
        "xs-sr-type": (host(18), f"{X}.image_handler", "of type lvm", "vdi_remote_stream"),
        "xs-unplugged": (host(19), f"{X}.sr_matching_filter", "not plugged", "pbd-plug"),
        "xs-iso": (host(21), f"{X}.sr_matching_filter", "has no disks", "Select another"),
        "xs-twice": (host(0, connection_url=f"https://{ALIAS}"), X, "the host uuid", "Remove one of the two"),
        "xs-url": (host(0, connection_url=f"https://{PREFIX}199:443"), f"{X}.connection_url", "port", "alone"),
        "xs-check-host": (
            host(0, check_host=True),
            f"{X}.check_host",
            "requires that nova-compute runs on",
            "Leave it out",
        ),
        "xs-handler": (host(0, image_handler="vdi_local_dev"), f"{X}.image_handler", "vdi_local_dev", "Use"),
        "xs-injected": (
            dict(host(0), **{N: {"DEFAULT": {"flat_injected": True}}}),
            f"{N}.DEFAULT.flat_injected",
            "independent_compute",
            "Leave it out",
        ),
    }


# Offline mistakes do not need a host of their own; these name one that nobody else has, and that is not tried.
UNTRIED = ("xs-check-host", "xs-handler", "xs-injected")


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("preflight")


@pytest.fixture(scope="module")
def certificates(directory):
    """An authority with a certificate for all XenServers, and one that is its own authority."""
    names = ",".join([f"IP:{one.address}" for one in XENSERVERS.values()] + [f"DNS:{ALIAS}"])
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=xenserver"]
    for name in ("xen", "alone"):
        key, certificate = directory / f"{name}.key", directory / f"{name}.crt"
        options = ["-keyout", key, "-out", certificate, "-addext", f"subjectAltName={names}"]
        subprocess.run([*make, *options], check=True, stderr=subprocess.DEVNULL)
        (directory / f"{name}.pem").write_text(key.read_text() + certificate.read_text())
    return dict(xen=directory / "xen.pem", alone=directory / "alone.pem")


@pytest.fixture(scope="module")
def vcenter(directory):
    made = Vcenter(directory / "vcenter", CLUSTERS)
    made.add_cluster("twin", "DC0_C13")
    made.add_cluster("new", "empty")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def site(directory, certificates, vcenter):
    servers = Servers()
    for number, xenserver in XENSERVERS.items():
        certificate = certificates["alone" if number in SELF_SIGNED else "xen"]
        servers.start(xenserver, None if number in WITHOUT_TLS else certificate)
    engine = ReadOnlyEngine(directory / "engine.sock")
    with socket.create_server(("127.0.0.1", 0)) as bus:
        hang_up = _hang_up_on_all(bus)
        yield Site(directory, vcenter, XENSERVERS, engine, bus.getsockname()[1])
        hang_up()
    engine.shutdown()
    servers.stop()


def _hang_up_on_all(listening):
    """A message bus as far as the pre-flight looks."""

    def serve():
        while True:
            try:
                connection, _address = listening.accept()
            except OSError:
                return
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    return lambda: listening.shutdown(socket.SHUT_RDWR)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _deploy(site, targets, name, *options):
    """Run the role on these targets, and read what it said."""
    kinds = {"vcenter": {}, "xenserver": {}}
    for target, variables in targets.items():
        kinds["vcenter" if target.startswith("vc-") else "xenserver"][target] = variables
    docker_host = dict(
        # The bus here says nothing: test_preflight_bus.py is about it.
        services_lease=False,
        services_container=dict(
            mounts=[
                dict(source=str(site.directory), target=CA_IN_CONTAINER),
                dict(source=str(site.directory / "xen.crt"), target=f"{CA_IN_CONTAINER}/xen.pem"),
            ],
            environment=dict(SSL_CERT_FILE=f"{CA_IN_CONTAINER}/xen.pem"),
        ),
    )
    everyone = dict(
        services_transport_url=f"rabbit://nova:wrong-horse@127.0.0.1:{site.bus}/",
        services_placement=dict(auth_type="password", auth_url=f"http://127.0.0.1:{site.bus}"),
    )
    return deploy(site, name, kinds, *options, everyone=everyone, docker_host=docker_host, secrets=SECRETS)


def test_every_mistake_of_every_target_is_told_in_one_run(site):
    table = wrong(site)
    assert len(table) >= 20
    targets = {name: variables for name, (variables, *_expected) in table.items()}
    for name in UNTRIED:
        targets[name] = dict(targets[name], services_preflight=False)
        targets[name][X] = dict(targets[name][X], connection_url=f"https://{name}")
    targets.update(right(site))
    report = _deploy(site, targets, "wrong")
    said = said_of(report["msg"])
    assert report["task"] == "Report all problems at once"
    missed = []
    for name, (_variables, variable, problem, cure) in table.items():
        mine = [one for one in said.get(name, []) if one.startswith(f"{variable}: ")]
        if len(mine) != 1 or problem not in mine[0] or cure not in mine[0] or (len(said[name]) > 1):
            missed.append((name, variable, problem, cure, said.get(name)))
    assert missed == []
    assert [name for name in said if name in right(site)] == []
    assert set(said) == set(table)
    print(f"{len(table)} wrong and {len(right(site))} right targets: {report['seconds']} s")
    assert site.engine.changes == []
    assert not (site.directory / "wrong-config").exists()
    assert [one.address for one in site.xenservers.values() if one.sessions] == []
    assert site.vcenter.sessions() == 0


def test_right_targets_pass_in_check_mode_and_nobody_stays_logged_in(site):
    report = _deploy(site, right(site), "right", "--check")
    assert report["msg"] == ""
    results = {(row["target"], row["check"]): row["result"] for row in report["checks"]}
    assert {result for (target, check), result in results.items() if check != "certificate"} == {"ok"}
    assert results["vc-insecure", "certificate"] == results["xs-plain", "certificate"] == "skipped"
    assert (
        results["vc-good", "certificate"]
        == results["vc-delivered", "certificate"]
        == results["xs-slave", "certificate"]
        == "ok"
    )
    assert "xs-down" not in {target for target, _check in results}
    assert [one.address for one in site.xenservers.values() if one.sessions] == []
    assert site.vcenter.sessions() == 0


def _tried(directory, name, timeout, **targets):
    """Call the module alone. Returns its result, and the seconds of the whole playbook."""
    result = directory / f"{name}-result.json"
    options = {kind: f"{{{{ {kind}_targets }}}}" for kind in targets}
    play = dict(
        hosts="localhost",
        gather_facts=False,
        vars=dict(
            {f"{kind}_targets": found for kind, found in targets.items()}, ansible_python_interpreter=sys.executable
        ),
        tasks=[
            {"novafleet.compute.preflight": dict(options, timeout=timeout), "register": "tried"},
            {"ansible.builtin.copy": dict(content="{{ tried | to_json }}", dest=str(result))},
        ],
    )
    begin = time.monotonic()
    ran = playbook(directory, name, [play], {})
    seconds = time.monotonic() - begin
    assert ran.returncode == 0, ran.stdout[-3000:]
    return json.loads(result.read_text()), seconds


def test_500_clusters_of_one_vcenter_are_one_question(site):
    access = dict(
        address="localhost",
        port=site.vcenter.port,
        username=observed_vcenter.USERNAME,
        password=observed_vcenter.PASSWORD,
        ca_file=str(site.vcenter.ca_file),
    )
    numbers = [number for number in range(CLUSTERS) if number != 13]
    targets = [dict(access, target=f"t-{number}", cluster=f"DC0_C{number}") for number in numbers]
    result, seconds = _tried(site.directory, "many", 10, vcenter=targets)
    print(f"{len(targets)} clusters: {result['seconds']} s, with Ansible {seconds:.1f} s")
    assert result["problems"] == []
    assert len({one["identity"] for one in result["hypervisors"]}) == len(targets)
    assert result["seconds"] < 20


@pytest.fixture
def deaf():
    """A listener on all loopback addresses whose queue is full: whoever comes waits for a time-out."""
    with socket.socket() as listening:
        listening.bind(("0.0.0.0", 0))
        listening.listen(0)
        waiting = []
        for _attempt in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", listening.getsockname()[1]))
            waiting.append(one)
        yield listening.getsockname()[1]
        for one in waiting:
            one.close()


@pytest.fixture
def mute():
    """A listener on all loopback addresses that takes every connection, and never says a word."""
    with socket.socket() as listening:
        listening.bind(("0.0.0.0", 0))
        listening.listen(1024)
        yield listening.getsockname()[1]


@pytest.mark.parametrize(("kind", "check", "waits"), [("deaf", "port", 1), ("mute", "certificate", 1)])
def test_500_dead_vcenters_cost_about_one_time_out(directory, request, kind, check, waits):
    port = request.getfixturevalue(kind)
    targets = [
        dict(target=f"t-{n}", address=f"127.78.{n // 250}.{n % 250 + 1}", port=port, username="u", password="p-secret")
        for n in range(500)
    ]
    targets = [dict(one, cluster="c") for one in targets]
    result, seconds = _tried(directory, kind, TIMEOUT, vcenter=targets)
    print(f"500 {kind}: {result['seconds']} s at a time-out of {TIMEOUT} s, with Ansible {seconds:.1f} s")
    failed = [row["target"] for row in result["checks"] if row["result"] == "failed" and row["check"] == check]
    assert failed == [one["target"] for one in targets]
    assert waits * TIMEOUT <= result["seconds"] < 2 * TIMEOUT + 10
