# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nova's fake driver, whose instances exist in memory only: for trials and tests."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.driver import Driver

DRIVER = Driver(name="fake", compute_driver="fake.FakeDriverWithoutFakeNodes", section="fake")
