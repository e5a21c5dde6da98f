# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names in services_retire that are those of no service, and host mappings that are left."""

from __future__ import annotations

import sys

import pytest

TABLE = """\
+-----------+--------------------------------------+----------+
| Cell Name |              Cell UUID               | Hostname |
+-----------+--------------------------------------+----------+
|   cell1   | 3f5e9ab0-6a2e-4ef8-9d2f-6d8a9cf9f6d4 |    t1    |
|   cell1   | 3f5e9ab0-6a2e-4ef8-9d2f-6d8a9cf9f6d4 |   t22    |
+-----------+--------------------------------------+----------+
"""


def test_names_that_are_those_of_no_service_are_told(deployed):
    run = deployed.run("retire", services_retire=["T1", "t2"])
    assert run.failed
    assert "T1: services_retire: nova knows this service as t1." in run.message, run.text
    run = deployed.run("retire", services_retire=["t9"])
    assert not run.failed, run.text
    assert "t9: neither nova nor a Docker host has this service" in str(run.results("Report names that nothing has"))
    assert deployed.places() == {"t1": "d1", "t2": "d1", "t3": "d1"}


@pytest.mark.parametrize(
    ("printed", "service", "message"),
    [
        (TABLE, "t1", "t1: the host mapping is left"),
        ("deprecated: use another command", "t1", "did not print a table of hosts"),
        (TABLE, "t2", ""),
    ],
    ids=["left", "no table", "gone"],
)
def test_a_host_mapping_that_is_left_fails_the_run(deployed, printed, service, message):
    program = deployed.directory / "manage.py"
    program.write_text(f"import sys; print({printed!r} if sys.argv[1:] == ['list_hosts'] else '')\n", encoding="utf-8")
    deployed.vars.update(
        services_discover_command=[sys.executable, str(program), "discover_hosts"], services_discover_host="localhost"
    )
    run = deployed.run("retire", services_retire=[service])
    assert message in run.message
    assert run.failed == bool(message), run.text
    assert service not in deployed.places()
