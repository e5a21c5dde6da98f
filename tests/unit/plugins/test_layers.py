# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of docs/architecture.md: which files may import which others."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
PREFIX = "ansible_collections.novafleet.compute.plugins."
GROUND_FLOOR = ("_contract", "_secrets", "_share", "_times", "_urls")
# Sessions by which the controller asks hypervisors, for discovery.
SESSIONS = ("_preflight.vsphere", "_preflight.xapi")
# Code that runs only on the controller.
CONTROLLER = ("plugin_utils", "action", "callback", "filter", "inventory")


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(tree(path))


def files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((PLUGINS / folder).rglob("*.py"))]
    assert found
    return found


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Dotted names of all imports of a file, such as json or ansible_collections...module_utils._fleet.plan."""
    names = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


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


def test_a_swarm_is_seen_by_the_module_for_swarms_only():
    """A swarm places containers itself. So it has calls of its own, and not those of an engine."""
    seen = {name for path in files("module_utils/_swarm") for name in own(path, "module_utils") if "_engine" in name}
    assert {name for name in seen if not name.startswith("_engine.swarm.")} == {"_engine.base", "_engine.choice"}
    users = {path.parent.name for path in files("") if any("_engine.swarm" in name for name in imported(path))}
    assert users == {"_swarm", "swarm"}


def test_one_place_knows_which_engines_there_are():
    common = [path for path in (PLUGINS / "module_utils" / "_engine").glob("*.py") if "choice" not in path.name]
    assert common
    assert {name for path in common for name in own(path, "module_utils") if name.count(".") > 1} == set()
    assert not [path for path in files("module_utils/_engine") if any("_fleet" in name for name in imported(path))]


def names_of_an_api(path: Path) -> set[str]:
    """Texts of a file that look like keys of Docker's API, such as HostConfig."""
    texts = {node.value for node in nodes(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if re.fullmatch("([A-Z][a-z]+)+", text)}


def test_no_key_of_dockers_stands_outside_its_folder():
    engines = {path for path in files("module_utils/_engine") if path.parent.name != "_engine"}
    keys = {"Binds", *(name for path in engines for name in names_of_an_api(path))}
    assert {"HostConfig", "Labels", "StartedAt", "TaskTemplate"} <= keys
    # XenAPI's answers have a key Status, too.
    others = set(files("")) - engines - {PLUGINS / "module_utils" / "_preflight" / "xapi.py"}
    assert {(path.name, name) for path in others for name in names_of_an_api(path) & keys} == set()


# Name of a library, or of a module of the standard library -> the places that may import it. The libraries that are
# listed load slowly, may be missing, or open connections.
PLACES = {
    "docker": ["module_utils/_engine/docker/sdk.py"],
    "openstack": ["module_utils/_nova", "module_utils/_retirement", "modules/nova_services_info.py"],
    "keystoneauth1": ["module_utils/_nova/cloud.py"],
    "requests": ["module_utils/_engine/docker/sdk.py", "module_utils/_nova"],
    "pyVmomi": ["module_utils/_preflight/v", "plugin_utils/_discovery/vcenter.py"],
    "xmlrpc.client": ["module_utils/_preflight/xapi.py", "plugin_utils/_dom0/shell.py"],
    "urllib.request": ["module_utils/_preflight/ironic_api.py"],
    "ctypes": ["module_utils/_engine/podman/processes.py"],
}


def uses(path: Path, library: str) -> bool:
    """Whether a file imports a library, also by its name (importlib)."""
    names = imported(path)
    if "importlib.import_module" in names:
        names |= {str(node.value) for node in nodes(path) if isinstance(node, ast.Constant)}
    return any(f"{name}.".startswith(f"{library}.") for name in names)


@pytest.mark.parametrize("library", PLACES)
def test_a_library_has_its_places(library):
    users = {str(path.relative_to(PLUGINS)) for path in files("") if uses(path, library)}
    assert users
    assert [user for user in sorted(users) if not user.startswith(tuple(PLACES[library]))] == []


# What a pure file must not import: its answers depend on its arguments alone.
IMPURE = {"glob", "os", "random", "shutil", "signal", "ssl", "subprocess", "tempfile", "threading", "time"}
IMPURE |= {"http.client", "urllib.request", "docker", "openstack"}


def test_what_calls_itself_pure_is_so():
    pure = [path for path in files("") if re.search(r"\bPure\.", _docstring(path))]
    assert len(pure) >= 30
    wrong = {str(path.relative_to(PLUGINS)): found for path in pure if (found := sorted(imported(path) & IMPURE))}
    assert wrong == {}


def _docstring(path: Path) -> str:
    return ast.get_docstring(tree(path)) or ""


@pytest.mark.parametrize("side", ["module_utils", "plugin_utils"])
def test_no_folder_depends_on_itself_by_way_of_others(side):
    arrows = rooms(side)
    while arrows:
        free = [room for room, others in arrows.items() if not others & set(arrows)]
        assert free, f"a circle: {arrows}"
        for room in free:
            del arrows[room]


def test_the_picture_is_of_these_folders():
    picture = (PLUGINS.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    sides = [PLUGINS / "module_utils", PLUGINS / "plugin_utils"]
    folders = {path.name for side in sides for path in side.iterdir() if path.is_dir() and path.name[1] != "_"}
    columns = [row.split(" | ")[0] for row in picture.splitlines() if row.startswith("| `_")]
    shown = set()
    for names in (re.findall("`(.*?)`", column) for column in columns):
        folder = names[0].rpartition("/")[0]
        shown |= {name if "/" in name or name[0] == "_" else f"{folder}/{name}" for name in names}
    assert folders <= {name.split("/")[0] for name in shown}
    there = {str(path.relative_to(side).with_suffix("")) for side in sides for path in side.rglob("*")}
    assert {name.rstrip("/") for name in shown} - there == set()


def test_no_class_name_stands_twice():
    names = [
        node.name
        for path in files("module_utils", "plugin_utils", "action", "callback", "inventory", "modules")
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and node.name not in ("ActionModule", "CallbackModule", "InventoryModule")
    ]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("kind, most", [(ast.ClassDef, 200), (ast.FunctionDef, 50), (ast.AsyncFunctionDef, 50)])
@pytest.mark.parametrize("folder", ["plugins", "roles", "tests"])
def test_nothing_is_too_long(folder, kind, most):
    paths = sorted((PLUGINS.parent / folder).rglob("*.py"))
    assert paths
    long = [
        f"{path.relative_to(PLUGINS.parent)}: {node.name}"
        for path in paths
        for node in nodes(path)
        if isinstance(node, kind) and node.end_lineno - node.lineno + 1 > most
    ]
    assert long == []
