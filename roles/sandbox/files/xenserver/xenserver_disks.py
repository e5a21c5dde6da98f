# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks of a simulated XenServer.

A storage repository of VHDs keeps chains: a clone and a snapshot share the content up to then, as a base copy.  So it
is here, because nova's XenAPI driver walks these chains.  Disks have a capacity and no content.
"""

from __future__ import annotations

from os_xenapi.client import XenAPI

BASE = "base copy"
# Bytes that an empty leaf of a chain takes.
LEAF = 3072
# Of an iSCSI target, the volumes that are found there: Cinder's drivers use the one or the other.
LUNS = (0, 1)
VOLUME = 1 << 30


class Disks:
    """Calls of the classes VDI, VBD and SR, for a session of the fake; names as the fake finds them."""

    def VDI_create(self, _session, record):
        return self._new_disk(**record)

    def VDI_destroy(self, _session, vdi):
        vbds = self.fake.get_record("VDI", vdi)["VBDs"]
        if any(self.fake.get_record("VBD", vbd)["currently_attached"] for vbd in vbds):
            raise XenAPI.Failure(["VDI_IN_USE", vdi, "destroy"])
        for vbd in tuple(vbds):
            self.VBD_destroy(None, vbd)
        del self.fake._db_content["VDI"][vdi]

    def VDI_get_virtual_size(self, _session, vdi):
        return self.fake.get_record("VDI", vdi)["virtual_size"]

    def VDI_resize(self, _session, vdi, size):
        self.fake.get_record("VDI", vdi)["virtual_size"] = str(size)

    VDI_resize_online = VDI_resize

    def VDI_copy(self, _session, vdi, sr, *_parameters):
        return self._new_disk(**dict(self._likeness(vdi), SR=sr))

    def VDI_clone(self, _session, vdi, *_parameters):
        return self._fork(vdi)

    def VDI_snapshot(self, _session, vdi, *_parameters):
        return self._fork(vdi, is_a_snapshot=True, snapshot_of=vdi)

    def VDI_remove_from_sm_config(self, _session, vdi, key):
        self.fake.get_record("VDI", vdi)["sm_config"].pop(key, None)

    def VBD_destroy(self, _session, vbd):
        record = self.fake.get_record("VBD", vbd)
        if record["currently_attached"]:
            raise XenAPI.Failure(["OPERATION_NOT_ALLOWED", f"VBD '{record['uuid']}' still attached"])
        for kind in ("VM", "VDI"):
            # A drive without a disk has the VDI OpaqueRef:NULL.
            owner = self.fake._db_content[kind].get(record[kind])
            if owner:
                owner["VBDs"].remove(vbd)
        del self.fake._db_content["VBD"][vbd]

    def SR_get_VDIs(self, _session, sr):
        self.fake.get_record("SR", sr)
        return [ref for ref, record in self.fake._db_content["VDI"].items() if record["SR"] == sr]

    def SR_scan(self, _session, sr):
        """Removes base copies that are not needed, which a XenServer does some time after."""
        while self._coalesce_one(sr):
            pass

    def SR_introduce(self, _session, uuid, label, description, kind, content_type, shared, _sm_config):
        for ref, record in self.fake._db_content["SR"].items():
            if record["uuid"] == uuid:
                return ref
        fields = dict(name_label=label, name_description=description, type=kind, content_type=content_type)
        sizes = dict(physical_size="0", physical_utilisation="0", virtual_allocation="0")
        sr = self.fake._create_object("SR", dict(fields, **sizes, shared=shared, other_config={}, PBDs=[], VDIs=[]))
        self.fake._db_content["SR"][sr]["uuid"] = uuid
        for lun in LUNS if kind == "iscsi" else ():
            self._new_disk(name_label="", SR=sr, virtual_size=str(VOLUME), sm_config={"LUNid": str(lun)})
        return sr

    def SR_forget(self, _session, sr):
        plugged = [pbd for pbd in self.fake._db_content["PBD"].values() if pbd["SR"] == sr]
        if any(pbd["currently_attached"] for pbd in plugged):
            raise XenAPI.Failure(["SR_HAS_PBD", sr])
        for vdi in self.SR_get_VDIs(None, sr):
            del self.fake._db_content["VDI"][vdi]
        for pbd in plugged:
            del self.fake._db_content["PBD"][pbd["ref"]]
        del self.fake._db_content["SR"][sr]

    def import_chain(self, sr, disks, uuids):
        """Take the disks of an image into a storage repository.

        Args:
            sr: reference of the storage repository.
            disks: list of (capacity, used size) in bytes, the disk itself first, then its base copies.
            uuids: list of uuids to use, the last first.

        Returns:
            uuid of the disk.
        """
        names = [uuids.pop() for _disk in disks]
        parent = ""
        for depth, ((size, used), uuid) in reversed(list(enumerate(zip(disks, names)))):
            fields = dict(virtual_size=str(size), physical_utilisation=str(used), managed=depth == 0)
            ref = self._new_disk(name_label=BASE if depth else "", SR=sr, sm_config=_chained(parent), **fields)
            self.fake._db_content["VDI"][ref]["uuid"] = parent = uuid
        return parent

    def disk_sizes(self, uuids):
        """List of (capacity, used size) in bytes, of disks by their uuids."""
        known = {record["uuid"]: record for record in self.fake._db_content["VDI"].values()}
        missing = [uuid for uuid in uuids if uuid not in known]
        if missing:
            raise XenAPI.Failure(["UUID_INVALID", "VDI", missing[0]])
        return [(int(known[uuid]["virtual_size"]), int(known[uuid]["physical_utilisation"])) for uuid in uuids]

    def _new_disk(self, name_label, SR, sm_config=None, **fields):
        known = dict(is_a_snapshot=False, virtual_size="0", physical_utilisation=str(LEAF), sm_config=sm_config or {})
        return self.fake.create_vdi(name_label, SR, **dict(known, **fields))

    def _likeness(self, vdi):
        """What a copy of a disk has of it."""
        record = self.fake.get_record("VDI", vdi)
        kept = ("name_label", "name_description", "SR", "virtual_size", "read_only", "sharable", "type")
        return dict({name: record[name] for name in kept}, other_config=dict(record["other_config"]))

    def _fork(self, vdi, **fields):
        """Another leaf with the content of a disk, which becomes the base copy of both."""
        record = self.fake.get_record("VDI", vdi)
        size = dict(virtual_size=record["virtual_size"], physical_utilisation=record["physical_utilisation"])
        base = self._new_disk(BASE, record["SR"], sm_config=dict(record["sm_config"]), managed=False, **size)
        parent = self.fake._db_content["VDI"][base]["uuid"]
        record.update(sm_config=_chained(parent), physical_utilisation=str(LEAF))
        return self._new_disk(**self._likeness(vdi), sm_config=_chained(parent), **fields)

    def _coalesce_one(self, sr):
        """Whether there was a base copy that nothing needs: without children, or with a single one."""
        records = [self.fake._db_content["VDI"][ref] for ref in self.SR_get_VDIs(None, sr)]
        for record in records:
            children = [one for one in records if one["sm_config"].get("vhd-parent") == record["uuid"]]
            if record["managed"] or len(children) > 1:
                continue
            if children and not children[0]["managed"]:
                # Of two base copies in a row, the lower one stays, with the children of the other.
                gone, kept = children[0], record["uuid"]
            else:
                gone, kept = record, record["sm_config"].get("vhd-parent")
            for one in records:
                if one["sm_config"].get("vhd-parent") == gone["uuid"]:
                    one["sm_config"] = _chained(kept)
            del self.fake._db_content["VDI"][gone["ref"]]
            return True
        return False


def _chained(parent):
    return {"vhd-parent": parent} if parent else {}
