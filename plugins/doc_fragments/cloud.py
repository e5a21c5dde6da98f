# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that every module which talks to nova's API shares."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.cloud."""

    DOCUMENTATION = r"""
options:
  cloud:
    description:
      - Name of a cloud in C(clouds.yaml).
      - Without it and O(cloud_config), the module uses the C(OS_*) environment variables.
    type: str
  cloud_config:
    description:
      - Content of the cloud's entry in C(clouds.yaml), as JSON text or a dict. It replaces O(cloud), unless it is empty.
      - Each value of a dict is masked in all parts of the result.
    type: jsonarg
  clouds_file:
    description: Path of the C(clouds.yaml), if it is not in one of the standard places.
    type: path
  api_timeout:
    description:
      - Maximum time in seconds for one request to Keystone, nova or placement. Raise it if nova needs longer to list its hypervisors.
      - By default the value in C(clouds.yaml), or 60.
    type: int
requirements:
  - openstacksdk >= 1.0
"""
