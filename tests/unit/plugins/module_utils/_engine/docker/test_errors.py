# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Docker SDK against a small HTTP server that answers as an engine does."""

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import connect
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.errors import typed_errors


@pytest.mark.parametrize(
    "status, error",
    [
        (400, base.Rejected),
        (404, base.NotFound),
        (409, base.Conflict),
        (500, base.EngineError),
    ],
)
def test_what_the_engine_refuses_is_typed_and_says_why(server, params, status, error):
    server.answers.append(("/start", status, {"message": "the reason"}))
    with pytest.raises(error, match="Could not start container x: .*the reason") as raised:
        DockerEngine(connect(params)).start("x")
    assert raised.type is error


USERNS = "cannot share the host's network namespace when user namespaces are enabled"


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        (USERNS, "Set userns_mode: host"),
        ("unknown log opt 'max-size' for journald log driver", "Correct log.driver or log.options"),
        ('error looking up logging plugin x: plugin "x" not found', "Correct log.driver or log.options"),
        ("gelf-address is a required parameter", "Correct log.driver or log.options"),
        ("invalid mount config for type bind: bind source path does not exist: /x", "Make it, or correct mounts"),
        ("invalid CapAdd: unknown capability: CAP_X", ""),
    ],
)
def test_what_a_container_is_refused_for_comes_with_its_fix(server, params, words, fix):
    server.answers.append(("/containers/create", 400, {"message": words}))
    with pytest.raises(base.Rejected) as raised:
        DockerEngine(connect(params)).create_from_body("x", {"Image": "i"})
    assert raised.value.reason == words
    assert (fix in raised.value.fix) if fix else raised.value.fix == ""


def test_a_file_that_is_not_there_is_no_word_about_the_engine():
    with pytest.raises(base.EngineError) as raised, typed_errors("load a"), open("/nowhere/a", "rb"):
        pass
    assert str(raised.value) == "Could not load a: [Errno 2] No such file or directory: '/nowhere/a'."
    assert raised.type is base.EngineError
