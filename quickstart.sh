#!/usr/bin/env bash
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# From a bare Debian machine to nova-compute services that are up, with an OpenStack control plane and simulated hypervisors.
# This script brings Ansible and the collection into .quickstart; the playbooks do everything else.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

readonly DEFAULT_TARGETS=5 MAX_TARGETS=500
readonly PYTHON_FLOOR=3.10
# What the sandbox takes, and what a service with nova's VMware driver takes, in MB
readonly SANDBOX_MEMORY=2000 SERVICE_MEMORY=250 DISK=8000
readonly HOME_DIR=$PWD/.quickstart
# Where Ansible and Python see it: neither bears a blank or the like in the path of an interpreter.
BASE=$HOME_DIR
[[ $PWD =~ [^A-Za-z0-9_./+-] ]] && BASE=/run/novafleet-quickstart-$(printf '%s' "$PWD" | sha256sum | cut -c 1-12)
readonly BASE
readonly LOG=$HOME_DIR/prepare.log
# Not sudo's own environment, and not on a command line, which everybody can read: a proxy's URL may hold a password.
readonly PASSED_ON=http_proxy,https_proxy,no_proxy,HTTP_PROXY,HTTPS_PROXY,NO_PROXY,PIP_CERT,PIP_INDEX_URL,PIP_EXTRA_INDEX_URL,PIP_FIND_LINKS,PIP_CONFIG_FILE,REQUESTS_CA_BUNDLE,SSL_CERT_FILE,SSL_CERT_DIR

usage() {
  cat <<EOF
Usage: ./quickstart.sh [--targets N]          bring N nova-compute services up (default: $DEFAULT_TARGETS, or as many as there are)
       ./quickstart.sh --down [--keep-images] take everything away again
Needs a Debian or Ubuntu machine and root, by sudo if you are not.
EOF
}

fail() {
  printf 'quickstart.sh: %s\n' "$*" >&2
  exit 1
}

parse_arguments() {
  action=up targets='' keep_images=false
  while [ $# -gt 0 ]; do
    case $1 in
      --targets) [ $# -ge 2 ] || fail "--targets needs a number"; targets=$2; shift ;;
      --targets=*) targets=${1#*=} ;;
      --down) action=down ;;
      --keep-images) keep_images=true ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; fail "unknown argument: $1" ;;
    esac
    shift
  done
  if [ "$action" = down ] && [ -n "$targets" ]; then fail "--targets has no meaning with --down"; fi
  if [ "$action" = up ] && [ "$keep_images" = true ]; then fail "--keep-images has no meaning without --down"; fi
  if [ -n "$targets" ] && ! [[ $targets =~ ^[1-9][0-9]{0,2}$ && $targets -le $MAX_TARGETS ]]; then
    fail "--targets $targets: give a number from 1 to $MAX_TARGETS"
  fi
}

become_root() {
  [ "$(id -u)" -eq 0 ] && return
  command -v sudo >/dev/null || fail "run this as root, or install sudo"
  exec sudo --preserve-env="$PASSED_ON" -- "$PWD/quickstart.sh" "$@"
}

# One run at a time. The lock is on a file that --down does not delete.
take_lock() {
  exec 9<quickstart.sh
  flock -n 9 || fail "another quickstart.sh of this directory is running"
}

megabytes_available() { awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo; }

megabytes_free() { df --output=avail -m "$1" | tail -n 1 | tr -d ' '; }

known_targets() {
  sed -n 's/^ *cluster-\[001:0*\([0-9]*\)\]:.*/\1/p' "$HOME_DIR/inventory/hosts.yml" 2>/dev/null || true
}

