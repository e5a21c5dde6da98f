#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: services_metrics
short_description: Write the status of the services as metrics for node_exporter
description:
  - Writes a file on the controller in Prometheus's text format, for the textfile collector of node_exporter.
  - The file has the time of the run, so every run changes it. It is replaced at once and has mode 0644.
  - It holds names and numbers only. Texts of problems and logs, which could hold a secret, are left out.
  - Internal to the role C(services). Its options and results follow that role and may change with any release.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.on_controller
options:
  status:
    description: The comparison, as P(novafleet.compute.status#filter) returns it.
    type: dict
    required: true
  fleet:
    description: Name of the set of services. It is a label of every metric.
    type: str
    required: true
  path:
    description: File on the controller. Its name must end in C(.prom), because node_exporter reads no other files.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Write the metrics
  novafleet.compute.services_metrics:
    status: "{{ services_status }}"
    fleet: nova
    path: /var/lib/prometheus/node-exporter/novafleet.prom
"""

RETURN = r"""
path:
  description: The file that was written, or would be written in check mode.
  returned: success
  type: str
"""
