# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugins in the dom0 of a simulated XenServer: what the fake lacks of those that nova's XenAPI driver calls."""

from __future__ import annotations

import io
import json
import pickle

import xenserver_images
from os_xenapi.client import XenAPI
from xenserver_machines import MEMORY


class Plain(pickle.Unpickler):
    """Reads what a client sends: data only, and no code."""

    def find_class(self, module, name):
        raise XenAPI.Failure(["XENAPI_PLUGIN_FAILURE", "params", "UnpicklingError", f"{module}.{name}"])


class Dom0:
    """Functions of plugins, for a session of the fake, which finds them by their names.

    They get the arguments of the call, and the reference of the host as C(host).  They are called without the lock.
    Each of them takes it for as long as it needs the records, because Glance may take time.
    """

    def _plugin_glance_download_vhd2(self, function, arguments):
        given = _given(arguments)[1]
        try:
            disks = xenserver_images.download(given["endpoint"], given["image_id"], given["extra_headers"])
        except xenserver_images.TransferError as error:
            raise _retryable(function, error) from error
        with self.lock:
            return _answer(self._imported(given["sr_path"], disks, given["uuid_stack"]))

    def _plugin_glance_upload_vhd2(self, function, arguments):
        given = _given(arguments)[1]
        with self.lock:
            capacities = [size for size, _used in self.disk_sizes(given["vdi_uuids"])]
        image = [given[name] for name in ("endpoint", "image_id", "extra_headers", "properties")]
        try:
            xenserver_images.upload(*image, capacities)
        except xenserver_images.TransferError as error:
            raise _retryable(function, error) from error
        return _answer(None)

    def _plugin_migration_transfer_vhd(self, _function, arguments):
        instance, address, vdi, _path, number = _given(arguments)[0]
        with self.lock:
            (disk,) = self.disk_sizes([vdi])
        self.staging.setdefault((address, instance), {})[number] = disk
        return _answer(None)

    def _plugin_migration_move_vhds_into_sr(self, _function, arguments):
        instance, path, uuids = _given(arguments)[0]
        staged = self.staging.pop((self.names[arguments["host"]]["address"], instance))
        with self.lock:
            return _answer(self._imported(path, [staged[number] for number in sorted(staged)], uuids))

    def _plugin_bandwidth_fetch_all_bandwidth(self, _function, _arguments):
        return _answer({})

    def _plugin_partition_utils_mkfs(self, _function, _arguments):
        return _answer(None)

    def _plugin_partition_utils_wait_for_dev(self, _function, arguments):
        return _answer(_given(arguments)[0][0])

    def _plugin_xenhost_host_data(self, function, arguments):
        data = json.loads(super()._plugin_xenhost_host_data(function, arguments))
        with self.lock:
            ref = arguments["host"]
            free, uuid = self.host_compute_free_memory(None, ref), self.fake.get_record("host", ref)["uuid"]
        host = self.names[ref]
        data.update({"host_hostname": host["name"], "host_name-label": host["name"], "host_uuid": uuid})
        data.update({"host_ip_address": host["address"], "host_memory": dict(MEMORY, **{"free-computed": free})})
        return json.dumps(data)

    def _plugin_xenstore_read_record(self, _function, arguments):
        with self.lock:
            return self._xenstore(arguments).get(arguments["path"], '"None"')

    def _plugin_xenstore_write_record(self, _function, arguments):
        with self.lock:
            self._xenstore(arguments)[arguments["path"]] = arguments["value"]
        return arguments["value"]

    def _plugin_xenstore_delete_record(self, _function, arguments):
        with self.lock:
            self._xenstore(arguments).pop(arguments["path"], None)
        return '""'

    def _imported(self, path, disks, uuids):
        """As dom0's import_vhds answers. The fake names the directory of a storage repository after its reference."""
        return {"root": {"uuid": self.import_chain(path.rpartition("/")[2], disks, uuids)}}

    def _xenstore(self, arguments):
        """What a running machine has in xenstore: the data that it was started with, and what was written since."""
        for machine in self.fake._db_content["VM"].values():
            if machine["domid"] == arguments["dom_id"]:
                return machine["xenstore_data"]
        raise XenAPI.Failure(["XENAPI_PLUGIN_FAILURE", "xenstore", "XenstoreError", "couldn't find the domain"])


def _given(arguments):
    """Arguments and keyword arguments of a call: a pickle of protocol 0, which is text."""
    given = Plain(io.BytesIO(arguments["params"])).load()
    return given["args"], given["kwargs"]


def _answer(value):
    return pickle.dumps(value, 0)


def _retryable(function, error):
    return XenAPI.Failure(["XENAPI_PLUGIN_FAILURE", function, "RetryableError", str(error)])
