# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controller and the Docker host agree on: names, labels, paths and states."""

from __future__ import annotations

import re

LABEL_FLEET = "novafleet.fleet"
LABEL_SERVICE = "novafleet.service"
LABEL_SPEC = "novafleet.spec"
# Which target and driver a container of role services is for.
LABEL_TARGET, LABEL_DRIVER = "novafleet.target", "novafleet.driver"

# A container waiting to take over has this suffix until the old one is gone.
NEXT_SUFFIX = ".next"

# Docker's own rule for container names (moby: daemon/names), which nova's host names satisfy too.
CONTAINER_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
SERVICE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,199}")
FILE_NAME = re.compile(r"[^/.\x00-\x1f][^/\x00-\x1f]*")

# The services' directories on the Docker host, and where a service's own appears in its container.
CONFIG_DIR = "/etc/novafleet"
FILES_TARGET = "/etc/nova"

# What a container does for its service (roles/services/files/lease.py).
ACTIVE, STANDBY, STARTING = "active", "standby", "starting"
WAITING = frozenset([STANDBY, STARTING])

STOPPED = frozenset(["created", "exited", "dead"])
# Not the engine's word: it calls the container stopped, but its process lives.
LOST = "lost"

# Reasons of a step that the comparison of inventory, Docker and nova knows as well.
SETTINGS_CHANGED, IMAGE_CHANGED = "container settings changed", "image changed"
STATE_REASON = "container is "
LOST_REASON = "the engine lost track of the container, which lives on"

# os_xenapi/client/session.py, PLUGIN_REQUIRED_VERSION: this major, at least this minor.
XENAPI_PLUGINS = (2, 1)
