#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dom0_plugins
short_description: Install the XenAPI plugins that nova calls in dom0 of a XenServer
description:
  - Installs the plugins of os-xenapi in C(/etc/xapi.d/plugins) of dom0, and creates C(/images) and C(/boot/guest) as links into a storage
    repository.
  - Refuses releases other than XenServer 7.x and XCP-ng 8.2, whose dom0 runs Python 2.
  - A plugin of the same name that this module did not install is an error before any change.
  - Needs no Python in dom0. It runs a shell script there, and everything else happens on the controller.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - action_common_attributes
  - action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  diff_mode:
    description: Shows each written or deleted plugin as a unified diff.
    support: full
  platform:
    platforms: posix
options:
  state:
    description:
      - V(present) installs the plugins of O(source).
      - V(absent) removes what this module installed, unless it was changed since, and restores the files that the module kept.
    type: str
    choices: [present, absent]
    default: present
  source:
    description:
      - os-xenapi's wheel or source archive, or a directory with its plugins, on the controller.
      - Required for O(state=present).
    type: path
  replace:
    description:
      - Whether to replace plugins of the same names that this module did not install. It keeps them in C(/var/lib/novafleet/dom0/kept).
      - Set it if an older os-xenapi was installed by hand.
    type: bool
    default: false
  links:
    description:
      - Whether to create C(/images) and C(/boot/guest) as links into the storage repository, if it has files and the names do not exist
        yet.
      - nova needs the first to resize instances whose disks are files, the second for images that are kernels.
    type: bool
    default: true
  storage:
    description: Uuid of the storage repository, if it is not the default one of the pool.
    type: str
    default: ""
seealso:
  - module: novafleet.compute.preflight
"""

EXAMPLES = r"""
- name: Install the plugins
  novafleet.compute.dom0_plugins:
    source: /var/cache/novafleet/os_xenapi-0.3.4-py2.py3-none-any.whl

- name: Remove the plugins
  novafleet.compute.dom0_plugins:
    state: absent
"""

RETURN = r"""
release:
  description: Release of the machine, from its C(/etc/xensource-inventory).
  returned: always
  type: str
  sample: XCP-ng 8.2.1
version:
  description: Version of the plugins in O(source).
  returned: always
  type: str
  sample: "2.1"
steps:
  description: Steps that were done, or would be done in check mode.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: >-
        Action: keep, write, delete, restore, link, unlink or forget.
      type: str
      sample: write
    path:
      description: Path in dom0.
      type: str
      sample: /etc/xapi.d/plugins/xenhost.py
    why:
      description: Reason for the action.
      type: str
      sample: was changed since it was installed
notes:
  description: What was left in place, with the reason.
  returned: always
  type: list
  elements: str
problems:
  description: Problems that prevent the change, each with a variable and a fix. Nothing is changed then.
  returned: always
  type: list
  elements: str
"""
