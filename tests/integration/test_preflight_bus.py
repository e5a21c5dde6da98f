# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of the bus that gives the leases, against a real RabbitMQ: nothing is deployed, everything is reported.

Needs openssl and what private_rabbitmq needs.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
import time

import amqp
import pytest
from preflight_run import TIMEOUT, deploy, playbook, said_of
from private_rabbitmq import PASSWORD as BUS_PASSWORD
from private_rabbitmq import USER, PrivateRabbitMQ, free_ports
from read_only_engine import ReadOnlyEngine

PASSWORD = "correct-horse-bus"
WRONG_PASSWORD = "wrong-horse-bus"
CA_IN_CONTAINER = "/etc/ssl/site"
URL = "services_transport_url"
RABBIT = "oslo_messaging_rabbit"
LEASE_QUEUES = r"^novafleet\.lease\."
# Enough for a lease and nothing more; the others lack one right each.
USERS = {
    "lease": dict(configure=LEASE_QUEUES, write="^$", read=LEASE_QUEUES),
    "no-configure": dict(configure="^compute", write=".*", read=".*"),
    "no-read": dict(configure=".*", write=".*", read="^compute"),
}


class Site:
    """A RabbitMQ with and without TLS, servers that are none, a Docker engine."""

    def __init__(self, directory, broker, tls_port, http_port, refusing_port, mute_port, engine):
        self.directory, self.broker, self.engine = directory, broker, engine
        self.port, self.tls_port, self.mute_port = broker.nodes[0].port, tls_port, mute_port
        self.http_port, self.refusing_port = http_port, refusing_port

    def url(self, user="lease", password=PASSWORD, port=0, vhost="", address="127.0.0.1"):
        """Variables of a target with this bus."""
        return {URL: f"rabbit://{user}:{password}@{address}:{port or self.port}/{vhost}"}

    def tls(self, port=0, user="lease", password=PASSWORD, **options):
        """Variables of a target with TLS; options: of [oslo_messaging_rabbit], None leaves one out."""
        given = dict(
            ssl=True,
            ssl_ca_file="/etc/nova/bus.pem",
            ssl_cert_file="/etc/nova/client.pem",
            ssl_key_file="/etc/nova/client.key",
        )
        given.update(options)
        files = {"bus.pem": "ca.crt", "client.pem": "client.crt", "client.key": "client.key", "other.pem": "other.crt"}
        return dict(
            self.url(user, password, port or self.tls_port),
            services_nova_conf={RABBIT: {name: value for name, value in given.items() if value is not None}},
            services_files={name: str(self.directory / path) for name, path in files.items()},
        )

    def log(self):
        """Everything that RabbitMQ printed."""
        return (self.broker.directory / "nf1.log").read_text(errors="replace")


def right(site):
    """Target -> its variables: nothing is wrong with these."""
    plain = {"services_nova_conf": {RABBIT: {"rabbit_login_method": "PLAIN"}}}
    return {
        "narrow": site.url(),
        "plain": dict(site.url(), **plain),
        "parts": {
            URL: dict(hosts=["127.0.0.1"], port=site.port, username="lease", password=PASSWORD, virtual_host="/sub/x")
        },
        "tls-delivered": site.tls(),
        "tls-mounted": site.tls(ssl_ca_file=f"{CA_IN_CONTAINER}/ca.crt"),
        "tls-in-query": {
            **site.tls(ssl=None),
            URL: site.url(port=site.tls_port)[URL] + "?ssl=1&ssl_version=TLSv1_2",
        },
        "no-hypervisor": dict(site.url(), services_preflight=False),
        "second-host": {
            URL: f"rabbit://lease:{PASSWORD}@127.0.0.1:{site.mute_port},lease:{PASSWORD}@127.0.0.1:{site.port}/"
        },
    }


