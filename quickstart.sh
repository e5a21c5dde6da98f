#!/usr/bin/env bash
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs nova-compute services with an OpenStack control plane and simulated hypervisors on a bare Debian machine.
# This script installs Ansible and the collection in .quickstart. The playbooks do everything else.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

readonly DEFAULT_TARGETS=5 MAX_TARGETS=500
readonly PYTHON_FLOOR=3.10
# The command line client with placement's commands, and the microversion of nova's API that it uses by default.
readonly CLIENT=('python-openstackclient>=7,<11' 'osc-placement>=4,<6') MICROVERSION=2.96
# Memory of the sandbox, of its dashboard, and of a service with nova's VMware driver, and disk space, in MB.
readonly SANDBOX_MEMORY=2000 DASHBOARD_MEMORY=300 SERVICE_MEMORY=250 DISK=8000
readonly HOME_DIR=$PWD/.quickstart
# The path that Ansible and Python use. They do not work with spaces and similar characters in an interpreter's path.
BASE=$HOME_DIR
[[ $PWD =~ [^A-Za-z0-9_./+-] ]] && BASE=/run/novafleet-quickstart-$(printf '%s' "$PWD" | sha256sum | cut -c 1-12)
readonly BASE
readonly LOG=$HOME_DIR/prepare.log
# Role sandbox writes it, for clients (sandbox_clouds_file).
readonly CLOUDS=/var/lib/novafleet/sandbox/clouds.yaml
# sandbox_address and sandbox_dashboard_port.
readonly DASHBOARD=http://127.0.0.1:18080/
# Passed to sudo by name. Values do not appear on a command line, which every user can read: a proxy's URL may contain a password.
readonly PASSED_ON=http_proxy,https_proxy,no_proxy,HTTP_PROXY,HTTPS_PROXY,NO_PROXY,PIP_CERT,PIP_INDEX_URL,PIP_EXTRA_INDEX_URL,PIP_FIND_LINKS,PIP_CONFIG_FILE,REQUESTS_CA_BUNDLE,SSL_CERT_FILE,SSL_CERT_DIR

usage() {
  cat <<EOF
Usage: ./quickstart.sh [--targets N] [--no-boot]  start N nova-compute services (default: $DEFAULT_TARGETS, or the current number),
                       [--dashboard]              and boot an instance on two of them; run OpenStack's dashboard as well,
                                                  until you set --no-dashboard
       ./quickstart.sh --down [--keep-images]     remove everything
Needs a Debian or Ubuntu machine, and root or sudo.
EOF
}

fail() {
  printf 'quickstart.sh: %s\n' "$*" >&2
  exit 1
}

parse_arguments() {
  action=up targets='' boot=true dashboard='' keep_images=false
  while [ $# -gt 0 ]; do
    case $1 in
      --targets) [ -n "${2-}" ] || fail "--targets: the number is missing. Use --targets N"; targets=$2; shift ;;
      --targets=*) targets=${1#*=}; [ -n "$targets" ] || fail "--targets: the number is missing. Use --targets N" ;;
      --no-boot) boot=false ;;
      --dashboard) dashboard=true ;;
      --no-dashboard) dashboard=false ;;
      --down) action=down ;;
      --keep-images) keep_images=true ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; fail "$1: unknown argument" ;;
    esac
    shift
  done
  if [ "$action" = down ] && [ -n "$targets" ]; then fail "--targets: not valid with --down. Leave it out"; fi
  if [ "$action" = down ] && [ -n "$dashboard" ]; then fail "--dashboard and --no-dashboard: not valid with --down. Leave them out"; fi
  if [ "$action" = down ] && [ "$boot" = false ]; then fail "--no-boot: not valid with --down. Leave it out"; fi
  if [ "$action" = up ] && [ "$keep_images" = true ]; then fail "--keep-images: only valid with --down. Leave it out"; fi
  if [ -n "$targets" ] && ! [[ $targets =~ ^[1-9][0-9]{0,2}$ && $targets -le $MAX_TARGETS ]]; then
    fail "--targets: $targets is not valid. Use a number from 1 to $MAX_TARGETS"
  fi
}

