# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nova's own VMware driver with its image cache, as a program, by a service's nova.conf.

image_cache.py <nova.conf> <action>...

keep:<image>    put a folder for the image into the cache, as a boot does
pass            one pass of nova's image cache manager, for a service without an instance
wait            two seconds
list            print a JSON list: the images in the cache
"""

from __future__ import annotations

import json
import sys
import time

CONF_FILE, *ACTIONS = sys.argv[1:]
sys.argv = ["/usr/bin/nova-compute"]

import nova.conf  # noqa: E402

nova.conf.CONF([], project="nova", default_config_files=[CONF_FILE])
# The driver keeps the vCenter's address as it is when it is imported.
from nova import objects, rpc  # noqa: E402
from nova.virt.vmwareapi import driver, ds_util  # noqa: E402


def datastores(vmops):
    """Yields (datastore, reference of its data centre)."""
    for datastore in ds_util.get_available_datastores(vmops._session, vmops._cluster, vmops._datastore_regex):
        yield datastore, vmops.get_datacenter_ref_and_name(datastore.ref).ref


def keep(vmops, image):
    for datastore, data_center in datastores(vmops):
        vmops.check_cache_folder(datastore.name, datastore.ref)
        ds_util.mkdir(vmops._session, vmops._imagecache.get_image_cache_folder(datastore, image), data_center)


def cached(vmops):
    found = set()
    for datastore, _data_center in datastores(vmops):
        browser = vmops._imagecache._get_ds_browser(datastore.ref)
        found |= ds_util.get_sub_folders(vmops._session, browser, datastore.build_path(vmops._base_folder))
    return sorted(found)


def main():
    objects.register_all()
    # Nothing is sent, but the driver's parts take clients of it.
    rpc.init(nova.conf.CONF)
    # It has no instances, and would ask the conductor for their disks.
    objects.BlockDeviceMappingList.bdms_by_instance_uuid = lambda _context, _uuids: {}
    vmops = driver.VMwareVCDriver(None)._vmops
    for action in ACTIONS:
        name, _colon, image = action.partition(":")
        if name == "keep":
            keep(vmops, image)
        elif name == "pass":
            vmops.manage_image_cache(None, [])
        elif name == "wait":
            time.sleep(2)
        else:
            print(json.dumps(cached(vmops)))


if __name__ == "__main__":
    main()
