# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controller side of the module nova_services: an answer without its keys is a failure."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils._deployment.modules import CheckedAnswer


class ActionModule(CheckedAnswer):
    """Runs the module."""

    module = "nova_services"
