# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring nova's databases to the current schema and map cell0 and cell1.

usage: nova_setup.py NOVA_CONF

The same as nova-manage's api_db sync, cell_v2 map_cell0, db sync and cell_v2 create_cell, in one process:
four interpreters would cost four times two seconds of CPU.  It may be run again at any time.
"""

from __future__ import annotations

import sys

# The rest of nova is taken from here: this module must be the first that is imported, since it prepares threading.
from nova.cmd import manage

CELL = "cell1"
# Filled in by nova from its own configuration (nova's admin guide, "Template URLs in Cell Mappings"), so
# the database holds no password and a changed one needs no migration.
DATABASE = "{scheme}://{username}:{password}@{hostname}:{port}/%s?{query}"
TRANSPORT = "{scheme}://{username}:{password}@{hostname}:{port}/{path}?{query}"


def ensure(status, what):
    """End the process when a command of nova-manage has failed."""
    if status:
        sys.exit(f"nova_setup: {what} failed with status {status}")


def main():
    manage.config.parse_args(["nova-manage", "--config-file", sys.argv[1]])
    manage.logging.setup(manage.CONF, "nova")
    manage.objects.register_all()
    cells = manage.CellV2Commands()
    ensure(manage.ApiDbCommands().sync(), "api_db sync")
    ensure(cells.map_cell0(database_connection=DATABASE % "nova_cell0"), "cell_v2 map_cell0")
    ensure(manage.DbCommands().sync(), "db sync")
    known = manage.objects.CellMappingList.get_all(manage.context.get_admin_context())
    if CELL not in [cell.name for cell in known]:
        ensure(cells.create_cell(CELL, DATABASE % "nova", TRANSPORT), "cell_v2 create_cell")


if __name__ == "__main__":
    main()
