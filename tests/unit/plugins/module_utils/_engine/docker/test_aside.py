# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Docker SDK against a small HTTP server that answers as an engine does."""

from __future__ import annotations

import io
import tarfile
import time

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import ContainerSpec
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import aside
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import connect
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.engine import DockerEngine


def archive(name, content):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        made.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize(
    "answer, expected",
    [
        ((200, archive("options.json", b"{}")), b"{}"),
        ((404, {"message": "Could not find the file"}), None),
    ],
)
def test_a_file_is_read_in_a_container_that_is_never_started_and_not_left(server, params, answer, expected):
    server.answers += [
        ("/containers/json", 200, []),
        ("/containers/create", 201, {"Id": "made"}),
        ("/archive", *answer),
        ("/containers/", 204, None),
    ]
    engine = DockerEngine(connect(params))
    server.asked.clear()
    assert engine.read_file("sha256:0123456789abcdef", "/usr/share/x/options.json") == expected
    assert paths(server) == [
        "/containers/json",
        "/containers/create",
        "/containers/made/archive",
        "/containers/made",
    ]


def paths(server):
    """The requests, without version and parameters."""
    return [path.partition("?")[0].rpartition("/v1.41")[2] for path in server.asked]


def test_two_readers_of_an_image_have_a_container_each(server, params):
    server.answers += [
        ("/containers/json", 200, []),
        ("/containers/create", 201, {"Id": "made"}),
        ("/archive", 200, archive("options.json", b"{}")),
        ("/containers/", 204, None),
    ]
    engine = DockerEngine(connect(params))
    for _reader in range(2):
        engine.read_file("sha256:0123456789abcdef", "/x")
    names = {path.partition("name=")[2] for path in server.asked if "/create" in path}
    assert len(names) == 2 and all(aside.NAME.fullmatch(name) for name in names)


def test_a_reader_whose_container_was_taken_away_says_so(server, params):
    server.answers += [
        ("/containers/json", 200, []),
        ("/containers/create", 201, {"Id": "made"}),
        ("/archive", 404, {"message": "No such container: made"}),
        ("/containers/", 204, None),
    ]
    with pytest.raises(base.EngineError, match="No such container"):
        DockerEngine(connect(params)).read_file("sha256:1", "/x")


def test_what_a_run_that_was_cut_off_has_left_is_removed_and_nothing_else(server, params, policy):
    old, now = 1, int(time.time())
    entries = [
        ("novafleet-read-0123456789ab", "created", old),
        ("novafleet-try-" + "0" * 32, "created", old),
        ("novafleet-try-" + "1" * 32, "created", now),
        ("novafleet-read-0123456789ac", "running", old),
        ("novafleet-reader", "created", old),
        ("other", "created", old),
    ]
    server.answers += [
        ("/containers/json", 200, [listed(*entry) for entry in entries]),
        ("/containers/create", 201, {"Id": "made"}),
        ("/containers/", 204, None),
    ]
    engine = DockerEngine(connect(params))
    server.asked.clear()
    engine.rehearse(ContainerSpec("i", policy))
    assert paths(server) == [
        "/containers/json",
        "/containers/novafleet-read-0123456789ab",
        "/containers/novafleet-try-" + "0" * 32,
        "/containers/create",
        "/containers/made",
    ]


def listed(name, state, created):
    return dict(
        Id=name, Names=[f"/{name}"], Image="i", ImageID="sha256:1", State=state, Status="", Created=created, Labels={}
    )


def test_a_rehearsal_that_is_refused_says_why(server, params, policy):
    server.answers += [("/containers/json", 200, []), ("/containers/create", 400, {"message": "unknown log opt"})]
    with pytest.raises(base.EngineError, match="unknown log opt"):
        DockerEngine(connect(params)).rehearse(ContainerSpec("i", policy))
