# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems that role docker_host reports have the form `<variable>: <problem>. <fix>.`; the tasks add the host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

VARIABLES = Path(__file__).parents[3] / "roles" / "docker_host" / "vars" / "main.yml"
# Templates may have any character, including a full stop.
TEMPLATE = re.compile(r"{{.*?}}", re.S)


def texts() -> list[str]:
    """Messages of the role, with a word in place of each template."""
    variables = yaml.safe_load(VARIABLES.read_text(encoding="utf-8"))
    found = [entry["text"] for name in ("__docker_host_obstacles", "__docker_host_faults") for entry in variables[name]]
    resolved = [variables["__docker_host_old_engine_text"] if "old_engine_text" in text else text for text in found]
    return [TEMPLATE.sub("VALUE", text).strip() for text in resolved]


def test_there_are_messages():
    assert len(texts()) >= 10


@pytest.mark.parametrize("text", texts())
def test_a_message_has_a_variable_a_problem_and_a_fix(text):
    assert re.fullmatch(r"(docker_host|ansible)_\w+: .+[.] [A-Z].+[.]", text, re.S)
