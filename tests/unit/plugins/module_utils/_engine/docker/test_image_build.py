# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import json
import subprocess

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import image_build


def test_build_leaves_no_container(api, settle):
    settle()
    api.exit_code = 3
    with pytest.raises(EngineError, match="exit status 3.*\n.*the last 40 lines"):
        settle(inputs={"a": 2})
    assert not api.containers


def test_build_removes_what_an_interrupted_one_left(api, settle):
    api.containers[image_build._build_name("nova:1")] = {}
    settle()
    assert not api.containers


def test_build_that_takes_too_long_is_ended(api, images, monkeypatch, settle, build):
    monkeypatch.setattr(image_build.time, "sleep", lambda _seconds: None)
    api.running = True
    with pytest.raises(EngineError, match="took more than 0 s; raise build.timeout"):
        settle(build={**build, "timeout": 0})
    assert not api.containers and "nova:1" not in api.images


def test_build_without_commit_makes_no_image(api, settle, build):
    result = settle(build={**build, "commit": False})
    assert result["changed"] and result["image"] is None
    assert api.names() == ["script", "start"]


def test_neither_script_nor_environment_are_in_what_docker_keeps(build):
    kept = json.dumps(image_build._build_container({**build, "script": "echo recipe"}))
    assert "secret" not in kept and "recipe" not in kept


def test_script_is_run_with_its_environment_and_gone_before_it_runs(api, tmp_path, settle, build):
    settle(build={**build, "script": 'echo "$PIP_INDEX_URL"\nexit 3'})
    _kind, path, text = api.calls[0]
    assert path == image_build.SCRIPT
    script = tmp_path / "script"
    script.write_text(f"ls {script} 2>/dev/null\n{text}")
    command = image_build.RUN_SCRIPT.replace(image_build.SCRIPT, str(script))
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, build["environment"]["PIP_INDEX_URL"] + "\n")


def test_image_runs_as_its_base_did_unless_told(api, settle):
    api.add("base:1", Cmd=["a"], Entrypoint=["b"], User="7:8", WorkingDir="/c")
    settle(config=["USER 162:162"])
    lines = api.calls[-1][1].splitlines()
    assert lines[:5] == ['ENTRYPOINT ["b"]', 'CMD ["a"]', "WORKDIR /c", "USER 7:8", "USER 162:162"]


def test_base_that_says_nothing_gets_a_shell():
    assert image_build._run_instructions({}) == ['CMD ["/bin/sh"]', "WORKDIR /"]


def test_base_that_is_not_there_is_pulled(api, images, settle):
    del api.images["base:1"]
    settle()
    assert "base:1" in api.images
