# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS to a message bus, as oslo.messaging's options make it."""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import CheckFailed
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.tls import (
    EXPIRED,
    NOT_YET_VALID,
    OTHER_ADDRESS,
    OTHER_NAME,
)

SECTION = "services_nova_conf.oslo_messaging_rabbit"
NAME_AUTHORITY = (
    "Name the certificate of its authority in services_files, such as {bus.pem: /etc/ssl/bus.pem}, and set "
    f"{SECTION}.ssl_ca_file to /etc/nova/bus.pem."
)
# Those that oslo.messaging knows (_drivers/impl_rabbit.py, _SSL_PROTOCOLS) and that today's Pythons still have.
TLS_VERSIONS: dict[str, ssl.TLSVersion | None] = {
    "": None, "sslv23": None, "tlsv1": ssl.TLSVersion.TLSv1, "tlsv1_1": ssl.TLSVersion.TLSv1_1,
    "tlsv1_2": ssl.TLSVersion.TLSv1_2,
}  # fmt: skip


class CertificateUnseen(Exception):
    """What nova would verify a certificate by is out of sight; str() is a sentence."""


def untrusted(error: ssl.SSLCertVerificationError, place: str, options: Mapping[str, Any]) -> Exception:
    """What a certificate that does not verify means.

    Args:
        error: of the handshake.
        place: for people, where the bus listens.
        options: of the bus.

    Returns:
        CheckFailed; or CertificateUnseen where nova has authorities that are not seen from here.
    """
    reason = error.verify_message.rstrip(".")
    if options["ca_in_image"]:
        return CertificateUnseen(
            f"no authority that this Docker host has trusts the certificate of {place} ({reason}), and "
            f"what nova verifies it by is in the image. No password was sent. {NAME_AUTHORITY}"
        )
    cure = NAME_AUTHORITY
    if error.verify_code in (OTHER_NAME, OTHER_ADDRESS):
        cure = "Use a name that the certificate is for."
    elif error.verify_code in (EXPIRED, NOT_YET_VALID):
        cure = "Renew the certificate, or correct the clock of this Docker host."
    return CheckFailed("certificate", "", f"the certificate of {place} is not trusted: {reason}.", cure)


def context(options: Mapping[str, Any]) -> ssl.SSLContext:
    """As py-amqp makes it of oslo.messaging's options (amqp/transport.py, _wrap_socket_sni). Raises CheckFailed."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = options["verify_name"]
    version = options["tls_version"].lower()
    if version not in TLS_VERSIONS:
        problem = f"{SECTION}.ssl_version is {options['tls_version']}, which nova does not take."
        raise CheckFailed("certificate", "", problem, "Leave it out: RabbitMQ and nova agree on a version.")
    only = TLS_VERSIONS[version]
    if only:
        made.minimum_version = made.maximum_version = only
    with _usable("ssl_ca_file"):
        if options["authority"]:
            # The file may have names in other alphabets, as comments between the certificates.
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
def _file_of(text: str) -> Iterator[str | None]:
    """Path of a file in memory, as Python's ssl reads files only and a key must not reach a disk; None without text."""
    if not text:
        yield None
        return
    with os.fdopen(os.memfd_create("novafleet"), "wb") as stream:
        stream.write(text.encode())
        stream.flush()
        yield f"/proc/self/fd/{stream.fileno()}"


@contextlib.contextmanager
def _usable(names: str) -> Iterator[None]:
    """What cannot be read, as a CheckFailed that names nova's options."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        problem = f"{SECTION}.{names} cannot be used: {str(reason).rstrip('.')}."
        raise CheckFailed("certificate", "", problem, "Name files in PEM, the key without a passphrase.") from error
