# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs with -vvv over ssh, which prints the output of every command and module: no secret is in it."""

from __future__ import annotations

import os

import pytest

# Instead of ssh: without its options and the host, the command is run here.
SSH = """\
#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in
    -[opliSF]) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
shift
exec /bin/sh -c "$*"
"""
SECRETS = {name: f"{name}-s3cr3t" for name in ("keystone", "bus", "vcenter", "neutron", "key")}


@pytest.fixture
def verbose(site):
    ssh, key = site.directory / "ssh", site.directory / "client.key"
    ssh.write_text(SSH, encoding="utf-8")
    key.write_text(SECRETS["key"], encoding="utf-8")
    os.chmod(ssh, 0o755)
    site.hosts["d1"].update(ansible_connection="ssh", ansible_ssh_executable=str(ssh), ansible_host="127.0.0.1")
    vcenter = dict(host_ip="127.0.0.1", host_username="nova", host_password=SECRETS["vcenter"], cluster_name="c1")
    site.groups["vcenter"] = dict(hosts={"vc-1": dict(services_vcenter=vcenter, services_preflight=False)})
    site.vars["services_placement"] = dict(site.vars["services_placement"], password=SECRETS["keystone"])
    site.vars["services_transport_url"] = site.bus.url.replace(":secret@", f":{SECRETS['bus']}@")
    site.vars["services_nova_conf"] = dict(neutron=dict(password=SECRETS["neutron"]))
    site.vars["services_files"] = {"client.key": str(key)}
    return site


def assert_no_secret(run):
    """In the output of a run, in all tasks' results, and in what the connection shows."""
    assert "SSH: EXEC" in run.text
    for secret in SECRETS.values():
        assert secret not in run.text, run.text[max(0, run.text.index(secret) - 1000) :][:2000]


def test_no_secret_is_printed(verbose):
    run = verbose.deploy("-vvv", "--diff")
    assert_no_secret(run)
    assert verbose.places()["vc-1"] == "d1"
    verbose.vars["services_nova_conf"]["DEFAULT"] = dict(debug=True)
    for arguments in (("--check", "--diff"), ("--diff",)):
        assert_no_secret(verbose.deploy("-vvv", *arguments))
    # The container of a target that is no longer in the inventory.
    verbose.groups["vcenter"] = dict(hosts={})
    assert_no_secret(verbose.deploy("-vvv"))
    assert_no_secret(verbose.run("status", "-vvv"))
    assert_no_secret(verbose.run("retire", "-vvv", services_retire=["vc-1"]))
    assert "vc-1" not in verbose.places()