def wrong(site):
    """Target -> its variables, words of the problem, words of the fix."""
    rights = "rabbitmqctl set_permissions -p"
    return {
        "password": (site.url(password=WRONG_PASSWORD), "refuses the user lease with this password", "Correct user"),
        "user": (site.url("nobody"), "refuses the user nobody with this password", "Correct user"),
        "tried-anyway": (
            dict(site.url("someone"), services_preflight=False),
            "refuses the user someone with this password",
            "Correct user",
        ),
        "vhost-missing": (site.url(vhost="nope"), "vhost nope not found", "rabbitmqctl add_vhost nope"),
        "vhost-refused": (site.url(vhost="closed"), "access to vhost 'closed' refused", f"{rights} closed lease"),
        "configure": (site.url("no-configure"), "may not declare and read the queues", f"{rights} / no-configure"),
        "read": (site.url("no-read"), "may not declare and read the queues", LEASE_QUEUES),
        "method": (
            dict(site.url(), services_nova_conf={RABBIT: {"rabbit_login_method": "EXTERNAL"}}),
            "no login method EXTERNAL in common",
            "rabbit_login_method to one of PLAIN, AMQPLAIN",
        ),
        "http": (site.url(port=site.refusing_port), "speaks HTTP and not AMQP", "Write the host and port"),
        "http-waits": (site.url(port=site.http_port), "does not answer: timed out", "Write the host and port"),
        "mute": (site.url(port=site.mute_port), "does not answer: timed out", "Write the host and port"),
        "tls-needed": (
            site.url(port=site.tls_port),
            f"port {site.tls_port}",
            f"et services_nova_conf.{RABBIT}.ssl to true",
        ),
        "tls-on-plain": (site.tls(port=site.port), "does not speak TLS", "write a port that takes TLS"),
        "tls-untrusted": (site.tls(ssl_ca_file="/etc/nova/other.pem"), "is not trusted", "services_files"),
        "tls-no-client": (
            site.tls(ssl_cert_file=None, ssl_key_file=None),
            "refuses the connection",
            "ssl_cert_file",
        ),
        "tls-not-the-key": (
            site.tls(ssl_cert_file="/etc/nova/bus.pem"),
            "ssl_cert_file, ssl_key_file cannot be used",
            "PEM",
        ),
        "tls-version": (site.tls(ssl_version="SSLv3"), "ssl_version is SSLv3, which nova does not take", "Leave"),
        "tls-password": (site.tls(password=WRONG_PASSWORD), "refuses the user lease with this password", "Correct"),
        "no-lease": ({URL: "kafka://bus.example.com:9092/"}, "only RabbitMQ (rabbit://) can give a", "services_lease"),
    }


def unseen(site):
    """Target -> its variables: nova's authority is out of sight, so nothing is sent, and nothing is wrong."""
    return {
        "in-image": site.tls(ssl_ca_file="/etc/pki/bus.pem", password=f"{PASSWORD}-unseen"),
        "no-authority": site.tls(ssl_ca_file=None, password=f"{PASSWORD}-unseen"),
        "client-in-image": site.tls(ssl_key_file="/etc/pki/client.key", password=f"{PASSWORD}-unseen"),
    }


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("bus")


@pytest.fixture(scope="module")
def certificates(directory):
    """An authority, certificates of RabbitMQ and of nova, and an authority of others."""
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]

    def make(name, *options):
        files = ["-keyout", directory / f"{name}.key", "-out", directory / f"{name}.crt", "-subj", f"/CN={name}"]
        subprocess.run([*new, *files, *options], check=True, stderr=subprocess.DEVNULL)
        os.chmod(directory / f"{name}.key", 0o644)

    signed = ["-CA", directory / "ca.crt", "-CAkey", directory / "ca.key", "-addext", "basicConstraints=CA:FALSE"]
    make("ca")
    make("other")
    make("server", *signed, "-addext", "subjectAltName=IP:127.0.0.1")
    make("client", *signed)
    return directory


