# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a benchmark begins and ends, whatever it measures."""

from __future__ import annotations

import json
import signal
import sys

from .collection import CACHE
from .processes import Failed


def run(measure, options):
    """Measure, and print the figures as JSON. Ends the process with a sentence where that fails or is interrupted.

    Args:
        measure: callable, options -> dict that JSON can hold.
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
