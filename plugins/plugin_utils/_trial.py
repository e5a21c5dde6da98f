# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a target's nova.conf to what the module preflight tries.  Pure."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils._spec import FILES_TARGET
from ansible_collections.novafleet.compute.plugins.plugin_utils import _nova_conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._rules import conflicts, is_true

DEFAULT_PORT = "443"
DEFAULT_USER = "root"
DEFAULT_HANDLER = "direct_vhd"
DEFAULT_FILTER = "default-sr:true"


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
        return _nova_conf.plain(conf.get(driver.section, {}).get(option, [default])[-1]) or default

    make = {"vcenter": _vcenter, "xenserver": _xenserver}.get(driver.group)
    directory = container.get("files_target") or FILES_TARGET
    delivered = {f"{directory}/{name}": text for name, text in (files or {}).items()}
    made = make(value, container, lambda path: _authority(path, container, delivered)) if make else None
    return dict(made, target=target, variable=driver.variable) if made else None


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
