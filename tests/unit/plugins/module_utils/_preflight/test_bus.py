# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of everything that a bus may do, on a connection whose behaviour the test sets."""

from __future__ import annotations

import socket
import ssl

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import amqp, bus_tls, bus_trial, run
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus import CHECKS
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import CheckFailed
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import Unreachable

PASSWORD = "s3cr3t"
A, B = ("bus-a", 5672), ("bus-b", 5672)
CALLS = ("greet", "log_in", "open", "declare_exclusive", "get")


def bus(*places, **options):
    """A bus as the module gets it from its argument spec."""
    hosts = [dict(address=address, port=port, username="nova", password=PASSWORD) for address, port in places or (A,)]
    return dict(
        dict(
            targets=["t-1"], service="t-1", variable="services_transport_url", virtual_host="/", tls=False,
            login_method="AMQPLAIN", ca_file=None, authority="", ca_in_image=False, verify_name=True, cert_file=None,
            key_file=None, certificate="", private_key="", client_in_image=False, tls_version="", hosts=hosts,
        ), **options,
    )  # fmt: skip


@pytest.fixture
def world(monkeypatch):
    """A bus whose hosts fail as the test sets: world.fails[host] = (call, error)."""

    class World:
        dead, fails, asked, product, mechanisms = {}, {}, [], "RabbitMQ", ("AMQPLAIN", "PLAIN")

    here = World()
    here.dead, here.fails, here.asked, here.closed = {}, {}, [], 0

    class Connection:
        def __init__(self, stream, seconds):
            self.host = here.asked[-1]
            self.product, self.mechanisms = here.product, here.mechanisms

        def close(self):
            here.closed += 1

    def call_of(name):
        def call(self, *arguments):
            failing, error = here.fails.get(self.host, ("", None))
            if failing == name:
                raise error

        return call

    for name in CALLS:
        setattr(Connection, name, call_of(name))

    def connect(address, timeout):
        here.asked.append(address[0])
        failing, error = here.fails.get(address[0], ("", None))
        if failing == "connect":
            raise error
        return socket.socket()

    monkeypatch.setattr(amqp, "AmqpConnection", Connection)
    monkeypatch.setattr(bus_trial.socket, "create_connection", connect)
    monkeypatch.setattr(run, "probe_all", lambda places, timeout: {place: here.dead.get(place[0]) for place in places})
    return here


def tried(*buses, told=()):
    found = run.preflight({}, 1, {}, buses, told)
    assert PASSWORD not in str(found)
    return found


def results(found):
    return [row["result"] for row in found["checks"]]


def test_a_bus_that_gives_leases(world):
    found = tried(bus())
    assert (found["problems"], found["hypervisors"], world.closed) == ([], [], 1)
    assert [row["check"] for row in found["checks"]] == list(CHECKS)
    assert results(found) == ["ok", "skipped", "ok", "ok", "ok", "ok"]


def test_its_targets_share_one_trial_and_one_sentence(world):
    world.fails["bus-a"] = ("log_in", amqp.Closed(403, "ACCESS_REFUSED - x."))
    found = tried(bus(targets=[f"t-{number}" for number in range(50)]))
    (problem,) = found["problems"]
    assert problem == (
        "t-0 and 49 more: services_transport_url: RabbitMQ refuses the user nova with this password "
        "(403 ACCESS_REFUSED - x). Correct user and password."
    )
    assert world.asked == ["bus-a"]
    assert len(found["checks"]) == 50 * len(CHECKS)


TIME_OUT = socket.timeout("timed out")
FINDINGS = {
    "another protocol": ("greet", amqp.NotAmqp("speaks HTTP and not AMQP"), "protocol", "speaks HTTP", "5672"),
    "TLS": ("greet", amqp.SpeaksTls("speaks TLS"), "protocol", "bus-a port 5672 speaks TLS", "ssl to true"),
    "hung up at the greeting": ("greet", amqp.HungUp("it hung up"), "protocol", "does not speak AMQP", "ssl to true"),
    "silence": ("greet", TIME_OUT, "protocol", "takes connections, but does not answer: timed out", "healthy"),
    "login": ("log_in", amqp.Closed(403, "ACCESS_REFUSED"), "login", "refuses the user nova", "Correct user"),
    "hung up at the login": ("log_in", amqp.HungUp("it hung up"), "login", "refuses the user nova", "Correct user"),
    "no virtual host": (
        "open",
        amqp.Closed(530, "NOT_ALLOWED - vhost / not found"),
        "virtual_host",
        "not found",
        "add_vhost /",
    ),
    "another's virtual host": (
        "open",
        amqp.Closed(530, "NOT_ALLOWED - access to vhost '/' refused"),
        "virtual_host",
        "refuses the virtual host /",
        'Run rabbitmqctl set_permissions -p / nova ".*" ".*" ".*"',
    ),
    "too many connections": (
        "open",
        amqp.Closed(530, "connection limit (1) is reached"),
        "virtual_host",
        "limit",
        "set_vhost_limits",
    ),
    "too long a name": (
        "open",
        ValueError("it is longer than 255 bytes"),
        "virtual_host",
        "longer than 255",
        "its name",
    ),
    "no right to configure": (
        "declare_exclusive",
        amqp.Closed(403, "ACCESS_REFUSED - x"),
        "queue",
        "may not declare and read the queues",
        "^novafleet\\.lease\\.",
    ),
    "no right to read": (
        "get",
        amqp.Closed(403, "ACCESS_REFUSED - x"),
        "queue",
        "may not declare and read",
        "set_permissions",
    ),
    "no room": (
        "declare_exclusive",
        amqp.Closed(406, "PRECONDITION_FAILED - limit"),
        "queue",
        "does not make a queue",
        "log",
    ),
    "broken": ("declare_exclusive", ConnectionResetError(104, "reset"), "queue", "broke the connection: reset", "log"),
}


