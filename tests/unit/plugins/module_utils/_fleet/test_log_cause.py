# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.log_cause import LONGEST, last_cause

AT = "2026-11-25 19:00:01.123 7"
ASKED = "[None req-5a0b2c0e-8c1e-4d0a-9a0e-1f2e3d4c5b6a - - - - - -]"


def error(text, name="nova"):
    """A traceback as oslo.log writes it: the message, then a line for each of its lines."""
    message, *lines = text.split("\n")
    return "\n".join([f"{AT} CRITICAL {name} {ASKED} {message}", *(f"{AT} ERROR {name} {line}" for line in lines)])


BEGIN = "Traceback (most recent call last):\n  File x"
LOGIN = "Cannot complete login due to an incorrect user name or password."
LOGS = {
    "nothing": ("", ""),
    "nothing bad": (f"{AT} INFO nova.service [-] Starting\n{AT} WARNING nova [-] old", ""),
    "a word of Python's before all is well": (
        f"x.py:1: DeprecationWarning: y\n{AT} INFO nova.service [-] Starting",
        "",
    ),
    "an error without a traceback": (
        f"{AT} ERROR oslo.messaging._drivers.impl_rabbit [-] [id] AMQP server on h:5673 is unreachable: refused",
        "[id] AMQP server on h:5673 is unreachable: refused",
    ),
    "no conductor": (
        f"{AT} WARNING nova.conductor.api {ASKED} Timed out waiting for nova-conductor.  Is it running? Or",
        "Timed out waiting for nova-conductor. Is it running? Or",
    ),
    "a message of several lines": (
        error(
            f"Unhandled error: oslo_vmware.exceptions.VimFaultException: {LOGIN}\n{BEGIN}\n    sys.exit(main())\n"
            f"oslo_vmware.exceptions.VimFaultException: {LOGIN}\nFaults: [InvalidLogin]\n"
        ),
        f"VimFaultException: {LOGIN} Faults: [InvalidLogin]",
    ),
    "colours, and what the next process says when it starts": (
        error(f"Unhandled error: x\n{BEGIN}\nValueError: whole\n\x1b[00m")
        + "\n/site/pbr/version.py:439: UserWarning: pkg_resources is deprecated\n  import pkg_resources",
        "ValueError: whole",
    ),
    "the last of a chain": (
        error(
            f"Unhandled error\n{BEGIN}\nValueError: first\n\n"
            f"During handling of the above exception, another one occurred:\n\n{BEGIN}\nnova.exception.NotFound: 2"
        ),
        "NotFound: 2",
    ),
    "a traceback that is cut off": (
        error(f"Unhandled error: x\n{BEGIN}\nValueError: whole")
        + f"\n{AT} INFO nova.service [-] Starting\n{AT} ERROR nova Traceback (most recent call last):",
        "ValueError: whole",
    ),
    "two errors of one logger in a row": (error("first", "nova.virt") + "\n" + error("second", "nova.virt"), "second"),
    "Python's own": (
        f"{AT} INFO nova [-] a\n{BEGIN}\noslo_config.cfg.ConfigFileValueError: Value for option a is not valid: many\n",
        "ConfigFileValueError: Value for option a is not valid: many",
    ),
    "no log of nova's": (
        "exec nova-compute: no such file or directory\n",
        "exec nova-compute: no such file or directory",
    ),
    "an exception without a message": (error(f"x\n{BEGIN}\nKeyboardInterrupt"), "KeyboardInterrupt"),
    "an unhandled error whose traceback is missing": (error("Unhandled error: ValueError: x"), "ValueError: x"),
}


@pytest.mark.parametrize(("log", "cause"), LOGS.values(), ids=LOGS)
def test_cause(log, cause):
    assert last_cause(log) == cause


def test_a_long_message_is_cut():
    assert len(last_cause(error("x" * 1000))) == LONGEST
