# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image that one Docker host has built is handed to another, and is never in memory as a whole."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tarfile

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._engine import image_state

SIZE = 200 * 2**20
# In kB: of a run that handles no file it is about 90 MB, and was 1.6 GB when it held the image.
MOST_MEMORY = 250_000
INPUTS = {"a": 1}
# What is common to both is the role's own; it builds nothing here.
PLAY = """
- hosts: all
  gather_facts: false
  become: true
  become_method: su
  module_defaults:
    group/novafleet.compute.engine: {docker_host: "{{ engine }}"}
  tasks:
    - ansible.builtin.include_role: {name: novafleet.compute.nova_image, tasks_from: distribute}
"""
# The most that any process below took (getrusage(2)), after the output.
MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print("kB:", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


@pytest.fixture
def engines(engine_class):
    made = [engine_class(size="1g") for _engine in range(2)]
    try:
        for one in made:
            one.start()
        yield made
    finally:
        for one in made:
            one.stop()


def load(engine):
    """An image as large as one of nova-compute, with the label of a build."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo("large")
        member.size = SIZE
        archive.addfile(member, io.BytesIO(os.urandom(SIZE)))
    label = f'LABEL {image_state.LABEL_INPUTS}="{image_state.inputs_digest(INPUTS)}"'
    with contextlib.closing(engine.client(120)) as client:
        # As one word: Podman 4.3 does not read the tag.
        client.api.import_image_from_data(stream.getvalue(), repository="large:1", changes=[label])


def test_it_is_streamed_although_the_play_becomes(engines, tmp_path):
    load(engines[0])
    hosts = {
        f"docker{number}": dict(engine=one.host, nova_image_work_dir=str(tmp_path / f"work{number}"))
        for number, one in enumerate(engines)
    }
    (tmp_path / "work0").mkdir()
    variables = dict(
        ansible_connection="local",
        ansible_python_interpreter=sys.executable,
        nova_image_reference="large:1",
        nova_image_build_host="docker0",
        __nova_image_inputs=INPUTS,
        __nova_image_controller_archive=str(tmp_path / "controller.tar"),
    )
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    (tmp_path / "play.yml").write_text(PLAY)
    (tmp_path / "extra.json").write_text(json.dumps(variables))
    command = ["ansible-playbook", "-i", "hosts.json", "-e", "@extra.json", "play.yml"]
    environment = dict(os.environ, ANSIBLE_BECOME_ALLOW_SAME_USER="true", ANSIBLE_LOCALHOST_WARNING="false")
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert engines[1].image_id("large:1") == engines[0].image_id("large:1")
    assert int(done.stdout.rpartition("kB:")[2]) < MOST_MEMORY
    assert not list(tmp_path.glob("**/*.tar"))