@pytest.fixture(scope="module")
def broker(certificates):
    """RabbitMQ, which demands a certificate of its clients on the port with TLS."""
    (port,) = free_ports(1)
    options = dict(cacertfile="ca.crt", certfile="server.crt", keyfile="server.key")
    lines = [f"ssl_options.{name} = {certificates / path}" for name, path in options.items()]
    lines += ["ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = true"]
    with PrivateRabbitMQ(config="\n".join([f"listeners.ssl.1 = 127.0.0.1:{port}", *lines])) as made:
        made.start()
        for name, rights in USERS.items():
            made.add_user(name, PASSWORD, **rights)
        for name in ("closed", "/sub/x"):
            made.nodes[0].ctl("add_vhost", name)
        made.nodes[0].ctl(
            "set_permissions", "-p", "/sub/x", "lease", *(USERS["lease"][one] for one in ("configure", "write", "read"))
        )
        made.tls_port = port
        yield made


class Refusing(socketserver.BaseRequestHandler):
    """Answers like a web server that looks at the first bytes."""

    def handle(self):
        self.request.recv(64)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


class Waiting(socketserver.BaseRequestHandler):
    """Waits for the end of a line, as most web servers do."""

    def handle(self):
        self.request.makefile("rb").readline()


def _serving(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


@pytest.fixture(scope="module")
def site(directory, broker):
    engine = ReadOnlyEngine(directory / "engine.sock")
    web = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Waiting)
    refusing = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as mute:
        ports = _serving(web), _serving(refusing), mute.getsockname()[1]
        yield Site(directory, broker, broker.tls_port, *ports, engine)
    for server in (web, refusing, engine):
        server.shutdown()


def _deploy(site, targets, name, *options, **variables):
    """Run the role on these targets of nova's fake driver, and read what it said."""
    everyone = dict(services_placement=dict(auth_type="none", endpoint_override=f"http://127.0.0.1:{site.http_port}"))
    docker_host = dict(
        services_container=dict(mounts=[dict(source=str(site.directory), target=CA_IN_CONTAINER)]), **variables
    )
    groups, secrets = dict(fake=targets), _secrets(site)
    return deploy(site, name, groups, *options, everyone=everyone, docker_host=docker_host, secrets=secrets)


def _secrets(site):
    return PASSWORD, WRONG_PASSWORD, (site.directory / "client.key").read_text().splitlines()[1]


def _nothing_stays(site):
    assert site.broker.nodes[0].queues() == {}
    # RabbitMQ lists a closed connection for a moment.
    end = time.monotonic() + 30
    while (found := site.broker.nodes[0].connections()) and time.monotonic() < end:
        time.sleep(0.2)
    assert found == []


def test_every_mistake_is_told_in_one_run_and_nothing_stays(site):
    table = wrong(site)
    targets = {name: variables for name, (variables, *_words) in table.items()}
    report = _deploy(site, {**targets, **right(site), **unseen(site)}, "wrong")
    assert report["task"] == "Report all problems at once", report
    said, missed = said_of(report["msg"]), []
    for name, (_variables, problem, cure) in table.items():
        (line,) = said.get(name) or [""]
        if not line.startswith(f"{URL}: ") or problem not in line or cure not in line:
            missed.append((name, problem, cure, line))
    assert missed == []
    assert set(said) == set(table)
    assert site.engine.changes == []
    assert not (site.directory / "wrong-config").exists()
    assert report["seconds"] < 3 * TIMEOUT + 2
    _nothing_stays(site)


@pytest.fixture(scope="module")
def cloud(site):
    """A virtual host for each kind of cloud, with what its services have declared."""
    made = dict(
        classic=dict(exchange=False, queue=dict(durable=False), fanout=False),
        durable=dict(exchange=True, queue=dict(durable=True), fanout=False),
        quorum=dict(exchange=True, queue=dict(durable=True, arguments={"x-queue-type": "quorum"}), fanout=True),
    )
    for name, one in made.items():
        site.broker.add_vhost(name)
        site.broker.nodes[0].ctl("set_permissions", "-p", name, "lease", ".*", ".*", ".*")
        parts = dict(virtual_host=name, login_method="PLAIN", userid=USER, password=BUS_PASSWORD)
        with amqp.Connection(f"127.0.0.1:{site.port}", **parts) as connection:
            channel = connection.channel()
            channel.exchange_declare("nova", "topic", durable=one["exchange"], auto_delete=False)
            channel.exchange_declare("compute_fanout", "fanout", durable=one["fanout"], auto_delete=True)
            channel.queue_declare("compute", **dict(dict(exclusive=False, auto_delete=False), **one["queue"]))
    return site