check_machine() {
  local before need have
  before=$(known_targets)
  targets=${targets:-${before:-$DEFAULT_TARGETS}}
  # What runs already has its memory.
  need=$(((targets - ${before:-0}) * SERVICE_MEMORY))
  [ -n "$before" ] || need=$((need + SANDBOX_MEMORY))
  have=$(megabytes_available)
  [ "$have" -ge "$need" ] || fail "$have MB of memory are available, but $targets targets need $need MB more" \
    "(sandbox $SANDBOX_MEMORY MB, $SERVICE_MEMORY MB a service): use fewer --targets"
  [ -n "$before" ] && return
  have=$(megabytes_free /var/lib)
  [ "$have" -ge "$DISK" ] || fail "$have MB are free in /var/lib, but images and data need $DISK MB: make room first"
}

clock() { printf '%02d:%02d' $((($1) / 60)) $((($1) % 60)); }

step() { printf '[%s/%s %s] %s\n' "$1" "$steps" "$(clock $((EPOCHSECONDS - started)))" "$2"; }

# Runs a command of the preparation: quiet when it is well, its last lines when it is not.
quietly() {
  local what=$1
  shift
  if ! "$@" >>"$LOG" 2>&1; then
    tail -n 30 "$LOG" >&2
    fail "$what failed, see above"
  fi
}

usable_python() {
  "$1" - "$PYTHON_FLOOR" >/dev/null 2>&1 <<'EOF'
import sys, venv, ensurepip
sys.exit(sys.version_info < tuple(int(part) for part in sys.argv[1].split(".")))
EOF
}

find_python() {
  local python
  for python in /usr/bin/python3 python3; do
    if usable_python "$python"; then
      command -v "$python"
      return
    fi
  done
}

install_python() {
  command -v apt-get >/dev/null || fail "no Python $PYTHON_FLOOR with venv is here, and no apt-get: install it first"
  printf '    Debian packages: python3-venv python3-apt\n'
  export DEBIAN_FRONTEND=noninteractive
  quietly "apt-get update" apt-get update
  quietly "apt-get install" apt-get install --yes --no-install-recommends python3-venv python3-apt
  echo "python3-venv python3-apt" >"$HOME_DIR/packages"
}

# Everything that decides what a step makes, as one word; the step is left out while that is the same.
digest() { { cat -- "$@"; printf '%s\n' "$PWD"; } | sha256sum | cut -d ' ' -f 1; }

done_before() { [ "$(cat "$HOME_DIR/$1.digest" 2>/dev/null)" = "$2" ]; }

make_venv() {
  local python want
  want=$(digest requirements.txt)
  done_before venv "$want" && return
  python=$(find_python)
  if [ -z "$python" ]; then
    install_python
    python=$(find_python)
    [ -n "$python" ] || fail "this system's Python is older than $PYTHON_FLOOR: use Debian 12, Ubuntu 22.04 or newer"
  fi
  printf '    private Python environment, with Ansible from PyPI\n'
  rm -rf "$HOME_DIR/venv"
  quietly "making the virtual environment" "$python" -m venv "$BASE/venv"
  quietly "pip install" "$BASE/venv/bin/pip" --no-cache-dir --disable-pip-version-check install --requirement requirements.txt
  echo "$want" >"$HOME_DIR/venv.digest"
}

collection_files() {
  find CHANGELOG.rst LICENSE README.md changelogs galaxy.yml meta playbooks plugins requirements.txt roles -type f ! -name '*.pyc' 2>/dev/null |
    LC_ALL=C sort
}

