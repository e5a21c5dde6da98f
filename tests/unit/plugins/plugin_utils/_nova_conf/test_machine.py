# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.machine import (
    host_of,
    removes_images,
    without_machine,
)

BASE = "[DEFAULT]\nmy_ip = 192.0.2.1\ntempdir = /srv\ndebug = true\n[oslo_messaging_rabbit]\nhostname = a\nssl = true\n"


@pytest.mark.parametrize("url", ["", "None", "https://[::1", "xs-1"])
def test_what_names_no_host(url):
    assert host_of(url) == ""


def test_a_base_file_is_not_changed():
    base = ini.parse(BASE)
    without_machine(base, local=False)
    assert base == ini.parse(BASE)


@pytest.mark.parametrize(("local", "address"), [(False, {}), (True, {"my_ip": ["192.0.2.1"]})])
def test_what_describes_another_machine_goes(local, address):
    assert without_machine(ini.parse(BASE), local) == {
        "DEFAULT": {"debug": ["true"], **address},
        "oslo_messaging_rabbit": {"ssl": ["true"]},
    }


@pytest.mark.parametrize(("text", "removes"), [("", True), ("x = 1", True), ("remove_unused_base_images = 0", False)])
def test_whether_images_are_removed(text, removes):
    assert removes_images(ini.parse(f"[image_cache]\n{text}\n")) is removes
