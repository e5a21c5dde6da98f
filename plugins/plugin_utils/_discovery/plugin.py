# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common part of the inventory plugins: makes inventory hosts from an inventory file."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.endpoint import DiscoveryError, Endpoint
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.reader import EndpointReader, text_of
from ansible_collections.novafleet.compute.plugins.plugin_utils._discovery.selection import (
    DiscoveredTarget,
    Selection,
    name_problems,
)

# A target that an endpoint reported: variables in a form for JSON, without secrets.
Record = dict[str, Any]


class Discovery(BaseInventoryPlugin, Constructable, Cacheable):
    """An inventory plugin that asks endpoints for targets.

    Attributes:
        GROUP: inventory group that its targets are in.
        ENDPOINTS: option with the list of endpoints.
        VARIABLE: host variable for the options of nova's driver.
        NAME: of the plugin.
    """

    GROUP: str = ""
    ENDPOINTS: str = ""
    VARIABLE: str = ""
    NAME: str = ""

    def fetch(self, endpoint: Endpoint) -> list[Record]:
        """Ask one endpoint, with its account resolved.

        Returns:
            list of dict, in a form for JSON and without secrets.

        Raises:
            DiscoveryError
        """
        raise NotImplementedError

    def default_name(self, endpoint: Endpoint, record: Record) -> str:
        """Inventory name of a target for which the file gives no expression."""
        raise NotImplementedError

    def chosen(self, record: Record, selection: Selection) -> bool:
        """Whether the file selects a target that was found."""
        raise NotImplementedError

    def facts(self, endpoint: Endpoint, record: Record) -> dict[str, Any]:
        """Variables for grouping, a dict."""
        raise NotImplementedError

    def driver_options(self, endpoint: Endpoint, record: Record) -> dict[str, Any]:
        """Options of nova's driver without those of the account, a dict."""
        raise NotImplementedError

    def place(self, endpoint: Endpoint, record: Record) -> str:
        """Description of a target for messages."""
        raise NotImplementedError

    def refused(self, endpoint: Endpoint, everything: list[Record], chosen: list[Record]) -> list[str]:
        """Problems of the selected targets, a list of str."""
        raise NotImplementedError

    def verify_file(self, path: str) -> bool:
        return super().verify_file(path) and path.endswith((f"{self.GROUP}.yml", f"{self.GROUP}.yaml"))

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        try:
            written = self._read_config_data(path)
            self._refuse_unknown(written)
            self._reader = EndpointReader(self, self.ENDPOINTS, written)
            for target in self._targets(path, cache):
                self._add(target)
        except Exception as error:
            if isinstance(error, AnsibleParserError) and not self._is_mine(path):
                raise
            # Ansible turns any error of a plugin into a warning and continues with fewer targets, unless it is
            # configured to fail.
            C.INVENTORY_ANY_UNPARSED_IS_FAILED = True
            problems = getattr(error, "problems", [str(error) or repr(error)])
            raise AnsibleParserError("\n".join(f"{path}: {problem}" for problem in problems)) from error

    def _is_mine(self, path: str) -> bool:
        config = self.loader.load_from_file(path, cache="none")
        return isinstance(config, Mapping) and config.get("plugin") in (self.NAME, *(self._redirected_names or ()))

    def _refuse_unknown(self, written: Mapping[str, Any]) -> None:
        """Ansible ignores unknown options. With a mistyped exclude, the plugin would select everything."""
        unknown = sorted(set(written) - set(self.option_definitions))
        if unknown:
            raise DiscoveryError(*(f"{name}: is not an option of {self.NAME}. Remove it." for name in unknown))

    def _targets(self, path: str, cache: bool) -> list[DiscoveredTarget]:
        endpoints = self._reader.endpoints()
        selection = Selection(self.get_option("include"), self.get_option("exclude"))
        records = self._records(endpoints, path, cache)
        problems: list[str] = []
        targets: list[DiscoveredTarget] = []
        for endpoint in endpoints:
            everything = records[endpoint.key]
            chosen = [record for record in everything if self.chosen(record, selection)]
            problems += self.refused(endpoint, everything, chosen)
            targets += [self._target(endpoint, record) for record in chosen]
        problems += name_problems(targets) + self._taken(targets)
        if not targets and not self.get_option("allow_empty"):
            count = sum(map(len, records.values()))
            problems.append(
                f"{self.ENDPOINTS}: none of the {count} targets found is selected. Correct the options that select "
                "them, grant the "
                "account the right to see them, or set allow_empty."
            )
        if problems:
            raise DiscoveryError(*problems)
        return targets

    def _records(self, endpoints: list[Endpoint], path: str, cache: bool) -> dict[str, list[Record]]:
        """Targets of each endpoint. They are read from the cache if it has all of them.

        Returns:
            dict, Endpoint.key -> list of dict
        """
        key = self.get_cache_key(path)
        if cache and self.get_option("cache"):
            known = self._cache.get(key) or {}
            if all(endpoint.key in known for endpoint in endpoints):
                return known
        records = self._fetch_all([self._reader.with_account(endpoint) for endpoint in endpoints])
        if self.get_option("cache"):
            self._cache[key] = records
        return records

    def _fetch_all(self, endpoints: list[Endpoint]) -> dict[str, list[Record]]:
        records: dict[str, list[Record]] = {}
        problems: list[str] = []
        with ThreadPoolExecutor(max_workers=min(len(endpoints), 16)) as pool:
            answers = [(endpoint, pool.submit(self.fetch, endpoint)) for endpoint in endpoints]
        for endpoint, answer in answers:
            try:
                records[endpoint.key] = answer.result()
            except DiscoveryError as error:
                problems += error.problems
        if problems:
            raise DiscoveryError(*problems)
        return records

    def _target(self, endpoint: Endpoint, record: Record) -> DiscoveredTarget:
        """Administrators of the hypervisors chose names and facts, so these are never run as templates."""
        facts = self.facts(endpoint, record)
        account = self.account_options(endpoint) if self.get_option("account") else {}
        options = {**self.driver_options(endpoint, record), **account, **endpoint.options}
        return DiscoveredTarget(
            self._host(endpoint, record, facts), endpoint, self.place(endpoint, record), facts, options
        )

    def account_options(self, endpoint: Endpoint) -> dict[str, Any]:
        """Options of nova's driver that hold the account, a dict."""
        raise NotImplementedError

    def _host(self, endpoint: Endpoint, record: Record, facts: dict[str, Any]) -> str:
        expression = self.get_option("hostname")
        if not expression:
            return self.default_name(endpoint, record)
        try:
            return text_of(self._compose(expression, facts))
        except Exception as error:
            raise DiscoveryError(
                f"hostname: cannot be resolved for {self.place(endpoint, record)!r}: {str(error).splitlines()[0]}. "
                f"It may use {', '.join(facts)}."
            ) from error

    def _compose(self, template: Any, variables: Any, *args: Any, **kwargs: Any) -> Any:
        """Most keys of groups are only the name of a fact. Compiling it for each of 500 targets takes a second."""
        if isinstance(template, str) and template in variables:
            return variables[template]
        return super()._compose(template, variables, *args, **kwargs)

    def _taken(self, targets: list[DiscoveredTarget]) -> list[str]:
        """A host of another inventory source may have further variables, but it must not be another hypervisor."""
        taken = [target for target in targets if target.host in self.inventory.hosts and self._is_target(target.host)]
        return [
            f"hostname: {target.host!r}, for {target.place!r}, is a target of another inventory source. "
            "Remove it there, or change the expression so that names differ."
            for target in taken
        ]

    def _is_target(self, host: str) -> bool:
        return self.VARIABLE in self.inventory.get_host(host).vars

    def _add(self, target: DiscoveredTarget) -> None:
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
