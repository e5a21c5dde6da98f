# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start one service of the sandbox: wait for what it needs, prepare, then become the service.

The file start.json in the same directory says how:

    limit     seconds that all waiting together may take
    database  {host, port, user, password} of MariaDB; only needed by "sql"
    wait      list of {"amqp": [host, port]}, {"http": url} and {"sql": query}, waited for in this order;
              a query counts as answered when it returns a row
    run       list of commands, run one after the other; each must succeed and may be run again at any start
    exec      the command that this process becomes

Containers of the sandbox may be started in any order, as a Docker engine does when it restarts. So the order is set
here and not by the program that starts them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# AMQP 0-9-1, section 2.2.4: the client's first eight octets. The server answers with a method frame (type 1).
AMQP_HEADER = b"AMQP\x00\x00\x09\x01"
PROBE_TIMEOUT = 5
PAUSE = 0.25


def amqp_answers(address):
    """Whether an AMQP 0-9-1 server greets at (host, port)."""
    with socket.create_connection(address, PROBE_TIMEOUT) as connection:
        connection.sendall(AMQP_HEADER)
        return connection.recv(1) == b"\x01"


def http_answers(url):
    """Whether an HTTP server answers at the URL with anything but an error of its own (5xx)."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500


def sql_answers(database, query):
    """Whether the query returns a row. Raises pymysql.MySQLError, an OSError or a RuntimeError otherwise."""
    import pymysql  # noqa: PLC0415 (only in images of services that use the database)

    connection = pymysql.connect(connect_timeout=PROBE_TIMEOUT, read_timeout=PROBE_TIMEOUT, **database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone() is not None
    finally:
        connection.close()


def answers(need, database):
    """Probe one need once. Raises the probe's error when there is no answer."""
    if "amqp" in need:
        return amqp_answers(tuple(need["amqp"]))
    if "http" in need:
        return http_answers(need["http"])
    return sql_answers(database, need["sql"])


def wait(needs, database, limit):
    """Wait for all needs; ends the process with a message when they are not there within limit seconds."""
    deadline = time.monotonic() + limit
    for need in needs:
        reason = "no answer yet"
        while True:
            try:
                if answers(need, database):
                    break
                reason = "it answers, but is not ready"
            except Exception as error:  # any library's, and the next try decides
                reason = str(error)
            if time.monotonic() > deadline:
                sys.exit(f"sandbox: waited {limit} s for {need}: {reason}")
            time.sleep(PAUSE)


def main():
    plan = json.loads(Path(__file__).with_name("start.json").read_text(encoding="utf-8"))
    wait(plan["wait"], plan.get("database"), plan["limit"])
    for command in plan["run"]:
        status = subprocess.run(command, check=False).returncode
        if status:
            sys.exit(f"sandbox: {command[0]} ended with status {status}: {command}")
    os.execvp(plan["exec"][0], plan["exec"])


if __name__ == "__main__":
    main()
