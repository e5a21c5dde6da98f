# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the list of all options that this nova reads, so that a deployment can check its nova.conf against it.

usage: nova_options.py FILE, with nova's own interpreter, while an image is built

The list comes from oslo.config's generator, over every namespace that is installed here. The program adds what the
generator does not have: details of each option's type, and options that modules register while they are imported
(privsep's contexts). It also adds the options of keystoneauth's plugins in sections with an auth_type, and sections
that nova names after the value of another option.

FILE is JSON:

    format    2; older images' lists lack it, and only have min, max, choices, removal, renamed and type if it is bool,
              int or float
    nova      release
    sections  section -> option -> its description, of which each key is optional:
                type     bool, int, float, string, list, dict, host_domain, host_address, hostname, ip or uri
                min, max            of a number
                choices, exact      list of str, and true if their case matters
                regex, max_length   of a string; exact as above
                quotes   true: oslo.config removes one pair of quotes around the value
                version  of an ip, 4 or 6
                schemes  of a uri, list of str
                item     description of a list's items or a dict's values
                bounds   true: the value is in brackets
                multi    true: the option may be given several times
                secret   true: the value is a secret
                removal  why it will be removed, or ""
                renamed  this is an old name; [section, option] of the new one
    families  beginning of a section's name -> list of its options
    auth      list of the options of sections with an auth_type
    plugins   auth_type -> option -> its description; required is true if keystoneauth refuses a section without it, and
              renamed is the new name of an old one
    auth_sections  list of the sections that an auth_section may name, because nova registers an auth_type there
    drivers   list of the schemes of a transport URL

It runs on the Python of any supported release of nova, 3.6 being the oldest.
"""

import importlib
import json
import os
import pkgutil
import re
import sys
import tempfile

from keystoneauth1 import loading
from oslo_config import cfg, generator, types
from stevedore import extension

NAMESPACE = "oslo.config.opts"
DRIVERS = "oslo.messaging.drivers"
FORMAT = 2
# Classes of oslo_config.types that this oslo.config has, the special ones before the general ones.
KINDS = (
    ("Boolean", "bool"),
    ("Integer", "int"),
    ("Float", "float"),
    ("HostDomain", "host_domain"),
    ("HostAddress", "host_address"),
    ("Hostname", "hostname"),
    ("IPAddress", "ip"),
    ("URI", "uri"),
    ("List", "list"),
    ("Dict", "dict"),
    ("String", "string"),
)
PLAIN = {str: "string", int: "int", float: "float"}
# Modules that register options of their own when they are imported. Not all are installed everywhere.
MODULES = (
    "nova.config",
    "nova.compute.manager",
    "nova.privsep",
    "nova.virt.libvirt.driver",
    "nova.virt.vmwareapi.driver",
    "nova.virt.xenapi.driver",
    "os_brick.privileged",
    "vif_plug_linux_bridge.privsep",
    "vif_plug_ovs.privsep",
)
PLACEHOLDER = "PLACEHOLDER"


def generated():
    """All options of oslo-config-generator, in its json format."""
    arguments = ["--format", "json"]
    for name in extension.ExtensionManager(NAMESPACE).names():
        arguments += ["--namespace", name]
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "options.json")
        generator.main(arguments + ["--output-file", path])  # noqa: RUF005 (one line an older Python reads, too)
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)


def listed():
    """Return all listed options as objects: dict, (section, option) -> cfg.Opt."""
    found = {}
    for plugin in extension.ExtensionManager(NAMESPACE):
        for group, options in plugin.plugin():
            section = getattr(group, "name", group) or "DEFAULT"
            for option in options:
                found.setdefault((section, option.dest), option)
    return found


def kind_of(kind):
    """Describe a type of oslo.config. A type of nova's own has no description."""
    if isinstance(kind, type) and kind in PLAIN:
        return {"type": PLAIN[kind]}
    if type(kind).__module__ != types.__name__:
        return {}
    names = [name for cls, name in KINDS if isinstance(kind, getattr(types, cls, ()))]
    return dict(details(kind, names[0]), type=names[0]) if names else {}


def details(kind, name):
    """Describe the values that a type accepts."""
    known = {}
    for bound in ("min", "max"):
        if name in ("int", "float") and getattr(kind, bound, None) is not None:
            known[bound] = getattr(kind, bound)
    if name in ("list", "dict"):
        known["item"] = kind_of(kind.item_type if name == "list" else kind.value_type)
    if name == "ip":
        # The type has the version in no other attribute.
        version = {"_check_ipv4": 4, "_check_ipv6": 6}.get(kind.version_checker.__name__)
        known.update({"version": version} if version else {})
    for flag in ("bounds", "quotes", "max_length", "schemes"):
        value = getattr(kind, flag, None)
        if value and value is not True:
            known[flag] = value if isinstance(value, int) else list(value)
        elif value:
            known[flag] = True
    if getattr(kind, "regex", None) is not None:
        known.update(regex=kind.regex.pattern, exact=not kind.regex.flags & re.IGNORECASE)
    if getattr(kind, "choices", None):
        known.update(
            choices=[str(one) for one in kind.choices if one is not None], exact=not getattr(kind, "ignore_case", False)
        )
    return known


def typed(option):
    """Describe an option's values."""
    known = kind_of(option.type)
    if option.multi:
        known["multi"] = True
    if option.secret:
        known["secret"] = True
    return known


def described(entry, option):
    """Describe one option of the generator. Its object is given if it is known, otherwise None."""
    known = typed(option) if option else {}
    if entry["deprecated_for_removal"]:
        known["removal"] = " ".join((entry["deprecated_reason"] or "").split())
    return known


def sections_of(data, options):
    sections = {}
    for section, group in data["options"].items():
        for entry in group["opts"]:
            option = options.get((section, entry["dest"]))
            sections.setdefault(section, {})[entry["dest"]] = described(entry, option)
    for section, entries in data["deprecated_options"].items():
        for entry in entries:
            today = [entry["replacement_group"], entry["replacement_name"].replace("-", "_")]
            sections.setdefault(section, {}).setdefault(entry["name"], {"renamed": today})
    return sections


def add_registered(sections):
    """Options that are registered and not listed."""
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            print("nova_options: there is no " + name, file=sys.stderr)
    for name in cfg.CONF:
        value = cfg.CONF[name]
        if isinstance(value, cfg.ConfigOpts.GroupAttr):
            for option in value:
                sections.setdefault(name, {}).setdefault(option, registered(option, name))
        else:
            sections["DEFAULT"].setdefault(name, registered(name, None))


def registered_in(section):
    """Return the names of the options that nova registered in a section."""
    value = cfg.CONF[section]
    return list(value) if isinstance(value, cfg.ConfigOpts.GroupAttr) else []


def registered(name, section):
    """Describe a registered option. oslo.config has no public way to its object."""
    return typed(cfg.CONF._get_opt_info(name, section)["opt"])


def plugins_of():
    """Describe the options of keystoneauth's plugins: auth_type -> option -> description."""
    plugins = {}
    for plugin, loader in loading.get_available_plugin_loaders().items():
        plugins[plugin] = {}
        required = {option.dest for option in loader.get_options() if option.required}
        for option in loading.get_auth_plugin_conf_options(plugin):
            known = typed(option)
            if option.dest in required:
                known["required"] = True
            plugins[plugin][option.dest] = known
            for old in option.deprecated_opts:
                # oslo.config reads both spellings of an old name.
                for name in {old.name, (old.name or "").replace("-", "_")} - {None, ""}:
                    plugins[plugin][name] = dict(typed(option), renamed=option.dest)
    return plugins


def add_auth(sections, plugins):
    """Add the options of keystoneauth's plugins to all sections with an auth_type. Return their names."""
    known = {}
    for options in plugins.values():
        for name, about in options.items():
            known.setdefault(name, {key: about[key] for key in ("type", "secret") if key in about})
    for option in loading.get_auth_common_conf_options() + loading.get_session_conf_options():
        known.setdefault(option.dest, typed(option))
    for options in sections.values():
        if "auth_type" in options:
            for name, about in known.items():
                options.setdefault(name, about)
    return sorted(known)


class Recorder:
    """Replaces the configuration when nova registers sections by name. Each option has the value PLACEHOLDER."""

    def __init__(self):
        self.families = {}

    def __getattr__(self, _name):
        return self

    def __iter__(self):
        return iter([PLACEHOLDER])

    def register_opt(self, option, group):
        for section, name in [(group, option.dest)] + [
            (old.group or group, old.name) for old in option.deprecated_opts
        ]:
            self.families.setdefault(section, set()).add(name or option.dest)


def add_families(sections):
    """Add sections that nova names after another option's value. Return the beginnings of their names."""
    recorder = Recorder()
    for module in pkgutil.iter_modules(importlib.import_module("nova.conf").__path__):
        register = getattr(importlib.import_module("nova.conf." + module.name), "register_dynamic_opts", None)
        if register:
            register(recorder)
    families = {}
    for section, names in recorder.families.items():
        if section.endswith(PLACEHOLDER):
            families[section[: -len(PLACEHOLDER)]] = sorted(names)
        else:
            for name in names:
                sections.setdefault(section, {}).setdefault(name, {})
    return families


def main(path):
    sections = sections_of(generated(), listed())
    add_registered(sections)
    plugins = plugins_of()
    auth = add_auth(sections, plugins)
    families = add_families(sections)
    written = {
        "format": FORMAT,
        "nova": importlib.import_module("nova.version").version_string(),
        "sections": sections,
        "families": families,
        "auth": auth,
        "plugins": plugins,
        "auth_sections": sorted(name for name in cfg.CONF if name in sections and "auth_type" in registered_in(name)),
        "drivers": sorted(extension.ExtensionManager(DRIVERS).names()),
    }
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(written, stream, sort_keys=True, separators=(",", ":"))


if __name__ == "__main__":
    main(sys.argv.pop())
