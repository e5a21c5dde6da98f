# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module containers alone, in a user's own play."""

from __future__ import annotations


def test_an_empty_list_removes_nothing_without_a_word(deployed):
    task = dict(fleet=deployed.fleet, state="absent", services=[], config_dir=str(deployed.config()))
    run = deployed.run(_play(task))
    assert run.failed
    assert "all: true" in run.message, run.text
    assert len(deployed.places()) == 3
    run = deployed.run(_play(dict(task, all=True)))
    assert not run.failed, run.text
    assert not deployed.running()


def _play(arguments):
    task = {"name": "Remove", "novafleet.compute.containers": arguments}
    return [dict(name="Remove", hosts="nova_compute_hosts", gather_facts=False, tasks=[task])]
