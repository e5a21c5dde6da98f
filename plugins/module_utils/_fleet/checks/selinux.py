# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether confined containers may read the services' files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.container_settings import created
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.host import Host
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.wording import who_needs
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Plan

# Files of these types can be read by confined containers (container-selinux; the second is its former name).
READABLE = re.compile(r":(container_file_t|container_ro_file_t|svirt_sandbox_file_t):")


def problems(plan: Plan, host: Host) -> Iterator[str]:
    confined = [
        service.name
        for service in created(plan)
        if service.files and not any(each.startswith("label") for each in service.spec.settings["security_opt"])
    ]
    directory = plan.config_dir
    if not confined or "selinux" not in host.engine.security() or READABLE.search(_label(directory)):
        return
    yield (
        f"{directory}: SELinux confines the containers, which {who_needs(confined)}, to files of other types. Label "
        f"the directory: semanage fcontext -a -t container_file_t '{directory}(/.*)?', mkdir -p {directory}, "
        f"restorecon -R {directory}. Or leave these containers out of it: security_opt: [no-new-privileges, "
        "label=disable]."
    )


def _label(path: str) -> str:
    """SELinux label of the path, or of the nearest directory above it that exists."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    try:
        return os.getxattr(path, "security.selinux").decode()
    except OSError:
        return ""
