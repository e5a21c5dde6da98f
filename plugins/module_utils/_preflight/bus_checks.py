# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries on a message bus what roles/services/files/lease.py does there: it takes an exclusive queue."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import amqp
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import (
    Finding,
    Outcome,
    Refused,
    stopped,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import Unreachable
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.tls import (
    EXPIRED,
    NOT_YET_VALID,
    OTHER_ADDRESS,
    OTHER_NAME,
)

CHECKS = ("port", "certificate", "protocol", "login", "virtual_host", "queue")
LEASE = "novafleet.lease."
BROKER = "RabbitMQ"
# Reply codes (amqp0-9-1.xml, constants).
ACCESS_REFUSED, RESOURCE_LOCKED = 403, 405
SECTION = "services_nova_conf.oslo_messaging_rabbit"
CORRECT_PLACE = "Write the host and port of RabbitMQ: 5672, or 5671 for TLS."
WITHOUT = "Set services_lease to false to run without a lease; docs/lease.md explains the price."
NAME_AUTHORITY = (
    "Name the certificate of its authority in services_files, such as {bus.pem: /etc/ssl/bus.pem}, and set "
    f"{SECTION}.ssl_ca_file to /etc/nova/bus.pem."
)
# Those that oslo.messaging knows (_drivers/impl_rabbit.py, _SSL_PROTOCOLS) and that today's Pythons still have.
TLS_VERSIONS = {
    "": None, "sslv23": None, "tlsv1": ssl.TLSVersion.TLSv1, "tlsv1_1": ssl.TLSVersion.TLSv1_1,
    "tlsv1_2": ssl.TLSVersion.TLSv1_2,
}  # fmt: skip


class Silent(Refused):
    """A host of the bus takes connections, but does not answer: another one may."""


class Unseen(Exception):
    """What nova would verify a certificate by is out of sight; str() is a sentence."""


class Bus:
    """One message bus and login, and the targets whose services use it."""

    checks = CHECKS

    def __init__(self, options: Mapping[str, Any], told: Collection[tuple[str, int]] = ()):
        """options: as the module preflight documents them; told: places that others report if they are dead."""
        self.options, self.told = options, told
        self.targets = [dict(target=target, variable=options["variable"]) for target in options["targets"]]

    @property
    def places(self) -> list[tuple[str, int]]:
        return [(host["address"], host["port"]) for host in self.options["hosts"]]

    def unreachable(self, reached: Mapping[tuple[str, int], Unreachable | None]) -> Outcome:
        """The outcome where no host takes connections; reached: place -> Unreachable."""
        if set(self.places) <= set(self.told):
            return Outcome(stopped_at="port", skipped=("port",), reason="No host of the bus answers.")
        dead = "; ".join(f"{address} port {port}: {reached[address, port].reason}" for address, port in self.places)
        cure = "Correct the URL, or open the way to the bus from this Docker host."
        return stopped(Finding("port", "", f"no host of the bus answers ({dead}).", cure))

    def late(self, timeout: int) -> Outcome:
        """The outcome where the answers take too long; timeout: seconds."""
        problem = f"the hosts of the bus take connections, but none answers within {timeout} s."
        return stopped(
            Finding("protocol", "", problem, "See whether RabbitMQ is well, or raise services_preflight_timeout.")
        )

    def ask(self, timeout: int, reached: Mapping[tuple[str, int], Unreachable | None]) -> list[Outcome]:
        """Outcome of each of its targets, in their order.

        Args:
            timeout: seconds for one host.
            reached: place -> None where connections are taken.
        """
        return [self._outcome(timeout, reached)] * len(self.targets)

    def _outcome(self, timeout: int, reached: Mapping[tuple[str, int], Unreachable | None]) -> Outcome:
        if self.options["tls"] and self.options["client_in_image"]:
            return _skipped("the client's certificate or key is in the image only.")
        silent, skipped = None, () if self.options["tls"] else ("certificate",)
        for host in self.options["hosts"]:
            if reached[host["address"], host["port"]] is None:
                try:
                    Trial(self.options, host, timeout).run()
                except Silent as error:
                    silent = silent or error.finding
                except Refused as refused:
                    return stopped(refused.finding, skipped)
                except Unseen as error:
                    return _skipped(str(error))
                else:
                    return Outcome(skipped=skipped)
        return stopped(silent, skipped)


def _skipped(reason: str) -> Outcome:
    return Outcome(stopped_at="certificate", skipped=("certificate",), reason=f"Not tried: {reason}")


class Trial:
    """The dialogue with one host of a bus."""

    def __init__(self, options: Mapping[str, Any], host: Mapping[str, Any], timeout: float):
        """options: of the bus; host: one of them; timeout: seconds for all of it."""
        self.options, self.host, self.deadline = options, host, time.monotonic() + timeout
        self.place, self.user = f"{host['address']} port {host['port']}", host["username"]
        self.virtual_host, self.check = options["virtual_host"], "port"

    def run(self) -> None:
        """Try everything.

        Raises:
            Refused: this is wrong with the bus or the account.
            Silent: this host says nothing.
            Unseen: the certificate cannot be verified from here.
        """
        try:
            with self._connected() as stream:
                self._speak(amqp.Connection(stream, self._left()))
        except amqp.NotAmqp as error:
            cure = CORRECT_PLACE
            if isinstance(error, amqp.SpeaksTls):
                cure = f"Set {SECTION}.ssl to true, or write a port without TLS (5672)."
            raise Refused("protocol", "", f"{self.place} {error}.", cure) from error
        except amqp.Closed as error:
            raise self._refused(error) from error
        except socket.timeout as error:
            raise self._silent("timed out") from error
        except ssl.SSLError as error:
            raise self._bad_tls(error) from error
        except (OSError, ValueError, amqp.HungUp) as error:
            raise self._lost(error) from error

    def _silent(self, reason: str) -> Silent:
        problem = f"{self.place} takes connections, but does not answer: {reason}."
        return Silent(self.check, "", problem, f"See whether RabbitMQ is well. {CORRECT_PLACE}")

    def _left(self) -> float:
        return max(self.deadline - time.monotonic(), 0.001)

    @contextlib.contextmanager
    def _connected(self):
        with contextlib.ExitStack() as stack:
            address = self.host["address"], self.host["port"]
            stream = stack.enter_context(socket.create_connection(address, timeout=self._left()))
            if self.options["tls"]:
                self.check = "certificate"
                context = _context(self.options)
                stream.settimeout(self._left())
                stream = stack.enter_context(context.wrap_socket(stream, server_hostname=self.host["address"]))
            yield stream

    def _speak(self, connection: amqp.Connection) -> None:
        self.check = "protocol"
        connection.greet()
        if BROKER.lower() not in connection.product.lower():
            found = connection.product or "a broker without a name"
            problem = f"{self.place} is {found}, and only {BROKER} can give a lease."
            raise Refused("protocol", "", problem, WITHOUT)
        self.check, method = "login", self.options["login_method"]
        if method not in connection.mechanisms or method not in amqp.MECHANISMS:
            usable = [one for one in connection.mechanisms if one in amqp.MECHANISMS]
            problem = f"{BROKER} at {self.place} and nova have no login method {method} in common."
            cure = f"Set {SECTION}.rabbit_login_method to one of {', '.join(usable) or 'no known method'}."
            raise Refused("login", "", problem, cure)
        properties = dict(product="novafleet.compute", connection_name=f"preflight of {self.options['service']}")
        connection.log_in(method, self.user, self.host["password"], properties)
        self.check = "virtual_host"
        connection.open(self.virtual_host)
        self.check = "queue"
        queue = f"{LEASE}{self.options['service']}.preflight"
        try:
            connection.declare_exclusive(queue)
            # The lease is consumed from, which needs the right to read, as this does.
            connection.get(queue)
        except amqp.Closed as error:
            # Another preflight has the queue at the moment. RabbitMQ looked at the rights before.
            if error.code != RESOURCE_LOCKED:
                raise
        finally:
            connection.close()

    def _refused(self, error: amqp.Closed) -> Exception:
        """What the broker closes for, in words of this collection."""
        said = f"{error.code} {error.text.rstrip('.')}"
        if self.check == "login":
            return self._login_refused(said)
        if self.check == "virtual_host":
            problem = f"{BROKER} refuses the virtual host {self.virtual_host} to the user {self.user} ({said})."
            return Refused(self.check, "", problem, self._virtual_host_cure(error.text))
        if error.code != ACCESS_REFUSED:
            problem = f"{BROKER} does not make a queue {LEASE}* ({said})."
            return Refused(self.check, "", problem, "See the log of RabbitMQ.")
        problem = f"the user {self.user} may not declare and read the queues {LEASE}* ({said})."
        cure = f"Run {self._rights()}, or let the patterns for configure and read match ^novafleet\\.lease\\. too."
        return Refused(self.check, "", problem, cure)

    def _virtual_host_cure(self, text: str) -> str:
        if "not found" in text:
            made = f"rabbitmqctl add_vhost {shlex.quote(self.virtual_host)}"
            return f"Correct its name, or run {made} and {self._rights()}."
        if "limit" in text:
            return "Raise that limit (rabbitmqctl set_vhost_limits or set_user_limits)."
        return f"Run {self._rights()}, or correct its name."

    def _rights(self) -> str:
        place = f"-p {shlex.quote(self.virtual_host)} {shlex.quote(self.user)}"
        return f'rabbitmqctl set_permissions {place} ".*" ".*" ".*"'

    def _login_refused(self, said: str) -> Refused:
        if self.options["login_method"] == "EXTERNAL":
            problem = f"{BROKER} refuses the login with the client's certificate ({said})."
            return Refused("login", "", problem, f"Correct {SECTION}.ssl_cert_file, or add its user to RabbitMQ.")
        cure = "Correct user and password."
        if self.user == "guest":
            cure += " RabbitMQ takes the user guest from its own machine only (loopback_users)."
        return Refused("login", "", f"{BROKER} refuses the user {self.user} with this password ({said}).", cure)

    def _lost(self, error: Exception) -> Refused:
        """What the end of a connection means, which depends on when it comes."""
        reason = getattr(error, "strerror", None) or str(error)
        if self.check == "port":
            return self._silent(reason)
        if self.check in ("certificate", "protocol"):
            return self._no_protocol(reason)
        if self.check == "login":
            return self._login_refused(reason)
        if isinstance(error, ValueError):
            problem = f"the virtual host {self.virtual_host[:20]}... cannot be asked for: {reason}."
            return Refused(self.check, "", problem, "Correct its name.")
        return Refused(self.check, "", f"{self.place} broke the connection: {reason}.", "See the log of RabbitMQ.")

    def _no_protocol(self, reason: str) -> Refused:
        if self.check == "certificate":
            problem = f"{self.place} answers, but does not speak TLS: {reason}."
            cure = f"Leave {SECTION}.ssl out, or write a port that takes TLS (5671)."
        elif self.options["tls"]:
            # The alert of TLS may be lost on the way, as RabbitMQ closes right behind it.
            problem = f"{self.place} refuses the connection after the handshake of TLS: {reason}."
            cure = f"Set {SECTION}.ssl_cert_file and ssl_key_file, if it demands a certificate. Or correct the port."
        else:
            problem = f"{self.place} answers, but does not speak AMQP: {reason}."
            cure = f"{CORRECT_PLACE} Where that is one with TLS, set {SECTION}.ssl to true."
        return Refused(self.check, "", problem, cure)

    def _bad_tls(self, error: ssl.SSLError) -> Exception:
        if not isinstance(error, ssl.SSLCertVerificationError):
            reason = getattr(error, "reason", None) or str(error)
            if "ALERT" not in reason:
                return self._lost(OSError(0, reason))
            problem = f"{self.place} refuses the connection with TLS: {reason}."
            cure = f"Correct {SECTION}.ssl_cert_file, ssl_key_file and ssl_version as it demands."
            return Refused("certificate", "", problem, cure)
        reason = error.verify_message.rstrip(".")
        if self.options["ca_in_image"]:
            return Unseen(
                f"no authority that this Docker host has trusts the certificate of {self.place} ({reason}), and "
                f"what nova verifies it by is in the image. No password was sent. {NAME_AUTHORITY}"
            )
        cure = NAME_AUTHORITY
        if error.verify_code in (OTHER_NAME, OTHER_ADDRESS):
            cure = "Use a name that the certificate is for."
        elif error.verify_code in (EXPIRED, NOT_YET_VALID):
            cure = "Renew the certificate, or correct the clock of this Docker host."
        return Refused("certificate", "", f"the certificate of {self.place} is not trusted: {reason}.", cure)


def _context(options: Mapping[str, Any]) -> ssl.SSLContext:
    """As py-amqp makes it of oslo.messaging's options (amqp/transport.py, _wrap_socket_sni). Raises Refused."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = options["verify_name"]
    version = options["tls_version"].lower()
    if version not in TLS_VERSIONS:
        problem = f"{SECTION}.ssl_version is {options['tls_version']}, which nova does not take."
        raise Refused("certificate", "", problem, "Leave it out: RabbitMQ and nova agree on a version.")
    if TLS_VERSIONS[version]:
        made.minimum_version = made.maximum_version = TLS_VERSIONS[version]
    with _usable("ssl_ca_file"):
        if options["authority"]:
            # Names in other alphabets stand beside the certificates, as comments.
            made.load_verify_locations(cadata=options["authority"].encode("ascii", "ignore").decode() + "\n")
        elif options["ca_file"]:
            made.load_verify_locations(options["ca_file"])
        else:
            made.load_default_certs()
    _load_client(made, options)
    return made


def _load_client(context: ssl.SSLContext, options: Mapping[str, Any]) -> None:
    with _usable("ssl_cert_file, ssl_key_file"), contextlib.ExitStack() as stack:
        certificate = options["cert_file"] or stack.enter_context(_file_of(options["certificate"]))
        key = options["key_file"] or stack.enter_context(_file_of(options["private_key"]))
        if certificate:
            # Without a passphrase, for which OpenSSL would ask on a terminal.
            context.load_cert_chain(certificate, key, password="")


@contextlib.contextmanager
def _file_of(text: str):
    """Path of a file in memory, as Python's ssl reads files only and a key must not reach a disk; None without text."""
    if not text:
        yield None
        return
    with os.fdopen(os.memfd_create("novafleet"), "wb") as stream:
        stream.write(text.encode())
        stream.flush()
        yield f"/proc/self/fd/{stream.fileno()}"


@contextlib.contextmanager
def _usable(names: str):
    """What cannot be read, as a Refused that names nova's options."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        problem = f"{SECTION}.{names} cannot be used: {str(reason).rstrip('.')}."
        raise Refused("certificate", "", problem, "Name files in PEM, the key without a passphrase.") from error
