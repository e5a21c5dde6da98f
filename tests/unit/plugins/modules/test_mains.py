# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module ends in fail_json with the cause of any exception."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

PACKAGE = "ansible_collections.novafleet.compute.plugins.modules"
DIRECTORY = Path(__file__).resolve().parents[4] / "plugins" / "modules"
# The other modules are documentation only. Their action plugins do all the work.
MODULES = sorted(path.stem for path in DIRECTORY.glob("*.py") if "def main(" in path.read_text(encoding="utf-8"))


class Failed(BaseException):
    """fail_json was called."""


class Module:
    """An AnsibleModule whose options cannot even be read."""

    def __init__(self, **_options):
        self.check_mode = self._diff = False

    @property
    def params(self):
        raise KeyError("State")

    def exit_json(self, **result):
        raise AssertionError(result)

    def fail_json(self, **result):
        raise Failed(result)


@pytest.mark.parametrize("name", MODULES)
def test_whatever_is_raised_is_told(name, monkeypatch):
    module = importlib.import_module(f"{PACKAGE}.{name}")
    monkeypatch.setattr(module, "AnsibleModule", Module)
    with pytest.raises(Failed) as ended:
        module.main()
    assert ended.value.args[0]["msg"].startswith("unexpected error KeyError: 'State' (test_mains.py, line ")
    assert "Traceback" in ended.value.args[0]["exception"]


def test_all_modules_that_run_are_tried():
    assert {"containers", "containers_info", "dry_run", "image", "nova_services_info", "preflight"} <= set(MODULES)