become_root() {
  [ "$(id -u)" -eq 0 ] && return
  command -v sudo >/dev/null || fail "root is required. Run this as root, or install sudo"
  exec sudo --preserve-env="$PASSED_ON" -- "$PWD/quickstart.sh" "$@"
}

# One run at a time. The lock is on a file that --down does not delete.
take_lock() {
  exec 9<quickstart.sh
  flock -n 9 || fail "another quickstart.sh is running in this directory. Wait until it ends"
}

megabytes_available() { awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo; }

megabytes_free() { df --output=avail -m "$1" | tail -n 1 | tr -d ' '; }

known_targets() {
  sed -n 's/^ *cluster-\[001:0*\([0-9]*\)\]:.*/\1/p' "$HOME_DIR/inventory/hosts.yml" 2>/dev/null || true
}

known_dashboard() {
  sed -n 's/^sandbox_dashboard: //p' "$HOME_DIR/inventory/group_vars/nova_compute_hosts.yml" 2>/dev/null || true
}

check_machine() {
  local before need have dashboard_before
  before=$(known_targets)
  targets=${targets:-${before:-$DEFAULT_TARGETS}}
  # Running services already have their memory.
  need=$(((targets - ${before:-0}) * SERVICE_MEMORY))
  [ -n "$before" ] || need=$((need + SANDBOX_MEMORY))
  dashboard_before=$(known_dashboard)
  dashboard=${dashboard:-${dashboard_before:-false}}
  [ "$dashboard" = false ] || [ "$dashboard_before" = true ] || need=$((need + DASHBOARD_MEMORY))
  have=$(megabytes_available)
  [ "$have" -ge "$need" ] || fail "--targets: $targets targets need $need MB more memory (sandbox $SANDBOX_MEMORY MB, dashboard $DASHBOARD_MEMORY MB," \
    "$SERVICE_MEMORY MB for each service)," \
    "but only $have MB are available. Use fewer --targets"
  [ -n "$before" ] && return
  have=$(megabytes_free /var/lib)
  [ "$have" -ge "$DISK" ] || fail "/var/lib: images and data need $DISK MB, but only $have MB are free. Free some disk space"
}

clock() { printf '%02d:%02d' $((($1) / 60)) $((($1) % 60)); }

step() { printf '[%s/%s %s] %s\n' "$1" "$steps" "$(clock $((EPOCHSECONDS - started)))" "$2"; }

# Runs a command of the preparation. Prints its last lines if it fails, and nothing otherwise.
quietly() {
  local what=$1
  shift
  if ! "$@" >>"$LOG" 2>&1; then
    tail -n 30 "$LOG" >&2
    fail "$what failed. See the output above, and $LOG"
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
  command -v apt-get >/dev/null || fail "Python $PYTHON_FLOOR or newer with venv is missing, and so is apt-get. Install Python first"
  printf '    Debian packages: python3-venv python3-apt\n'
  export DEBIAN_FRONTEND=noninteractive
  quietly "apt-get update" apt-get update
  quietly "apt-get install" apt-get install --yes --no-install-recommends python3-venv python3-apt
  echo "python3-venv python3-apt" >"$HOME_DIR/packages"
}

# Digest of everything that determines the result of a step. The step is skipped while the digest is the same.
digest() { { cat -- "$@"; printf '%s\n' "$PWD"; } | sha256sum | cut -d ' ' -f 1; }

done_before() { [ "$(cat "$HOME_DIR/$1.digest" 2>/dev/null)" = "$2" ]; }

