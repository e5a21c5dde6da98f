# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of an image comes from the Debian mirrors of the build host, in the suite that the operator chose."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

VARIABLES = Path(__file__).parents[4] / "roles/nova_image/vars/main.yml"
MIRROR = "http://mirror.example.com/debian"


def sources(*lines: str) -> list[str]:
    """The role's lines of sources.list for the suite trixie, from the output of apt-get indextargets."""
    template = yaml.safe_load(VARIABLES.read_text(encoding="utf-8"))["__nova_image_mirrored_sources"]
    variables = {"__nova_image_mirrors": {"stdout_lines": list(lines)}, "nova_image_bootstrap_suite": "trixie"}
    return Templar(DataLoader(), variables=variables).template(trust_as_template(template))


@pytest.mark.parametrize(
    ("lines", "expected"),
    {
        "a Debian with its updates": (
            [f"{MIRROR} bookworm", f"{MIRROR} bookworm-updates", f"{MIRROR}-security bookworm-security"],
            [f"{MIRROR} trixie main", f"{MIRROR} trixie-updates main", f"{MIRROR}-security trixie-security main"],
        ),
        "the same suite, listed for two architectures": ([f"{MIRROR} trixie"] * 2, [f"{MIRROR} trixie main"]),
        "other parts of the archive": ([f"{MIRROR} bookworm-backports", f"{MIRROR} sid"], [f"{MIRROR} trixie main"]),
        "another distribution": ([], []),
    }.values(),
)
def test_sources(lines: list[str], expected: list[str]):
    assert sources(*lines) == [f"deb {line}" for line in expected]
