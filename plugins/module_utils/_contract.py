# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, labels, paths and states that the controller and the Docker host share."""

from __future__ import annotations

import re

LABEL_FLEET = "novafleet.fleet"
LABEL_SERVICE = "novafleet.service"
LABEL_SPEC = "novafleet.spec"
# Target and driver of a container of role services.
LABEL_TARGET, LABEL_DRIVER = "novafleet.target", "novafleet.driver"

# A container that waits to take over has this suffix until the old one is gone.
NEXT_SUFFIX = ".next"

# Docker's rule for container names (moby: daemon/names). nova's host names satisfy it as well.
CONTAINER_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
LONGEST_SERVICE_NAME = 200
SERVICE_NAME = re.compile(rf"[a-zA-Z0-9][a-zA-Z0-9_.-]{{0,{LONGEST_SERVICE_NAME - 1}}}")
FILE_NAME = re.compile(r"[^/.\x00-\x1f][^/\x00-\x1f]*")

# The services' directories on the Docker host, and the path of a service's directory in its container.
CONFIG_DIR = "/etc/novafleet"
FILES_TARGET = "/etc/nova"

# The program that runs nova-compute while it holds the lease. It is one of the service's files, and no secret.
LEASE_PROGRAM = "lease.py"

# The role of a container in its service (roles/services/files/lease.py).
ACTIVE, STANDBY, STARTING = "active", "standby", "starting"
WAITING = frozenset([STANDBY, STARTING])

STOPPED = frozenset(["created", "exited", "dead"])
# Not a state of the engine, which shows the container as stopped although its process is running.
LOST = "lost"

# Reasons of a step that the comparison of inventory, Docker and nova reads as well.
SETTINGS_CHANGED, IMAGE_CHANGED = "container settings changed", "image changed"
STATE_REASON = "container is "
LOST_REASON = "the engine lost track of the container, which keeps running"

# os_xenapi/client/session.py, PLUGIN_REQUIRED_VERSION: exactly this major version, at least this minor version.
XENAPI_PLUGINS = (2, 1)
