# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ssh connection to this machine: a server on a free port of 127.0.0.1, and a user who may become root."""

from __future__ import annotations

import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from _common.processes import Failed

USER = "novafleet-bench"
SERVER = Path("/usr/sbin/sshd")
SUDOERS = Path("/etc/sudoers.d/novafleet-benchmark")
# The server does not start without this directory.
PRIVILEGES = Path("/run/sshd")
CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host
AuthorizedKeysFile {directory}/client.pub
AllowUsers {user}
PasswordAuthentication no
UsePAM no
StrictModes no
PidFile none
Subsystem sftp internal-sftp
"""
START_SECONDS = 20


class Ssh:
    """Server, user and keys. Leaving the context removes all of them."""

    def __enter__(self) -> Ssh:
        for program in (SERVER, Path("/usr/bin/sudo")):
            if not program.exists():
                raise Failed(f"{program} is missing: install Debian's openssh-server and sudo")
        # A short path, because that of the control socket must not be longer than 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="nfs-", dir="/var/tmp"))
        self.directory.chmod(0o755)
        self.process: subprocess.Popen | None = None
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait()
        self._remove_user()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _start(self) -> None:
        self._remove_user()
        home = self.directory / "home"
        # "*" is an account without a password. "!", the default, is a locked account, which the server refuses.
        _run("useradd", "--create-home", "--home-dir", home, "--shell", "/bin/sh", "--password", "*", USER)
        SUDOERS.write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n", encoding="utf-8")
        SUDOERS.chmod(0o440)
        for name in ("host", "client"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.directory / name)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        config = self.directory / "sshd_config"
        config.write_text(CONFIG.format(port=self.port, directory=self.directory, user=USER), encoding="utf-8")
        PRIVILEGES.mkdir(mode=0o755, exist_ok=True)
        with (self.directory / "log").open("wb") as log:
            self.process = subprocess.Popen([SERVER, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stderr=log)
        self._wait(self.process)

    def _wait(self, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed("sshd does not start:\n" + (self.directory / "log").read_text(encoding="utf-8"))
            time.sleep(0.05)

    @property
    def variables(self) -> dict:
        """Variables of an inventory host that uses this connection."""
        options = f"-o UserKnownHostsFile={self.directory}/known_hosts -o StrictHostKeyChecking=no"
        return dict(
            ansible_connection="ssh",
            ansible_host="127.0.0.1",
            ansible_port=self.port,
            ansible_user=USER,
            ansible_ssh_private_key_file=str(self.directory / "client"),
            ansible_ssh_common_args=options,
            ansible_remote_tmp="~/.ansible/tmp",
            ansible_become=True,
        )

    def sockets(self) -> Path:
        """A new directory for control sockets, so that the first task of each run logs in, as it does for users."""
        return Path(tempfile.mkdtemp(prefix="c", dir=self.directory))

    def _remove_user(self) -> None:
        SUDOERS.unlink(missing_ok=True)
        try:
            pwd.getpwnam(USER)
        except KeyError:
            return
        subprocess.run(["pkill", "-KILL", "-u", USER], check=False)
        _run("userdel", "--force", USER)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
