# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.registry import DRIVERS
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import NovaConfError
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.render import Renderer
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings

URL = "rabbit://nova:pa$$word@bus:5672/"


@pytest.fixture
def conf(templates):
    """The nova.conf of one target."""

    def render(group="fake", base="", service="xs-01", **own):
        shared = dict(services_transport_url=URL, services_placement=dict(auth_type="password", password="a$b"))
        settings = Settings(own, shared)
        found = Renderer(templates, base).render(service, "inventory-name", DRIVERS[group], settings).conf
        return {section: {name: value[-1] for name, value in options.items()} for section, options in found.items()}

    return render


@pytest.mark.parametrize("driver", DRIVERS.values(), ids=list(DRIVERS))
def test_every_driver_renders(conf, driver):
    own = {driver.variable: {"some_option": "x$y"}} if driver.variable else {}
    made = conf(driver.name, **own)
    assert (made["DEFAULT"]["host"], made["DEFAULT"]["compute_driver"]) == ("xs-01", driver.compute_driver)
    if driver.variable:
        assert ini.plain(made[driver.section]["some_option"]) == "x$y"


def test_secrets_with_dollars_are_read_back(conf):
    made = conf()
    assert ini.plain(made["DEFAULT"]["transport_url"]) == URL
    assert ini.plain(made["placement"]["password"]) == "a$b"


@pytest.mark.parametrize(
    "line", ["my_ip = {{ api_interface_address }}", "{% if enable_ceilometer | bool %}", "{# a comment #}"]
)
def test_a_template_of_a_nova_conf_is_no_base(conf, line):
    with pytest.raises(NovaConfError, match="line 3 has a template in braces"):
        conf(base=f"[DEFAULT]\n# {{{{ ansible_managed }}}}\n{line}\n")


def test_null_leaves_an_option_out(conf):
    made = conf("xenserver", services_xenserver=dict(agent_path=None, login_timeout=5),
                services_placement=dict(auth_type="password", region_name=None))  # fmt: skip
    assert "agent_path" not in made["xenserver"] and made["xenserver"]["login_timeout"] == "5"
    assert made["placement"] == {"auth_type": "password"}


def test_booleans_are_novas(conf):
    assert conf("vcenter", services_vcenter=dict(insecure=True))["vmware"]["insecure"] == "true"


def test_xenserver_can_run_away_from_its_host(conf):
    made = conf("xenserver", services_xenserver={})
    assert (made["xenserver"]["independent_compute"], made["xenserver"]["check_host"]) == ("true", "false")


def test_layers_base_below_role_below_target(conf):
    base = "[DEFAULT]\ndebug = true\nhost = kolla\nmy_ip = 10.0.0.1\n[glance]\napi_servers = http://glance\n"
    made = conf(base=base, services_nova_conf={"DEFAULT": {"debug": False, "my_ip": None}, "libvirt": {"x": 1}})
    assert made["DEFAULT"]["host"] == "xs-01"
    assert made["DEFAULT"]["debug"] == "false"
    assert "my_ip" not in made["DEFAULT"]
    assert (made["glance"]["api_servers"], made["libvirt"]["x"]) == ("http://glance", "1")


def test_override_at_a_higher_level_wins(conf):
    made = conf(services_nova_conf={"a": {"x": 1, "y": 1}}, services_nova_conf_site={"a": {"x": 2}})
    assert made["a"] == {"x": "2", "y": "1"}


def test_override_stands_as_it_is_written(conf):
    assert (
        conf(services_nova_conf={"DEFAULT": {"lock_path": "$state_path/locks"}})["DEFAULT"]["lock_path"]
        == "$state_path/locks"
    )


def test_a_base_file_of_an_editor_that_marks_its_byte_order(conf):
    assert conf(base="\ufeff[DEFAULT]\r\ndebug = true\r\n")["DEFAULT"]["debug"] == "true"


def test_a_bad_base_file_is_told(templates):
    with pytest.raises(NovaConfError, match="line 1"):
        Renderer(templates, "not a nova.conf")


def test_files_of_a_service(templates):
    settings = Settings({}, dict(services_transport_url=URL))
    files = Renderer(templates).render("xs-01", "inventory-name", DRIVERS["fake"], settings).files("the-uuid")
    assert [(one["path"], one["mode"], one.get("immutable", False)) for one in files] == [
        ("nova.conf", "0640", False),
        ("compute_id", "0640", True),
    ]
    assert files[0]["content"].startswith(
        "# Made by novafleet.compute from the variables of the inventory host inventory-name"
    )
    assert files[1]["content"] == "the-uuid\n"


def test_a_nova_that_reads_no_identity_gets_none(templates):
    settings = Settings({}, dict(services_transport_url=URL))
    files = Renderer(templates).render("xs-01", "xs-01", DRIVERS["fake"], settings).files(None)
    assert [one["path"] for one in files] == ["nova.conf"]


def test_files_of_the_controller_are_delivered_beside_them(templates):
    wanted = dict(services_files={"vc.pem": "/ca", "gone": None}, services_files_bus={"bus.pem": "/bus"})
    read = {"/ca": "a certificate", "/bus": "another"}.__getitem__
    settings = Settings(wanted, dict(services_transport_url=URL))
    files = Renderer(templates, read=read).render("xs-01", "xs-01", DRIVERS["fake"], settings).files("the-uuid")
    assert files[2:] == [
        dict(path="bus.pem", content="another", mode="0640"),
        dict(path="vc.pem", content="a certificate", mode="0640"),
    ]


def test_defaults_are_below_all(templates):
    defaults = {"DEFAULT": {"report_interval": 20, "debug": True, "host": "x"}, "glance": {"num_retries": 1}}
    base = "[DEFAULT]\nreport_interval = 5\n"
    made = Renderer(templates, base, defaults=defaults).nova_conf("xs-01", "xs-01", DRIVERS["fake"], Settings({}, {}))
    assert {name: made["DEFAULT"][name] for name in ("report_interval", "debug", "host")} == {
        "report_interval": ["5"],
        "debug": ["true"],
        "host": ["xs-01"],
    }
    assert made["glance"] == {"num_retries": ["1"]}
