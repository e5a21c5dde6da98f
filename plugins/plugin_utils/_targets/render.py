# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders the files of one service from its target's variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jinja2
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini, machine
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import Conf
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.kinds import OptionKinds
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.transport_url import url_of
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings

# Role variable with files of the controller that are delivered next to nova.conf, and the names that they cannot have.
FILES = "services_files"
OWN_FILES = ("nova.conf", "compute_id", "lease.py")
# Some editors begin a file with it.
BYTE_ORDER_MARK = "\ufeff"
HEADER = "Made by novafleet.compute from the variables of the inventory host {target}: change it there, not here."


@dataclass(frozen=True)
class Rendered:
    """The content of a service's files. It has secrets, so its repr() shows nothing.

    Attributes:
        conf: its whole nova.conf.
        nova_conf: the same content as text.
        delivered: name -> text of the controller's files that it gets in addition to its nova.conf.
        common: the same for files that every service gets.
    """

    conf: Conf = field(repr=False)
    nova_conf: str = field(repr=False)
    delivered: Mapping[str, str] = field(default_factory=dict, repr=False)
    common: Mapping[str, str] = field(default_factory=dict, repr=False)

    def files(self, compute_id: str | None) -> list[dict[str, Any]]:
        """All files of the service with their contents, in the form of the module containers.

        Args:
            compute_id: uuid of the compute node, or None if nova does not read one.
        """
        files: list[dict[str, Any]] = [dict(path="nova.conf", content=self.nova_conf, mode="0640")]
        if compute_id:
            files.append(dict(path="compute_id", content=compute_id + "\n", mode="0640", immutable=True))
        others = [*self.common.items(), *self.delivered.items()]
        return files + [dict(path=name, content=text, mode="0640") for name, text in others]


class Renderer:
    """Compiles the templates once, then renders any number of targets."""

    def __init__(
        self,
        templates: str,
        base_text: str = "",
        read: Callable[[str], str] | None = None,
        defaults: Mapping[str, Any] | None = None,
        kinds: OptionKinds | None = None,
        common: Mapping[str, str] | None = None,
        releases: Iterable[str] = (),
    ) -> None:
        """Arguments:
        templates: directory.
        base_text: a whole nova.conf, the lowest layer after the defaults.
        read: path on the controller -> text of that file.
        defaults: section -> option -> value; base_text overrides it.
        kinds: decides how values are written. Without it, the names of options decide.
        common: file name -> text, of files that every service gets.
        releases: releases of nova that the services may run, as far as they are known.

        Raises:
            NovaConfError: base_text is not a nova.conf.
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
        filters = dict(literal=ini.literal, transport_url=url_of, host_of=machine.host_of)
        self.environment.filters.update(filters)
        self.kinds, self.read, self.common = kinds or OptionKinds(), read or _no_files, common or {}
        # Options of the operator's own file, without the defaults below it.
        ini.refuse_templates(base_text)
        self.base_file = ini.parse(base_text.removeprefix(BYTE_ORDER_MARK))
        self.base = ini.merge(self.kinds.written(defaults or {}), self.base_file)
        self.usable = {local: machine.without_machine(self.base, local) for local in (False, True)}
        self.queue_manager = machine.has_queue_manager(releases)
        # By the id of a layer: what is written, and the layer itself, so that no other one gets its id.
        self.layers: dict[int, tuple[Mapping[Any, Any], Mapping[Any, Any]]] = {}

    def nova_conf(self, service: str, target: str, driver: Driver, settings: Settings) -> Conf:
        """Render one nova.conf.

        Layers, lowest first: the defaults, the base file without the options of the machine for which it was made,
        common.conf.j2, the driver's template, services_nova_conf.

        Args:
            service: service host.
            target: inventory host.
            driver: its driver.
            settings: of the target.

        Raises:
            NovaConfError, jinja2.TemplateError: a nova.conf cannot be rendered from the variables.
            UndefinedSetting: a variable cannot be resolved.
        """
        options = settings.combined(driver.variable) if driver.variable else {}
        options = {name: value for name, value in options.items() if value is not None}
        base = self.usable[driver.local]
        overrides = [self._written(value) for _variable, value in settings.layers("services_nova_conf")]
        context = dict(
            service=service,
            target=target,
            driver=driver,
            options=options,
            settings=settings,
            leased="lease.py" in self.common,
            queue_manager=self.queue_manager,
            removes_images=lambda: machine.removes_images(ini.merge(base, *overrides)),
        )
        made = [
            ini.parse(self.environment.get_template(name).render(context))
            for name in ("common.conf.j2", f"{driver.name}.conf.j2")
        ]
        return ini.merge(base, *made, *overrides)

    def _written(self, layer: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """A layer of services_nova_conf as text. Many targets share one, which is then the same object for all."""
        if id(layer) not in self.layers:
            self.layers[id(layer)] = self.kinds.written(layer), layer
        return self.layers[id(layer)][0]

    def render(self, service: str, target: str, driver: Driver, settings: Settings) -> Rendered:
        """Render the files of one service.

        Arguments and errors are those of nova_conf(), and the errors of reading files."""
        text = ini.dump(self.nova_conf(service, target, driver, settings), HEADER.format(target=target))
        # Parsed from the text, because that is what nova reads.
        return Rendered(ini.parse(text), text, self.delivered(settings), self.common)

    def delivered(self, settings: Settings) -> dict[str, str]:
        """The controller's files that the target gets in addition to its nova.conf: file name -> text."""
        wanted = settings.combined(FILES)
        return {name: self.read(str(path)) for name, path in sorted(wanted.items(), key=str) if path is not None}


def _no_files(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)
