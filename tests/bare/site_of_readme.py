# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user's controller: a home directory with what README installs, and with the files that README shows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import readme
import yaml
from cloud import Cloud
from debian import SUDO_PASSWORD, TOP, Debian

TARBALL = "novafleet-compute-*.tar.gz"
# Seconds that one command may take.
COMMAND_SECONDS = 1800
# A machine's own directories. Others may have programs that only their owner can run, such as a Python by pyenv.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Site:
    """One controller. Its directory has a short path, because Ansible keeps sockets there."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.venv = directory, directory / "venv"
        # Nothing that test.sh sets for its own Ansible.
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON", "OS_"))}
        self.environment = dict(ours, HOME=str(directory), PATH=f"{self.venv / 'bin'}:{PATH}")
        self.environment.update(ANSIBLE_VAULT_PASSWORD_FILE=str(directory / "vault"), ANSIBLE_NOCOLOR="true")

    def install(self) -> float:
        """README's section Install, with the tarball that test.sh built. Returns the seconds."""
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", "venv", self.venv], check=True)
        (tarball,) = (TOP / ".cache" / "test" / "build").glob("*.tar.gz")
        typed = readme.commands("Install")
        pip = next(command for command in typed if command[0] == "pip")
        galaxy = next(command for command in typed if command[-1] == TARBALL)
        self.type([*pip, "--quiet", "--disable-pip-version-check"])
        self.type([*galaxy[:-1], str(tarball)])
        return time.monotonic() - started

    def configure(self, cloud: Cloud, machine: Debian) -> None:
        """README's files. Each value that README makes an example of is replaced; nothing else is."""
        for path, content in readme.files().items():
            self._write(path, cloud.adapted(path, content))
        hosts = {"docker1.example.com": machine.variables, "controller1.example.com": {"ansible_connection": "local"}}
        self._write("inventory/site.yml", yaml.safe_dump({"all": {"hosts": hosts}}))
        self._write(".config/openstack/clouds.yaml", cloud.clouds)
        self._write("vault", "the key of the vault")
        # README creates it in an editor.
        create = next(command for command in readme.commands("Deploy on your cloud") if command[0] == "ansible-vault")
        vault = self._write(create[-1], yaml.safe_dump(cloud.vault | self._sudo()))
        self.type(["ansible-vault", "encrypt", str(vault)])

    @staticmethod
    def _sudo() -> dict[str, str]:
        return dict(ansible_become_password=SUDO_PASSWORD)

    def type(self, command: list[str]) -> str:
        """What a command prints. It must succeed."""
        done = subprocess.run(
            command,
            check=False,
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-20000:]}"
        assert SUDO_PASSWORD not in done.stdout
        return done.stdout

    def timed(self, command: list[str]) -> tuple[str, float]:
        """What a command prints, and its seconds."""
        started = time.monotonic()
        return self.type(command), time.monotonic() - started

    def _write(self, path: str, content: str) -> Path:
        written = self.directory / path
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(content, encoding="utf-8")
        return written
