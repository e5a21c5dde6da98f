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
      - Without it and O(cloud_config), the C(OS_*) environment variables are used.
    type: str
  cloud_config:
    description:
      - What C(clouds.yaml) would say of the cloud, as JSON text. It takes the place of O(cloud); an empty dict does not.
      - Written as a dict, each of its values is masked wherever the answer holds it.
    type: jsonarg
  clouds_file:
    description: Path of the C(clouds.yaml), if not in one of its usual places.
    type: path
  api_timeout:
    description:
      - Seconds that one request to Keystone, nova or placement may take. Raise it where nova needs longer to list its hypervisors.
      - By default what C(clouds.yaml) says, or 60.
    type: int
requirements:
  - openstacksdk >= 1.0
"""
