# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks all targets at once, so that every mistake is reported in one go, before anything is touched."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

import jinja2
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    FILE_NAME,
    FILES_TARGET,
    NEXT_SUFFIX,
    SERVICE_NAME,
)
from ansible_collections.novafleet.compute.plugins.module_utils._secrets import is_secret_name
from ansible_collections.novafleet.compute.plugins.plugin_utils._checks.overrides import OptionCheck
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers import rules
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini, keystone
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.apart import Claims
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.option_types import not_a_host_domain
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.options import Literal, not_text
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.render import FILES, OWN_FILES
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.transport_url import (
    TransportUrlError,
    endpoints,
    is_rabbitmq,
    part_problems,
    queries,
    url_of,
)
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import (
    DRIVERS,
    PREFIX,
    Driver,
    Problem,
    Settings,
    UndefinedSetting,
    and_more,
    drivers_of,
    group_names,
    hypervisor,
    of_drivers,
    targets,
)

# How much of a name must agree to be taken for a typing error (difflib.SequenceMatcher.ratio); others are the user's.
NEARLY = 0.85

# Options of an account of Keystone that are texts, the secrets beside.
TEXTS_OF_ACCOUNTS = {
    f"{what}_{part}"
    for what in ("user", "user_domain", "project", "project_domain", "domain")
    for part in ("id", "name")
} | {
    "auth_type",
    "auth_url",
    "auth_section",
    "endpoint_override",
    "region_name",
    "system_scope",
    "trust_id",
    "username",
}

# Dict variables that may be spread over inventory levels as <name>_<anything>.
SPREAD = ("services_nova_conf", FILES, *(driver.variable for driver in DRIVERS.values() if driver.variable))

# What one would expect to be a target's own, and is its Docker host's.
OF_DOCKER_HOSTS = (
    "services_base_nova_conf",
    "services_config_dir",
    "services_container",
    "services_container_prefix",
    "services_density",
    "services_density_nova_conf",
    "services_image",
    "services_lease",
    "services_memory_per_service_mb",
    "services_standby",
)


