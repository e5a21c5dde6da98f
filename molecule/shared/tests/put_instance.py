# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Note in nova that an instance is on a service host: the sandbox has no images to start one from.

usage, in the conductor's container: put_instance.py INSTANCE [HOST VM_STATE]; without a host it is deleted.
"""

from __future__ import annotations

import sys

# The rest of nova is taken from here: this module must be the first that is imported, since it prepares threading.
from nova.cmd import manage


def main(uuid, host=None, vm_state=None):
    manage.config.parse_args(["nova-manage", "--config-file", "/etc/sandbox/nova.conf"])
    manage.objects.register_all()
    admin = manage.context.get_admin_context()
    mapping = manage.objects.InstanceMapping.get_by_instance_uuid(admin, uuid)
    with manage.context.target_cell(admin, mapping.cell_mapping) as cell:
        instance = manage.objects.Instance.get_by_uuid(cell, uuid)
        if host is None:
            instance.destroy()
            return
        node = manage.objects.ComputeNodeList.get_all_by_host(cell, host)[0]
        instance.update({"host": host, "node": node.hypervisor_hostname, "compute_id": node.id, "vm_state": vm_state})
        instance.save()


if __name__ == "__main__":
    main(*sys.argv[1:])
