# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments of quickstart.sh that are refused before it does anything."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "quickstart.sh"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--targets"], "--targets: the number is missing."),
        # Such as a variable of a script that was not set.
        (["--targets", ""], "--targets: the number is missing."),
        (["--targets="], "--targets: the number is missing."),
        (["--targets", "0"], "--targets: 0 is not valid."),
        (["--targets", "--no-boot"], "--targets: --no-boot is not valid."),
        (["--down", "--targets", "3"], "--targets: not valid with --down."),
        (["--down", "--no-dashboard"], "--dashboard and --no-dashboard: not valid with --down."),
        (["--keep-images"], "--keep-images: only valid with --down."),
        (["--dashbord"], "--dashbord: unknown argument"),
        ([""], ": unknown argument"),
    ],
)
def test_an_argument_that_is_refused(arguments, told):
    done = subprocess.run([SCRIPT, *arguments], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"quickstart.sh: {told}" in done.stderr
