# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-ins of tests/role, which the benchmark shares with the tests of the role."""

from __future__ import annotations

import sys

from _common.collection import CHECKOUT

sys.path.append(str(CHECKOUT / "tests" / "role"))

from bus import Bus
from cloud import Cloud
from engine import Engine

__all__ = ["Bus", "Cloud", "Engine"]
