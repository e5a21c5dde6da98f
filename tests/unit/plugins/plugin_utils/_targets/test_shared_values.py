# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compared with Ansible's own templating: a shared value must be the value that each host would have got by itself."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.shared_values import SharedValues

# As of a group: the same object for all its hosts.
PASSWORD, URL = "secret", trust_as_template("rabbit://nova:{{ vault }}@{{ bus.name }}/")


class Asked:
    """Templates one host's variables, and counts the calls."""

    def __init__(self, raw):
        self.raw, self.count = raw, 0
        self.templar = Templar(DataLoader(), variables=raw)

    def get(self, common, name):
        def template():
            self.count += 1
            return self.templar.template(self.raw[name])

        return common.get(name, self.raw, template)


@pytest.fixture
def common():
    return SharedValues(Templar(DataLoader(), variables={}))


def test_what_two_hosts_have_from_one_place_is_templated_once(common):
    bus = dict(name=trust_as_template("{{ bus_name }}"))
    group = dict(url=URL, vault=PASSWORD, bus=bus, bus_name="bus.example.com")
    hosts = [Asked(dict(group, inventory_hostname=name)) for name in ("xs-01", "xs-02")]
    assert {host.get(common, "url") for host in hosts} == {"rabbit://nova:secret@bus.example.com/"}
    assert [host.count for host in hosts] == [1, 0]


def test_what_a_value_names_may_be_a_hosts_own_far_down(common):
    group = dict(url=URL, vault=PASSWORD, bus=dict(name=trust_as_template("{{ bus_name }}")))
    hosts = [Asked(dict(group, bus_name=f"bus{number}")) for number in range(3)]
    assert [host.get(common, "url") for host in hosts] == [f"rabbit://nova:secret@bus{number}/" for number in range(3)]


@pytest.mark.parametrize(
    "text",
    [
        "{{ lookup('vars', 'own') }}",
        "{{ vars.own }}",
        "{{ 'x' if own == 'a' else 'y' }}",
        "{% if own == 'a' %}x{% endif %}",
        "{{ own | upper }}",
        "{{ inventory_hostname }}",
    ],
)
def test_what_may_depend_on_more_is_each_hosts_own(common, text):
    shared = trust_as_template(text)
    hosts = [Asked(dict(one=shared, own=own, inventory_hostname=own, vars=dict(own=own))) for own in ("a", "b")]
    alone = [Asked(host.raw).get(SharedValues(host.templar), "one") for host in hosts]
    assert [host.get(common, "one") for host in hosts] == alone
    assert alone[0] != alone[1]


def test_values_without_templates_need_no_host(common):
    value = dict(auth_type="password", retries=[1, 2, None, True], text="{ no template }")
    host = Asked(dict(placement=value))
    assert host.get(common, "placement") == value
    assert host.count == 0


def test_a_variable_that_is_nowhere_is_the_hosts_own_mistake(common):
    host = Asked(dict(url=URL))
    with pytest.raises(Exception, match="vault"):
        str(host.get(common, "url"))
    assert host.count == 1


def test_text_that_is_no_template_after_all(common):
    host = Asked(dict(password="a{{b"))
    assert host.get(common, "password") == "a{{b"


def test_values_that_name_each_other_in_a_circle_are_left_to_ansible(common):
    host = Asked(dict(a=trust_as_template("{{ b }}"), b=trust_as_template("{{ a }}")))
    with pytest.raises(Exception, match="[Rr]ecursi"):
        str(host.get(common, "a"))


def test_a_host_that_lacks_the_variable(common):
    with pytest.raises(KeyError):
        Asked({}).get(common, "url")