QUORUM = dict(rabbit_quorum_queue=True, rabbit_transient_quorum_queue=True)
# Virtual host, options of nova.conf, and what is told to be other, "" for nothing.
CLOUDS = {
    "classic-as-it-is": ("classic", {}, ""),
    "quorum-as-it-is": ("quorum", QUORUM, ""),
    "new-cloud": ("/sub/x", QUORUM, ""),
    "nova-falls-back": ("classic", dict(amqp_durable_queues=True), ""),
    "quorum-on-classic": ("classic", dict(rabbit_quorum_queue=True), "the exchange nova and the queue compute"),
    "quorum-on-durable": ("durable", dict(rabbit_quorum_queue=True), "the queue compute"),
    "classic-on-quorum": (
        "quorum",
        dict(rabbit_transient_quorum_queue=True),
        "the exchange nova and the queue compute",
    ),
    "durable-on-quorum": (
        "quorum",
        dict(QUORUM, rabbit_quorum_queue=False, amqp_durable_queues=True),
        "the queue compute",
    ),
    "transient-on-durable": ("durable", QUORUM, "the queue compute and the exchange compute_fanout"),
    "fanout-only": ("quorum", dict(rabbit_quorum_queue=True), "the exchange compute_fanout"),
    "classic-on-durable": ("durable", {}, "the exchange nova and the queue compute"),
    "limit": ("quorum", dict(QUORUM, rabbit_quorum_delivery_limit=7), None),
}


def test_queues_of_a_running_cloud_with_other_properties_are_told(cloud):
    def there():
        return {name: cloud.broker.nodes[0].ctl("list_queues", "-p", name, "name", "type", "durable", "arguments")
                for name in ("/", "classic", "durable", "quorum", "/sub/x")}  # fmt: skip

    before = there()
    targets = {
        name: dict(cloud.url(vhost=vhost.replace("/", "%2F")), services_nova_conf={RABBIT: options})
        for name, (vhost, options, _other) in CLOUDS.items()
    }
    report = _deploy(cloud, targets, "cloud", "--check")
    said = said_of(report["msg"])
    for name, (_vhost, _options, other) in CLOUDS.items():
        if other is not None:
            lines = said.get(name, [])
            assert len(lines) == bool(other), (name, lines)
            assert all(f"{URL}: RabbitMQ has {other} with other properties" in line for line in lines), (name, lines)
    assert "inequivalent arg 'x-queue-type' for queue 'compute'" in said["quorum-on-durable"][0]
    assert (
        "Set rabbit_quorum_queue, amqp_durable_queues, amqp_auto_delete in services_nova_conf"
        in said["quorum-on-durable"][0]
    )
    assert there() == before
    assert cloud.broker.nodes[0].connections() == []


def test_right_buses_pass_in_check_mode(site):
    report = _deploy(site, {**right(site), **unseen(site)}, "right", "--check")
    assert report["msg"] == ""
    results = {(row["target"], row["check"]): row["result"] for row in report["checks"]}
    assert {results[name, "queue"] for name in right(site)} == {"ok"}
    assert results["tls-delivered", "certificate"] == results["tls-in-query", "certificate"] == "ok"
    assert results["narrow", "certificate"] == "skipped"
    for name in unseen(site):
        assert [results[name, check] for check in ("port", "certificate", "login", "queue")] == ["ok", *["skipped"] * 3]
    reasons = {row["target"]: row["problem"] for row in report["checks"] if row["check"] == "certificate"}
    assert "what nova verifies it by is in the image" in reasons["in-image"]
    assert "No password was sent" in reasons["no-authority"]
    assert "client's certificate or key is in the image" in reasons["client-in-image"]
    _nothing_stays(site)


def test_many_targets_of_one_bus_are_one_login(site):
    before = site.log().count("has a client-provided name: preflight of")
    report = _deploy(site, {f"t-{number}": site.url() for number in range(40)}, "many", "--check")
    assert [row["result"] for row in report["checks"] if row["check"] == "queue"] == ["ok"] * 40
    assert site.log().count("has a client-provided name: preflight of") == before + 1


