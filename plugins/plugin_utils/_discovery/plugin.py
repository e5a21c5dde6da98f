# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugins' common part: from an inventory file to inventory hosts."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ansible import constants as C
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.template import trust_as_template
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.selection import (
    DiscoveryError,
    Endpoint,
    Selection,
    Target,
    name_problems,
    short_name,
    twice,
)

ENDPOINT_ARGUMENT_SPEC = dict(
    name=dict(type="str"),
    address=dict(type="str", required=True),
    port=dict(type="int", default=443),
    ca_file=dict(type="path"),
    insecure=dict(type="bool", default=False),
    timeout=dict(type="float", default=30),
)
# Kept as they are written: a template or a vault's text is resolved where it is used, and shown nowhere.
UNRESOLVED = ("username", "password", "options")


class Discovery(BaseInventoryPlugin, Constructable, Cacheable):
    """An inventory plugin that asks endpoints for targets.

    Attributes:
        GROUP: inventory group that its targets are in.
        ENDPOINTS: option with the list of endpoints.
        VARIABLE: host variable that takes the options of nova's driver.
        written: dict, the file's content.
    """

    GROUP = ENDPOINTS = VARIABLE = ""
    written = None

    def fetch(self, endpoint):
        """Ask one endpoint, with its account resolved.

        Returns:
            list of dict, which can be written as JSON and hold no secret.

        Raises:
            DiscoveryError
        """
        raise NotImplementedError

    def default_name(self, endpoint, found):
        """Inventory name of a target for which the file gives no expression."""
        raise NotImplementedError

    def chosen(self, found, selection):
        """Whether the file asks for something that was found."""
        raise NotImplementedError

    def facts(self, endpoint, found):
        """Variables for grouping, a dict."""
        raise NotImplementedError

    def driver_options(self, endpoint, found):
        """Options of nova's driver without those of the account, a dict."""
        raise NotImplementedError

    def place(self, endpoint, found):
        """What was found, for messages."""
        raise NotImplementedError

    def refused(self, endpoint, everything, chosen):
        """Problems of what was chosen, a list of str."""
        raise NotImplementedError

    def verify_file(self, path):
        return super().verify_file(path) and path.endswith((f"{self.GROUP}.yml", f"{self.GROUP}.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        try:
            self.written = self._read_config_data(path)
            self._refuse_unknown()
            for target in self._targets(path, cache):
                self._add(target)
        except Exception as error:
            if isinstance(error, AnsibleParserError) and not self._is_mine(path):
                raise
            # Ansible makes a warning of whatever a plugin raises and goes on with fewer targets, unless it is told so.
            C.INVENTORY_ANY_UNPARSED_IS_FAILED = True
            problems = getattr(error, "problems", [str(error)])
            raise AnsibleParserError("\n".join(f"{path}: {problem}" for problem in problems)) from error

    def _is_mine(self, path):
        config = self.loader.load_from_file(path, cache="none")
        return isinstance(config, Mapping) and config.get("plugin") in (self.NAME, *(self._redirected_names or ()))

    def _refuse_unknown(self):
        """Ansible ignores options that the plugin has not, and a mistyped exclude would take everything."""
        unknown = sorted(set(self.written) - set(self.option_definitions))
        if unknown:
            raise DiscoveryError(*(f"{name}: is not an option of {self.NAME}. Remove it." for name in unknown))

    def _targets(self, path, cache):
        endpoints = self._endpoints()
        selection = Selection(self.get_option("include"), self.get_option("exclude"))
        found = self._found(endpoints, path, cache)
        problems, targets = [], []
        for endpoint in endpoints:
            everything = found[endpoint.key]
            chosen = [one for one in everything if self.chosen(one, selection)]
            problems += self.refused(endpoint, everything, chosen)
            targets += [self._target(endpoint, one) for one in chosen]
        problems += name_problems(targets) + self._taken(targets)
        if not targets and not self.get_option("allow_empty"):
            count = sum(map(len, found.values()))
            problems.append(
                f"{self.ENDPOINTS}: no target is left of the {count} found. Correct what chooses them, grant the "
                "account the right to see them, or set allow_empty."
            )
        if problems:
            raise DiscoveryError(*problems)
        return targets

    def _endpoints(self):
        problems, endpoints = [], []
        for index, entry in enumerate(self.get_option(self.ENDPOINTS)):
            option = f"{self.ENDPOINTS}[{index}]"
            try:
                endpoints.append(self._endpoint(option, entry))
            except DiscoveryError as error:
                problems += error.problems
        problems += twice(endpoints)
        if problems or not endpoints:
            raise DiscoveryError(*problems or [f"{self.ENDPOINTS}: is empty. Say whom to ask."])
        return endpoints

    def _endpoint(self, option, entry):
        if not isinstance(entry, Mapping):
            raise DiscoveryError(f"{option}: is no dict. Write address: and so on.")
        plain = {name: self._resolved(option, name, entry[name]) for name in entry if name not in UNRESOLVED}
        checked = ArgumentSpecValidator(ENDPOINT_ARGUMENT_SPEC).validate(plain)
        if checked.error_messages:
            raise DiscoveryError(*(f"{option}: {one.rstrip('.')}. Correct it." for one in checked.error_messages))
        if not isinstance(entry.get("options") or {}, Mapping):
            raise DiscoveryError(f"{option}.options: is no dict. Write option: value pairs.")
        values = dict(checked.validated_parameters)
        values["name"] = values["name"] or short_name(values["address"])
        account = {name: self._account(option, entry, name) for name in ("username", "password")}
        return Endpoint(option=option, options=dict(entry.get("options") or {}), **account, **values)

    def _account(self, option, entry, name):
        """The entry's own value, else the file's, else a template that reads the environment.

        Both as they are written: get_option would decrypt what is in a vault.
        """
        for written in (entry, self.written):
            if written.get(name) is not None:
                return written[name]
        value, origin = self.get_option_and_origin(name)
        variable = self.option_definitions[name]["env"][0]["name"]
        if value is None:
            raise DiscoveryError(f"{option}.{name}: is missing. Set it, or {name} for all, or {variable}.")
        if str(origin).startswith("env: "):
            return trust_as_template("{{ lookup('ansible.builtin.env', '" + variable + "') }}")
        return value

    def _resolved(self, option, name, value):
        self.templar.available_variables = self._vars
        try:
            return self.templar.template(value)
        except AnsibleError as error:
            raise DiscoveryError(
                f"{option}.{name}: cannot be resolved: {str(error).splitlines()[0].rstrip('.')}. Variables of the "
                "inventory do not exist yet: encrypt the value itself with !vault, use a lookup, or --extra-vars."
            ) from error

    def _found(self, endpoints, path, cache):
        """What each endpoint knows, from the cache if all of it is there.

        Returns:
            dict, Endpoint.key -> list of dict
        """
        key = self.get_cache_key(path)
        if cache and self.get_option("cache"):
            known = self._cache.get(key) or {}
            if all(one.key in known for one in endpoints):
                return known
        found = self._fetch_all([self._with_account(one) for one in endpoints])
        if self.get_option("cache"):
            self._cache[key] = found
        return found

    def _with_account(self, endpoint):
        account = {
            name: _text(self._resolved(endpoint.option, name, getattr(endpoint, name))) for name in UNRESOLVED[:2]
        }
        return replace(endpoint, **account)

    def _fetch_all(self, endpoints):
        found, problems = {}, []
        with ThreadPoolExecutor(max_workers=min(len(endpoints), 16)) as pool:
            answers = [(one, pool.submit(self.fetch, one)) for one in endpoints]
        for endpoint, answer in answers:
            try:
                found[endpoint.key] = answer.result()
            except DiscoveryError as error:
                problems += error.problems
        if problems:
            raise DiscoveryError(*problems)
        return found

    def _target(self, endpoint, found):
        """Names and facts were given by whoever administers the hypervisors: no code of theirs is run here."""
        facts = self.facts(endpoint, found)
        account = self.account_options(endpoint) if self.get_option("account") else {}
        options = {**self.driver_options(endpoint, found), **account, **endpoint.options}
        return Target(self._host(endpoint, found, facts), endpoint, self.place(endpoint, found), facts, options)

    def account_options(self, endpoint):
        """Options of nova's driver that hold the account, a dict."""
        raise NotImplementedError

    def _host(self, endpoint, found, facts):
        expression = self.get_option("hostname")
        if not expression:
            return self.default_name(endpoint, found)
        try:
            return _text(self._compose(expression, facts))
        except Exception as error:
            raise DiscoveryError(
                f"hostname: cannot be resolved for {self.place(endpoint, found)!r}: {str(error).splitlines()[0]}. "
                f"It may use {', '.join(facts)}."
            ) from error

    def _compose(self, template, variables, *args, **kwargs):
        """Most keys of groups are a fact's plain name; to compile it anew for 500 targets takes a second."""
        if isinstance(template, str) and template in variables:
            return variables[template]
        return super()._compose(template, variables, *args, **kwargs)

    def _taken(self, targets):
        """A host of another inventory source may have other variables, but not be another hypervisor."""
        taken = [one for one in targets if one.host in self.inventory.hosts and self._is_target(one.host)]
        return [
            f"hostname: {one.host!r}, for {one.place!r}, is a target of another inventory source. "
            "Remove it there, or let the expression tell them apart."
            for one in taken
        ]

    def _is_target(self, host):
        return self.VARIABLE in self.inventory.get_host(host).vars

    def _add(self, target):
        host = self.inventory.add_host(
            target.host, group=self.inventory.add_group(self.get_option("group") or self.GROUP)
        )
        variables = {**target.facts, self.VARIABLE: target.options}
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), target.facts, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), target.facts, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), target.facts, host, strict=strict)


def _text(value):
    """Exactly a str, as xmlrpc takes none of the classes that Ansible derives from it."""
    return "".join([str(value)])
