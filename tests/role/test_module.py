# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module containers alone, in a user's own play."""

from __future__ import annotations


def test_an_empty_list_removes_nothing_without_a_word(site):
    site.deploy()
    task = dict(fleet=site.fleet, state="absent", services=[], config_dir=str(site.config()))
    run = site.run(_play(task))
    assert run.failed
    assert "all: true" in run.message, run.text
    assert len(site.places()) == 3
    run = site.run(_play(dict(task, all=True)))
    assert not run.failed, run.text
    assert not site.running()


def _play(arguments):
    task = {"name": "Remove", "novafleet.compute.containers": arguments}
    return [dict(name="Remove", hosts="nova_compute_hosts", gather_facts=False, tasks=[task])]