@pytest.mark.parametrize(("call", "error", "check", "problem", "cure"), FINDINGS.values(), ids=list(FINDINGS))
def test_what_stands_between_a_service_and_its_lease(world, call, error, check, problem, cure):
    world.fails["bus-a"] = (call, error)
    found = tried(bus())
    (row,) = [one for one in found["checks"] if one["result"] == "failed"]
    assert (row["check"], row["variable"]) == (check, "services_transport_url")
    assert problem in row["problem"]
    assert cure in row["cure"]
    assert row["problem"].endswith(".") and row["cure"].endswith(".")
    assert found["problems"] == [f"t-1: services_transport_url: {row['problem']} {row['cure']}"]


def test_a_queue_that_another_preflight_has_was_granted(world):
    world.fails["bus-a"] = ("declare_exclusive", amqp.Closed(405, "RESOURCE_LOCKED"))
    assert tried(bus())["problems"] == []
    assert world.closed == 1


@pytest.mark.parametrize(("product", "words"), [("LavinMQ", "is LavinMQ,"), ("", "a broker without a name")])
def test_only_rabbitmq_can_give_a_lease(world, product, words):
    world.product = product
    (problem,) = tried(bus())["problems"]
    assert words in problem
    assert "Set services_lease to false" in problem


def test_rabbitmq_under_a_vendors_name(world):
    world.product = "VMware Tanzu RabbitMQ"
    assert tried(bus())["problems"] == []


@pytest.mark.parametrize("method", ["EXTERNAL", "RABBIT-CR-DEMO"])
def test_a_login_method_that_the_bus_or_nova_has_not(world, method):
    world.mechanisms = ("PLAIN", "RABBIT-CR-DEMO")
    (problem,) = tried(bus(login_method=method))["problems"]
    assert f"no login method {method} in common" in problem
    assert "rabbit_login_method to one of PLAIN." in problem


def test_a_certificate_that_is_refused_is_not_called_a_password(world):
    world.mechanisms = ("EXTERNAL",)
    world.fails["bus-a"] = ("log_in", amqp.Closed(403, "ACCESS_REFUSED"))
    (problem,) = tried(bus(login_method="EXTERNAL"))["problems"]
    assert "refuses the login with the client's certificate" in problem


def test_guest_is_told_why(world):
    world.fails["bus-a"] = ("log_in", amqp.Closed(403, "ACCESS_REFUSED"))
    options = bus()
    options["hosts"][0]["username"] = "guest"
    assert "from its own machine only (loopback_users)" in tried(options)["problems"][0]


@pytest.mark.parametrize("failure", [("greet", TIME_OUT), ("connect", ConnectionRefusedError(111, "refused"))])
def test_the_first_host_that_answers_decides(world, failure):
    world.fails["bus-a"] = failure
    assert tried(bus(A, B))["problems"] == []
    assert world.asked == ["bus-a", "bus-b"]
    world.fails["bus-b"] = ("log_in", amqp.Closed(403, "ACCESS_REFUSED"))
    assert "refuses the user" in tried(bus(A, B))["problems"][0]


def test_an_unexpected_error_of_one_bus_hides_nothing_of_the_other(world):
    world.fails["bus-a"] = ("greet", RuntimeError("password = x"))
    world.dead["bus-b"] = Unreachable(True, "refused")
    ours, dead = tried(bus(A), bus(B, targets=["t-2"]))["problems"]
    assert ours.startswith("t-1: services_transport_url: asking bus-a failed: RuntimeError: password = ****")
    assert dead.startswith("t-2: services_transport_url: no host of the bus answers")


def test_who_refuses_is_not_asked_elsewhere(world):
    world.fails["bus-a"] = ("log_in", amqp.Closed(403, "ACCESS_REFUSED"))
    assert len(tried(bus(A, B))["problems"]) == 1
    assert world.asked == ["bus-a"]


def test_dead_hosts_are_not_asked(world):
    world.dead["bus-a"] = Unreachable(True, "refused")
    assert tried(bus(A, B))["problems"] == []
    assert world.asked == ["bus-b"]


