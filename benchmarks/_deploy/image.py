# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image whose nova-compute sleeps. The role handles it in the same way as a real one."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

REPOSITORY, TAG = "novafleet/benchmark-deploy", "sleep"
NAME = f"{REPOSITORY}:{TAG}"
BUSYBOX = Path("/usr/bin/busybox")
APPLETS = ("sh", "sed", "sleep")
DIRECTORIES = (
    "tmp",
    "etc",
    "etc/nova",
    "proc",
    "sys",
    "dev",
    "var",
    "var/lib",
    "var/lib/nova",
    "var/log",
    "var/log/nova",
)
OPTIONS_PATH = "/usr/share/novafleet/nova-options.json"
# The interpreter that the first line of nova-compute names. The role runs lease.py with it. A process of this name has
# its lease.
PROGRAM = "/usr/bin/nova-compute"
INTERPRETER = "/opt/nova-compute"
FILES = {
    PROGRAM: f"#!{INTERPRETER}\n",
    INTERPRETER: "#!/bin/sh\nsleep infinity &\nwait\n",
}
# Options that the benchmark's nova.conf sets, with their types if they are not texts. Further ones are added up to the
# number that nova 34 and its libraries have.
SET = {
    "DEFAULT": (
        "host compute_driver transport_url state_path use_stderr:bool log_file log_dir my_ip rpc_response_timeout:int "
        "reserved_host_memory_mb:int reserved_host_disk_mb:int debug:bool"
    ),
    "oslo_concurrency": "lock_path",
    "oslo_messaging_rabbit": "heartbeat_timeout_threshold:int hostname rabbit_quorum_queue:bool",
    "upgrade_levels": "compute",
    "placement": "auth_type auth_url username password project_name user_domain_name project_domain_name",
    "glance": "api_servers num_retries:int",
    "neutron": ("auth_type auth_url username password project_name user_domain_name project_domain_name region_name"),
    "vnc": "enabled:bool novncproxy_base_url",
    "service_user": "send_service_user_token:bool auth_type username password",
}
MORE = 1000


def options() -> bytes:
    """The list of the image's options, as roles/nova_image/files/nova_options.py writes it."""
    sections = {name: dict(map(_known, words.split())) for name, words in SET.items()}
    sections["benchmark"] = {f"option_{number}": dict(type="string") for number in range(MORE)}
    listed = dict(
        format=2,
        nova="34.0.0",
        sections=sections,
        families={},
        auth=SET["placement"].split(),
        plugins=dict(password={option: {} for option in SET["placement"].split()}),
        auth_sections=["placement", "neutron", "service_user"],
        drivers=["rabbit", "kombu", "amqp", "amqps", "kafka", "fake"],
    )
    return json.dumps(listed).encode()


def _known(word: str) -> tuple[str, dict]:
    option, _colon, kind = word.partition(":")
    return option, dict(type=kind or "string")


def root() -> bytes:
    """A tar archive of the image's root file system."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(BUSYBOX, "bin/busybox")
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name in DIRECTORIES:
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(directory)
        for path, text in FILES.items():
            _add(tar, path, text.encode(), 0o755)
        _add(tar, OPTIONS_PATH, options(), 0o644)
    return archive.getvalue()


def _add(tar: tarfile.TarFile, path: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(path.lstrip("/"))
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))
