# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attach a volume and a network interface to a machine, or detach them, by nova's own code for XenServers.

The sandbox has neither Cinder nor networks, so what nova gets from them is made up here.

usage, in the container of the machine's nova-compute: xenserver_devices.py attach|detach NAME
"""

from __future__ import annotations

import sys

import nova.conf
from nova.virt.xenapi import vif, vm_utils, volumeops
from os_xenapi.client.session import XenAPISession

VOLUME = {
    "driver_volume_type": "iscsi",
    "data": dict(volume_id="volume-1", target_portal="192.0.2.1:3260", target_iqn="iqn.2026-01.test:1", target_lun=1),
}
DEVICE = "/dev/xvdb"
INTERFACE = {"id": "5a3f2b10-0000-4000-8000-000000000001", "address": "fa:16:3e:00:00:01"}


def attach(session, instance):
    volumeops.VolumeOps(session).attach_volume(VOLUME, instance["name"], DEVICE)
    machine = vm_utils.lookup(session, instance["name"])
    device = session.VM.get_allowed_VIF_devices(machine)[0]
    vif.XenAPIOpenVswitchDriver(session).plug(instance, INTERFACE, vm_ref=machine, device=device)


def detach(session, instance):
    volumeops.VolumeOps(session).detach_volume(VOLUME, instance["name"], DEVICE)
    vif.XenAPIOpenVswitchDriver(session).unplug(instance, INTERFACE, vm_utils.lookup(session, instance["name"]))


def main(action, name):
    nova.conf.CONF([], project="nova", default_config_files=["/etc/nova/nova.conf"])
    options = nova.conf.CONF.xenserver
    session = XenAPISession(options.connection_url, options.connection_username, options.connection_password)
    {"attach": attach, "detach": detach}[action](session, {"name": name, "uuid": name})


if __name__ == "__main__":
    main(*sys.argv[1:])
