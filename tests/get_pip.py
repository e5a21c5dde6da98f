# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replaces the get-pip.py that ansible-test downloads: installs Python's own pip, and then the requested version.

Machines that reach only a package index cannot download that file. test.sh copies this one to ansible-test's cache.
"""

from __future__ import annotations

import ensurepip
import subprocess
import sys

GET_PIP_ONLY = ("--no-setuptools", "--no-wheel")

ensurepip.bootstrap()
subprocess.run(
    [sys.executable, "-m", "pip", "install", *(word for word in sys.argv[1:] if word not in GET_PIP_ONLY)], check=True
)
