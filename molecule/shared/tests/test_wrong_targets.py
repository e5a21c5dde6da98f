# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pre-flight would have refused, deployed without it, is shown with the cause that each log tells.

The wrong configurations are those of tests/integration/test_preflight.py.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from helper import computes, docker, eventually

SECRET = "wrong-horse"
SECONDS = 120

# Target -> options that are wrong with it, and words of the cause.
WRONG_VCENTERS = {
    "wrong-password": (dict(host_password=SECRET), "Cannot complete login due to an incorrect user name or password"),
    "wrong-port": (dict(host_port=9), "Connection refused"),
    "wrong-name": (dict(host_ip="no.such.invalid"), "no.such.invalid"),
    "wrong-untrusted": (dict(ca_file=None), "CERTIFICATE_VERIFY_FAILED"),
    "wrong-ca": (dict(ca_file="/etc/none.pem"), "/etc/none.pem"),
    "wrong-cluster": (dict(cluster_name="DC0-C6"), "The specified cluster 'DC0-C6' was not found in vCenter"),
    "wrong-regex": (dict(datastore_regex="(nas"), "Invalid Regular Expression"),
    "wrong-datastore": (dict(datastore_regex="^nas"), "datastore"),
}
# Target -> the same for XenServers, once a scenario has some.
WRONG_XENSERVERS = {}


@pytest.fixture(scope="module")
def wrong(services):
    if services[0].startswith("cluster"):
        return "vcenter", "services_vcenter_wrong", WRONG_VCENTERS
    return "xenserver", "services_xenserver_wrong", WRONG_XENSERVERS


@pytest.fixture(scope="module")
def status(inventory_dir, services, wrong, play, cloud):
    """Deploy all of them, and ask until every one has told why it is not well. Takes them away afterwards."""
    group, variable, table = wrong
    assert table
    path, report = inventory_dir / "wrong.json", inventory_dir / "wrong-status.json"
    hosts = {
        name: {"services_vcenter_cluster": dict(cluster_name=f"DC0_C{number}"), variable: options}
        for number, (name, (options, _cause)) in enumerate(table.items(), start=len(services))
    }
    path.write_text(json.dumps({"all": {"children": {group: {"hosts": hosts}}}}))
    deploy = ("novafleet.compute.deploy", "--tags", "services", "--skip-tags", "preflight")
    done = play("--inventory", str(path), *deploy, "--extra-vars", "services_verify_timeout=1", check=False)
    assert done.returncode != 0

    def told():
        play("--inventory", str(path), "novafleet.compute.status", "--extra-vars", f"services_status_json={report}")
        return {row["service"]: row for row in json.loads(report.read_text())["services"]}

    yield told
    path.unlink()
    report.unlink()
    docker("rm", "--force", *(f"nova-compute-{name}" for name in table))
    subprocess.run(["rm", "-r", *(Path("/etc/novafleet", name) for name in table)], check=True)
    for name, record in computes(cloud).items():
        if name in table:
            cloud.compute.delete_service(record)


def test_each_wrong_target_is_shown_with_the_cause_from_its_log(services, wrong, status, secrets):
    _group, _variable, table = wrong
    rows = {}

    def missed():
        rows.update(status())
        return [name for name, (_options, cause) in table.items() if cause not in (rows[name]["cause"] or "")]

    eventually(lambda: not missed(), SECONDS)
    assert {name: rows[name]["cause"] for name in missed()} == {}
    assert {rows[name]["level"] for name in table} == {"error"}
    assert [name for name in services if rows[name]["disagreements"]] == []
    assert not [secret for secret in [*secrets, SECRET] if secret in json.dumps(rows)]
