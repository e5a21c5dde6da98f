# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.novafleet.compute.plugins.action import services_metrics
from ansible_collections.novafleet.compute.plugins.plugin_utils._status import metrics_file
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.compare import status


@pytest.fixture
def plugin(task):
    def make(path):
        return task(services_metrics, status=status([], {}), fleet="blue", path=str(path))

    return make


def test_the_file_is_written_and_has_changed(plugin, tmp_path):
    path = tmp_path / "fleet.prom"
    result = plugin(path).run()
    assert (result["changed"], result["path"]) == (True, str(path))
    assert 'novafleet_services{fleet="blue"} 0' in path.read_text(encoding="utf-8")


def test_check_mode_says_what_would_change_and_writes_nothing(plugin, tmp_path):
    action = plugin(tmp_path / "fleet.prom")
    action._task.check_mode = True
    assert action.run()["changed"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_path_that_cannot_be_written_fails_in_check_mode_too(plugin, tmp_path, check_mode):
    action = plugin(tmp_path / "fleet.txt")
    action._task.check_mode = check_mode
    with pytest.raises(AnsibleActionFail, match=r"localhost: services_status_metrics: .*does not end in .prom"):
        action.run()


def test_an_error_while_writing_is_reported(plugin, tmp_path, monkeypatch):
    def fail(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(metrics_file, "write", fail)
    with pytest.raises(AnsibleActionFail, match="fleet.prom: No space left on device"):
        plugin(tmp_path / "fleet.prom").run()
