#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dom0_plugins
short_description: Hold a XenServer's dom0 to the XenAPI plugins that nova calls
description:
  - Brings the plugins of os-xenapi to C(/etc/xapi.d/plugins) of dom0, and makes C(/images) and C(/boot/guest) links into a storage repository.
  - Refuses releases other than XenServer 7.x and XCP-ng 8.2, whose dom0 runs Python 2.
  - A plugin of the same name that somebody else put there is an error before anything is changed.
  - Needs no Python in dom0 that Ansible's modules run on. It is plain shell, and everything else happens on the controller.
version_added: 0.1.0
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
    description: Shows each plugin that is written or deleted as a unified diff.
    support: full
  platform:
    platforms: posix
options:
  state:
    description:
      - V(present) holds dom0 to the plugins of O(source).
      - V(absent) takes away what this module put there, unless it was changed since, and puts back what it had kept aside.
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
      - Whether plugins that somebody else put there under the same names are kept aside in C(/var/lib/novafleet/dom0/kept).
      - Set it where an older os-xenapi was installed by hand.
    type: bool
    default: false
  links:
    description:
      - Whether C(/images) and C(/boot/guest) become links into the storage repository, where it has files and they do not exist yet.
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
- name: Bring the plugins
  novafleet.compute.dom0_plugins:
    source: /var/cache/novafleet/os_xenapi-0.3.4-py2.py3-none-any.whl

- name: Take them away
  novafleet.compute.dom0_plugins:
    state: absent
"""

RETURN = r"""
release:
  description: What runs on the machine, by its C(/etc/xensource-inventory).
  returned: always
  type: str
  sample: XCP-ng 8.2.1
version:
  description: Version of the plugins in O(source).
  returned: always
  type: str
  sample: "2.1"
steps:
  description: What was done, or would be done in check mode.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: One of keep, write, delete, restore, link, unlink and forget.
      type: str
      sample: write
    path:
      description: Path in dom0.
      type: str
      sample: /etc/xapi.d/plugins/xenhost.py
    why:
      description: Why it was needed.
      type: str
      sample: was changed since it was installed
notes:
  description: What was left, and why.
  returned: always
  type: list
  elements: str
problems:
  description: What forbids it, each with a variable and a cure. Nothing is changed then.
  returned: always
  type: list
  elements: str
"""
