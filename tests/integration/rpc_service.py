# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nova's services do on their bus, and nothing else of nova: a program with real oslo.messaging.

    rpc_service.py conductor <nova.conf>
    rpc_service.py compute <nova.conf> <calls> <timeout>

Both print a line C(ready), and end when their standard input is closed.  A compute then makes its calls to the
conductor, a few at once, on the first line of standard input; it prints a JSON dict: C(answered), how many of its
calls were answered rightly, and, at its end, C(heard), how many messages to all computes reached it.
The conductor sends such a message for each line of its standard input.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import sys

KIND, CONF_FILE, *NUMBERS = sys.argv[1:]
# oslo.messaging reads the process's name from here when it is imported. nova's services are started under such names.
sys.argv = [f"/usr/bin/nova-{KIND}"]

import oslo_messaging  # noqa: E402
from oslo_config import cfg  # noqa: E402

CONCURRENT = 10
EXCHANGE = "nova"


class Conductor:
    """Answers."""

    def double(self, _context, number):
        return 2 * number


class Compute:
    """Hears what is said to all computes."""

    heard = 0

    def to_all(self, _context):
        self.heard += 1


def start_server(transport, endpoint, host):
    target = oslo_messaging.Target(topic=KIND, server=host, exchange=EXCHANGE)
    server = oslo_messaging.get_rpc_server(transport, target, [endpoint], executor="threading")
    server.start()
    return server


def client_of(transport, topic):
    return oslo_messaging.get_rpc_client(transport, oslo_messaging.Target(topic=topic, exchange=EXCHANGE))


def tell(**words):
    print(json.dumps(words), flush=True)


def conduct(transport, host):
    start_server(transport, Conductor(), host)
    everyone = client_of(transport, "compute").prepare(fanout=True)
    print("ready", flush=True)
    for _line in sys.stdin:
        everyone.cast({}, "to_all")


def compute(transport, host, calls, timeout):
    endpoint, client = Compute(), client_of(transport, "conductor").prepare(timeout=timeout)
    start_server(transport, endpoint, host)

    def answered(number):
        try:
            return client.call({}, "double", number=number) == 2 * number
        except oslo_messaging.MessagingTimeout:
            return False

    print("ready", flush=True)
    sys.stdin.readline()
    with concurrent.futures.ThreadPoolExecutor(CONCURRENT) as pool:
        tell(answered=sum(pool.map(answered, range(calls))))
    sys.stdin.read()
    tell(heard=endpoint.heard)


def main():
    conf = cfg.CONF
    conf.register_opts([cfg.StrOpt("host", default="")])
    conf(["--config-file", CONF_FILE], project="nova")
    transport = oslo_messaging.get_rpc_transport(conf)
    if KIND == "conductor":
        conduct(transport, conf.host)
    else:
        compute(transport, conf.host, *map(int, NUMBERS))
    # Threads that wait for the bus must not keep the process.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
