# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the Python environment of the benchmarks at the first run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
REQUIREMENTS = BENCHMARKS / "requirements.txt"
VENV = BENCHMARKS.parent / ".cache" / "benchmarks" / "venv"


def become(package):
    """Replace this process by a package of this directory, in the environment and with the same arguments."""
    make_venv()
    environment = dict(os.environ, PYTHONPATH=str(BENCHMARKS), PYTHONDONTWRITEBYTECODE="")
    python = VENV / "bin" / "python"
    os.execve(python, [python, "-m", package, *sys.argv[1:]], environment)


def make_venv():
    """Make the environment, unless it exists with these requirements."""
    stamp, want = VENV / "requirements.sha256", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == want:
        return
    print(f"Python environment in {VENV}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True, stdout=sys.stderr)
    pip = [VENV / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--requirement", REQUIREMENTS], check=True, stdout=sys.stderr)
    stamp.write_text(want, encoding="utf-8")
