# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attach a volume and a network interface to a machine, or detach them, by nova's own code for vCenters.

The sandbox has neither Cinder nor networks, so what nova gets from them is made up here.

usage, in the container of the machine's nova-compute: vcenter_devices.py attach|detach UUID VOLUME NETWORK

UUID is that of the instance, VOLUME the managed object id of the machine that Cinder keeps a volume in, and NETWORK the
name of a distributed port group.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

from nova import conf, config
from nova.network import model
from nova.virt.vmwareapi import session as vmware
from nova.virt.vmwareapi import vif, vm_util, volumeops

INTERFACE = "5a3f2b10-0000-4000-8000-000000000001"
MAC = "fa:16:3e:00:00:01"


def interface(network):
    return model.VIF(
        id=INTERFACE, address=MAC, type=model.VIF_TYPE_DVS, network=model.Network(bridge=network), details={}
    )


def attach(session, cluster, instance, volume, network):
    volumes = volumeops.VMwareVolumeOps(session, cluster)
    volumes.attach_volume(volume, instance, "lsiLogic")
    machine = vm_util.get_vm_ref(session, instance)
    known = vif.get_vif_dict(session, cluster, "e1000", interface(network))
    index = vm_util.get_attach_port_index(session, machine)
    spec = vm_util.get_network_attach_config_spec(session.vim.client.factory, known, index)
    vm_util.reconfigure_vm(session, machine, spec)


def detach(session, cluster, instance, volume, _network):
    volumeops.VMwareVolumeOps(session, cluster).detach_volume(volume, instance)
    machine = vm_util.get_vm_ref(session, instance)
    index = vm_util.get_vm_detach_port_index(session, machine, INTERFACE)
    device = vif.get_network_device(vm_util.get_hardware_devices(session, machine), MAC)
    spec = vm_util.get_network_detach_config_spec(session.vim.client.factory, device, index)
    vm_util.reconfigure_vm(session, machine, spec)


def main(action, uuid, volume, network):
    config.parse_args(["devices", "--config-file", "/etc/nova/nova.conf"])
    known = conf.CONF.vmware
    # Its defaults are those of the time of its import.
    session = vmware.VMwareAPISession(
        host_ip=known.host_ip,
        host_port=known.host_port,
        username=known.host_username,
        password=known.host_password,
        cacert=known.ca_file,
        insecure=known.insecure,
    )
    cluster = vm_util.get_cluster_ref_by_name(session, known.cluster_name)
    connection = {"driver_volume_type": "vmdk", "data": dict(volume=volume, volume_id="volume-1", profile_id=None)}
    instance = SimpleNamespace(uuid=uuid, name=uuid)
    {"attach": attach, "detach": detach}[action](session, cluster, instance, connection, network)


if __name__ == "__main__":
    main(*sys.argv[1:])
