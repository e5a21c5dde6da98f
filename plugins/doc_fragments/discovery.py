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
      - Regular expressions; what matches none of them is left out. Without any, everything is taken.
      - They may match anywhere in a name. C(^) and C($) tie them to its ends.
    type: list
    elements: str
    default: []
  exclude:
    description: Regular expressions; what matches one of them is left out, whatever O(include) says.
    type: list
    elements: str
    default: []
  hostname:
    description:
      - Jinja2 expression that gives each target its inventory name, which is its service host unless C(services_host) says otherwise.
      - It may use the facts that the plugin sets, as O(compose) may.
      - A service host is for ever, so build it from what does not change.
    type: str
  group:
    description:
      - Inventory group that the targets are put into. By default C(vcenter) or C(xenserver), as the plugin is.
      - Set C(services_groups) of the role C(services) to the same.
    type: str
  allow_empty:
    description: Whether it is well that no target is found. By default it is an error, as it mostly is one.
    type: bool
    default: false
notes:
  - A problem ends the run. Ansible would only warn, and go on with fewer targets.
  - The names and facts that are found are never taken for templates.
"""
