# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boot instances through nova's API, each on the service host that is asked for.

usage: boot.py CLOUDS_FILE PLAN

PLAN is JSON:

    seconds    time limit for all instances together
    disk       format of their image: vmdk for vCenters, vhd for XenServers
    instances  list of {name, host}

Creates the image and the flavor of the instances if they are missing.  An instance that exists is left alone, even if
it is stopped or on another host; only one in the status ERROR is replaced.  Prints {changed, instances} as JSON, with
name, status, host and hypervisor of each instance.
"""

from __future__ import annotations

import json
import sys
import time

import openstack
from empty_disk import sparse_vmdk
from empty_vhd import packed
from openstack.config import OpenStackConfig

CLOUD = "sandbox"
IMAGES = {
    # With the properties that nova's VMware driver needs to treat the disk as what it is.
    "vmdk": dict(
        name="empty-disk",
        container_format="bare",
        vmware_disktype="sparse",
        vmware_adaptertype="lsiLogic",
        vmware_ostype="otherGuest",
    ),
    "vhd": dict(name="empty-vhd", container_format="ovf"),
}
MEGABYTE = 1 << 20
FLAVOR = dict(name="tiny", vcpus=1, ram=64, disk=1)
PAUSE = 1


def servers(cloud, names):
    """Name to server, of those that exist."""
    return {server.name: server for server in cloud.compute.servers() if server.name in names}


def ensure_image(cloud, disk):
    """Id of the image. An interrupted upload leaves an image that is not active, which is replaced."""
    for image in cloud.image.images(name=IMAGES[disk]["name"]):
        if image.status == "active":
            return image.id
        cloud.image.delete_image(image)
    content = packed([MEGABYTE]) if disk == "vhd" else sparse_vmdk()
    return cloud.image.create_image(**IMAGES[disk], disk_format=disk, data=content).id


def ensure_flavor(cloud):
    """Id of the flavor."""
    return (cloud.compute.find_flavor(FLAVOR["name"]) or cloud.compute.create_flavor(**FLAVOR)).id


def remove_broken(cloud, names):
    """Delete the servers that are in the status ERROR."""
    broken = [server for server in servers(cloud, names).values() if server.status == "ERROR"]
    for server in broken:
        cloud.compute.delete_server(server)
    for server in broken:
        cloud.compute.wait_for_delete(server)


def create(cloud, instances, disk):
    """Ask nova for instances, without waiting for any of them."""
    image, flavor = ensure_image(cloud, disk), ensure_flavor(cloud)
    for instance in instances:
        cloud.compute.create_server(**instance, image_id=image, flavor_id=flavor, networks="none")


def finished(cloud, names, seconds):
    """Name to server, once nova builds none of them any more, or after the seconds."""
    deadline = time.monotonic() + seconds
    found = servers(cloud, names)
    while any(server.status == "BUILD" for server in found.values()) and time.monotonic() < deadline:
        time.sleep(PAUSE)
        found = servers(cloud, names)
    return found


def problems(found, names, seconds):
    """A sentence for each instance that could not be booted."""
    for name in names:
        if name not in found:
            yield f"{name} was deleted during the boot."
        elif found[name].status == "BUILD":
            yield f"{name} did not become ACTIVE within {seconds} s."
        elif found[name].status == "ERROR":
            yield f"{name} is in the status ERROR: {(found[name].fault or {}).get('message')}"


def main():
    clouds_file, plan = sys.argv[1], json.loads(sys.argv[2])
    names = [instance["name"] for instance in plan["instances"]]
    config = OpenStackConfig(config_files=[clouds_file]).get_one(CLOUD)
    cloud = openstack.connection.Connection(config=config)
    remove_broken(cloud, names)
    known = servers(cloud, names)
    missing = [instance for instance in plan["instances"] if instance["name"] not in known]
    if missing:
        create(cloud, missing, plan["disk"])
    found = finished(cloud, names, plan["seconds"])
    wrong = list(problems(found, names, plan["seconds"]))
    if wrong:
        sys.exit("\n".join(wrong))
    rows = [
        dict(name=name, status=one.status, host=one.compute_host, hypervisor=one.hypervisor_hostname)
        for name, one in ((name, found[name]) for name in names)
    ]
    print(json.dumps(dict(changed=bool(missing), instances=rows)))


if __name__ == "__main__":
    main()
