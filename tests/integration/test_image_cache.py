# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image caches of two clusters of one Docker host on one datastore: nova's own driver, a simulated vCenter.

Needs Debian's package python3-pyvmomi beside those of vcenter_simulator.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import vcenter_simulator
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings
from pinned_python import TOP, pinned_python

PROGRAM = Path(__file__).with_name("image_cache.py")
# Of Debian's python3-pyvmomi: newer ones do not hold what it reads.
PYVMOMI = Path("/usr/lib/python3/dist-packages/pyVmomi")
IMAGE = "8ff0a5d0-1ad3-4c4b-9a5f-6f1f3d0d9a10"
SECONDS = 120
# nova marks an unused image in one pass, and removes it in the next one if the mark is older than this.
AGE = {"image_cache": {"remove_unused_original_minimum_age_seconds": 1}}


@pytest.fixture(scope="module")
def vcenter(tmp_path_factory):
    """Two clusters, one datastore."""
    directory = tmp_path_factory.mktemp("vcenter")
    wsdl = directory / "vimService.wsdl"
    subprocess.run([sys.executable, vcenter_simulator.SOURCES / "gen_wsdl.py", PYVMOMI, wsdl], check=True)
    simulator = vcenter_simulator.start(directory, clusters=2, wsdl=wsdl)
    yield simulator
    simulator.stop()


@pytest.fixture(params=["31.3.1", "34.0.0"])
def nova(request, vcenter, tmp_path):
    """Function that has the driver of a cluster's service do something; returns what it printed."""
    python = pinned_python(request.param, f"nova=={request.param}", "oslo.vmware")

    def run(cluster, *action, **overrides):
        options = dict(host_ip=vcenter.address, host_port=vcenter.port, host_username=vcenter.username)
        options.update(
            host_password=vcenter.password, ca_file=str(vcenter.ca_file), cluster_name=cluster, api_retry_count=1
        )
        local = {"oslo_concurrency": {"lock_path": str(tmp_path / cluster)}}
        own = dict(services_vcenter=options, services_nova_conf=AGE | local, services_nova_conf_test=overrides)
        renderer = Renderer(TOP / "roles/services/templates")
        text = renderer.render(cluster.lower(), cluster, DRIVERS["vcenter"], Settings(own, {})).nova_conf
        conf = tmp_path / f"{cluster}.conf"
        conf.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [python, PROGRAM, conf, *action], capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return run


def survives(nova, **overrides):
    """Whether an image of the first cluster's service, which is down, outlives passes of the second one's."""
    assert json.loads(nova("DC0_C0", f"keep:{IMAGE}", "list", **overrides)) == [IMAGE]
    own = f"own-{IMAGE}"
    # It removes what it has of its own, so the passes do something.
    assert own not in json.loads(nova("DC0_C1", f"keep:{own}", "pass", "wait", "pass", "list", **overrides))
    return IMAGE in json.loads(nova("DC0_C0", "list", **overrides))


def test_an_image_outlives_the_cache_pass_of_another_cluster(nova):
    assert survives(nova)


def test_without_a_prefix_of_its_own_it_does_not(nova):
    """What the test before guards against, which shows that it would notice."""
    assert not survives(nova, vmware={"cache_prefix": None})