def test_a_dead_bus_is_told_once(world):
    world.dead = {"bus-a": Unreachable(False, "unknown"), "bus-b": Unreachable(True, "refused")}
    (problem,) = tried(bus(A, B), told=[A])["problems"]
    assert "no host of the bus answers (bus-a port 5672: unknown; bus-b port 5672: refused)." in problem
    found = tried(bus(A, B), told=[A, B])
    assert (found["problems"], set(results(found)), world.asked) == ([], {"skipped"}, [])


def test_who_takes_for_ever_is_told(world, monkeypatch):
    monkeypatch.setattr(run, "at_once", lambda _function, items, _seconds: [run.LATE] * len(items))
    assert "none answers within 1 s" in tried(bus())["problems"][0]


def test_nothing_is_sent_where_the_clients_key_is_out_of_sight(world):
    found = tried(bus(tls=True, client_in_image=True))
    assert (found["problems"], world.asked) == ([], [])
    assert results(found) == ["ok", *["skipped"] * 5]
    assert found["checks"][1]["problem"] == "Not tried: the client's certificate or key is in the image only."


def untrusted(code, message):
    error = ssl.SSLCertVerificationError(1, message)
    error.verify_code, error.verify_message = code, message
    return error


TLS_FINDINGS = {
    "untrusted": (untrusted(20, "unable to get local issuer certificate"), "is not trusted: unable", "services_files"),
    "another name": (untrusted(62, "Hostname mismatch"), "is not trusted: Hostname mismatch", "Use a name"),
    "expired": (untrusted(10, "certificate has expired"), "has expired", "Renew the certificate"),
    "plain": (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] x"), "does not speak TLS", "a port that takes TLS"),
    "hung up": (ConnectionResetError(104, "reset by peer"), "does not speak TLS: reset by peer", "ssl out"),
}


@pytest.fixture
def shaking(world, monkeypatch):
    """A handshake that fails with the given error."""

    def fail_with(error):
        def wrap(context, stream, server_hostname):
            raise error

        monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)

    return fail_with


@pytest.mark.parametrize(("error", "problem", "cure"), TLS_FINDINGS.values(), ids=list(TLS_FINDINGS))
def test_what_is_wrong_with_tls(shaking, error, problem, cure):
    shaking(error)
    (row,) = [one for one in tried(bus(tls=True))["checks"] if one["result"] == "failed"]
    assert (row["check"], row["variable"]) == ("certificate", "services_transport_url")
    assert problem in row["problem"]
    assert cure in row["cure"]


def test_an_alert_of_tls_is_a_refusal(shaking):
    error = ssl.SSLError(1, "x")
    error.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    shaking(error)
    (problem,) = tried(bus(tls=True))["problems"]
    assert "refuses the connection with TLS: TLSV13_ALERT_CERTIFICATE_REQUIRED" in problem
    assert "ssl_cert_file" in problem


def test_an_authority_in_the_image_says_nothing_against_a_certificate(shaking):
    shaking(untrusted(20, "unable to get local issuer certificate"))
    found = tried(bus(tls=True, ca_in_image=True))
    assert found["problems"] == []
    assert results(found) == ["ok", *["skipped"] * 5]
    assert "No password was sent" in found["checks"][1]["problem"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(ca_file="/no/such/ca.pem"), "ssl_ca_file cannot be used: No such file"),
        (dict(cert_file="/no/such/cert.pem"), "ssl_cert_file, ssl_key_file cannot be used: No such file"),
        (dict(certificate="x", private_key=PASSWORD), "ssl_cert_file, ssl_key_file cannot be used"),
        (dict(tls_version="SSLv2"), "ssl_version is SSLv2, which nova does not take"),
    ],
)
def test_files_and_versions_that_nova_cannot_use(world, options, words):
    (problem,) = tried(bus(tls=True, **options))["problems"]
    assert words in problem


def test_an_authority_that_is_none_is_told():
    with pytest.raises(CheckFailed) as refused:
        bus_tls.context(bus(authority="nothing in PEM"))
    assert "ssl_ca_file cannot be used" in refused.value.finding.problem


def test_a_bus_that_hangs_up_behind_the_handshake_may_want_a_certificate(world, monkeypatch):
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", lambda context, stream, server_hostname: stream)
    world.fails["bus-a"] = ("greet", ssl.SSLEOFError(8, "EOF occurred in violation of protocol"))
    (problem,) = tried(bus(tls=True))["problems"]
    assert "refuses the connection after the handshake of TLS" in problem
    assert "ssl_cert_file" in problem


def test_the_context_is_what_py_amqp_makes():
    plain = bus_tls.context(bus(verify_name=False))
    assert (plain.check_hostname, plain.verify_mode) == (False, ssl.CERT_REQUIRED)
    pinned = bus_tls.context(bus(tls_version="TLSv1_2"))
    assert pinned.check_hostname
    assert (pinned.minimum_version, pinned.maximum_version) == (ssl.TLSVersion.TLSv1_2,) * 2
