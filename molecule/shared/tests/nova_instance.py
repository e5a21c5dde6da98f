# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Note in nova an instance, which the sandbox has no images to start from; or one whose resize from another host waits.

usage, in the conductor's container: nova_instance.py create UUID NAME HOST [SOURCE], or delete UUID

The word "and" separates several of these.
"""

from __future__ import annotations

import itertools
import sys

# The rest of nova is taken from here: this module must be the first that is imported, since it prepares threading.
from nova.cmd import manage
from nova.network import model

CELL = "cell1"
FLAVOR = dict(
    flavorid="tiny", name="tiny", memory_mb=1, vcpus=1, root_gb=0, ephemeral_gb=0, swap=0, rxtx_factor=1.0,
    vcpu_weight=0, disabled=False, is_public=True, extra_specs={},
)  # fmt: skip


def create(cell, uuid, name, host, source=None):
    objects = manage.objects
    node = objects.ComputeNodeList.get_all_by_host(cell, host)[0]
    instance = objects.Instance(
        cell, uuid=uuid, display_name=name, host=host, node=node.hypervisor_hostname, compute_id=node.id,
        project_id="somebody-elses", user_id="somebody", vm_state="active", memory_mb=1, vcpus=1, root_gb=0,
        ephemeral_gb=0, flavor=objects.Flavor(cell, **FLAVOR), old_flavor=None, new_flavor=None,
        system_metadata={}, metadata={},
        # Without one, nova's API fails for every list that has this instance in it.
        info_cache=objects.InstanceInfoCache(cell, network_info=model.NetworkInfo()),
    )  # fmt: skip
    instance.create()
    if source:
        objects.Migration(
            cell,
            instance_uuid=uuid,
            migration_type="resize",
            status="finished",
            source_compute=source,
            dest_compute=host,
        ).create()


def delete(cell, uuid):
    for migration in manage.objects.MigrationList.get_by_filters(cell, {"instance_uuid": uuid}):
        migration.status = "confirmed"
        migration.save()
    manage.objects.Instance.get_by_uuid(cell, uuid).destroy()


def main(*words):
    manage.config.parse_args(["nova-manage", "--config-file", "/etc/sandbox/nova.conf"])
    manage.objects.register_all()
    admin = manage.context.get_admin_context()
    cells = manage.objects.CellMappingList.get_all(admin)
    with manage.context.target_cell(admin, next(cell for cell in cells if cell.name == CELL)) as cell:
        for is_end, (action, *arguments) in itertools.groupby(words, "and".__eq__):
            if not is_end:
                {"create": create, "delete": delete}[action](cell, *arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
