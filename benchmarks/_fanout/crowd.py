# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The containers that a loop over all N names would have around it, where it is measured over a few."""

from __future__ import annotations

from . import engine
from .raw import Raw


class Crowd:
    """Half of N containers that run while in the context.

    A loop over N that creates or removes meets half of them on average. One that finds nothing to do, or restarts,
    meets all of them, so this is in its favour.
    """

    def __init__(self, site, host, options):
        self.raw = Raw(site, host, options, options.services // 2, "crowd", engine.CROWD_LABEL)

    def __enter__(self):
        self.raw.run("create")
        return self

    def __exit__(self, *_error):
        self.raw.run("remove")