make_venv() {
  local python want
  want="$(digest requirements.txt) ${CLIENT[*]}"
  done_before venv "$want" && return
  python=$(find_python)
  if [ -z "$python" ]; then
    install_python
    python=$(find_python)
    [ -n "$python" ] || fail "this system's Python is older than $PYTHON_FLOOR. Use Debian 12, Ubuntu 22.04 or newer"
  fi
  printf '    private Python environment, with Ansible and the openstack client from PyPI\n'
  rm -rf "$HOME_DIR/venv"
  quietly "creating the virtual environment" "$python" -m venv "$BASE/venv"
  quietly "pip install" "$BASE/venv/bin/pip" --no-cache-dir --disable-pip-version-check install --requirement requirements.txt "${CLIENT[@]}"
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

# If the caller's variables name a directory that has the collection, ansible-galaxy would install nothing.
galaxy() (
  unset "${!ANSIBLE_@}"
  ANSIBLE_CONFIG=$BASE/ansible.cfg "$BASE/venv/bin/ansible-galaxy" collection "$@"
)

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
# ansible-playbook with the inventory and the collection of the quick start. Example: play novafleet.compute.status
# The caller's variables may be for other collections and inventories. Without byte code files, every run would take seconds longer.
unset PYTHONDONTWRITEBYTECODE "\${!ANSIBLE_@}"
$link
XDG_CACHE_HOME=$BASE/cache ANSIBLE_CONFIG=$BASE/ansible.cfg exec $BASE/venv/bin/ansible-playbook "\$@"
EOF
  cat >"$HOME_DIR/openstack" <<EOF
#!/bin/bash
# The openstack client, as administrator of the quick start's cloud. Example: openstack server list
# The caller's variables may be for another cloud. Without byte code files, every command would take seconds longer.
unset PYTHONDONTWRITEBYTECODE "\${!OS_@}"
$link
export OS_CLOUD=sandbox OS_CLIENT_CONFIG_FILE=$CLOUDS OS_COMPUTE_API_VERSION=$MICROVERSION
[ -r $CLOUDS ] || { echo "openstack: $CLOUDS: is not readable. Run this as root, after quickstart.sh." >&2; exit 1; }
exec $BASE/venv/bin/openstack "\$@"
EOF
  chmod 0755 "$HOME_DIR/play" "$HOME_DIR/openstack"
}

write_inventory() {
  mkdir -p "$HOME_DIR/inventory"
  cp -R playbooks/quickstart_inventory/. "$HOME_DIR/inventory/"
  sed -i "s/cluster-\[001:[0-9]*\]/cluster-[001:$(printf '%03d' "$1")]/" "$HOME_DIR/inventory/hosts.yml"
  sed -i "s/^sandbox_dashboard: .*/sandbox_dashboard: ${dashboard:-false}/" "$HOME_DIR/inventory/group_vars/nova_compute_hosts.yml"
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

# The plays of a playbook and of those that it imports. Each one begins at the start of a line.
count_plays() {
  local count imported
  count=$(grep -c '^- ' "playbooks/$1.yml")
  while read -r imported; do
    count=$((count - 1 + $(count_plays "$imported")))
  done < <(sed -n 's/^  import_playbook: \(.*\)\.yml$/\1/p' "playbooks/$1.yml")
  echo "$count"
}

# The preparation is a step, too.
count_steps() { echo $((1 + $(count_plays "$1"))); }

up() {
  steps=$(count_steps quickstart)
  check_machine
  printf 'novafleet.compute: %s nova-compute services on this machine, each bound to a cluster of a simulated vCenter\n' "$targets"
  prepare
  write_inventory "$targets"
  play novafleet.compute.quickstart --extra-vars "quickstart_boot=$boot"
  printf '\nNext:\n'
  [ "$dashboard" = false ] || cat <<EOF
  log in  $DASHBOARD as admin; the password is in .quickstart/secrets/keystone
EOF
  [ "$boot" = false ] || cat <<EOF
  list    ${sudo}.quickstart/openstack server list --long
  show    ${sudo}.quickstart/openstack server show vm-1
  stop    ${sudo}.quickstart/openstack server stop vm-1
  delete  ${sudo}.quickstart/openstack server delete vm-1
EOF
  cat <<EOF
  status  ${sudo}.quickstart/play novafleet.compute.status
  change  ./quickstart.sh --targets $((targets + 1))
  remove  ./quickstart.sh --down
EOF
}

down() {
  if ! [ -e "$HOME_DIR" ] && ! [ -e /var/lib/novafleet ] && ! [ -e /etc/novafleet ]; then
    echo "The quick start is not installed here. Nothing to remove."
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
  [ -z "$packages" ] || echo "These packages also stay installed: $packages."
}

started=$EPOCHSECONDS
parse_arguments "$@"
[[ $PWD != *\$* ]] || fail "$PWD: Ansible reads a dollar sign in a path as a variable. Move the checkout"
become_root "$@"
sudo=${SUDO_USER:+sudo }
take_lock
"$action"
