# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways to an engine: its socket by the environment, and TCP with TLS."""

from __future__ import annotations

import socket
import subprocess

import pytest
from observed_fleet import COUNT

# Of `openssl req`: a key and a certificate at once, for a day.
NEW = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1")


class Certificates:
    """A certificate authority, and what it signed for the engine and for its client."""

    def __init__(self, directory):
        self.directory = directory
        self.directory.mkdir()
        self._make("ca", "-addext", "keyUsage=critical,keyCertSign")
        self._make("server", *self._signed("serverAuth"), "-addext", "subjectAltName=IP:127.0.0.1")
        self._make("client", *self._signed("clientAuth"))

    def _signed(self, usage):
        return ("-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"), "-addext", f"extendedKeyUsage={usage}")

    def _make(self, name, *options):
        files = ("-subj", f"/CN={name}", "-out", self.path(f"{name}.pem"), "-keyout", self.path(f"{name}.key"))
        subprocess.run([*NEW, *files, *options], check=True, capture_output=True)

    def path(self, name):
        return str(self.directory / name)


@pytest.fixture
def certificates(tmp_path):
    return Certificates(tmp_path / "tls")


@pytest.fixture
def address():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def engine_options(engine_kind, certificates, address):
    """Docker listens on TCP too, for those whom its certificate authority knows."""
    if engine_kind == "podman":
        return ()
    keys = ("--tlscert", certificates.path("server.pem"), "--tlskey", certificates.path("server.key"))
    return ("--host", address, "--tlsverify", "--tlscacert", certificates.path("ca.pem"), *keys)


@pytest.fixture(autouse=True)
def nowhere(fleet):
    """What a test does not say of the engine's address is not said."""
    del fleet.options["docker_host"]


@pytest.mark.only_on("docker", "Podman's service had no TLS before 5.6")
def test_tcp_with_tls(fleet, certificates, address):
    ca = dict(docker_host=address, docker_tls_ca=certificates.path("ca.pem"))
    client = dict(docker_tls_cert=certificates.path("client.pem"), docker_tls_key=certificates.path("client.key"))
    for stranger in (dict(docker_host=address), ca):
        refused = fleet.run(**stranger)
        assert refused["failed"], stranger
        assert f"Could not connect to Docker at {address}" in refused["msg"]
    assert not fleet.containers()
    made = fleet.run(**ca, **client)
    assert not made["failed"], made["msg"]
    assert made["summary"]["create"] == COUNT
    fleet.assert_all_run()
    assert fleet.run(**ca, **client)["changed"] is False


def test_the_engine_that_the_environment_names(fleet, engine):
    fleet.settings["DOCKER_HOST"] = engine.host
    assert fleet.run()["summary"]["create"] == COUNT
    fleet.assert_all_run()
