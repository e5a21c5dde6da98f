# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the list of all options that this nova reads, so that a deployment can check its nova.conf against it.

usage: nova_options.py FILE, with nova's own interpreter, while an image is built

The list comes from oslo.config's generator, over every namespace that is installed here.  What it does not tell is
added: options that modules register while they are imported (privsep's contexts), those that each plugin of
keystoneauth takes wherever there is an auth_type, and sections that nova names after the value of another option.

FILE is JSON:

    nova      release
    sections  section -> option -> what is known about it, each of these only where it applies:
                type     bool, int or float, with min and max
                choices  list of str
                removal  why it will go, or ""
                renamed  this is an old name; [section, option] of today's
    families  beginning of a section's name -> list of its options
    auth      list of the options that stand where there is an auth_type

It runs on the Python of any supported release of nova, 3.6 being the oldest.
"""

import importlib
import json
import os
import pkgutil
import sys
import tempfile

from keystoneauth1 import loading
from oslo_config import cfg, generator
from stevedore import extension

NAMESPACE = "oslo.config.opts"
TYPES = {"boolean value": "bool", "integer value": "int", "port value": "int", "floating point value": "float"}
# Those that register options of their own when they are imported; not all are installed everywhere.
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
    """Everything that oslo-config-generator finds, as its own format json has it."""
    arguments = ["--format", "json"]
    for name in extension.ExtensionManager(NAMESPACE).names():
        arguments += ["--namespace", name]
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "options.json")
        generator.main(arguments + ["--output-file", path])  # noqa: RUF005 (one line an older Python reads, too)
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)


def described(entry):
    """What the list says of one option of the generator."""
    known = {}
    if entry["type"] in TYPES:
        known["type"] = TYPES[entry["type"]]
    for bound in ("min", "max"):
        if "type" in known and entry.get(bound) is not None:
            known[bound] = entry[bound]
    if entry["type"] == "string value" and entry.get("choices"):
        known["choices"] = [one[0] for one in entry["choices"]]
    if entry["deprecated_for_removal"]:
        known["removal"] = " ".join((entry["deprecated_reason"] or "").split())
    return known


def sections_of(data):
    sections = {}
    for section, group in data["options"].items():
        for entry in group["opts"]:
            sections.setdefault(section, {})[entry["dest"]] = described(entry)
    for section, entries in data["deprecated_options"].items():
        for entry in entries:
            today = [entry["replacement_group"], entry["replacement_name"].replace("-", "_")]
            sections.setdefault(section, {}).setdefault(entry["name"], {"renamed": today})
    return sections


def add_registered(sections):
    """Options that are registered rather than listed."""
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            print("nova_options: there is no " + name, file=sys.stderr)
    for name in cfg.CONF:
        value = cfg.CONF[name]
        if isinstance(value, cfg.ConfigOpts.GroupAttr):
            for option in value:
                sections.setdefault(name, {}).setdefault(option, {})
        else:
            sections["DEFAULT"].setdefault(name, {})


def add_auth(sections):
    """Whatever keystoneauth's plugins take, wherever nova lets one be chosen; returns their names."""
    names = set()
    for plugin in loading.get_available_plugin_names():
        for option in loading.get_auth_plugin_conf_options(plugin):
            names.add(option.dest)
            names.update(old.name for old in option.deprecated_opts if old.name)
    for option in loading.get_auth_common_conf_options() + loading.get_session_conf_options():
        names.add(option.dest)
    for options in sections.values():
        if "auth_type" in options:
            for name in names:
                options.setdefault(name, {})
    return sorted(names)


class Recorder:
    """Stands for the configuration where nova registers sections by name: every option has one value, PLACEHOLDER."""

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
    """Sections that nova names after another option's value; returns what their names begin with."""
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
    sections = sections_of(generated())
    add_registered(sections)
    auth = add_auth(sections)
    families = add_families(sections)
    version = importlib.import_module("nova.version")
    listed = {"nova": version.version_string(), "sections": sections, "families": families, "auth": auth}
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(listed, stream, sort_keys=True, separators=(",", ":"))


if __name__ == "__main__":
    main(sys.argv.pop())
