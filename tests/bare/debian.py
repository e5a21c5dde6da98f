# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bare Debian machine: namespaces of its own, an ssh server, and a user who becomes root with sudo and a password.

Only Python, the ssh server and sudo are installed. There is no init system. The machine reaches the outside through
this one.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).parents[2]
# It is not on an overlay file system, because the machine's engine needs one there.
CACHE = TOP / ".cache" / "bare"
PACKAGES = "openssh-server,python3,sudo"
USER, SUDO_PASSWORD = "deploy", "an0ther-Secret"
NAME = "novafleet-bare"
LINK, INNER_LINK = "nfbare", "eth0"
# Networks for examples (RFC 5737). This machine may be in one of them.
PREFIXES = ("198.51.100", "203.0.113", "192.0.2")
START_SECONDS = 30
# What a machine's init has mounted before sshd starts.
START = """\
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs tmpfs run
mkdir -p run/lock run/sshd .outside
hostname docker1
pivot_root . .outside
umount -l /.outside
exec chroot / /bin/sh -c '/usr/sbin/sshd -D -e 2>/var/log/sshd.log & while :; do wait; sleep 1; done'
"""


class Debian:
    """One machine. Leaving the context removes it."""

    def __init__(self, suite: str, directory: Path) -> None:
        """suite: Debian's name of the release; directory: short path for the keys."""
        self.suite, self.root = suite, CACHE / f"root-{suite}"
        self.key, self.known_hosts = directory / "key", directory / "known_hosts"
        self.process: subprocess.Popen | None = None
        routes = subprocess.check_output(["ip", "-4", "route"], text=True)
        prefix = next(prefix for prefix in PREFIXES if f"{prefix}." not in routes)
        self.outside, self.address, self.network = f"{prefix}.1", f"{prefix}.2", f"{prefix}.0/30"

    def __enter__(self) -> Debian:
        try:
            self._unpack()
            self._connect()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process:
            # The kernel ends all other processes of the machine together with its first one.
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        _run("ip", "netns", "delete", NAME, check=False)
        _run("ip", "link", "delete", LINK, check=False)
        for rule in self._rules():
            _run("iptables", *rule("--delete"), check=False)
        self._remove_root()

    def run(self, *command: str) -> str:
        """What a command prints, run as root in the machine."""
        spaces = ("--mount", "--pid", "--net", "--uts", "--ipc", "--root", "--wd")
        entered = ["nsenter", f"--target={self._first_process()}", *spaces, *command]
        return subprocess.run(entered, check=True, stdout=subprocess.PIPE, text=True).stdout

    def ssh(self, *options: str) -> list[str]:
        """A command that logs in as the user."""
        known = ("-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "BatchMode=yes")
        return ["ssh", "-i", str(self.key), *known, *options, f"{USER}@{self.address}"]

    @property
    def variables(self) -> dict[str, str]:
        """Variables of an inventory host that stands for this machine. The password of sudo is left out."""
        return dict(
            ansible_host=self.address,
            ansible_user=USER,
            ansible_ssh_private_key_file=str(self.key),
            ansible_ssh_common_args=f"-o UserKnownHostsFile={self.known_hosts}",
        )

    def _unpack(self) -> None:
        archive = CACHE / f"{self.suite}.tar"
        if not archive.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            part = archive.with_suffix(".part.tar")
            mirror = subprocess.check_output([TOP / "tests" / "debian_mirror.sh"], text=True).strip()
            _run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", self.suite, part, mirror)
            part.rename(archive)
        self._remove_root()
        self.root.mkdir()
        _run("tar", "--extract", f"--file={archive}", f"--directory={self.root}", "--numeric-owner")
        # As images of machines have it. The role must get new lists.
        shutil.rmtree(self.root / "var/lib/apt/lists")
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.1.1 docker1\n", encoding="utf-8")
        self._add_user()

    def _add_user(self) -> None:
        _run("chroot", self.root, "useradd", "--create-home", "--shell", "/bin/bash", "--groups", "sudo", USER)
        account = f"{USER}:{SUDO_PASSWORD}"
        subprocess.run(["chroot", self.root, "chpasswd"], input=account, text=True, check=True)
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key)
        keys = self.root / "home" / USER / ".ssh"
        keys.mkdir(mode=0o700)
        shutil.copy(self.key.with_suffix(".pub"), keys / "authorized_keys")
        _run("chroot", self.root, "chown", "--recursive", f"{USER}:", f"/home/{USER}/.ssh")
        host_key = (self.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text(encoding="utf-8")
        self.known_hosts.write_text(f"{self.address} {host_key}", encoding="utf-8")

    def _connect(self) -> None:
        """Give the machine a network, and a way to the outside."""
        _run("ip", "netns", "add", NAME)
        _run("ip", "link", "add", LINK, "type", "veth", "peer", "name", INNER_LINK, "netns", NAME)
        mtu = _outward_mtu()
        _run("ip", "link", "set", LINK, "mtu", mtu, "up")
        _run("ip", "address", "add", f"{self.outside}/30", "dev", LINK)
        for command in (
            ("link", "set", "lo", "up"),
            ("link", "set", INNER_LINK, "mtu", mtu, "up"),
            ("address", "add", f"{self.address}/30", "dev", INNER_LINK),
            ("route", "add", "default", "via", self.outside),
        ):
            _run("ip", "-n", NAME, *command)
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="utf-8")
        for rule in self._rules():
            _run("iptables", *rule("--insert"))

    def _rules(self):
        """Rules of this machine's firewall, each as a function from what to do to the arguments of iptables."""
        return (
            lambda action: ("--table", "nat", action, "POSTROUTING", "--source", self.network, "--jump", "MASQUERADE"),
            lambda action: (action, "FORWARD", "--source", self.network, "--jump", "ACCEPT"),
            lambda action: (action, "FORWARD", "--destination", self.network, "--jump", "ACCEPT"),
        )

    def _start(self) -> None:
        spaces = ("--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child")
        command = ["nsenter", f"--net=/run/netns/{NAME}", "unshare", *spaces, "sh", "-c", START, "sh", self.root]
        log = CACHE / f"{self.suite}.log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection((self.address, 22), timeout=1):
                return
            text = log.read_text(encoding="utf-8")
            assert self.process.poll() is None and time.monotonic() < deadline, f"the machine does not start: {text}"
            time.sleep(0.1)

    def _first_process(self) -> str:
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return children.read_text(encoding="utf-8").split()[0]

    def _remove_root(self) -> None:
        # An engine's mounts were in the machine's own mount namespace, so none of them is here.
        shutil.rmtree(self.root, ignore_errors=True)


def _outward_mtu() -> str:
    """Largest packet of the way to the outside."""
    route = subprocess.check_output(["ip", "route", "show", "default"], text=True)
    found = re.search(r"\bdev (\S+)", route)
    assert found, "this machine has no default route"
    return Path(f"/sys/class/net/{found[1]}/mtu").read_text(encoding="utf-8").strip()


def _run(*command: str | Path, check: bool = True) -> None:
    output = None if check else subprocess.DEVNULL
    subprocess.run(command, check=check, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
