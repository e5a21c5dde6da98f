# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated XenServers, and what can be made wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

FAULTS = Path("/var/lib/novafleet/sandbox/xenserver/faults.json")
MISSING = ["XENAPI_MISSING_PLUGIN", "xenhost.py"]
# As a plugin of dom0 tells it: a pickle of Python 2.
OLD_VERSION = "S'1.8'\np0\n."


def address(number):
    return f"127.78.0.{number}"


def set_faults(faults):
    """Replace all that is wrong.

    Args:
        faults: dict, address to what roles/sandbox/files/xenserver/xenserver.py takes.
    """
    FAULTS.write_text(json.dumps(faults))
