# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of nova's options in the image is right, and what users set is held against it."""

from __future__ import annotations

import configparser
import json
import subprocess
from pathlib import Path

import pytest
from helper import docker, ids

LIST = "/usr/share/novafleet/nova-options.json"


@pytest.fixture(scope="module")
def listed(containers, services):
    """Section to option to what is known about it, as the image has it."""
    return json.loads(containers[services[0]].file(LIST).content_string)["sections"]


def not_listed(text, listed):
    """Options of a nova.conf that nova does not read; by Python's own reader, which shares no code with the check's."""
    conf = configparser.RawConfigParser(default_section="none", strict=False)
    conf.optionxform = str
    conf.read_string(text)
    return {
        f"{section}.{option}" for section in conf for option in conf[section] if option not in listed.get(section, {})
    }


def test_nova_reads_all_that_is_rendered(services, containers, listed):
    for name in services:
        text = containers[name].file("/etc/nova/nova.conf").content_string
        assert "compute_driver" in text
        assert not_listed(text, listed) == set()


@pytest.mark.once
def test_nova_reads_what_kolla_writes(listed):
    """But for what Oslo and nova have dropped, and options of osprofiler, which the image has not."""
    assert not_listed(Path(__file__).with_name("kolla_nova.conf").read_text(encoding="utf-8"), listed) == {
        "oslo_messaging_rabbit.heartbeat_in_pthread",
        "profiler.connection_string",
        "profiler.enabled",
        "profiler.hmac_keys",
        "profiler.trace_sqlalchemy",
        "service_user.region_name",
        "service_user.valid_interfaces",
    }


@pytest.mark.once
def test_what_nova_does_not_read_is_refused_and_what_is_old_is_told(services, play):
    before = ids()
    overrides = {
        "DEFAULT": {"debgu": True, "report_interval": "often", "vnc_enabled": False},
        "neutron": {"vif_plugging_timeout": 300, "auth-url": "https://NEVERSHOWN"},
        "placment": {"password": "NEVERSHOWN"},
        "ours": {"anything": 1},
    }
    extra = json.dumps({"services_nova_conf": overrides, "services_options_known": ["ours"]})
    done = play("novafleet.compute.deploy", "--tags", "services", "--check", "--extra-vars", extra, check=False)
    assert done.returncode != 0
    who, text = f"{services[0]} and {len(services) - 1} more", " ".join(done.stdout.split())
    for words in (
        "services_nova_conf.DEFAULT.debgu: is not an option of nova 34.0.0. Did you mean debug?",
        "services_nova_conf.DEFAULT.report_interval: has a value that nova refuses. Write an int.",
        "services_nova_conf.neutron.vif_plugging_timeout: is not an option of nova 34.0.0. It belongs into [DEFAULT].",
        "services_nova_conf.neutron.auth-url: is not an option of nova 34.0.0. Did you mean auth_url?",
        "services_nova_conf.placment: [placment] is not a section of nova 34.0.0. Did you mean placement?",
        "services_nova_conf.DEFAULT.vnc_enabled: is an old name in nova 34.0.0. Write [vnc] enabled.",
    ):
        assert f"{who}: {words}" in text, words
    assert "Problems found: 5." in text
    assert "NEVERSHOWN" not in text
    assert ids() == before


@pytest.fixture
def own_image():
    """An image of the user's own: nothing is in it."""
    name = "own/nova-compute:1"
    nothing = subprocess.run(["tar", "--create", "--files-from", "/dev/null"], check=True, capture_output=True).stdout
    subprocess.run(["docker", "import", "-", name], input=nothing, check=True, capture_output=True)
    yield name
    docker("rmi", name)


@pytest.mark.once
def test_an_image_without_a_list_is_told_once_and_nothing_is_checked(play, own_image):
    before = ids()
    extra = json.dumps({"services_image": own_image, "services_nova_conf": {"DEFAULT": {"debgu": True}}})
    done = play("novafleet.compute.deploy", "--tags", "services", "--check", "--extra-vars", extra)
    text = " ".join(done.stdout.split())
    assert text.count(f"services_nova_conf is not compared with the options that nova in {own_image} reads") == 1
    assert ids() == before
