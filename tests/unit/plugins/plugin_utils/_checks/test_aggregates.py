# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

V = "services_aggregates"


def problems(check, value):
    return [str(problem) for problem in check(("xs-1", V, value)).problems]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [dict(name="rack 1", availability_zone="az-1"), dict(name="ssd"), dict(name="x", availability_zone=None)],
        [dict(name="a", availability_zone="az-1"), dict(name="b", availability_zone="az-1")],
    ],
)
def test_what_nova_takes(check, value):
    assert problems(check, value) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("rack-1", f"xs-1: {V}: is not a list of dicts. Write a list of dicts such as"),
        (["rack-1"], f"xs-1: {V}: is not a list of dicts."),
        ([dict(availability_zone="az-1")], f"xs-1: {V}: has an aggregate without a name."),
        ([dict(name="a", zone="b")], f"xs-1: {V}: has zone, which is not a key of an aggregate."),
        ([dict(name=1)], f"xs-1: {V}.name: is not a text."),
        ([dict(name=" a")], f"xs-1: {V}.name: ' a' is not a name that nova takes. Use 1 to 255 characters"),
        ([dict(name="a" * 256)], f"xs-1: {V}.name: "),
        ([dict(name="a", availability_zone="")], f"xs-1: {V}.availability_zone: '' is not a name that nova takes."),
        ([dict(name="a", availability_zone="x:y")], f"xs-1: {V}.availability_zone: 'x:y' is not a name"),
        ([dict(name="a"), dict(name="a")], f"xs-1: {V}: names a more than once."),
        ([dict(name="a"), dict(name="A")], f"xs-1: {V}: names A, a more than once."),
        ([dict(name="{{ rack }}")], f"xs-1: {V}.name: is a template in braces."),
        (
            [dict(name="a", availability_zone="x"), dict(name="b", availability_zone="y")],
            f"xs-1: {V}: has the availability zones x, y, and a host is in one only.",
        ),
    ],
)
def test_what_nova_would_refuse(check, value, said):
    (problem,) = problems(check, value)
    assert problem.startswith(said)


def test_a_mistake_of_a_group_is_told_once(check):
    (problem,) = check(*((host, V, "x") for host in ("xs-1", "xs-2", "vc-1"))).problems
    assert str(problem).startswith(f"vc-1 and 2 more: {V}: is not a list of dicts.")
