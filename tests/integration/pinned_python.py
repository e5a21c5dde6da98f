# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python environments with packages of OpenStack, in the versions that role nova_image pins; kept in .cache/test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CACHE = TOP / ".cache" / "test"
CONSTRAINTS = TOP / "roles" / "nova_image" / "files" / "constraints"


def pinned_python(release: str, *packages: str) -> Path:
    """Path of a Python that has packages in the versions of a release of nova; the first call installs them.

    Raises:
        subprocess.CalledProcessError: pip failed.
    """
    pins = CONSTRAINTS / f"nova-{release}.txt"
    venv = CACHE / "-".join(("pinned", release, *packages))
    ready, want = venv / "ready", pins.read_text(encoding="utf-8")
    if not ready.exists() or ready.read_text(encoding="utf-8") != want:
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        install = [venv / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        subprocess.run([*install, "--constraint", pins, *packages], check=True)
        ready.write_text(want, encoding="utf-8")
    return venv / "bin" / "python"
