# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Further containers, so that a loop over a few names is measured with as many containers as a loop over all N."""

from __future__ import annotations

from . import engine
from .raw import Raw


class Crowd:
    """Other containers that run within the context.

    A loop over N that creates or removes meets half of them on average. One that finds nothing to do, or restarts,
    meets all of them.
    """

    def __init__(self, site, host, options):
        half = options.services // 2
        rest = max(0, options.services - half - options.loop)
        self.half = Raw(site, host, options, half, "crowd", engine.CROWD_LABEL)
        self.rest = Raw(site, host, options, rest, "others", engine.CROWD_LABEL)

    def __enter__(self):
        self.half.run("create")
        return self

    def before(self, operation):
        """Set the number of containers for the next operation.

        Call it for each operation, in the order of OPERATIONS.
        """
        change = dict(noop="create", remove="remove").get(operation)
        if change:
            self.rest.run(change)

    def __exit__(self, *_error):
        self.half.run("remove")
