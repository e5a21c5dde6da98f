# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring Keystone's database, keys, users and catalog to what the sandbox needs.

usage: keystone_setup.py KEYSTONE_CONF SETUP_JSON

SETUP_JSON holds:

    region    name of the region
    users     list of {name, password, project}; each gets the role admin there
    services  list of {name, type, url}; one endpoint an interface

The same as keystone-manage's db_sync, fernet_setup, credential_setup and bootstrap, in one process, so that
no password stands in an argument or in the environment.  It may be run again at any time, and then sets
what has changed, passwords included.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path

import keystone.conf
from keystone.cmd.bootstrap import Bootstrapper
from keystone.common import driver_hints, fernet_utils, provider_api
from keystone.common.sql import upgrades
from keystone.credential.providers import fernet as credential_fernet
from keystone.server import configure

CONF = keystone.conf.CONF
INTERFACES = ("public", "internal", "admin")


def make_keys(repository, active, group):
    """Make the first keys of a key repository, unless it has some."""
    keys = fernet_utils.FernetUtils(repository, active, group)
    keys.create_key_directory()
    if keys.validate_key_repository(requires_write=True):
        keys.initialize_key_repository()


def ensure_user(bootstrapper, user):
    """Bring a user, its project and its role admin to exist, and its password to be the given one."""
    bootstrapper.admin_username = user["name"]
    bootstrapper.admin_password = user["password"]
    bootstrapper.admin_role_name = "admin"
    bootstrapper.project_name = user["project"]
    bootstrapper.bootstrap()


def ensure_service(catalog, region, service):
    """Bring a service and its endpoints to exist with the given URL."""
    hints = driver_hints.Hints()
    hints.add_filter("type", service["type"])
    known = catalog.list_services(hints)
    service_id = known[0]["id"] if known else uuid.uuid4().hex
    if not known:
        catalog.create_service(service_id, {"id": service_id, "name": service["name"], "type": service["type"]})
    hints = driver_hints.Hints()
    hints.add_filter("service_id", service_id)
    present = {endpoint["interface"]: endpoint for endpoint in catalog.list_endpoints(hints)}
    for interface in INTERFACES:
        endpoint = {"interface": interface, "service_id": service_id, "region_id": region, "url": service["url"]}
        ensure_endpoint(catalog, present.get(interface), endpoint)


def ensure_endpoint(catalog, present, wanted):
    """Bring one endpoint of a service to exist with the given URL."""
    if present is None:
        endpoint_id = uuid.uuid4().hex
        catalog.create_endpoint(endpoint_id, dict(wanted, id=endpoint_id))
    elif present["url"] != wanted["url"]:
        catalog.update_endpoint(present["id"], dict(present, url=wanted["url"]))


def main():
    configuration, setup = sys.argv[1:]
    del sys.argv[1:]
    setup = json.loads(Path(setup).read_text(encoding="utf-8"))
    configure(config_files=[configuration])
    upgrades.offline_sync_database_to_version()
    make_keys(CONF.fernet_tokens.key_repository, CONF.fernet_tokens.max_active_keys, "fernet_tokens")
    make_keys(CONF.fernet_receipts.key_repository, CONF.fernet_receipts.max_active_keys, "fernet_receipts")
    make_keys(CONF.credential.key_repository, credential_fernet.MAX_ACTIVE_KEYS, "credential")
    bootstrapper = Bootstrapper()
    bootstrapper.region_id = setup["region"]
    for user in setup["users"]:
        ensure_user(bootstrapper, user)
    for service in setup["services"]:
        ensure_service(provider_api.ProviderAPIs.catalog_api, setup["region"], service)


if __name__ == "__main__":
    main()
