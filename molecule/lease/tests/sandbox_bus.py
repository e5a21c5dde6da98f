# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RabbitMQ of the sandbox, as its administrator sees it."""

from __future__ import annotations

import subprocess

from helper import docker

BUS = "sandbox-rabbitmq"


def rabbitmqctl(*arguments: str) -> str:
    """Output of rabbitmqctl."""
    # Debian's wrapper wants to be root.
    return docker("exec", BUS, "/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet", *arguments)


def bus_log(since: float) -> str:
    """What RabbitMQ has logged since a time, in seconds since the epoch."""
    command = ["docker", "logs", "--since", f"{since:.3f}", BUS]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
