# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network service of a cloud that has no networks: all its lists are empty.

nova asks Neutron for an instance's ports when it shows or deletes an instance, even of one that was booted without
any network, and cannot delete it without an answer.  Nothing can be made here.
"""

from __future__ import annotations

import json


def application(environ, start_response):
    """Serve GET of Neutron's API v2.0 (WSGI, PEP 3333): a collection is an object with one empty list."""
    collection = environ["PATH_INFO"].rstrip("/").rpartition("/")[2].replace("-", "_").replace(".json", "")
    if environ["REQUEST_METHOD"] == "GET":
        status, answer = "200 OK", {collection: []}
    else:
        status, answer = "501 Not Implemented", {"NeutronError": {"message": "there are no networks here"}}
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]
