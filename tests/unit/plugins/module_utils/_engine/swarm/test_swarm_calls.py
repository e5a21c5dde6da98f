# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import docker.errors
import pytest
import requests
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Conflict, EngineError
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.calls import OutOfSequence, SwarmCalls
from ansible_collections.novafleet.compute.plugins.module_utils._engine.swarm.records import Node, StoredFile

BODY = {"Name": "s", "TaskTemplate": {"ContainerSpec": {"Image": "reg:5000/i@sha256:1"}}}
NODE = {
    "ID": "n1",
    "Spec": {"Role": "manager", "Availability": "drain"},
    "Description": {"Hostname": "docker1", "Resources": {"NanoCPUs": 2000000000, "MemoryBytes": 5}},
    "Status": {"State": "down"},
    "ManagerStatus": {"Leader": True, "Reachability": "reachable"},
}


class Api:
    """A docker.APIClient whose answers are given. asked is a list of (method, path, parameters)."""

    def __init__(self, version="1.41", swarm=("active", True)):
        self.api_version, self.asked, self.answers = version, [], {}
        self._auth_configs = docker.auth.AuthConfig({}, None)
        self.credstore_env = None
        self.swarm = swarm

    def info(self):
        return {"Swarm": {"LocalNodeState": self.swarm[0], "ControlAvailable": self.swarm[1]}}

    def _url(self, path, *parts):
        return path.format(*parts)

    def _get(self, path, params=None):
        return self._answer("get", path, params)

    def _post_json(self, path, data, params=None, headers=None):
        return self._answer("post", path, params)

    def _delete(self, path):
        return self._answer("delete", path, None)

    def _answer(self, method, path, parameters):
        self.asked.append((method, path, parameters))
        return self.answers.get(path, [])

    def _result(self, answer, json=False):
        self._raise_for_status(answer)
        return answer

    def _raise_for_status(self, answer):
        if isinstance(answer, Exception):
            raise answer


def refusal(status, words):
    response = requests.Response()
    response.status_code = status
    return docker.errors.APIError(words, response, words)


@pytest.fixture
def api():
    return Api()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Api(swarm=("inactive", False)), "not in a swarm (state inactive)"),
        (Api(swarm=("active", False)), "is a worker of its swarm"),
        (Api(swarm=("locked", False)), "its state is locked. Unlock it (docker swarm unlock)."),
        (Api(swarm=("error", False)), "its state is error. See docker info"),
        (Api(version="1.40"), "speaks Docker API 1.40, services of a swarm need 1.41"),
    ],
)
def test_only_a_manager_of_today_will_do(given, words):
    with pytest.raises(EngineError, match=words.replace("(", r"\(").replace(")", r"\)")):
        SwarmCalls(given).require_manager()
    SwarmCalls(Api()).require_manager()


@pytest.mark.parametrize("info", [{}, {"Swarm": None}, {"Swarm": {}}, [], None])
def test_an_answer_without_a_swarm_is_not_one_of_docker(api, info):
    api.info = lambda: info
    with pytest.raises(EngineError, match="Could not ask the engine for its swarm: the answer is not one of Docker's"):
        SwarmCalls(api).require_manager()


def test_a_node_is_read(api):
    api.answers["/nodes"] = [NODE]
    assert SwarmCalls(api).nodes() == [Node("n1", "docker1", "down", "drain", True, True, "reachable", 5, 2)]
    assert not SwarmCalls(api).nodes()[0].usable


@pytest.mark.parametrize("status", [400, 500])
def test_an_older_version_of_a_service_is_a_conflict(api, status):
    api.answers["/services/1/update"] = refusal(status, "rpc error: code = Unknown desc = update out of sequence")
    with pytest.raises(OutOfSequence, match="service s was changed by another run or an operator"):
        SwarmCalls(api).update("1", 7, BODY)
    assert api.asked == [("post", "/services/1/update", {"version": 7})]


def test_other_refusals_keep_swarms_words(api):
    api.answers["/services/create"] = refusal(409, "name conflicts with an existing object")
    with pytest.raises(Conflict, match="create service s: name conflicts"):
        SwarmCalls(api).create(BODY)
    api.answers["/nodes"] = refusal(503, "The swarm does not have a leader.")
    with pytest.raises(EngineError, match="list the nodes of the swarm: The swarm does not have a leader"):
        SwarmCalls(api).nodes()


def test_a_secret_that_is_used_stays_and_one_that_is_gone_is_gone(api):
    file = StoredFile("secret", "1", "x")
    api.answers["/secrets/1"] = refusal(400, "secret 'x' is in use by the following service: s")
    assert SwarmCalls(api).discard(file) is False
    api.answers["/secrets/1"] = docker.errors.NotFound("gone", refusal(404, "gone").response, "gone")
    assert SwarmCalls(api).discard(file) is True


def test_an_answer_of_something_else_is_an_error(api):
    api.answers["/services"] = [{"ID": "x"}]
    with pytest.raises(EngineError, match="the answer is not one of Docker's API"):
        SwarmCalls(api).services()
