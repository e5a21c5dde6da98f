# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends modules on any exception with the cause in the message.

A module that ends with a traceback returns none of the keys that its callers read. A later task may then read a missing
key as an empty list, and act on it.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from ansible.module_utils.basic import AnsibleModule


class Failure(Exception):
    """A failure that users may see. C(str()) has the problem and the fix."""


def cause(error: BaseException) -> str:
    """Describe an error in one or more sentences.

    Args:
        error: what was raised.

    Returns:
        str: the text of a Failure or of an error of the operating system. For any other error also its type and place.
    """
    if isinstance(error, (Failure, OSError)):
        return str(error) or type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename.rpartition('/')[2]}, line {frames[-1].lineno})" if frames else ""
    return (
        f"unexpected error {type(error).__name__}: {error}{place}. "
        "This is a fault of novafleet.compute: report it with the output of -vvv."
    )


@contextmanager
def fail_with_cause(module: AnsibleModule) -> Iterator[None]:
    """End the module with fail_json if an exception is raised.

    Args:
        module: AnsibleModule
    """
    try:
        yield
    except Exception as error:
        module.fail_json(msg=cause(error), exception=traceback.format_exc())