install_collection() {
  local want files
  mapfile -t files < <(collection_files)
  want=$(digest "${files[@]}")
  done_before collection "$want" && return
  printf '    the collection, from this checkout\n'
  rm -rf "$HOME_DIR/build" "$HOME_DIR/collections"
  quietly "building the collection" galaxy build --output-path "$BASE/build" .
  quietly "installing the collection" galaxy install --offline --collections-path "$BASE/collections" "$BASE"/build/*.tar.gz
  rm -rf "$HOME_DIR/build"
  echo "$want" >"$HOME_DIR/collection.digest"
}

galaxy() {
  ANSIBLE_CONFIG=$BASE/ansible.cfg "$BASE/venv/bin/ansible-galaxy" collection "$@"
}

write_configuration() {
  local link=''
  # /run is empty after a boot.
  [ "$BASE" = "$HOME_DIR" ] || link="[ -e $BASE ] || ln -s $(printf '%q' "$HOME_DIR") $BASE"
  cat >"$HOME_DIR/ansible.cfg" <<EOF
[defaults]
home = $BASE/ansible
remote_tmp = $BASE/ansible/tmp
async_dir = $BASE/ansible/async
inventory = $BASE/inventory/hosts.yml
collections_path = $BASE/collections
stdout_callback = novafleet.compute.progress
retry_files_enabled = false
[connection]
pipelining = true
EOF
  cat >"$HOME_DIR/play" <<EOF
#!/bin/bash
# ansible-playbook on the inventory and with the collection of the quick start, such as: play novafleet.compute.status
# Python's ways to run without byte code files would cost every run seconds.
unset PYTHONDONTWRITEBYTECODE
$link
XDG_CACHE_HOME=$BASE/cache ANSIBLE_CONFIG=$BASE/ansible.cfg exec $BASE/venv/bin/ansible-playbook "\$@"
EOF
  chmod 0755 "$HOME_DIR/play"
}

write_inventory() {
  mkdir -p "$HOME_DIR/inventory"
  cp -R playbooks/quickstart_inventory/. "$HOME_DIR/inventory/"
  sed -i "s/cluster-\[001:[0-9]*\]/cluster-[001:$(printf '%03d' "$1")]/" "$HOME_DIR/inventory/hosts.yml"
}

prepare() {
  step 1 "Prepare Ansible and the collection in $HOME_DIR"
  umask 022
  mkdir -p "$HOME_DIR"
  : >"$LOG"
  [ "$BASE" = "$HOME_DIR" ] || ln -sfn "$HOME_DIR" "$BASE"
  write_configuration
  make_venv
  install_collection
}

play() {
  NOVAFLEET_PROGRESS_STARTED=$started NOVAFLEET_PROGRESS_STEPS_BEFORE=1 "$HOME_DIR/play" "$@" 9<&-
}

# The preparation and the plays of a playbook, of which one stands at the beginning of a line each.
count_steps() { echo $((1 + $(grep -c '^- ' "playbooks/$1.yml"))); }

up() {
  steps=$(count_steps quickstart)
  check_machine
  printf 'novafleet.compute: %s nova-compute services on this machine, each bound to a cluster of a simulated vCenter\n' "$targets"
  prepare
  write_inventory "$targets"
  play novafleet.compute.quickstart
  cat <<EOF

Next:
  look    ${sudo}.quickstart/play novafleet.compute.status
  change  ./quickstart.sh --targets $((targets + 1))
  remove  ./quickstart.sh --down
EOF
}

down() {
  if ! [ -e "$HOME_DIR" ] && ! [ -e /var/lib/novafleet ] && ! [ -e /etc/novafleet ]; then
    echo "Nothing of the quick start is here: nothing to remove."
    return
  fi
  local packages
  steps=$(count_steps quickstart_down)
  prepare
  write_inventory "$(known_targets | grep . || echo "$DEFAULT_TARGETS")"
  play novafleet.compute.quickstart_down --extra-vars "quickstart_keep_images=$keep_images"
  packages=$(cat "$HOME_DIR/packages" 2>/dev/null || true)
  rm -rf "$HOME_DIR"
  [ "$BASE" = "$HOME_DIR" ] || rm -f "$BASE"
  [ -z "$packages" ] || echo "These packages stay installed as well: $packages."
}

started=$EPOCHSECONDS
parse_arguments "$@"
[[ $PWD != *\$* ]] || fail "$PWD: Ansible takes a dollar sign in a path for a variable: move the checkout"
become_root "$@"
sudo=${SUDO_USER:+sudo }
take_lock
"$action"
