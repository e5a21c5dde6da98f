# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attributes of modules that an action plugin of the same name carries out, and that change nothing themselves."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment novafleet.compute.on_controller."""

    DOCUMENTATION = r"""
attributes:
  action:
    description: Whether an action plugin of the same name carries it out on the controller.
    support: full
  async:
    description: Whether it supports the keyword async.
    support: none
  bypass_host_loop:
    description: Whether it runs once for all hosts, without the keyword run_once.
    support: none
  check_mode:
    description: Whether it runs in check mode and returns what it would change, without changing it.
    support: full
  diff_mode:
    description: Whether it returns what changed or would change.
    support: none
  platform:
    description: Operating systems of the targets.
    platforms: posix
    support: full
"""
