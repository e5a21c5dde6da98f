# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns the module's options into the desired state of services. Pure: no engine, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec
from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import option_checks
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import CONTAINER_ARGUMENT_SPEC


class RunRefused(Failure):
    """The options contradict each other or the state of the Docker host. Nothing was changed.

    Attributes:
        problems: list of str, all problems found.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Nothing was changed.\n" + "\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class File:
    """One file of a service, relative to its directory; the content itself stays on the controller."""

    path: str
    sha256: str
    mode: int = 0o640
    immutable: bool = False


@dataclass(frozen=True)
class Service:
    """Desired state of one service.

    Attributes:
        name: of the service.
        container: name of its container.
        spec: desired settings of its container.
        files: desired files in its directory on the Docker host, sorted by name.
    """

    name: str
    container: str
    spec: ContainerSpec
    files: tuple[File, ...] = ()

    @property
    def image(self) -> str:
        return self.spec.image

    @property
    def stop_timeout(self) -> int:
        """Seconds that its container has to stop before it is killed."""
        return self.spec.settings["stop_timeout"]


def desired_services(params: Mapping[str, Any]) -> list[Service]:
    """Turn the module's options into the desired state.

    Args:
        params: dict with the keys of ARGUMENT_SPEC.

    Raises:
        RunRefused: with every problem found in the options.
    """
    entries = [_entry(given, params) for given in params["services"]]
    problems = option_checks.problems(params, entries)
    if problems:
        raise RunRefused(problems)
    return [
        service(entry, params["container"], params["fleet"], params["container_prefix"], params["config_dir"])
        for entry in entries
    ]


def _entry(given: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Combine one service with the settings of the whole call. Return it and the problems of its settings."""
    settings, wrong = _override(given["container"])
    # The services that the options list, and those that the controller rendered.
    files = [*(given["files"] or ()), *params["_controller"]["rendered"].get(given["name"], ())]
    image = given["image"] or params["image"] or ""
    return dict(given, image=image, files=files, container=settings, wrong_settings=wrong)


def _override(settings: dict[str, Any] | None) -> tuple[dict[str, Any], list[str]]:
    """One service's container settings with their types, and the problems found in them."""
    if not settings:
        return {}, []
    spec = {
        key: {word: value for word, value in option.items() if word not in ("default", "apply_defaults")}
        for key, option in CONTAINER_ARGUMENT_SPEC.items()
    }
    validated = ArgumentSpecValidator(spec).validate(settings)
    return validated.validated_parameters, validated.error_messages


def service(entry: Mapping[str, Any], settings: Mapping[str, Any], fleet: str, prefix: str, config_dir: str) -> Service:
    """Build the desired state of one service.

    Args:
        entry: dict with name, image, command (list or None), files (list of dict), container (overrides).
        settings: the container settings of the whole call, with the keys of CONTAINER_ARGUMENT_SPEC.
        fleet: the fleet the service belongs to.
        prefix: put before the service's name to name its container.
        config_dir: directory on the Docker host that holds a directory a service.
    """
    files = tuple(sorted(map(_file, entry.get("files") or ()), key=lambda item: item.path))
    spec = ContainerSpec(
        image=entry["image"],
        settings=_overridden(settings, entry.get("container") or {}),
        command=tuple(entry.get("command") or ()),
        files=f"{config_dir}/{entry['name']}" if files else "",
        fleet=fleet,
        service=entry["name"],
    )
    return Service(entry["name"], prefix + entry["name"], spec, files)


def _overridden(settings: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """The container settings of one service. A service may override single options of log."""
    merged = {**settings, **{key: value for key, value in override.items() if value is not None}}
    if override.get("log"):
        given = {key: value for key, value in override["log"].items() if value is not None}
        # The options belong to another log driver, so they do not apply.
        same = given.get("driver", settings["log"]["driver"]) == settings["log"]["driver"]
        merged["log"] = {**(settings["log"] if same else {}), **given}
    return merged


def _file(item: Mapping[str, Any]) -> File:
    return File(item["path"], item["sha256"], int(item.get("mode") or "0640", 8), bool(item.get("immutable")))
