# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a role that removes what it made keeps its images. An inventory in the format INI gives words, not bools."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("role", "variable"), [("nova_image", "nova_image_keep"), ("sandbox", "sandbox_keep_images")])
@pytest.mark.parametrize(("word", "removed"), [("false", True), ("true", False)])
def test_a_word_says_whether_images_are_kept(site, role, variable, word, removed):
    site.vars.update({f"{role}_state": "absent", variable: word})
    play = dict(hosts="d1", gather_facts=False, roles=[f"novafleet.compute.{role}"])
    run = site.run([play], "--check")
    assert not run.failed, run.text
    assert run.ran("Remove the images") == removed
