# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks all targets at once, so that every mistake is reported in one go, before anything is touched."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Mapping

import jinja2
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._spec import (
    FILE_NAME,
    FILES_TARGET,
    NEXT_SUFFIX,
    SERVICE_NAME,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils import _nova_conf, _rules
from ansible_collections.novafleet.compute.plugins.plugin_utils._overrides import OptionCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._render import FILES, OWN_FILES
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets import (
    DRIVERS,
    PREFIX,
    Problem,
    UndefinedSetting,
    drivers_of,
    hypervisor,
    targets,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._transport import TransportUrlError, endpoints

# How much of a name must agree to be taken for a typing error (difflib.SequenceMatcher.ratio); others are the user's.
NEARLY = 0.85

# Dict variables that may be spread over inventory levels as <name>_<anything>.
SPREAD = ("services_nova_conf", FILES, *(driver.variable for driver in DRIVERS.values() if driver.variable))


class Check:
    """Collects the targets and the problems of one inventory."""

    def __init__(self, groups, settings_of, specs, renderer, lists=()):
        """Arguments:
        groups: dict, group -> list of inventory hosts.
        settings_of: callable, inventory host -> Settings.
        specs: dict, variable -> argument spec, as roles/services/meta/argument_specs.yml has them.
        renderer: Renderer.
        lists: NovaOptions of the images in use; what users set is held against them.
        """
        self.options = OptionCheck(lists)
        self.groups, self.settings_of, self.specs, self.renderer = groups, settings_of, specs, renderer
        self.targets, self.problems, self.endpoints = [], [], {}

    def run(self):
        """Check everything; afterwards targets, problems, endpoints and what options has to say are complete."""
        hosts = targets(self.groups)
        if not hosts:
            names = ", ".join(DRIVERS)
            self._problem(
                "inventory", names, "no host is in any of these groups.", "Put each hypervisor into one of them."
            )
        if not self.groups.get("nova_compute_hosts"):
            self._problem("inventory", "nova_compute_hosts", "the group is empty.", "Put the Docker hosts into it.")
        self.options.look_at_base(self.renderer.base)
        for host in hosts:
            self._target(host)
        self.problems += self.options.problems()
        self._unique("service", "services_host", "the service host", "Give each target its own services_host.")
        self._unique("hypervisor", "", "the hypervisor", "Remove one of them, or correct its address.")

    def _problem(self, *words):
        self.problems.append(Problem(*words))

    def _target(self, host):
        drivers = drivers_of(host, self.groups)
        if len(drivers) > 1:
            names = " and ".join(driver.group for driver in drivers)
            self._problem(host, "group", f"is in {names}.", "Leave it in the one group of its hypervisor.")
            return
        try:
            self._settings(host, drivers[0], self.settings_of(host))
        except UndefinedSetting as error:
            self._problem(
                host, error.variable, f"cannot be resolved: {error.reason.rstrip('.')}.", "Define what it refers to."
            )

    def _settings(self, host, driver, settings):
        before = len(self.problems)
        service = str(settings.get("services_host") or host)
        if not SERVICE_NAME.fullmatch(service) or service.endswith(NEXT_SUFFIX):
            cure = f"Use letters, digits, '_', '.' and '-', and no {NEXT_SUFFIX} at the end."
            self._problem(host, "services_host", f"{service!r} is no service host.", cure)
        self._names(host, settings)
        options = self._driver(host, driver, settings)
        self._common(host, settings)
        self._overrides(host, settings)
        self._files(host, settings)
        self.options.look(host, driver, settings, self.specs.get(driver.variable, {}).get("options", {}))
        if len(self.problems) == before:
            self._rendered(host, service, driver, settings)
        else:
            self._needs_at_least(host, driver, options, settings)
        docker_host = self._docker_host(host, driver, settings)
        self.targets.append(
            dict(
                target=host,
                service=service,
                driver=driver.group,
                variable=driver.variable,
                hypervisor=docker_host if driver.local else hypervisor(driver, options),
                docker_host=docker_host,
                local=driver.local,
            )
        )

    def _docker_host(self, host, driver, settings):
        """The pin of a target. A hypervisor that is a Docker host itself may be in both groups under one name."""
        pin, hosts = settings.get("services_docker_host"), self.groups.get("nova_compute_hosts") or ()
        if not driver.local or pin:
            return pin
        if host in hosts:
            return host
        if len(hosts) == 1:
            return hosts[0]
        problem = "is missing, and this hypervisor is one of the Docker hosts."
        self._problem(host, "services_docker_host", problem, "Name that one of the group nova_compute_hosts.")
        return None

    def _names(self, host, settings):
        """A variable that nearly is one of the role's is a typing error, and would be silently ignored."""
        for name in settings.own:
            if not name.startswith(PREFIX) or name in self.specs or name.startswith(tuple(f"{one}_" for one in SPREAD)):
                continue
            close = difflib.get_close_matches(name, list(self.specs), n=1, cutoff=NEARLY)
            if close:
                self._problem(host, name, "is not a variable of this role.", f"Did you mean {close[0]}? Remove it.")

    def _driver(self, host, driver, settings):
        if not driver.variable:
            return {}
        try:
            options = settings.combined(driver.variable)
        except TypeError as error:
            self._problem(host, error.args[0], "is no dict.", "Write option: value pairs.")
            return {}
        spec = self.specs[driver.variable]["options"]
        self._unknown(host, driver, options, spec)
        self._invalid(host, driver, options, spec)
        return options

    def _unknown(self, host, driver, options, spec):
        for name in sorted(set(options) - set(spec)):
            other = f"If nova's [{driver.section}] really has it, set it in services_nova_conf."
            self._problem(
                host, f"{driver.variable}.{name}", "is not an option of this driver.", _did_you_mean(name, spec, other)
            )

    def _invalid(self, host, driver, options, spec):
        for name, one in spec.items():
            value = options.get(name)
            if value in (None, ""):
                if one.get("required"):
                    self._problem(host, f"{driver.variable}.{name}", "is missing.", f"Set it: {_sentence(one)}")
                continue
            result = ArgumentSpecValidator({name: _plain(one)}).validate({name: value})
            # The validator takes a dict or a list for a string, and prints it.
            if result.error_messages or isinstance(value, (Mapping, list)):
                self._problem(host, f"{driver.variable}.{name}", f"is no {one.get('type', 'str')}.", _allowed(one))
            else:
                self._one_line(host, f"{driver.variable}.{name}", value)

    def _common(self, host, settings):
        """What all drivers share."""
        self._one_line(host, "services_transport_url", settings.get("services_transport_url"))
        placement = settings.get("services_placement") or {}
        if not isinstance(placement, Mapping):
            self._problem(host, "services_placement", "is no dict.", "Write option: value pairs.")
            return
        for name, value in placement.items():
            self._one_line(host, f"services_placement.{name}", value)

    def _one_line(self, host, variable, value):
        if re.search("[\r\n]", str(value)):
            cure = "Remove it: what is encrypted from standard input often ends in one."
            self._problem(host, variable, "holds a line break.", cure)

    def _overrides(self, host, settings):
        for variable, value in settings.layers("services_nova_conf"):
            if not isinstance(value, Mapping) or not all(isinstance(one, Mapping) for one in value.values() if one):
                self._problem(host, variable, "is no dict of sections.", "Write section: {option: value}.")

    def _files(self, host, settings):
        try:
            files = settings.combined(FILES)
        except TypeError as error:
            self._problem(host, error.args[0], "is no dict.", "Write file name: path on the controller.")
            return
        for name, path in files.items():
            if path is not None:
                self._file(host, str(name), str(path))

    def _file(self, host, name, path):
        variable = f"{FILES}.{name}"
        if not FILE_NAME.fullmatch(name):
            self._problem(host, variable, "is no plain file name.", "Leave out directories and a leading dot.")
        elif name in OWN_FILES:
            self._problem(host, variable, "is made by this role.", "Use services_nova_conf, or another name.")
        else:
            try:
                self.renderer.read(path)
            except (AnsibleError, OSError, UnicodeError) as error:
                reason = (getattr(error, "strerror", None) or str(error)).splitlines()[0].rstrip(".")
                cure = "Name a readable text file on the controller."
                self._problem(host, variable, f"{path} cannot be read: {reason}.", cure)

    def _rendered(self, host, service, driver, settings):
        """What counts is the nova.conf that comes out, wherever its options come from."""
        try:
            conf = _nova_conf.parse(self.renderer.nova_conf(service, host, driver, settings))
        except (_nova_conf.NovaConfError, jinja2.TemplateError) as error:
            self._problem(host, "services_*", f"do not make a nova.conf: {error}.", "Correct the variable.")
            return
        if conf["DEFAULT"].get("host") != [service]:
            self._problem(
                host,
                "services_nova_conf.DEFAULT.host",
                "must not be set.",
                "Use services_host: all else derives from it.",
            )
        self._conflicts(host, driver, conf)
        for problem in _rules.undelivered(driver, conf, _files_target(settings), settings.combined(FILES)):
            self._problem(host, *problem)
        self._transport_url(host, conf["DEFAULT"].get("transport_url", [""])[-1])
        self._placement(host, conf.get("placement", {}))

    def _conflicts(self, host, driver, conf):
        for variable, problem, cure in _rules.conflicts(driver, conf):
            self._problem(host, variable, problem, cure)

    def _needs_at_least(self, host, driver, options, settings):
        """What a target with mistakes of its own has and needs all the same: one mistake must not hide another."""
        told = {problem.variable for problem in self.problems if problem.host == host}
        plain = {name: value for name, value in options.items() if f"{driver.variable}.{name}" not in told}
        self._conflicts(host, driver, _nova_conf.merge({driver.section: plain}))
        with contextlib.suppress(TransportUrlError):
            for address in endpoints(str(settings.get("services_transport_url") or "")):
                self._needs(host, "services_transport_url", *address)
        placement = settings.get("services_placement")
        if isinstance(placement, Mapping):
            self._placement_endpoints(host, {name: [str(value)] for name, value in placement.items()})

    def _transport_url(self, host, url):
        try:
            for address in endpoints(_nova_conf.plain(url)):
                self._needs(host, "services_transport_url", *address)
        except TransportUrlError as error:
            self._problem(
                host, "services_transport_url", f"{error}.", "Write rabbit://user:password@host:5672/virtual_host."
            )

    def _placement(self, host, section):
        if not section.get("auth_type"):
            self._problem(
                host, "services_placement", "is missing, and nova-compute ends without placement.",
                "Set auth_type, auth_url, username, password, project_name, user_domain_name and project_domain_name.",
            )  # fmt: skip
        self._placement_endpoints(host, section)

    def _placement_endpoints(self, host, section):
        for option in ("auth_url", "endpoint_override"):
            match = re.match(r"(https?)://(\[[^]]+\]|[^/:]+)(?::(\d+))?", section.get(option, [""])[-1])
            if match:
                port = int(match.group(3) or {"http": 80, "https": 443}[match.group(1)])
                self._needs(host, f"services_placement.{option}", match.group(2).strip("[]"), port)

    def _needs(self, host, variable, address, port):
        key = (address, port, variable)
        found = self.endpoints.setdefault(key, dict(address=address, port=port, variable=variable, targets=[]))
        found["targets"].append(host)

    def _unique(self, key, variable, what, cure):
        seen = {}
        for target in self.targets:
            if not target[key]:
                continue
            other = seen.setdefault((target[key], target["driver"] if key == "hypervisor" else ""), target["target"])
            if other != target["target"]:
                self._problem(
                    target["target"],
                    variable or target["variable"],
                    f"{what} {target[key]} is that of {other} too.",
                    cure,
                )


def _files_target(settings):
    container = settings.get("services_container")
    return str((container if isinstance(container, Mapping) else {}).get("files_target") or FILES_TARGET)


def _did_you_mean(name, known, otherwise):
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {close[0]}? {otherwise}" if close else otherwise


def _plain(option):
    # By no_log, ansible-core 2.22 registers the value as a secret and masks it in all output.
    return {key: option[key] for key in ("type", "choices", "elements", "no_log") if key in option}


def _sentence(option):
    text = option["description"]
    return (text if isinstance(text, str) else text[0]).strip()


def _allowed(option):
    if option.get("choices"):
        return "Use one of " + ", ".join(map(str, option["choices"])) + "."
    return _sentence(option)