def test_without_leases_no_bus_is_tried(site):
    before = site.log().count("has a client-provided name: preflight of")
    targets = {"a": site.url(password=WRONG_PASSWORD), "b": {URL: "kafka://bus.example.com:9092/"}}
    report = _deploy(site, targets, "without", "--check", services_lease=False)
    assert (report["msg"], report["checks"]) == ("", [])
    assert site.log().count("has a client-provided name: preflight of") == before


def _tried(site, name, buses, **options):
    """Call the module alone. Returns its result."""
    result = site.directory / f"{name}-result.json"
    play = dict(
        hosts="localhost",
        gather_facts=False,
        vars=dict(ansible_python_interpreter=sys.executable),
        tasks=[
            {"novafleet.compute.preflight": dict(options, bus=buses, timeout=TIMEOUT), "register": "tried"},
            {"ansible.builtin.copy": dict(content="{{ tried | to_json }}", dest=str(result))},
        ],
    )
    ran = playbook(site.directory, name, [play], {})
    for secret in _secrets(site):
        assert secret not in ran.stdout
    assert result.exists(), ran.stdout[-3000:]
    return json.loads(result.read_text())


def _bus(name, *places, **options):
    hosts = [dict(address=address, port=port, username="lease", password=PASSWORD) for address, port in places]
    return dict(options, targets=[name], service=name, hosts=hosts)


def test_dead_buses_are_told_unless_the_endpoints_tell_them(site):
    dead, alone = free_ports(2)
    buses = [
        _bus("told", ("127.0.0.1", dead)),
        _bus("alone", ("127.0.0.1", alone)),
        _bus("one-of-two", ("127.0.0.1", dead), ("127.0.0.1", site.port)),
    ]
    endpoint = dict(address="127.0.0.1", port=dead, variable=URL, targets=["told"])
    found = _tried(site, "dead", buses, endpoints=[endpoint])
    first, second = found["problems"]
    assert first.startswith(f"{URL}: 127.0.0.1 port {dead} does not answer: ")
    assert second.startswith(f"alone: {URL}: no host of the bus answers (127.0.0.1 port {alone}: Connection refused).")
    results = {(row["target"], row["check"]): row["result"] for row in found["checks"]}
    assert (results["told", "port"], results["one-of-two", "queue"]) == ("skipped", "ok")


@pytest.mark.parametrize(("verify", "problem"), [(True, "mismatch"), (False, "")])
def test_the_name_in_the_certificate_counts_where_nova_compares_it(site, verify, problem):
    options = dict(tls=True, ca_file=str(site.directory / "ca.crt"), cert_file=str(site.directory / "client.crt"))
    options.update(key_file=str(site.directory / "client.key"), verify_name=verify)
    found = _tried(site, f"name-{verify}", [_bus("a", ("127.1", site.tls_port), **options)])
    assert len(found["problems"]) == bool(problem)
    assert all(problem in one and "Use a name that the certificate is for" in one for one in found["problems"])


def test_200_buses_that_hang_cost_about_one_time_out(site):
    buses = [_bus(f"t-{number}", ("127.0.0.1", site.mute_port), virtual_host=str(number)) for number in range(200)]
    begin = time.monotonic()
    found = _tried(site, "hanging", buses)
    assert len(found["problems"]) == 1
    assert found["problems"][0].startswith("t-0 and 199 more: ")
    assert TIMEOUT <= found["seconds"] < 2 * TIMEOUT
    assert time.monotonic() - begin < 60


def test_two_preflights_at_once_do_not_disturb_each_other(site):
    buses = [_bus("same", ("127.0.0.1", site.port)) for _number in range(20)]
    assert _tried(site, "at-once", buses)["problems"] == []


def test_a_broker_that_is_frozen_is_told(site):
    buses = [_bus("a", ("127.0.0.1", site.port))]
    site.broker.nodes[0].freeze()
    try:
        (problem,) = _tried(site, "frozen", buses)["problems"]
    finally:
        site.broker.nodes[0].thaw()
    assert "takes connections, but does not answer: timed out" in problem
