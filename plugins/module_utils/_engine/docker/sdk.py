# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Docker SDK for Python: whether it is there, new enough, and works with the other libraries."""

from __future__ import annotations

import re
import sys
import traceback
from importlib import import_module
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import SdkUnusable

# They are used as they come: without types.
docker: Any = None
requests: Any = None
urllib3: Any = None
IMPORT_ERROR = ""
try:
    docker, requests, urllib3 = map(import_module, ("docker", "requests", "urllib3"))
except Exception:  # An SDK that is broken, or too old for this Python, raises anything.
    IMPORT_ERROR = traceback.format_exc()

FLOOR = (5, 0)
# Older ones fail with requests 2.32 and with urllib3 2 (docker-py issues 3256 and 3113).
FIT = "7.1.0"
UNFIT = re.compile(r"Not supported URL scheme http\+docker|unexpected keyword argument 'chunked'")


def require_sdk() -> None:
    """Raises:
    SdkUnusable: the SDK is missing or too old.
    """
    if docker is None:
        raise SdkUnusable(
            f"The Docker SDK for Python cannot be imported by {sys.executable}. Install python3-docker (Debian, "
            "Ubuntu) or 'pip install docker', or let the role novafleet.compute.docker_host do it.\n" + IMPORT_ERROR
        )
    installed = tuple(int(part) for part in docker.__version__.split(".")[:2])
    if installed < FLOOR:
        floor = ".".join(map(str, FLOOR))
        raise SdkUnusable(
            f"The Docker SDK for Python is {docker.__version__}, novafleet.compute needs {floor} or newer."
        )


def unfit_sdk() -> SdkUnusable:
    """The error for an SDK that does not work with the other libraries."""
    return SdkUnusable(
        f"The Docker SDK for Python {docker.__version__} does not work with requests {requests.__version__} and "
        f"urllib3 {urllib3.__version__}, which {sys.executable} has. Install version {FIT} or newer of the SDK "
        f"(pip install 'docker>={FIT}'), or let the role novafleet.compute.docker_host do it."
    )
