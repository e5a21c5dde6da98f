# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks whether nova-compute will accept a server's certificate."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping

from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import CheckFailed

# Of OpenSSL (x509_vfy.h).
EXPIRED, NOT_YET_VALID, OTHER_NAME, OTHER_ADDRESS = 10, 9, 62, 64


class Contexts:
    """Makes each context once, because reading the authorities of a system takes about 30 ms of a processor."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: dict[tuple[str | None, str | None, bool], ssl.SSLContext] = {}

    def get(self, ca_file: str | None, insecure: bool, authority: str | None = "") -> ssl.SSLContext:
        """Authorities that verify a certificate.

        Args:
            ca_file: path of the authorities on this machine, or None for those of the system.
            insecure: whether any certificate is accepted. A ca_file overrides it (oslo_vmware/service.py, Transport).
            authority: certificates of authorities in PEM, instead of a ca_file.

        Returns:
            ssl.SSLContext

        Raises:
            CheckFailed
        """
        key = (ca_file or None, authority or None, bool(insecure) and not (ca_file or authority))
        with self.lock:
            if key not in self.made:
                self.made[key] = _context(*key)
            return self.made[key]


contexts = Contexts()


def _context(ca_file: str | None, authority: str | None, insecure: bool) -> ssl.SSLContext:
    if insecure:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        return made
    if authority:
        return _context_of(authority)
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = f"{ca_file} cannot be read on this Docker host: {reason}."
        cure = "Mount a readable file with the certificate of the authority there (services_container.mounts)."
        raise CheckFailed("certificate", "ca_file", problem, cure) from error


def _context_of(authority: str) -> ssl.SSLContext:
    try:
        # Such files may have names in other alphabets as comments.
        return ssl.create_default_context(cadata=authority.encode("ascii", "ignore").decode() + "\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        problem = f"is a file of services_files that holds no certificates: {reason}."
        raise CheckFailed("certificate", "ca_file", problem, "Name a file that has certificates in PEM.") from error


def handshake(
    address: str, port: int, tls: ssl.SSLContext, timeout: float, options: Mapping[str, tuple[str, str]]
) -> None:
    """Connect, verify the certificate, and close the connection.

    Args:
        address: name or address; port: TCP port; tls: ssl.SSLContext; timeout: seconds.
        options: dict with address and trust, each a pair: the option that holds the address, and the option
            that adds a trusted authority.

    Raises:
        CheckFailed
    """
    try:
        with socket.create_connection((address, port), timeout=timeout) as plain:
            plain.settimeout(timeout)
            with tls.wrap_socket(plain, server_hostname=address):
                pass
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(error, options) from error
    except (OSError, ValueError) as error:
        option, _cure = options["address"]
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or "it hung up"
        problem = f"{address} port {port} answers, but does not speak TLS: {str(reason).rstrip('.')}."
        raise CheckFailed("certificate", option, problem, "Correct the address or the port.") from error


def _untrusted(error: ssl.SSLCertVerificationError, options: Mapping[str, tuple[str, str]]) -> CheckFailed:
    reason = error.verify_message.rstrip(".")
    problem = f"its certificate is not trusted: {reason}."
    if error.verify_code in (OTHER_NAME, OTHER_ADDRESS):
        option, cure = options["address"]
    elif error.verify_code in (EXPIRED, NOT_YET_VALID):
        option, cure = options["address"][0], "Renew the certificate, or correct the clock of this Docker host."
    else:
        option, cure = options["trust"]
    return CheckFailed("certificate", option, problem, cure)
