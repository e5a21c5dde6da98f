# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts and ends a benchmark."""

from __future__ import annotations

import json
import signal
import sys

from .collection import CACHE
from .processes import Failed


def run(measure, options):
    """Measure, and print the figures as JSON. A failure or an interrupt ends the process with a message.

    Args:
        measure: function from options to a dict in a form for JSON.
        options: argparse.Namespace.
    """
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit("terminated"))
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        result = measure(options)
    except Failed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("interrupted")
    print(json.dumps(result, indent=2))
