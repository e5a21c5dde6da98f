#!/usr/bin/env bash
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints the URL of the Debian archive that this machine's APT uses.
set -euo pipefail

mirror() { apt-get indextargets --format "\$(SITE)" 'Origin: Debian' 'Label: Debian' | sort --unique | head --lines=1; }

url=$(mirror)
# APT only has the origin of a source after it has downloaded its lists.
[ -n "$url" ] || { apt-get update --quiet=2 >&2; url=$(mirror); }
[ -n "$url" ] || { echo "debian_mirror.sh: APT has no source of Debian's archive. Add one to /etc/apt/sources.list.d" >&2; exit 1; }
echo "$url"
