# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serve a WSGI application on one address.

usage: serve.py HOST:PORT THREADS MODULE:CALLABLE
"""

from __future__ import annotations

import importlib
import sys

import waitress


def main():
    listen, threads, target = sys.argv[1:]
    # nova parses sys.argv when its application is imported and would take our arguments for its own.
    del sys.argv[1:]
    module, name = target.split(":")
    application = getattr(importlib.import_module(module), name)
    waitress.serve(application, listen=listen, threads=int(threads), ident=None)


if __name__ == "__main__":
    main()
