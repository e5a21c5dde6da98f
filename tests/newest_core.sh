#!/usr/bin/env bash
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs stages of test.sh on the newest ansible-core, which needs a newer Python than Debian 12 has. They run in a
# Debian 13 with mount, process and IPC namespaces of its own. Only mmdebstrap is installed on this machine.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

readonly SUITE=trixie
readonly PACKAGES=ca-certificates,git,openssh-client,python3,python3-apt,python3-venv,shellcheck
readonly CONSTRAINT=tests/newest_core.txt
readonly CACHE=$PWD/.cache/newest_core
readonly ROOT=$CACHE/$SUITE
# Path of the checkout inside. Its cache is not the one of Debian 12's Python.
readonly INSIDE=/novafleet

usage() { echo "Usage: tests/newest_core.sh [lint sanity unit role]   (default: all of them)"; }

check_stages() {
  local stage
  for stage in "$@"; do
    case "$stage" in
      lint | sanity | unit | role) ;;
      *) usage >&2; printf 'newest_core.sh: unknown stage: %s\n' "$stage" >&2; exit 1 ;;
    esac
  done
}

make_root() {
  [ "$(cat "$CACHE/packages" 2>/dev/null)" = "$SUITE $PACKAGES" ] && return
  local mirror
  mirror=$(tests/debian_mirror.sh)
  command -v mmdebstrap >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes mmdebstrap >/dev/null
  rm -rf "$ROOT"
  mkdir -p "$CACHE/cache"
  mmdebstrap --quiet --variant=minbase --include="$PACKAGES" "$SUITE" "$ROOT" "$mirror"
  mkdir -p "$ROOT$INSIDE"
  echo "$SUITE $PACKAGES" >"$CACHE/packages"
}

# test.sh makes its Python environment again if its own requirements change, but does not check the constraint.
forget_other_core() {
  cmp --silent "$CONSTRAINT" "$CACHE/constraint" && return
  rm -rf "$CACHE/cache/venv" "$CACHE/cache/venv.digest"
  cp "$CONSTRAINT" "$CACHE/constraint"
}

# Runs as root of the new mount namespace, so that its mounts end with it.
enter() {
  local path
  # The stage role makes mount namespaces, for which the root must be a mount.
  mount --bind "$ROOT" "$ROOT"
  mount --bind "$PWD" "$ROOT$INSIDE"
  mkdir -p "$PWD/.cache/test"
  mount --bind "$CACHE/cache" "$ROOT$INSIDE/.cache/test"
  mount --rbind /dev "$ROOT/dev"
  mount --types proc proc "$ROOT/proc"
  mount --types sysfs sysfs "$ROOT/sys"
  # This machine's configuration of names, the package index and trusted authorities.
  for path in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
    [ -e "$path" ] || continue
    touch "$ROOT$path"
    mount --bind "$(readlink -f "$path")" "$ROOT$path"
  done
  exec chroot "$ROOT" /usr/bin/env --unset=PYTHONPATH --unset=ANSIBLE_COLLECTIONS_PATH \
    HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin PIP_CONSTRAINT="$INSIDE/$CONSTRAINT" \
    "$INSIDE/test.sh" "$@"
}

[ "$(id -u)" -eq 0 ] || { echo "newest_core.sh: run this as root: it unpacks and enters a Debian $SUITE" >&2; exit 1; }
if [ "${1:-}" = --inside ]; then
  shift
  enter "$@"
fi
check_stages "$@"
[ $# -gt 0 ] || set -- lint sanity unit role
make_root
forget_other_core
exec unshare --mount --pid --ipc --fork --kill-child "$PWD/tests/newest_core.sh" --inside "$@"
