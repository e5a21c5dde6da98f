# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import Settings, UndefinedSetting


class Broken(Mapping):
    """Variables whose templates fail when they are read."""

    def __getitem__(self, name):
        raise ValueError("'vault_password' is undefined\nsecond line")

    def __contains__(self, name):
        return name == "services_vcenter"

    def __iter__(self):
        return iter(["services_vcenter"])

    def __len__(self):
        return 1


def test_own_variables_win_over_the_roles():
    settings = Settings(dict(services_host="mine"), dict(services_host="shared", services_fleet="nova"))
    assert (settings["services_host"], settings["services_fleet"]) == ("mine", "nova")


def test_only_variables_of_the_role_are_seen():
    settings = Settings(dict(ansible_host="x", services_a=1), dict(image_tag=1, services_b=2))
    assert (list(settings), len(settings), settings.get("services_c", "none")) == (
        ["services_a", "services_b"],
        2,
        "none",
    )


def test_a_variable_is_templated_once_however_often_it_is_asked_for():
    class Counting(dict):
        asked = 0

        def __getitem__(self, name):
            self.asked += 1
            return super().__getitem__(name)

    own = Counting(services_placement={}, services_transport_url="")
    settings = Settings(own, {})
    assert [settings.get(name) for name in list(own) * 2] == [{}, "", {}, ""]
    assert own.asked == len(own)


def test_a_variable_that_cannot_be_resolved_is_named():
    with pytest.raises(UndefinedSetting) as error:
        Settings(Broken(), {}).combined("services_vcenter")
    assert (error.value.variable, error.value.reason) == ("services_vcenter", "'vault_password' is undefined")
    assert str(error.value) == "services_vcenter: 'vault_password' is undefined"


def test_layers_are_in_the_order_of_their_names():
    own = dict(services_vcenter_b={"x": 3}, services_vcenter=dict(x=1, y=1), services_vcenters={"x": 9})
    settings = Settings(own, dict(services_vcenter_a={"x": 2, "z": 2}))
    assert [name for name, _value in settings.layers("services_vcenter")] == [
        "services_vcenter", "services_vcenter_a", "services_vcenter_b"]  # fmt: skip
    assert settings.combined("services_vcenter") == dict(x=3, y=1, z=2)


def test_a_layer_that_is_no_dict_is_named():
    with pytest.raises(TypeError, match="services_vcenter_a"):
        Settings(dict(services_vcenter={}, services_vcenter_a="x"), {}).combined("services_vcenter")
