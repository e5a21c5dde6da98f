# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dialogue with one host of a message bus: it takes an exclusive queue, as a lease does."""

from __future__ import annotations

import contextlib
import shlex
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight import amqp
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus_declarations import (
    difference,
    differences,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.bus_tls import (
    SECTION,
    context,
    untrusted,
)
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import CheckFailed

LEASE = "novafleet.lease."
BROKER = "RabbitMQ"
# Reply codes (amqp0-9-1.xml, constants).
ACCESS_REFUSED, RESOURCE_LOCKED = 403, 405
CORRECT_PLACE = "Write the host and port of RabbitMQ: 5672, or 5671 for TLS."
WITHOUT = "Set services_lease to false to run without a lease; docs/lease.md explains the price."


class BusSilent(CheckFailed):
    """A host of the bus takes connections, but does not answer: another one may."""


class BusTrial:
    """The dialogue with one host of a bus."""

    def __init__(self, options: Mapping[str, Any], host: Mapping[str, Any], timeout: float):
        """options: of the bus; host: one of them; timeout: seconds for all of it."""
        self.options, self.host, self.deadline = options, host, time.monotonic() + timeout
        self.place, self.user = f"{host['address']} port {host['port']}", host["username"]
        self.virtual_host, self.check = options["virtual_host"], "port"

    def run(self) -> None:
        """Try everything.

        Raises:
            CheckFailed: this is wrong with the bus or the account.
            BusSilent: this host says nothing.
            CertificateUnseen: the certificate cannot be verified from here.
        """
        try:
            with self._connected() as stream:
                self._speak(amqp.AmqpConnection(stream, self._left()))
        except amqp.NotAmqp as error:
            cure = CORRECT_PLACE
            if isinstance(error, amqp.SpeaksTls):
                cure = f"Set {SECTION}.ssl to true, or write a port without TLS (5672)."
            raise CheckFailed("protocol", "", f"{self.place} {error}.", cure) from error
        except amqp.Closed as error:
            raise self._refused(error) from error
        except socket.timeout as error:
            raise self._silent("timed out") from error
        except ssl.SSLError as error:
            raise self._bad_tls(error) from error
        except (OSError, ValueError, amqp.HungUp) as error:
            raise self._lost(error) from error

    def _silent(self, reason: str) -> BusSilent:
        problem = f"{self.place} takes connections, but does not answer: {reason}."
        return BusSilent(self.check, "", problem, f"Check that RabbitMQ is healthy. {CORRECT_PLACE}")

    def _left(self) -> float:
        return max(self.deadline - time.monotonic(), 0.001)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        with contextlib.ExitStack() as stack:
            address = self.host["address"], self.host["port"]
            stream: socket.socket = stack.enter_context(socket.create_connection(address, timeout=self._left()))
            if self.options["tls"]:
                self.check = "certificate"
                tls = context(self.options)
                stream.settimeout(self._left())
                stream = stack.enter_context(tls.wrap_socket(stream, server_hostname=self.host["address"]))
            yield stream

    def _speak(self, connection: amqp.AmqpConnection) -> None:
        self.check = "protocol"
        connection.greet()
        if BROKER.lower() not in connection.product.lower():
            product = connection.product or "a broker without a name"
            problem = f"{self.place} is {product}, and only {BROKER} can give a lease."
            raise CheckFailed("protocol", "", problem, WITHOUT)
        self.check, method = "login", self.options["login_method"]
        if method not in connection.mechanisms or method not in amqp.MECHANISMS:
            usable = [mechanism for mechanism in connection.mechanisms if mechanism in amqp.MECHANISMS]
            problem = f"{BROKER} at {self.place} and nova have no login method {method} in common."
            cure = f"Set {SECTION}.rabbit_login_method to one of {', '.join(usable) or 'no known method'}."
            raise CheckFailed("login", "", problem, cure)
        properties = dict(product="novafleet.compute", connection_name=f"preflight of {self.options['service']}")
        connection.log_in(method, self.user, self.host["password"], properties)
        self.check = "virtual_host"
        connection.open(self.virtual_host)
        self.check = "queue"
        queue = f"{LEASE}{self.options['service']}.preflight"
        try:
            self._take(connection, queue)
            found = list(differences(connection, self.options.get("declared") or ()))
        finally:
            connection.close()
        if found:
            raise difference(found)

    @staticmethod
    def _take(connection: amqp.AmqpConnection, queue: str) -> None:
        try:
            connection.declare_exclusive(queue)
            # The lease is consumed from, which needs the right to read, as this does.
            connection.get(queue)
        except amqp.Closed as error:
            # Another preflight has the queue at the moment. RabbitMQ looked at the rights before.
            if error.code != RESOURCE_LOCKED:
                raise

    def _refused(self, error: amqp.Closed) -> Exception:
        """What the broker closes for, in words of this collection."""
        said = f"{error.code} {error.text.rstrip('.')}"
        if self.check == "login":
            return self._login_refused(said)
        if self.check == "virtual_host":
            problem = f"{BROKER} refuses the virtual host {self.virtual_host} to the user {self.user} ({said})."
            return CheckFailed(self.check, "", problem, self._virtual_host_cure(error.text))
        if error.code != ACCESS_REFUSED:
            problem = f"{BROKER} does not make a queue {LEASE}* ({said})."
            return CheckFailed(self.check, "", problem, "See the log of RabbitMQ.")
        problem = f"the user {self.user} may not declare and read the queues {LEASE}* ({said})."
        cure = f"Run {self._rights()}, or let the patterns for configure and read match ^novafleet\\.lease\\. too."
        return CheckFailed(self.check, "", problem, cure)

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

    def _login_refused(self, said: str) -> CheckFailed:
        if self.options["login_method"] == "EXTERNAL":
            problem = f"{BROKER} refuses the login with the client's certificate ({said})."
            return CheckFailed("login", "", problem, f"Correct {SECTION}.ssl_cert_file, or add its user to RabbitMQ.")
        cure = "Correct user and password."
        if self.user == "guest":
            cure += " RabbitMQ takes the user guest from its own machine only (loopback_users)."
        return CheckFailed("login", "", f"{BROKER} refuses the user {self.user} with this password ({said}).", cure)

    def _lost(self, error: Exception) -> CheckFailed:
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
            return CheckFailed(self.check, "", problem, "Correct its name.")
        return CheckFailed(self.check, "", f"{self.place} broke the connection: {reason}.", "See the log of RabbitMQ.")

    def _no_protocol(self, reason: str) -> CheckFailed:
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
        return CheckFailed(self.check, "", problem, cure)

    def _bad_tls(self, error: ssl.SSLError) -> Exception:
        if isinstance(error, ssl.SSLCertVerificationError):
            return untrusted(error, self.place, self.options)
        reason = getattr(error, "reason", None) or str(error)
        if "ALERT" not in reason:
            return self._lost(OSError(0, reason))
        problem = f"{self.place} refuses the connection with TLS: {reason}."
        cure = f"Correct {SECTION}.ssl_cert_file, ssl_key_file and ssl_version as it demands."
        return CheckFailed("certificate", "", problem, cure)
