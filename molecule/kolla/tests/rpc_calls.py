# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Call nova-computes as nova's API does, all of them at once, and print how each one answered as JSON.

usage, in the conductor's container: rpc_calls.py CALLS UUID...

A call names an instance, of which nova only has a record. Before it answers, each nova-compute calls the conductor: it
stores the token of a console or, where the hypervisor has no such virtual machine, a fault. So an answer needs both
queues of replies, that of the caller and that of the nova-compute.
"""

from __future__ import annotations

import collections
import concurrent.futures
import json
import os
import sys
import time

# Threads, not eventlet: nova decides when it is imported.
os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "1"

# The rest of nova imports eventlet, which must come later.
from nova.cmd import manage

# isort: split
from nova import context, exception, rpc
from nova.compute import power_state, rpcapi
from oslo_messaging import MessagingTimeout

CONCURRENT = 10
# No call begins later: where answers are lost, each takes a minute.
LONGEST = 300


def console(api, cell, instance):
    return "token" in api.get_vnc_console(cell, instance, "novnc")


def diagnostics(api, cell, instance):
    try:
        api.get_diagnostics(cell, instance)
    except exception.InstanceInvalidState:
        return True


def call(api, cell, instance, end):
    """What came of one call."""
    if time.monotonic() > end:
        return "not made"
    method = diagnostics if instance.host.startswith("cluster") else console
    try:
        return "answered" if method(api, cell, instance) else "wrong"
    except MessagingTimeout:
        return "timed out"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]


def call_all(cell, instances, calls):
    """Service host -> what came of its calls, and how often."""
    api, found = rpcapi.ComputeAPI(), collections.defaultdict(collections.Counter)
    end = time.monotonic() + LONGEST
    with concurrent.futures.ThreadPoolExecutor(CONCURRENT * len(instances)) as pool:
        running = {pool.submit(call, api, cell, one, end): one.host for _number in range(calls) for one in instances}
        for done in concurrent.futures.as_completed(running):
            found[running[done]][done.result()] += 1
    return found


def main(calls, *uuids):
    manage.config.parse_args(["nova-manage", "--config-file", "/etc/sandbox/nova.conf"])
    manage.objects.register_all()
    rpc.init(manage.CONF)
    admin = context.get_admin_context()
    cells = manage.objects.CellMappingList.get_all(admin)
    with context.target_cell(admin, next(one for one in cells if one.name == "cell1")) as cell:
        instances = [manage.objects.Instance.get_by_uuid(cell, uuid) for uuid in uuids]
        for one in instances:
            one.power_state = power_state.NOSTATE
        begin = time.monotonic()
        found = call_all(cell, instances, int(calls))
    print(json.dumps({"seconds": time.monotonic() - begin, "services": found}), flush=True)
    # Threads that wait for the bus must not keep the process.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
