# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module fails: with the cause in its message, whatever was raised.

A module that ends with a traceback returns no key that its callers look for, and a later task that
takes a missing key for an empty list acts on it.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from ansible.module_utils.basic import AnsibleModule


class Failure(Exception):
    """Something that may happen to users; C(str()) says what, and what to do about it."""


def cause(error: BaseException) -> str:
    """Say in one sentence or more what went wrong.

    Args:
        error: what was raised.

    Returns:
        str: the text of a Failure or of an error of the operating system; of anything else also its kind and place.
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
    """End the module by fail_json if anything is raised.

    Args:
        module: AnsibleModule
    """
    try:
        yield
    except Exception as error:
        module.fail_json(msg=cause(error), exception=traceback.format_exc())
