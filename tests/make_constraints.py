# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the pins of a release of nova for role nova_image, from OpenStack's upper constraints of that release.

usage: make_constraints.py NOVA_VERSION UPPER_CONSTRAINTS

UPPER_CONSTRAINTS is a file: upper-constraints.txt of the branch of openstack/requirements for that release.
pip resolves nova with it for this Python, which must be the version of the image. All installed packages are pinned.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parents[1] / "roles" / "nova_image" / "files" / "constraints"
# Packages that role nova_image installs in addition to nova by default (nova_image_pip_packages).
PACKAGES = ("oslo.vmware", "PyMySQL")
HEADER = """\
# What pip resolved on Python {python} for nova=={nova} {packages} with OpenStack's upper constraints
# of that release, by tests/make_constraints.py.
"""


def resolved(nova: str, upper: Path) -> list[str]:
    """Install nova into a temporary environment.

    Args:
        nova: version on PyPI.
        upper: upper-constraints.txt.

    Returns:
        list of str: package==version, sorted as pip sorts.

    Raises:
        subprocess.CalledProcessError: pip found no set of packages, or nova-compute cannot be imported.
    """
    with tempfile.TemporaryDirectory() as directory:
        venv.create(directory, with_pip=True)
        python = Path(directory) / "bin" / "python"
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run(
            [*pip, "install", "--quiet", "--prefer-binary", "--constraint", upper, f"nova=={nova}", *PACKAGES],
            check=True,
        )
        frozen = subprocess.run([*pip, "freeze", "--quiet"], check=True, capture_output=True, text=True).stdout
        # Role nova_image does not install it.
        subprocess.run([*pip, "uninstall", "--quiet", "--yes", "setuptools"], check=True)
        subprocess.run([python, "-W", "ignore", "-c", "import nova.cmd.compute"], check=True)
    return [line for line in frozen.splitlines() if not line.startswith("nova==")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nova", help="version of nova on PyPI")
    parser.add_argument("upper", type=Path, help="upper-constraints.txt of that release")
    options = parser.parse_args()
    python = "{}.{}".format(*sys.version_info)
    header = HEADER.format(python=python, nova=options.nova, packages=" ".join(PACKAGES))
    path = CONSTRAINTS / f"nova-{options.nova}.txt"
    path.write_text(header + "\n".join([*resolved(options.nova, options.upper), ""]), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