class Check:
    """Collects the targets and the problems of one inventory."""

    def __init__(self, groups, settings_of, specs, renderer, lists=(), names=None, everybody=None):
        """Arguments:
        groups: dict, group -> list of inventory hosts.
        settings_of: callable, inventory host -> Settings.
        specs: dict, variable -> argument spec, as roles/services/meta/argument_specs.yml has them.
        renderer: Renderer.
        lists: NovaOptions of the images in use; what users set is held against them.
        names: dict, driver -> inventory group, for those that differ from the driver's name.
        everybody: mapping, the variables of the group all, not templated, or None.
        """
        self.everybody = everybody or {}
        self.options, self.claims, self.names, self.shared = OptionCheck(lists), Claims(), names or {}, {}
        self.groups, self.settings_of, self.specs, self.renderer = groups, settings_of, specs, renderer
        self.targets, self.problems, self.endpoints = [], [], {}
        # How many problems were found so far: a target's nova.conf is only made where it has none.
        self.found = 0

    def run(self) -> None:
        """Check everything; afterwards targets, problems, endpoints and what options has to say are complete."""
        self.read()
        self.check([one["target"] for one in self.targets])
        self.problems += self.claims.problems()

    def read(self) -> None:
        """Read the names of all targets: what is needed to assign them. Afterwards targets are complete."""
        self.drivers = of_drivers(self.groups, self.names)
        hosts = targets(self.drivers)
        self._group_names()
        if not hosts:
            names = ", ".join(group_names(self.names).values())
            self._problem(
                "inventory", names, "no host is in any of these groups.", "Put each hypervisor into one of them."
            )
        if not self.groups.get("nova_compute_hosts"):
            self._problem("inventory", "nova_compute_hosts", "the group is empty.", "Put the Docker hosts into it.")
        for host in hosts:
            self._resolved(host, self._target)
        self._unique("service", "services_host", "the service host", "Give each target its own services_host.")
        self._unique("hypervisor", "", "the hypervisor", "Remove one of them, or correct its address.")

    def check(self, hosts: Iterable[str]) -> None:
        """Check the variables of some targets. Afterwards endpoints, claims and problems are those of these targets."""
        self.drivers = of_drivers(self.groups, self.names)
        self.options.look_at_base(self.renderer.base)
        for host in hosts:
            self._resolved(host, self._settings)
        self.problems += [Problem(and_more(every), *words, tuple(every)) for words, every in self.shared.items()]
        self.problems += self.options.problems({(one.host, one.variable) for one in self.problems})

    def _problem(self, *words):
        self.found += 1
        self.problems.append(Problem(*words))

    def _shared_problem(self, host, *words):
        """One that many targets may have, as a layer that they share has it."""
        self.found += 1
        hosts = self.shared.setdefault(words, [])
        if host not in hosts[-1:]:
            hosts.append(host)

    def _group_names(self):
        named = [name for name in self.names.values() if name]
        for driver, name in self.names.items():
            variable = f"services_groups.{driver}"
            if driver not in DRIVERS:
                cure = _did_you_mean(driver, DRIVERS, f"Use {', '.join(DRIVERS)}.")
                self._problem("inventory", variable, "is not a driver.", cure)
            elif name and (named.count(name) > 1 or (name in DRIVERS and name not in self.names and name != driver)):
                self._problem("inventory", variable, f"{name} is the group of another driver.", "Name another group.")

    def _resolved(self, host: str, look: Callable) -> None:
        """Call look(host, driver, settings); a variable that cannot be resolved is a problem of its target."""
        drivers = drivers_of(host, self.drivers)
        if len(drivers) > 1:
            names = " and ".join(group_names(self.names)[driver.group] for driver in drivers)
            self._problem(host, "group", f"is in {names}.", "Leave it in the one group of its hypervisor.")
            return
        try:
            look(host, drivers[0], self.settings_of(host))
        except UndefinedSetting as error:
            self._problem(
                host, error.variable, f"cannot be resolved: {error.reason.rstrip('.')}.", "Define what it refers to."
            )

    def _target(self, host: str, driver: Driver, settings: Settings) -> None:
        options = {}
        if driver.variable:
            # A layer that is no dict is told by check().
            with contextlib.suppress(TypeError):
                options = settings.combined(driver.variable)
        docker_host = self._docker_host(host, driver, settings)
        self.targets.append(
            dict(
                target=host,
                service=str(settings.get("services_host") or host),
                driver=driver.group,
                variable=driver.variable,
                hypervisor=docker_host if driver.local else hypervisor(driver, options),
                docker_host=docker_host,
                local=driver.local,
            )
        )

    def _settings(self, host, driver, settings):
        before = self.found
        service = str(settings.get("services_host") or host)
        self._service_host(host, driver, service, settings.get("services_host", ""))
        self._names(host, settings)
        self._of_docker_hosts(host, settings)
        options = self._driver(host, driver, settings)
        self._common(host, settings)
        self._overrides(host, settings)
        self._files(host, settings)
        self.options.look(host, driver, settings, self.specs.get(driver.variable, {}).get("options", {}))
        if self.found == before:
            self._rendered(host, service, driver, settings)
        else:
            self._needs_at_least(host, driver, options, settings)

    def _service_host(self, host, driver, service, given):
        release = self.options.release_with_host_domain(driver)
        if given is not None and not_text(given):
            self._problem(host, "services_host", "is not a text.", not_text(given))
        elif not SERVICE_NAME.fullmatch(service) or service.endswith(NEXT_SUFFIX):
            cure = f"Use letters, digits, '_', '.' and '-', and no {NEXT_SUFFIX} at the end."
            self._problem(host, "services_host", f"{service!r} is no service host.", cure)
        elif release and not_a_host_domain(service):
            problem = f"{service!r} is not a service host that nova {release} takes."
            self._problem(host, "services_host", problem, not_a_host_domain(service))

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

    def _of_docker_hosts(self, host: str, settings: Settings) -> None:
        """Variables that are read for the Docker host as a whole, and would be silently ignored.

        What the target has in common with its Docker host, or with everybody, was not meant for the target alone.
        """
        own, shared = getattr(settings.own, "raw", settings.own), settings.shared
        for name in OF_DOCKER_HOSTS:
            # dict.get, as the role's variables template what they are asked for.
            if name in own and own[name] not in (dict.get(shared, name), self.everybody.get(name)):
                cure = "Set it for its Docker host, in the group nova_compute_hosts or in all."
                self._problem(host, name, "is read for the whole Docker host, not for a target.", cure)

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
                    null = " Quote it if null or ~ is its text." if name in options and value is None else ""
                    self._problem(host, f"{driver.variable}.{name}", "is missing.", f"Set it: {_sentence(one)}{null}")
                continue
            if one.get("type", "str") == "str" and not_text(value):
                self._problem(host, f"{driver.variable}.{name}", "is not a text.", not_text(value))
                continue
            result = ArgumentSpecValidator({name: _plain(one)}).validate({name: value})
            # The validator takes a dict or a list for a string, and prints it.
            if result.error_messages or isinstance(value, (Mapping, list)):
                self._problem(host, f"{driver.variable}.{name}", f"is no {one.get('type', 'str')}.", _allowed(one))
            else:
                self._one_line(host, f"{driver.variable}.{name}", value)

    def _common(self, host, settings):
        """What all drivers share."""
        self._simple(host, settings)
        url = settings.get("services_transport_url")
        if isinstance(url, Mapping):
            for part, problem, cure in part_problems(url):
                self._shared_problem(host, f"services_transport_url.{part}", problem, cure)
        elif url is not None and (not_text(url) or isinstance(url, list)):
            self._problem(
                host, "services_transport_url", "is not a text.", not_text(url) or "Write a URL, or its parts."
            )
        else:
            self._one_line(host, "services_transport_url", url)
        placement = settings.get("services_placement") or {}
        if not isinstance(placement, Mapping):
            self._problem(host, "services_placement", "is no dict.", "Write option: value pairs.")
            return
        for name, value in placement.items():
            self._account_value(host, f"services_placement.{name}", str(name), value)

    def _simple(self, host: str, settings: Mapping) -> None:
        """Variables of a target that are neither texts nor dicts. Ansible itself checks only those of Docker hosts."""
        preflight = settings.get("services_preflight", True)
        spec = dict(preflight=dict(type="bool", required=True))
        if ArgumentSpecValidator(spec).validate(dict(preflight=preflight)).error_messages or preflight is None:
            self._problem(host, "services_preflight", "is not a bool.", "Write true or false.")
        known = settings.get("services_options_known") or []
        if not isinstance(known, (list, tuple)) or not all(isinstance(one, str) for one in known):
            self._problem(host, "services_options_known", "is not a list of texts.", "Write a list of section.option.")

    def _account_value(self, host, variable, name, value):
        """A value of services_placement, which is written literally."""
        if (name in TEXTS_OF_ACCOUNTS or is_secret_name(name)) and not_text(value):
            # null takes out what is no secret.
            if value is not None or is_secret_name(name):
                self._problem(host, variable, "is not a text.", not_text(value))
        else:
            self._one_line(host, variable, value)

    def _one_line(self, host, variable, value):
        if re.search("[\r\n]", str(value)):
            cure = "Remove it: what is encrypted from standard input often ends in one."
            self._problem(host, variable, "holds a line break.", cure)

    def _overrides(self, host, settings):
        below = _options_below(self.renderer.base, settings)
        for variable, value in settings.layers("services_nova_conf"):
            if not isinstance(value, Mapping) or not all(isinstance(one, Mapping) for one in value.values() if one):
                self._problem(host, variable, "is no dict of sections.", "Write section: {option: value}.")
            else:
                self._secrets(host, variable, value, below)

    def _secrets(self, host, variable, layer, below):
        """Secrets are written literally: what is no text was not meant, and a line break cannot be written."""
        for section, options in layer.items():
            for option, value in (options or {}).items():
                there = (section, option) in below
                below.add((section, option))
                # null takes out what another layer has; where none does, it was a password.
                if (value is None and there) or not self.renderer.kinds.is_secret(str(section), str(option)):
                    continue
                name = f"{variable}.{section}.{option}"
                for one in value if isinstance(value, (list, tuple)) else [value]:
                    if not_text(one):
                        self._problem(host, name, "is not a text.", not_text(one))
                    else:
                        self._one_line(host, name, one)

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
            conf = ini.parse(self.renderer.nova_conf(service, host, driver, settings))
        except (ini.NovaConfError, jinja2.TemplateError) as error:
            self._problem(host, "services_*", f"do not make a nova.conf: {error}.", "Correct the variable.")
            return
        if conf["DEFAULT"].get("host") != [service]:
            self._problem(
                host,
                "services_nova_conf.DEFAULT.host",
                "must not be set.",
                "Use services_host: all else derives from it.",
            )
        self.claims.add(host, driver, conf)
        self._conflicts(host, driver, conf)
        for problem in rules.undelivered(driver, conf, _files_target(settings), settings.combined(FILES)):
            self._problem(host, *problem)
        self.options.look_at_result(host, conf)
        self._transport_url(host, conf["DEFAULT"].get("transport_url", [""])[-1], settings)
        self._placement(host, conf)
        for listed in self.options.lists or [None]:
            for found in keystone.problems(conf, listed):
                self._account_problem(host, settings, *found)

    def _account_problem(self, host, settings, section, option, problem, cure):
        trusted = settings.get("services_options_known") or ()
        if not any(fnmatchcase(f"{section}.{option}", pattern) for pattern in trusted):
            place = "services_placement" if section == "placement" else f"services_nova_conf.{section}"
            self._shared_problem(host, f"{place}.{option}", problem, cure)

    def _conflicts(self, host, driver, conf):
        for variable, problem, cure in rules.conflicts(driver, conf):
            self._problem(host, variable, problem, cure)

    def _needs_at_least(self, host, driver, options, settings):
        """What a target with mistakes of its own has and needs all the same: one mistake must not hide another."""
        told = {problem.variable for problem in self.problems if problem.host == host}
        plain = {name: value for name, value in options.items() if f"{driver.variable}.{name}" not in told}
        self._conflicts(host, driver, ini.merge({driver.section: plain}))
        with contextlib.suppress(TransportUrlError, TypeError, KeyError):
            for address in endpoints(url_of(settings.get("services_transport_url"))):
                self._needs(host, "services_transport_url", *address)
            self._lease(host, url_of(settings.get("services_transport_url")), settings)
        placement = settings.get("services_placement")
        if isinstance(placement, Mapping):
            self._placement_endpoints(host, {name: [str(value)] for name, value in placement.items()})
        self._accounts_at_least(host, settings, told)

    def _accounts_at_least(self, host, settings, told):
        layers = [value for _name, value in settings.layers("services_nova_conf")]
        placement = settings.get("services_placement")
        with contextlib.suppress(ini.NovaConfError, AttributeError):
            conf = ini.merge({"placement": placement or {}}, *map(self.renderer.kinds.written, layers))
            for section, options in conf.items():
                for found in keystone.certain(section, options, next(iter(self.options.lists), None)):
                    if not any(name.endswith(f".{found[1]}") for name in told):
                        self._account_problem(host, settings, *found)

    def _transport_url(self, host, url, settings):
        try:
            text = ini.plain(url)
            drivers = {driver for listed in self.options.lists for driver in listed.drivers}
            for address in endpoints(text, sorted(drivers)):
                self._needs(host, "services_transport_url", *address)
            self._lease(host, text, settings)
            self._transport_queries(host, text)
        except TransportUrlError as error:
            self._shared_problem(host, "services_transport_url", error.problem, error.cure)

    def _lease(self, host: str, url: str, settings: Settings) -> None:
        """Whether the bus can give a lease, where the role wants one; of the URL endpoints() raises nothing."""
        role = settings.shared
        leased = "services_lease" in role and rules.is_true(str(role["services_lease"]))
        if leased and not is_rabbitmq(url):
            problem = f"begins with {url.partition('://')[0]}://, and only RabbitMQ (rabbit://) can give a lease."
            cure = "Set services_lease to false to run without a lease; docs/lease.md explains the price."
            self._shared_problem(host, "services_transport_url", problem, cure)

    def _transport_queries(self, host, url):
        """The query overrides options of [oslo_messaging_rabbit], and what is none of them does nothing."""
        queried = {name: Literal(values[-1]) for name, values in queries(url).items()}
        if not url.startswith("rabbit://"):
            return
        for listed in self.options.lists:
            for found in listed.findings({"oslo_messaging_rabbit": queried}) if listed.drivers else ():
                if found.fatal:
                    variable = f"services_transport_url.query.{found.option.partition('.')[2]}"
                    self._shared_problem(host, variable, found.problem, found.cure)

    def _placement(self, host, conf):
        section = conf.get("placement", {})
        if not (section.get("auth_type") or section.get("auth_section") or section.get("auth_plugin")):
            self._problem(
                host, "services_placement", "is missing, and nova-compute ends without placement.",
                "Set auth_type, auth_url, username, password, project_name, user_domain_name and project_domain_name.",
            )  # fmt: skip
        # Where the account is another section's, that one has the address of Keystone.
        elsewhere = ini.plain(section.get("auth_section", [""])[-1])
        self._placement_endpoints(host, dict(conf.get(elsewhere, {}), **section) if elsewhere else section)

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
            # nova's database compares service hosts without regard to case.
            value = (target[key], target["driver"]) if key == "hypervisor" else target[key].lower()
            other = seen.setdefault(value, target)
            if other is target:
                continue
            # A name of a vCenter's cluster may begin or end with blanks.
            name = repr(target[key]) if re.search(r"\s", target[key]) else target[key]
            if other[key] == target[key]:
                problem = f"{what} {name} is that of {other['target']} too."
            else:
                problem = f"{what} {name} is {other[key]} of {other['target']} too, in nova's database."
            self._problem(target["target"], variable or target["variable"], problem, cure)


def _options_below(base, settings):
    """Options that services_nova_conf may take out: set of (section, option)."""
    placement = settings.get("services_placement")
    below = {(section, option) for section, options in base.items() for option in options}
    below |= {("placement", option) for option in placement} if isinstance(placement, Mapping) else set()
    return below | {("DEFAULT", "transport_url")}


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
