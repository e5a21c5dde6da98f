# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the module preflight's request for a message bus from a service's nova.conf. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.container import ServiceContainer
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini, transport_url
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf

DEFAULT_LOGIN = "AMQPLAIN"
# Names in [oslo_messaging_rabbit] that releases of oslo.messaging before 2023 still read.
OLD_NAMES = {
    "rabbit_use_ssl": "ssl",
    "kombu_ssl_version": "ssl_version",
    "kombu_ssl_keyfile": "ssl_key_file",
    "kombu_ssl_certfile": "ssl_cert_file",
    "kombu_ssl_ca_certs": "ssl_ca_file",
}
# From the first release on, nova has an oslo.messaging that compares the name in the bus's certificate if
# ssl_enforce_hostname_verification is set. From the second on, it always does (18.1.0).
FIRST_TO_BE_TOLD, FIRST_TO_VERIFY_NAMES = 31, 34


def bus_request(
    conf: Conf, container: Mapping[str, Any], files: Mapping[str, str], releases: Iterable[str] = ()
) -> dict[str, Any] | None:
    """Make the request for the message bus from which a service takes its lease.

    Args:
        conf: the service's nova.conf.
        container: settings of its container, with mounts.
        files: name -> text of files that it gets in addition to its nova.conf.
        releases: releases of nova, as far as they are known.

    Returns:
        dict in the form of the option bus of the module preflight, without targets and service. authority has the
        certificates themselves. None if the bus is not RabbitMQ, or if its URL is wrong. The checks report a wrong URL.
    """
    url = ini.value(conf, "DEFAULT", "transport_url")
    try:
        if not transport_url.is_rabbitmq(url) or not transport_url.endpoints(url):
            return None
    except transport_url.TransportUrlError:
        return None
    options = rabbit_options(conf)
    made = dict(
        hosts=transport_url.logins(url),
        virtual_host=transport_url.virtual_host(url),
        login_method=options.get("rabbit_login_method") or DEFAULT_LOGIN,
        tls=ini.is_true(options.get("ssl", "")),
    )
    return dict(made, **_tls(options, ServiceContainer.of(container, files), releases)) if made["tls"] else made


def rabbit_options(conf: Conf) -> dict[str, str]:
    """Options of [oslo_messaging_rabbit], by their newest names, as the transport URL overrides them.

    Args:
        conf: a nova.conf whose transport URL is right.
    """
    section = conf.get("oslo_messaging_rabbit", {})
    options = {OLD_NAMES.get(name, name): ini.plain(values[-1]) for name, values in section.items()}
    # oslo.messaging joins what is given more than once (transport.py, TransportURL.parse).
    queries = transport_url.queries(ini.value(conf, "DEFAULT", "transport_url"))
    options.update((name, ",".join(values)) for name, values in queries.items() if any(values))
    return options


def numbers(releases: Iterable[str]) -> list[int]:
    """Of releases such as 34.0.0 the first numbers, without those that are not known."""
    return [int(number) for number in (release.partition(".")[0] for release in releases) if number.isdigit()]


def _tls(options: Mapping[str, str], container: ServiceContainer, releases: Iterable[str]) -> dict[str, Any]:
    authority = container.certificates(options.get("ssl_ca_file", ""))
    certificate = container.certificates(options.get("ssl_cert_file", ""))
    key = container.certificates(options.get("ssl_key_file", ""))
    oldest = min(numbers(releases), default=0)
    enforced = ini.is_true(options.get("ssl_enforce_hostname_verification", "false"))
    return dict(
        authority,
        # Without an authority, nova verifies with those of its image or not at all. That depends on its libraries.
        ca_in_image=authority["ca_in_image"] or not options.get("ssl_ca_file"),
        verify_name=oldest >= FIRST_TO_VERIFY_NAMES or (oldest >= FIRST_TO_BE_TOLD and enforced),
        cert_file=certificate["ca_file"],
        certificate=certificate["authority"],
        key_file=key["ca_file"],
        private_key=key["authority"],
        client_in_image=certificate["ca_in_image"] or key["ca_in_image"],
        tls_version=options.get("ssl_version", ""),
    )
