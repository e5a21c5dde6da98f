# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._drivers.container import on_host


@pytest.mark.parametrize(
    ("path", "found"),
    [("/a/b/c", "/y/c"), ("/a/c", "/x/c"), ("/a", "/x"), ("/ab", None), ("", None), ("/f.pem", "/z.pem")],
)
def test_the_nearest_mount_counts(path, found):
    mounts = [dict(source="/x", target="/a"), dict(source="/y", target="/a/b"), dict(source="/z.pem", target="/f.pem")]
    assert on_host(path, mounts) == found
