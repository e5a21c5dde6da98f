# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first check run, as README has it, on a machine without an engine, the SDK, the image or pyVmomi."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading

import pytest

# No interpreter of this machine has this directory's packages, nor any other's.
VENV = ("-m", "venv", "--without-pip")
CERTIFICATE = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost")
PASSWORD = "s3cr3t-of-the-vcenter"
SAME = pytest.mark.only_on("docker", "it is about the controller and the preflight, which know nothing of the engine")


class Listener:
    """Accepts connections, with TLS if it has a context, and says nothing."""

    def __init__(self, tls=None):
        self.tls, self.socket = tls, socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            connection.recv(1)
        except OSError:
            pass
        connection.close()


@pytest.fixture
def bus():
    made = Listener()
    yield made
    made.socket.close()


@pytest.fixture
def vcenter(tmp_path):
    subprocess.run([*CERTIFICATE, "-keyout", tmp_path / "k", "-out", tmp_path / "c"], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "c", tmp_path / "k")
    made = Listener(tls)
    yield made
    made.socket.close()


@pytest.fixture
def check(tmp_path, bus, vcenter, engine_kind):
    """Function that makes the run; its arguments are further variables of the inventory."""
    subprocess.run([sys.executable, *VENV, tmp_path / "venv"], check=True)
    url = f"http://127.0.0.1:{bus.port}/v3"
    account = dict(username="nova", password="x", project_name="service")
    variables = dict(
        ansible_connection="local",
        ansible_python_interpreter=str(tmp_path / "venv" / "bin" / "python"),
        services_engine=engine_kind,
        docker_host_socket=str(tmp_path / "docker.sock"),
        docker_host_podman_socket=str(tmp_path / "docker.sock"),
        docker_host_directory=str(tmp_path / "notes"),
        docker_host_limits={},
        nova_image_build_from="pypi",
        services_config_dir=str(tmp_path / "etc"),
        services_verify=False,
        services_memory_check=False,
        # What stands for the bus here only takes connections.
        services_lease=False,
        services_transport_url=f"rabbit://nova:x@127.0.0.1:{bus.port}/",
        services_placement=dict(
            auth_type="password", auth_url=url, user_domain_name="D", project_domain_name="D", **account
        ),
        services_vcenter=dict(host_ip="127.0.0.1", host_port=vcenter.port, host_username="u", host_password=PASSWORD),
        services_vcenter_more=dict(cluster_name="C", insecure=True),
    )
    settings = dict(
        DOCKER_HOST=f"unix://{tmp_path}/docker.sock", ANSIBLE_NOCOLOR="true", ANSIBLE_LOCALHOST_WARNING="false"
    )

    def run(*arguments, docker_host=None, **more):
        hosts = {"docker1.example.com": docker_host or {}}
        groups = {"nova_compute_hosts": {"hosts": hosts}, "vcenter": {"hosts": {"vc1-c1": {}}}}
        inventory = {"all": {"vars": {**variables, **more}, "children": groups}}
        (tmp_path / "hosts.json").write_text(json.dumps(inventory))
        command = [
            "ansible-playbook",
            "-i",
            tmp_path / "hosts.json",
            "novafleet.compute.deploy",
            "--check",
            "--diff",
            *arguments,
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **settings})
        assert PASSWORD not in done.stdout + done.stderr
        assert not [name for name in ("etc", "notes", "docker.sock") if (tmp_path / name).exists()]
        return done

    return run


def test_it_says_what_a_run_would_bring_and_plans_the_rest(check):
    done = check()
    assert done.returncode == 0, done.stdout[-5000:]
    for words in (
        "install the Docker SDK for Python for",
        "install pyVmomi for",
        "start the engine",
        "a run would build novafleet/nova-compute:34.0.0",
        "create vc1-c1: no container",
        "host = vc1-c1",
    ):
        assert words in done.stdout, words


@SAME
def test_what_is_wrong_is_told_all_the_same(check):
    done = check(services_transport_url="rabbit://nova:x@127.0.0.1:1/")
    assert done.returncode != 0
    assert "services_transport_url: 127.0.0.1 port 1 does not answer" in done.stdout
    assert "Problems found: 1." in done.stdout


@SAME
@pytest.mark.parametrize("source", ["pull", "load"])
def test_an_image_from_elsewhere_is_to_come_as_well(check, tmp_path, source):
    (tmp_path / "image.tar").write_bytes(b"")
    done = check(nova_image_source=source, nova_image_archive=str(tmp_path / "image.tar"))
    assert done.returncode == 0, done.stdout[-5000:]
    assert "create vc1-c1: no container" in done.stdout


def test_without_the_role_that_would_bring_it_it_is_missing(check):
    done = check(docker_host_install=False)
    assert done.returncode != 0
    assert "docker_host" in done.stdout and "is missing from" in done.stdout


@SAME
@pytest.mark.parametrize(("arguments", "everywhere"), [(["--become"], {}), ([], {"ansible_become": True})])
def test_nothing_on_the_controller_becomes(check, monkeypatch, arguments, everywhere):
    """The Docker host is spared, so that whatever becomes here does so on the controller, which has no sudo."""
    monkeypatch.setenv("ANSIBLE_BECOME_USER", "nobody")
    monkeypatch.setenv("ANSIBLE_BECOME_EXE", "/nonexistent/sudo")
    cloud = dict(auth=dict(auth_url="http://127.0.0.1:1/v3", username="x", password="x", project_name="x"))
    done = check(
        *arguments,
        docker_host={"ansible_become": False},
        services_verify=True,
        services_cloud=cloud,
        **everywhere,
    )
    assert "Problems found: 1." in done.stdout and "localhost: services_cloud: " in done.stdout, done.stdout[-3000:]
    assert "sudo" not in done.stdout + done.stderr
