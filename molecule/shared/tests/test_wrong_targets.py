# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pre-flight would have refused, deployed without it, is shown with the cause that each log tells.

The wrong configurations are those of tests/integration/test_preflight.py that only a hypervisor can tell are wrong:
rules that need none are never left out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from helper import computes, eventually, ids, log_of
from xenservers import MISSING, OLD_VERSION, address, set_faults

SECRET = "wrong-horse"

# Target -> options that are wrong with it, and words of the cause. The simulator has clusters for the first of them.
WRONG_VCENTERS = {
    # nova has no better words for it.
    "wrong-datastore": (dict(datastore_regex="^nas"), "ValueError: max() arg is an empty sequence"),
    "wrong-password": (dict(host_password=SECRET), "Cannot complete login due to an incorrect user name or password"),
    "wrong-port": (dict(host_port=9), "Connection refused"),
    "wrong-name": (dict(host_ip="no.such.invalid"), "no.such.invalid"),
    "wrong-untrusted": (dict(ca_file=None), "CERTIFICATE_VERIFY_FAILED"),
    "wrong-ca": (dict(ca_file="/etc/none.pem"), "/etc/none.pem"),
    "wrong-cluster": (dict(cluster_name="DC0-C6"), "The specified cluster 'DC0-C6' was not found in vCenter"),
}
# The scenario has three XenServers that are no services', from the fourth.
WRONG_XENSERVERS = {
    "wrong-password": (dict(connection_password=SECRET), "SESSION_AUTHENTICATION_FAILED"),
    "wrong-plugins": ({}, "Plugin version mismatch (Expected 2.1, got 1.8)"),
    "wrong-no-plugin": ({}, "XENAPI_MISSING_PLUGIN"),
    "wrong-address": ({}, "ECONNREFUSED"),
    "wrong-name": (dict(connection_url="https://no.such.invalid"), "Name or service not known"),
}
XENSERVER_FAULTS = {
    address(5): {"answer": {"host.call_plugin dom0_plugin_version.py": OLD_VERSION}},
    address(6): {"fail": {"host.call_plugin dom0_plugin_version.py": MISSING}},
}


def vcenters(first):
    """Targets with what is wrong with them, each with a cluster of its own."""
    for number, (name, (options, _cause)) in enumerate(WRONG_VCENTERS.items(), start=first):
        yield name, {"services_vcenter_cluster": dict(cluster_name=f"DC0_C{number}"), "services_vcenter_wrong": options}


def xenservers(first):
    for number, (name, (options, _cause)) in enumerate(WRONG_XENSERVERS.items(), start=first + 1):
        url = dict(connection_url=f"https://{address(number)}")
        yield name, {"services_xenserver_url": url, "services_xenserver_wrong": options}


@pytest.fixture(scope="module")
def wrong(services):
    """Name of the targets' group, their variables, and the table that they are made from."""
    if services[0].startswith("cluster"):
        yield "vcenter", dict(vcenters(len(services))), WRONG_VCENTERS
        return
    set_faults(XENSERVER_FAULTS)
    yield "xenserver", dict(xenservers(len(services))), WRONG_XENSERVERS
    set_faults({})


@pytest.fixture(scope="module")
def status(inventory_dir, wrong, play, cloud):
    """Deploy all of them, and ask until every one has told why it is not well. Takes them away afterwards."""
    group, hosts, table = wrong
    path, report = inventory_dir / "wrong.json", inventory_dir / "wrong-status.json"
    path.write_text(json.dumps({"all": {"children": {group: {"hosts": hosts}}}}))
    try:
        yield deployed(path, report, table, play)
    finally:
        path.unlink()
        report.unlink(missing_ok=True)
        subprocess.run(["docker", "rm", "--force", *(f"nova-compute-{name}" for name in table)], check=False)
        for name in table:
            shutil.rmtree(Path("/etc/novafleet", name), ignore_errors=True)
        for name, record in computes(cloud).items():
            if name in table:
                cloud.compute.delete_service(record)


def deployed(path, report, table, play):
    """Deploy the targets of an inventory, and return a function that asks what status says of each service."""
    deploy = ("novafleet.compute.deploy", "--tags", "services", "--skip-tags", "preflight")
    done = play("--inventory", str(path), *deploy, "--extra-vars", "services_verify_timeout=1", check=False)
    assert done.returncode != 0
    assert set(table) <= {name.removeprefix("nova-compute-") for name in ids()}, done.stdout[-5000:]

    def told():
        play("--inventory", str(path), "novafleet.compute.status", "--extra-vars", f"services_status_json={report}")
        return {row["service"]: row for row in json.loads(report.read_text())["services"]}

    return told


def evidence(row):
    """What a service said, and what status made of it."""
    return "\n".join([json.dumps(row), *log_of(row["service"]).splitlines()[-60:]])


def test_each_wrong_target_is_shown_with_the_cause_from_its_log(services, wrong, status, secrets):
    _group, _hosts, table = wrong
    rows = {}

    def missed():
        found = {name: rows[name]["cause"] or "" for name in table}
        return {name: found[name] for name, (_options, cause) in table.items() if cause not in found[name]}

    def all_told():
        rows.update(status())
        return not missed()

    # What is asserted below is what the last of these looks saw, not yet another one.
    eventually(all_told)
    assert missed() == {}, "\n".join(evidence(rows[name]) for name in missed())
    assert {rows[name]["level"] for name in table} == {"error"}
    assert [name for name in services if rows[name]["disagreements"]] == []
    assert not [secret for secret in [*secrets, SECRET] if secret in json.dumps(rows)]
