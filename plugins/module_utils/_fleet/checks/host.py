# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What checks may ask in addition to the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Engine


@dataclass(frozen=True)
class Host:
    """The Docker host that the module runs on.

    Attributes:
        engine: its engine.
        params: the module's options, with the keys of ARGUMENT_SPEC.
        engine_here: whether the engine certainly runs on this machine, whose memory its containers take.
    """

    engine: Engine
    params: Mapping[str, Any]
    engine_here: bool = True
