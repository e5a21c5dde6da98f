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

# Each nova-compute keeps a connection to placement. waitress accepts 100 of them by default, and no other one until
# one of them has been idle for two minutes (waitress: connection_limit, channel_timeout).
CONNECTIONS = 20000


def main():
    listen, threads, target = sys.argv[1:]
    # nova parses sys.argv when its application is imported and would take our arguments for its own.
    del sys.argv[1:]
    module, name = target.split(":")
    application = getattr(importlib.import_module(module), name)
    # select(2) ends at file descriptor 1023, poll does not.
    limits = dict(connection_limit=CONNECTIONS, asyncore_use_poll=True)
    waitress.serve(application, listen=listen, threads=int(threads), ident=None, **limits)


if __name__ == "__main__":
    main()
