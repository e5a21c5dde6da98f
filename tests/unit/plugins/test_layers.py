# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of docs/architecture.md: which files may import which others."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
PREFIX = "ansible_collections.novafleet.compute.plugins."
GROUND_FLOOR = ("_contract", "_secrets", "_share", "_times", "_urls")
# Sessions by which the controller asks hypervisors, for discovery.
SESSIONS = ("_preflight.vsphere", "_preflight.xapi")
# Code that runs only on the controller.
CONTROLLER = ("plugin_utils", "action", "callback", "filter", "inventory")


def files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((PLUGINS / folder).rglob("*.py"))]
    assert found
    return found


def imported(path: Path) -> set[str]:
    """Dotted names of all imports of a file, such as json or ansible_collections...module_utils._fleet.plan."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def own(path: Path, side: str) -> set[str]:
    """Imports of a file from one side's folders, such as _fleet.plan or _contract."""
    inside = f"{PREFIX}{side}."
    names = {name[len(inside) :] for name in imported(path) if name.startswith(inside)}
    return {name for name in names if name[0] == "_" and (PLUGINS / side / (name.replace(".", "/") + ".py")).is_file()}


def rooms(side: str) -> dict[str, set[str]]:
    """Imports between the folders of one side."""
    arrows: dict[str, set[str]] = {}
    for path in files(side):
        room = path.relative_to(PLUGINS / side).parts[0].removesuffix(".py")
        arrows.setdefault(room, set()).update(name.split(".")[0] for name in own(path, side))
    return {room: others - {room} for room, others in arrows.items()}


@pytest.mark.parametrize("name", GROUND_FLOOR)
def test_the_ground_floor_needs_nothing_but_the_standard_library(name):
    path = PLUGINS / "module_utils" / f"{name}.py"
    assert {module.split(".")[0] for module in imported(path)} <= sys.stdlib_module_names


def test_the_controller_imports_the_ground_floor_and_sessions_only():
    wrong = {
        str(path.relative_to(PLUGINS)): sorted(others)
        for path in files(*CONTROLLER)
        if (others := own(path, "module_utils") - {*GROUND_FLOOR, *SESSIONS})
    }
    assert wrong == {}


def test_the_docker_host_imports_nothing_of_the_controller():
    assert {str(path) for path in files("module_utils", "modules") if own(path, "plugin_utils")} == set()


def test_the_fan_out_sees_an_engine_as_calls_and_records_only():
    seen = {name for path in files("module_utils/_fleet") for name in own(path, "module_utils") if "_engine" in name}
    assert seen == {"_engine.base", "_engine.choice"}
    places = {f"_engine.{name}" for name in ("base", "choice", "image_choice", "image_options", "image_state")}
    assert {name for path in files("modules") for name in own(path, "module_utils") if "_engine" in name} <= places


def test_one_place_knows_which_engines_there_are():
    common = [path for path in (PLUGINS / "module_utils" / "_engine").glob("*.py") if "choice" not in path.name]
    assert common
    assert {name for path in common for name in own(path, "module_utils") if name.count(".") > 1} == set()
    assert not [path for path in files("module_utils/_engine") if any("_fleet" in name for name in imported(path))]


def test_no_key_of_dockers_stands_outside_its_folder():
    keys = {"HostConfig", "Binds", "Mounts", "Labels", "RestartCount", "StartedAt", "Healthcheck", "Cmd", "Env"}
    assert {
        (path.name, node.value)
        for path in files("module_utils/_fleet", "modules")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in keys
    } == set()


@pytest.mark.parametrize("side", ["module_utils", "plugin_utils"])
def test_no_folder_depends_on_itself_by_way_of_others(side):
    arrows = rooms(side)
    while arrows:
        free = [room for room, others in arrows.items() if not others & set(arrows)]
        assert free, f"a circle: {arrows}"
        for room in free:
            del arrows[room]


def test_no_class_name_stands_twice():
    names = [
        node.name
        for path in files("module_utils", "plugin_utils", "action", "callback", "inventory", "modules")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name not in ("ActionModule", "CallbackModule", "InventoryModule")
    ]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("kind, most", [(ast.ClassDef, 200), (ast.FunctionDef, 50)])
def test_nothing_is_too_long(kind, most):
    long = [
        f"{path.relative_to(PLUGINS)}: {node.name}"
        for path in files("")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, kind) and node.end_lineno - node.lineno + 1 > most
    ]
    assert long == []
