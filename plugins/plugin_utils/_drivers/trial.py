# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a target's nova.conf to what the module preflight tries.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._contract import FILES_TARGET
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.rules import conflicts, is_true
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini, transport_url

DEFAULT_PORT = "443"
DEFAULT_USER = "root"
DEFAULT_HANDLER = "direct_vhd"
DEFAULT_FILTER = "default-sr:true"
DEFAULT_LOGIN = "AMQPLAIN"
# Names in [oslo_messaging_rabbit] that releases of oslo.messaging before 2023 still read.
OLD_NAMES = {
    "rabbit_use_ssl": "ssl",
    "kombu_ssl_version": "ssl_version",
    "kombu_ssl_keyfile": "ssl_key_file",
    "kombu_ssl_certfile": "ssl_cert_file",
    "kombu_ssl_ca_certs": "ssl_ca_file",
}
# Releases before it come with an oslo.messaging that does not compare the name in the bus's certificate (18.1.0).
FIRST_TO_VERIFY_NAMES = 34


def trial(target, driver, conf, container, files=None):
    """What to try of one target.

    Args:
        target: inventory host.
        driver: Driver.
        conf: dict, section -> option -> list of str: its nova.conf.
        container: dict, settings of its container, with mounts and environment.
        files: dict, name -> text of what it gets beside its nova.conf.

    Returns:
        dict, as the driver's option of the module preflight takes it, but for authority, which is the certificates
        themselves; None where there is nothing to try, as
        options are missing or wrong, which check_targets tells.
    """
    wrong = {variable: problem for variable, problem, _cure in conflicts(driver, conf)}

    def value(option, default=""):
        if f"{driver.variable}.{option}" in wrong:
            return default
        return ini.plain(conf.get(driver.section, {}).get(option, [default])[-1]) or default

    make = {"vcenter": _vcenter, "xenserver": _xenserver}.get(driver.group)
    delivered = _delivered(container, files)
    made = make(value, container, lambda path: _authority(path, container, delivered)) if make else None
    return dict(made, target=target, variable=driver.variable) if made else None


def bus_trial(
    conf: Mapping[str, Mapping[str, list[str]]],
    container: Mapping[str, Any],
    files: Mapping[str, str],
    releases: Iterable[str] = (),
) -> dict[str, Any] | None:
    """What to try of the message bus that a service takes its lease from.

    Args:
        conf: the service's nova.conf.
        container: settings of its container, with mounts.
        files: name -> text of what it gets beside its nova.conf.
        releases: of nova, as far as they are known.

    Returns:
        dict, as the option bus of the module preflight takes it, but for authority, which is the certificates
        themselves, and for targets and service; None where there is no RabbitMQ, or its URL is wrong, which
        check_targets tells.
    """
    url = ini.plain(conf.get("DEFAULT", {}).get("transport_url", [""])[-1])
    try:
        if not transport_url.is_rabbitmq(url) or not transport_url.endpoints(url):
            return None
    except transport_url.TransportUrlError:
        return None
    section = conf.get("oslo_messaging_rabbit", {})
    options = {OLD_NAMES.get(name, name): ini.plain(values[-1]) for name, values in section.items()}
    # oslo.messaging joins what is given more than once (transport.py, TransportURL.parse).
    options.update((name, ",".join(values)) for name, values in transport_url.queries(url).items() if any(values))
    made = dict(
        hosts=transport_url.logins(url),
        virtual_host=transport_url.virtual_host(url),
        login_method=options.get("rabbit_login_method") or DEFAULT_LOGIN,
        tls=is_true(options.get("ssl", "")),
    )
    return dict(made, **_bus_tls(options, container, files, releases)) if made["tls"] else made


def _bus_tls(
    options: Mapping[str, str], container: Mapping[str, Any], files: Mapping[str, str], releases: Iterable[str]
) -> dict[str, Any]:
    delivered = _delivered(container, files)
    authority = _authority(options.get("ssl_ca_file", ""), container, delivered)
    certificate = _authority(options.get("ssl_cert_file", ""), container, delivered)
    key = _authority(options.get("ssl_key_file", ""), container, delivered)
    numbers = [int(number) for number in (one.partition(".")[0] for one in releases) if number.isdigit()]
    named = bool(numbers) and min(numbers) >= FIRST_TO_VERIFY_NAMES
    return dict(
        authority,
        # Without one, nova verifies by those of its image or not at all, which depends on its libraries.
        ca_in_image=authority["ca_in_image"] or not options.get("ssl_ca_file"),
        verify_name=named and is_true(options.get("ssl_enforce_hostname_verification", "true")),
        cert_file=certificate["ca_file"],
        certificate=certificate["authority"],
        key_file=key["ca_file"],
        private_key=key["authority"],
        client_in_image=certificate["ca_in_image"] or key["ca_in_image"],
        tls_version=options.get("ssl_version", ""),
    )


def _delivered(container: Mapping[str, Any], files: Mapping[str, str] | None) -> dict[str, str]:
    directory = container.get("files_target") or FILES_TARGET
    return {f"{directory}/{name}": text for name, text in (files or {}).items()}


def _vcenter(value, _container, authority):
    port = value("host_port", DEFAULT_PORT)
    needed = dict(
        address=value("host_ip"),
        username=value("host_username"),
        password=value("host_password"),
        cluster=value("cluster_name"),
    )
    if not all(needed.values()) or not port.isdecimal():
        return None
    # nova ignores the expression where storage policies choose (nova/virt/vmwareapi/driver.py).
    by_policy = is_true(value("pbm_enabled"))
    return dict(
        needed,
        port=int(port),
        insecure=is_true(value("insecure")),
        datastore_regex="" if by_policy else value("datastore_regex"),
        **authority(value("ca_file")),
    )


def _xenserver(value, container, authority):
    needed = dict(url=value("connection_url"), password=value("connection_password"))
    if not all(needed.values()):
        return None
    environment = container.get("environment") or {}
    return dict(
        needed,
        username=value("connection_username", DEFAULT_USER),
        image_handler=value("image_handler", DEFAULT_HANDLER),
        sr_matching_filter=value("sr_matching_filter", DEFAULT_FILTER),
        # The driver has no option for it; Python's ssl goes by this variable.
        **authority(environment.get("SSL_CERT_FILE") or ""),
    )


def _authority(path, container, delivered):
    """Where a path of the container comes from: the controller, a mount, or the image, out of sight."""
    if path in delivered:
        return dict(authority=delivered[path], ca_file=None, ca_in_image=False)
    found = on_host(path, container.get("mounts") or ())
    return dict(authority="", ca_file=found, ca_in_image=bool(path) and found is None)


def on_host(path, mounts):
    """Translate a path in the container to one on the Docker host.

    Args:
        path: str.
        mounts: list of dict with source and target.

    Returns:
        str, or None where no mount holds it.
    """
    for mount in sorted(mounts, key=lambda one: len(one["target"]), reverse=True):
        inside = mount["target"].rstrip("/")
        if path == inside or path.startswith(inside + "/"):
            return mount["source"].rstrip("/") + path[len(inside) :]
    return None
