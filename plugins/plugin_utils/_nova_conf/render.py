# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders the files of one service from its target's variables."""

from __future__ import annotations

import uuid

import jinja2
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import apart, ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.transport_url import url_of

# Role variable with the files of the controller that stand beside nova.conf, and the names that are taken there.
FILES = "services_files"
OWN_FILES = ("nova.conf", "compute_id", "lease.py")
# 2023.1 (nova/virt/node.py).
FIRST_TO_READ_COMPUTE_ID = 27
HEADER = "Made by novafleet.compute from the variables of the inventory host {target}: change it there, not here."


def identity(namespace, service_host):
    """Stable identity of a compute node, the same on every Docker host and after every loss.

    Args:
        namespace: str, names the cloud.
        service_host: str, nova's [DEFAULT] host.

    Returns:
        str: a version 5 uuid. nova reads it from C(compute_id) beside its configuration file
        (nova/virt/node.py, since 2023.1).
    """
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{service_host}.{namespace}"))


def reads_compute_id(releases):
    """Whether nova takes the identity that it is given.

    Args:
        releases: list of str, releases of nova that a service may run, as far as they are known.

    Returns:
        bool: False where one of them is older than 27.0.0 (2023.1), which makes up the uuid of its compute node itself.
    """
    first = [release.partition(".")[0] for release in releases]
    return all(int(number) >= FIRST_TO_READ_COMPUTE_ID for number in first if number.isdigit())


class Renderer:
    """Compiles the templates once, then renders any number of targets."""

    def __init__(self, templates, base_text="", read=None, defaults=None, kinds=None, common=None, releases=()):
        """Arguments:
        templates: directory.
        base_text: a whole nova.conf that everything is laid over.
        read: callable, path on the controller -> text of that file.
        defaults: dict, section -> option -> value, or None; base_text is laid over it.
        kinds: OptionKinds, which says how values are written, or None to go by names.
        common: dict, file name -> text, of files that every service gets, or None.
        releases: list of str, releases of nova that the services may run, as far as they are known.

        Raises:
            NovaConfError: base_text is no nova.conf.
        """
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(templates),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
            auto_reload=False,
        )
        filters = dict(literal=ini.literal, transport_url=url_of, host_of=apart.host_of)
        self.environment.filters.update(filters)
        self.kinds, self.read, self.common = kinds or OptionKinds(), read, common or {}
        self.base = ini.merge(self.kinds.written(defaults or {}), ini.parse(base_text))
        self.usable = {local: apart.without_machine(self.base, local) for local in (False, True)}
        self.queue_manager = apart.has_queue_manager(releases)

    def nova_conf(self, service, target, driver, settings):
        """Render one nova.conf.

        Layers, lowest first: the defaults, the base file without what describes the machine that it was made for,
        common.conf.j2, the driver's template, services_nova_conf.

        Args:
            service: service host.
            target: inventory host.
            driver: Driver.
            settings: Settings of the target.

        Returns:
            str
        """
        options = settings.combined(driver.variable) if driver.variable else {}
        options = {name: value for name, value in options.items() if value is not None}
        base = self.usable[driver.local]
        overrides = [self.kinds.written(value) for _variable, value in settings.layers("services_nova_conf")]
        context = dict(
            service=service,
            target=target,
            driver=driver,
            options=options,
            settings=settings,
            leased="lease.py" in self.common,
            queue_manager=self.queue_manager,
            removes_images=apart.removes_images(ini.merge(base, *overrides)),
        )
        made = [
            ini.parse(self.environment.get_template(name).render(context))
            for name in ("common.conf.j2", f"{driver.group}.conf.j2")
        ]
        conf = ini.merge(base, *made, *overrides)
        return ini.dump(conf, HEADER.format(target=target))

    def delivered(self, settings):
        """Files of the controller that the target has beside its nova.conf.

        Returns:
            dict, file name -> text.
        """
        wanted = settings.combined(FILES)
        return {name: self.read(str(path)) for name, path in sorted(wanted.items()) if path is not None}

    def files(self, service, target, driver, settings, compute_id):
        """All files of a service, as the module containers takes them, with their contents.

        Args:
            compute_id: str, uuid of the compute node, or None where nova reads none; the others as in nova_conf().

        Returns:
            list of dict
        """
        files = [dict(path="nova.conf", content=self.nova_conf(service, target, driver, settings), mode="0640")]
        if compute_id:
            files.append(dict(path="compute_id", content=compute_id + "\n", mode="0640", immutable=True))
        others = [*self.common.items(), *self.delivered(settings).items()]
        return files + [dict(path=name, content=text, mode="0640") for name, text in others]
