# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import reach
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.reach import unreachable


def endpoint(address, port, targets=(), variable="services_transport_url"):
    return dict(address=address, port=port, variable=variable, targets=list(targets))


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed():
    """A port that is bound but does not listen, so that no other program can listen there either."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_nothing_to_try():
    assert unreachable([], 1) == []


def test_what_answers_is_no_problem(listening):
    assert unreachable([endpoint("127.0.0.1", listening)] * 3, 1) == []


def test_what_does_not_answer_is_named_with_variable_cause_and_cure(listening, closed):
    tried = [endpoint("127.0.0.1", listening), endpoint("127.0.0.1", closed, ["xs-01", "xs-02"])]
    (problem,) = unreachable(tried, 1)
    assert problem.startswith(f"services_transport_url: 127.0.0.1 port {closed} does not answer: Connection refused.")
    assert "2 targets need it, xs-01 among them" in problem
    assert problem.endswith("Correct the address, or open the way to it from this Docker host.")


def test_problems_are_in_the_order_of_the_endpoints(closed):
    tried = [endpoint("127.0.0.1", closed, variable=f"v{number}") for number in range(9)]
    assert [problem.split(":")[0] for problem in unreachable(tried, 1)] == [f"v{number}" for number in range(9)]


@pytest.mark.parametrize(
    ("address", "port"), [("a..b", 1), ("x" * 70, 1), ("127.0.0.1", 99999), ("no.such.invalid", 1)]
)
def test_an_impossible_address_is_a_problem_not_a_crash(address, port):
    (problem,) = unreachable([endpoint(address, port)], 1)
    assert f"{address} port {port} does not answer: " in problem


def test_silence_is_a_time_out(monkeypatch):
    def silent(*_place, seconds):
        raise socket.timeout("timed out")

    monkeypatch.setattr(reach, "_connect", lambda *place: silent(*place[:-1], seconds=place[-1]))
    (problem,) = unreachable([endpoint("127.0.0.1", 5672)], 3)
    assert "does not answer: timed out." in problem


def test_all_addresses_of_a_name_share_one_time_out(monkeypatch):
    tried, clock = [], iter(range(0, 100, 2))
    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{last}", 1)) for last in range(9)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: places)
    monkeypatch.setattr(reach.time, "monotonic", lambda: next(clock))

    def silent(_family, _kind, _protocol, place, seconds):
        tried.append((place[0], seconds))
        raise socket.timeout("timed out")

    monkeypatch.setattr(reach, "_connect", silent)
    assert reach.probe("xs-01", 1, 5) == reach.Unreachable(True, "timed out")
    assert tried == [("192.0.2.0", 3), ("192.0.2.1", 1)]


def test_an_address_that_many_name_is_tried_once(monkeypatch, listening):
    tried = []
    monkeypatch.setattr(reach, "_connect", lambda *place: tried.append(place))
    assert unreachable([endpoint("127.0.0.1", listening, variable=f"v{number}") for number in range(9)], 1) == []
    assert len(tried) == 1


def test_name_servers_that_are_silent_are_told_apart(monkeypatch):
    monkeypatch.setattr(reach, "at_once", lambda _function, items, _seconds: [reach.LATE for _item in items])
    assert reach.probe_all([("xs-01", 443)], 3) == {
        ("xs-01", 443): reach.Unreachable(False, "the name servers do not answer within 3 s")
    }
