# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dashboard of the quick start in a browser: hypervisors, and the life of an instance."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from quickstart_run import containers, eventually, instances, leftovers, output, processes, quickstart

SERVICES = [f"cluster-{number:03d}" for number in range(1, 6)]
COMPUTE_HOSTS = "/admin/hypervisors/?tab=hypervisor_info__compute_host"
NAME = "by-dashboard"
ADDRESS = ("127.0.0.1", 18080)
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "dashboard.png"


@pytest.fixture
def calm(horizon):
    """Horizon. After the test it shows no error, and it has requested nothing from other servers."""
    horizon.browser.requests()
    yield horizon
    assert horizon.messages() == []
    servers = {urlsplit(url).netloc for url in horizon.browser.requests() if url.startswith("http")}
    assert servers <= {"{}:{}".format(*ADDRESS)}


def test_the_output_names_the_address_and_the_file_with_the_password(shown, password):
    assert "http://127.0.0.1:18080/ as admin; the password is in .quickstart/secrets/keystone" in shown
    assert password not in shown


def test_it_listens_on_a_loopback_address_only(shown):
    listening = re.findall(r"\s(\S+):18080\s", output("ss", "-Hltn"))
    assert listening == ["127.0.0.1"]
    rows = json.loads(output("ip", "-json", "-4", "address"))
    others = {one["local"] for row in rows for one in row["addr_info"] if not one["local"].startswith("127.")}
    # Such as that of Docker's bridge.
    assert others
    for address in others:
        with pytest.raises(OSError), socket.create_connection((address, 18080), 2):
            pass


def test_it_shows_the_hypervisors(calm):
    calm.open("/admin/hypervisors/")
    rows = calm.rows("hypervisors")
    assert len(rows) == 5
    assert {row["Type"] for row in rows} == {"VMware vCenter Server"}
    assert sorted(row["Instances"] for row in rows) == ["0", "0", "0", "1", "1"]


def test_it_shows_the_service_of_each_hypervisor(calm, tmp_path):
    """DASHBOARD_PICTURE=docs/images/dashboard.png takes a new picture for the documentation."""
    calm.open(COMPUTE_HOSTS)
    rows = calm.rows("compute_host")
    assert sorted((row["Host"], row["Status"], row["State"]) for row in rows) == [
        (service, "Enabled", "Up") for service in SERVICES
    ]
    path = Path(os.environ.get("DASHBOARD_PICTURE") or tmp_path / "dashboard.png")
    path.write_bytes(calm.driver.get_screenshot_as_png())
    assert _size(path) == _size(PICTURE)
    assert PICTURE.stat().st_size < 150_000


def test_it_offers_no_networks(calm):
    assert calm.steps()[:3] == ["Details", "Source", "Flavor"]
    assert not [name for name in [*calm.steps(), *calm.menu().values()] if "Network" in name]


def test_each_page_of_the_menu_opens(calm):
    pages = calm.menu()
    assert {"/admin/hypervisors/", "/project/instances/", "/project/images/"} <= set(pages)
    problems = {path: calm.problems(path) for path in pages}
    assert {path: found for path, found in problems.items() if found} == {}


def test_an_instance_is_launched_stopped_and_deleted(calm):
    calm.launch(NAME, image="empty-disk", flavor="tiny")
    calm.wait(lambda _: (calm.instance(NAME) or {}).get("Status") == "Active")
    shown = instances()[NAME]
    assert shown["status"] == "ACTIVE"
    assert shown["OS-EXT-SRV-ATTR:host"] in SERVICES
    calm.act(NAME, "Shut Off Instance")
    calm.wait(lambda _: calm.instance(NAME)["Status"] == "Shutoff")
    assert instances()[NAME]["status"] == "SHUTOFF"
    calm.act(NAME, "Delete Instance")
    calm.wait(lambda _: calm.instance(NAME) is None)
    assert eventually(lambda: sorted(instances()) == ["vm-1", "vm-2"])


def test_a_second_run_keeps_it_and_changes_nothing(shown):
    before = containers()
    assert "sandbox-dashboard" in before
    assert "nothing changed (changed=0)" in quickstart()
    assert containers() == before


def test_without_it_everything_else_stays(shown):
    before = containers()
    quickstart("--no-dashboard")
    del before["sandbox-dashboard"]
    assert containers() == before


def test_down_leaves_nothing(shown):
    before = processes()
    quickstart("--down")
    assert leftovers(before) == []


def _size(path):
    """Width and height of a PNG."""
    return struct.unpack(">II", path.read_bytes()[16:24])
