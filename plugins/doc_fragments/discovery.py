# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that the inventory plugins share."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.discovery."""

    DOCUMENTATION = r"""
options:
  include:
    description:
      - Regular expressions on names. A name that matches none of them is left out. An empty list includes all names.
      - An expression may match anywhere in a name. Use C(^) and C($) to match its beginning and end.
    type: list
    elements: str
    default: []
  exclude:
    description: Regular expressions on names. A name that matches one of them is left out, even if it matches O(include).
    type: list
    elements: str
    default: []
  hostname:
    description:
      - Jinja2 expression for the inventory name of each target. This name is its service host unless C(services_host) sets another.
      - It may use the facts that the plugin sets, like O(compose).
      - A service host cannot be changed later. Build it from attributes that stay constant.
    type: str
  group:
    description:
      - Inventory group of the targets. By default C(vcenter) or C(xenserver), like the name of the plugin.
      - Set C(services_groups) of the role C(services) to the same group.
    type: str
  allow_empty:
    description: Whether finding no target is allowed. By default it is an error.
    type: bool
    default: false
notes:
  - A problem stops the run. Without this, Ansible would only print a warning and continue with fewer targets.
  - The plugin never evaluates discovered names and facts as templates.
"""
