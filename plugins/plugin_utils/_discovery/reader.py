# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads endpoints from an inventory file, and leaves secrets as they are written there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.template import trust_as_template
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import (
    DiscoveryError,
    Endpoint,
    short_name,
    twice,
)

ENDPOINT_ARGUMENT_SPEC: dict[str, dict[str, Any]] = dict(
    name=dict(type="str"),
    address=dict(type="str", required=True),
    port=dict(type="int", default=443),
    ca_file=dict(type="path"),
    insecure=dict(type="bool", default=False),
    timeout=dict(type="float", default=30),
)
# These options are kept as they are written. A template or vault is resolved only for its use, and never shown.
ACCOUNT = ("username", "password")
UNRESOLVED = (*ACCOUNT, "options")


class EndpointReader:
    """Makes endpoints of the entries of one option."""

    def __init__(self, plugin: BaseInventoryPlugin, option: str, written: Mapping[str, Any]):
        """Arguments:
        plugin: with its options set.
        option: that lists the endpoints.
        written: content of the file."""
        self.plugin, self.option, self.written = plugin, option, written

    def endpoints(self) -> list[Endpoint]:
        """Return all endpoints. Raises DiscoveryError with all problems."""
        problems: list[str] = []
        endpoints: list[Endpoint] = []
        for index, entry in enumerate(self.plugin.get_option(self.option)):
            option = f"{self.option}[{index}]"
            try:
                endpoints.append(self._endpoint(option, entry))
            except DiscoveryError as error:
                problems += error.problems
        problems += twice(endpoints)
        if problems or not endpoints:
            raise DiscoveryError(*problems or [f"{self.option}: is empty. List the servers to ask."])
        return endpoints

    def _endpoint(self, option: str, entry: Any) -> Endpoint:
        if not isinstance(entry, Mapping):
            raise DiscoveryError(f"{option}: is not a dict. Write address: and so on.")
        plain = {name: self._resolved(option, name, entry[name]) for name in entry if name not in UNRESOLVED}
        checked = ArgumentSpecValidator(ENDPOINT_ARGUMENT_SPEC).validate(plain)
        if checked.error_messages:
            raise DiscoveryError(*(f"{option}: {text.rstrip('.')}. Correct it." for text in checked.error_messages))
        if not isinstance(entry.get("options") or {}, Mapping):
            raise DiscoveryError(f"{option}.options: is not a dict. Write option: value pairs.")
        values = dict(checked.validated_parameters)
        values["name"] = values["name"] or short_name(values["address"])
        account = {name: self._account(option, entry, name) for name in ACCOUNT}
        return Endpoint(option=option, options=dict(entry.get("options") or {}), **account, **values)

    def _account(self, option: str, entry: Mapping[str, Any], name: str) -> Any:
        """The entry's own value, otherwise the file's, otherwise a template that reads the environment.

        Both values are read as they are written, because get_option would decrypt a vault.
        """
        for written in (entry, self.written):
            if written.get(name) is not None:
                return written[name]
        value, origin = self.plugin.get_option_and_origin(name)
        variable = self.plugin.option_definitions[name]["env"][0]["name"]
        if value is None:
            raise DiscoveryError(f"{option}.{name}: is missing. Set it, or {name} for all, or {variable}.")
        if str(origin).startswith("env: "):
            return trust_as_template("{{ lookup('ansible.builtin.env', '" + variable + "') }}")
        return value

    def _resolved(self, option: str, name: str, value: Any) -> Any:
        self.plugin.templar.available_variables = self.plugin._vars
        try:
            return self.plugin.templar.template(value)
        except AnsibleError as error:
            raise DiscoveryError(
                f"{option}.{name}: cannot be resolved: {str(error).splitlines()[0].rstrip('.')}. Variables of the "
                "inventory do not exist yet: encrypt the value itself with !vault, use a lookup, or --extra-vars."
            ) from error

    def with_account(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint with its account decrypted. Raises DiscoveryError."""
        username, password = (
            text_of(self._resolved(endpoint.option, name, getattr(endpoint, name))) for name in ACCOUNT
        )
        return replace(endpoint, username=username, password=password)


def text_of(value: Any) -> str:
    """Convert to str, because xmlrpc refuses Ansible's subclasses of it."""
    return "".join([str(value)])
