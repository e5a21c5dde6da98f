# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The density profile on a real engine and a real kernel: what it gives, what it leaves alone, and its way back."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from observed_fleet import COUNT, IMAGE, SETTINGS, eventually
from private_engine import descendants

RUNTIME = "novafleet-dense"
KSM = Path("/sys/kernel/mm/ksm")
# As an operator may have written it: not as any program would.
CONFIG = '{ "debug":false,\n   "labels": ["site=a"] }'
# Some 20 MB that are equal in no two pages of one process, and hold addresses: equal in two processes only without
# address randomisation.
FILL = 'BEGIN { for (i = 0; i < 200000; i++) kept[i] = i "-" i * 7919; while (1) system("sleep 1") }'
MANY_PAGES = 1000
ADDR_NO_RANDOMIZE = 0x0040000
POLICY = dict(
    cap_drop=["ALL"], security_opt=["no-new-privileges"], user="162:162", init=True, network_mode="none", read_only=True
)


class Host:
    """Role docker_host on this machine and the private engine, as a playbook runs it."""

    def __init__(self, engine, directory):
        self.engine, self.directory = engine, directory
        self.config = engine.directory / "daemon.json"
        self.program = directory / "novafleet-dense"
        self.variables = dict(
            ansible_python_interpreter=sys.executable,
            docker_host_services=1,
            docker_host_install=False,
            docker_host_socket=str(engine.directory / "docker.sock"),
            docker_host_engine_config=str(self.config),
            docker_host_directory=str(directory / "notes" / "docker_host"),
            docker_host_sysctl_file=str(directory / "sysctl.conf"),
            docker_host_density_program=str(self.program),
            docker_host_density_boot_file=str(directory / "ksm.conf"),
        )

    def run(self, *arguments, **variables):
        """Output of ansible-playbook, and how many tasks changed something."""
        playbook = self.directory / "host.yml"
        play = dict(
            hosts="localhost",
            connection="local",
            gather_facts=False,
            vars={**self.variables, **variables},
            roles=["novafleet.compute.docker_host"],
        )
        playbook.write_text(json.dumps([play]), encoding="utf-8")
        done = subprocess.run(
            ["ansible-playbook", "--inventory", "localhost,", *arguments, str(playbook)],
            env=dict(os.environ, **dict(SETTINGS, ANSIBLE_STDOUT_CALLBACK="default")),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout, int(re.search(r"changed=(\d+)", done.stdout).group(1))

    def runtimes(self):
        with contextlib.closing(self.engine.client()) as client:
            return set(client.api.info()["Runtimes"])

    def start(self, name, command, runtime=None):
        """Process id of what a container of the strictest kind runs below its init."""
        with contextlib.closing(self.engine.client()) as client:
            container = client.containers.run(IMAGE, command, name=name, detach=True, runtime=runtime, **POLICY)
            container.reload()
            pid = container.attrs["State"]["Pid"]
        assert eventually(lambda: descendants(pid))
        return descendants(pid)[0]

    def remove(self, *names):
        with contextlib.closing(self.engine.client(timeout=30)) as client:
            for name in names:
                client.api.remove_container(name, force=True)


def ksm():
    """What the role may have changed."""
    return {name: (KSM / name).read_text(encoding="ascii") for name in ("run", "pages_to_scan", "sleep_millisecs")}


@pytest.fixture
def host(engine, tmp_path):
    before = ksm()
    made = Host(engine, tmp_path)
    made.config.write_text(CONFIG, encoding="utf-8")
    try:
        yield made
    finally:
        for name, value in before.items():
            (KSM / name).write_text(value, encoding="ascii")


def privileges(pid):
    """What a process may do, and how the kernel treats its memory."""
    status = dict(re.findall(r"^(\w+):\s*(\S+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"), re.MULTILINE))
    return dict(
        capabilities=[int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
        no_new_privileges=status["NoNewPrivs"],
        seccomp=status["Seccomp"],
        user=status["Uid"],
        fixed_addresses=bool(int(Path(f"/proc/{pid}/personality").read_text(encoding="ascii"), 16) & ADDR_NO_RANDOMIZE),
        # proc(5): mg, mergeable advise flag
        mergeable=" mg" in Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8"),
    )


def merged_pages(pid):
    return int(Path(f"/proc/{pid}/ksm_merging_pages").read_text(encoding="ascii"))


def test_containers_of_the_runtime_share_pages_and_no_others(host, fleet, foreign):
    options = dict(container=dict(fleet.options["container"], runtime=RUNTIME))
    refused = fleet.run(**options)
    assert refused["failed"]
    assert f"runtime {RUNTIME}, which s00 and 9 others need, is not known" in refused["msg"]
    assert not fleet.containers()

    host.run(docker_host_density=True)
    assert fleet.run(**options)["summary"] == {"create": COUNT, "failed": 0}
    fleet.assert_all_run()
    fill = ["busybox", "awk", FILL]
    plain = [host.start(f"plain-{number}", fill) for number in range(2)]
    dense = [host.start(f"dense-{number}", fill, RUNTIME) for number in range(2)]
    strict = dict(capabilities=[0] * 5, no_new_privileges="1", seccomp="2", user="162")
    for pid in dense:
        assert privileges(pid) == dict(strict, fixed_addresses=True, mergeable=True)
    for pid in plain:
        assert privileges(pid) == dict(strict, fixed_addresses=False, mergeable=False)
    assert eventually(lambda: all(merged_pages(pid) > MANY_PAGES for pid in dense)), list(map(merged_pages, dense))
    assert [merged_pages(pid) for pid in plain] == [0, 0]
    foreign.assert_untouched()


def test_there_and_back(host, foreign):
    settings, dockerd = ksm(), host.engine.dockerd.pid
    assert host.run("--check", "--diff", docker_host_density=True)[1] > 0
    assert (host.config.read_text(encoding="utf-8"), ksm(), host.program.exists()) == (CONFIG, settings, False)

    assert host.run(docker_host_density=True)[1] > 0
    assert json.loads(host.config.read_text(encoding="utf-8")) == dict(
        json.loads(CONFIG), runtimes={RUNTIME: {"path": str(host.program)}}
    )
    assert RUNTIME in host.runtimes()
    assert (KSM / "run").read_text(encoding="ascii") == "1\n"
    assert host.run(docker_host_density=True)[1] == 0

    host.start("user", ["sleep", "infinity"], RUNTIME)
    text, changed = host.run(docker_host_density=False)
    assert changed == 0
    assert "stays although docker_host_density is false, because containers use it: user." in text
    host.remove("user")

    assert host.run(docker_host_density=False)[1] > 0
    assert (host.config.read_text(encoding="utf-8"), ksm(), host.program.exists()) == (CONFIG, settings, False)
    assert RUNTIME not in host.runtimes()
    assert host.engine.dockerd.pid == dockerd
    foreign.assert_untouched()


def test_what_others_have_written_since_stays(host):
    host.run(docker_host_density=True)
    config = json.loads(host.config.read_text(encoding="utf-8"))
    config["labels"] = ["site=b"]
    host.config.write_text(json.dumps(config), encoding="utf-8")
    (KSM / "pages_to_scan").write_text("123", encoding="ascii")
    host.run(docker_host_state="absent")
    assert json.loads(host.config.read_text(encoding="utf-8")) == {"debug": False, "labels": ["site=b"]}
    assert (KSM / "pages_to_scan").read_text(encoding="ascii") == "123\n"
    assert RUNTIME not in host.runtimes()
