#!/usr/bin/env bash
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs all tests on a bare Debian machine. Requirements go into .cache/test, except for a few Debian packages.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

# The first have no use for the machine's Docker engine: fanout starts engines of its own. Where all stages are asked for,
# they run beside scenario after scenario, which waits for most of its time.
readonly APART=(lint sanity unit role package hypervisors bus fanout podman)
readonly STAGES=("${APART[@]}" molecule lease quickstart)
# Only where they are asked for.
readonly MORE_STAGES=(newest)
readonly SCENARIOS=(default vcenter xenserver xenserver_dom0)
# python3-apt: Ansible's own module apt asks for it where the tests run on this machine's Python.
readonly PACKAGES=(git python3-apt python3-venv shellcheck)
readonly HYPERVISORS_PACKAGES=(golang-go golang-github-vmware-govmomi-dev openssl patch python3-pyvmomi)
readonly BUS_PACKAGES=(rabbitmq-server)
readonly FANOUT_PACKAGES=(busybox-static openssl)
readonly PODMAN_PACKAGES=(busybox-static catatonit openssl podman)
readonly LEASE_PACKAGES=(busybox-static iproute2 "${BUS_PACKAGES[@]}")
readonly PYTHON=/usr/bin/python3
readonly CACHE=$PWD/.cache/test
readonly NEWER_DOCKER=$CACHE/docker
readonly COLLECTION=$CACHE/collections/ansible_collections/novafleet/compute

usage() { echo "Usage: ./test.sh [${STAGES[*]} ${MORE_STAGES[*]}]   (default: all but ${MORE_STAGES[*]})"; }

fail() {
  printf 'test.sh: %s\n' "$*" >&2
  exit 1
}

clock() { printf '%02d:%02d' $((($1) / 60)) $((($1) % 60)); }

step() { printf '\n=== [%s] %s\n' "$(clock $((EPOCHSECONDS - started)))" "$*"; }

check_stages() {
  local stage
  for stage in "$@"; do
    case " ${STAGES[*]} ${MORE_STAGES[*]} " in
      *" $stage "*) ;;
      *) usage >&2; fail "$stage: unknown stage" ;;
    esac
  done
}

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

install_packages() {
  local packages
  mapfile -t packages < <(missing_packages "$@")
  [ "${#packages[@]}" -eq 0 ] && return
  step "Debian packages: ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --quiet=2
  apt-get install --quiet=2 --yes --no-install-recommends "${packages[@]}" >/dev/null
}

make_venv() {
  local want
  want=$(cat requirements.txt tests/requirements.txt | sha256sum)
  [ "$(cat "$CACHE/venv.digest" 2>/dev/null)" = "$want" ] && return
  step "Python environment in $CACHE"
  rm -rf "$CACHE/venv"
  mkdir -p "$CACHE"
  "$PYTHON" -m venv "$CACHE/venv"
  pip --quiet --disable-pip-version-check install --requirement requirements.txt --requirement tests/requirements.txt
  echo "$want" >"$CACHE/venv.digest"
}

# The tests see what a user gets: the tarball, installed outside the checkout's own tree.
install_collection() {
  step "Build and install the collection"
  rm -rf "$CACHE/build" "$CACHE/collections"
  ansible-galaxy collection build --output-path "$CACHE/build" .
  ansible-galaxy collection install --offline --collections-path "$CACHE/collections" "$CACHE"/build/*.tar.gz
  # The tarball has no tests.
  cp --recursive tests "$COLLECTION"
}

stage_lint() {
  ruff check .
  ruff format --check .
  yamllint --strict .
  shellcheck quickstart.sh test.sh .ci/run tests/*.sh
  ansible-lint
  antsibull-changelog lint
  python tests/words/words.py
  (cd "$CACHE/collections" && mypy --config-file "$OLDPWD/mypy.ini" --cache-dir "$CACHE/mypy" ansible_collections/novafleet/compute/plugins)
}

stage_sanity() {
  # Without a repository of its own, ansible-test would ask this checkout's, which ignores .cache, and test nothing.
  git init --quiet "$COLLECTION"
  local home=$CACHE/home pip
  pip=$(sed -n "s/^ *pip='\([0-9.]*\)',/\1/p" "$CACHE"/venv/lib/python3*/site-packages/ansible_test/_internal/python_requirements.py)
  install -D --mode=0644 tests/get_pip.py "$home/.ansible/test/cache/get_pip_${pip//./_}.py"
  # ansible-core 2.22 takes one requirement of pylint from a source archive outside the package index.
  sed --in-place 's/^dill @ .*/dill>=0.4.1/' "$CACHE"/venv/lib/python3*/site-packages/ansible_test/_data/requirements/sanity.pylint.txt
  (cd "$COLLECTION" && HOME=$home ansible-test sanity --color no --python "$python_version" --requirements) 2>&1 |
    tee "$CACHE/sanity.log"
  ! grep -q 'All targets skipped' "$CACHE/sanity.log" || fail "ansible-test tested nothing"
  check_no_sanity_ignores
}

check_no_sanity_ignores() {
  local found
  found=$(find tests/sanity -name 'ignore*' 2>/dev/null || true)
  [ -z "$found" ] || fail "ansible-test sanity: these files ignore errors: $found. Fix the errors instead"
}

stage_unit() {
  (cd "$COLLECTION" && PYTHONPATH=$CACHE/collections pytest -p no:cacheprovider --quiet tests/unit)
}

# The role, its action plugins and modules by the real ansible-playbook, on stand-ins for a Docker engine and a cloud.
stage_role() {
  (cd "$COLLECTION" && pytest -p no:cacheprovider --quiet tests/role)
}

# What is published: as Galaxy imports it, its licenses, the documentation site.
stage_package() {
  tests/package.sh
}

# Lint, sanity and unit on the newest ansible-core, in a Debian 13 of its own.
stage_newest() {
  tests/newest_core.sh
}

# The vCenter simulator without Docker, and a small one of XenServers: what is asked of hypervisors from outside.
stage_hypervisors() {
  install_packages "${HYPERVISORS_PACKAGES[@]}"
  PYTHONPATH=$CACHE/collections pytest -p no:cacheprovider --verbose tests/integration/test_{discovery,preflight,image_cache}.py
}

# RabbitMQs of the tests' own; of Debian's, its programs are enough.
stage_bus() {
  install_packages "${BUS_PACKAGES[@]}"
  PYTHONPATH=$CACHE/collections pytest -p no:cacheprovider --verbose tests/integration/test_{apart,preflight_bus,base_files,recipes}.py
}

scenario() {
  step "molecule: $1"
  molecule test --scenario-name "$1" 2>&1 | tee "$CACHE/scenario.log"
}

stage_molecule() {
  local name
  for name in "${SCENARIOS[@]}"; do
    scenario "$name"
  done
}

# Two Docker hosts in network namespaces, and RabbitMQ killed, frozen, cut off: docs/lease.md.
stage_lease() {
  install_packages "${LEASE_PACKAGES[@]}"
  scenario lease
}

stage_quickstart() {
  pytest -p no:cacheprovider --verbose tests/integration/test_quickstart{_paths,}.py
}

# Where no init system has done it, or not all of it: without these no engine starts. Role docker_host takes away what it had mounted.
mount_cgroups() {
  [ "$(stat --file-system --format=%T /sys/fs/cgroup)" = cgroup2fs ] && return
  mountpoint --quiet /sys/fs/cgroup/devices && return
  install_packages cgroupfs-mount
  cgroupfs-mount
}

# Of Docker, its programs are enough.
stage_fanout() {
  command -v dockerd >/dev/null || install_packages docker.io
  install_packages "${FANOUT_PACKAGES[@]}"
  mount_cgroups
  PYTHONPATH=$CACHE/collections pytest -p no:cacheprovider --verbose tests/integration/test_{check_run,engines,machines,handover,faults,progress,density}.py
  [ "$(dockerd --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')" -lt 23 ] || return 0
  step "Docker of Debian 13: behaviour of engines from 23 on"
  unpack_newer_docker
  PYTHONPATH=$CACHE/collections PATH=$NEWER_DOCKER/usr/sbin:$NEWER_DOCKER/usr/bin:$PATH \
    pytest -p no:cacheprovider --verbose tests/integration/test_faults.py -k "killed or forgot"
}

on_podman() { NOVAFLEET_ENGINE=podman PYTHONPATH=$CACHE/collections pytest -p no:cacheprovider --verbose "$@"; }

# The same fan-out on Podmans of the tests' own. They wait for most of the time, so half of them run beside the others.
stage_podman() {
  local log=$CACHE/podman.log faults passed=true
  install_packages "${PODMAN_PACKAGES[@]}"
  mount_cgroups
  on_podman tests/integration/test_faults.py >"$log" 2>&1 &
  faults=$!
  on_podman tests/integration/test_{check_run,engines,machines,handover,progress,podman}.py || passed=false
  wait "$faults" || passed=false
  cat "$log"
  "$passed"
}

# Its programs run on Debian 12 with that one's runc, and no package manager knows of them.
unpack_newer_docker() {
  [ -x "$NEWER_DOCKER/usr/sbin/dockerd" ] && return
  local apt=$NEWER_DOCKER/apt package
  mkdir -p "$apt"/{lists,cache/archives}/partial
  echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main' >"$apt/sources.list"
  local options=(--quiet=2 --option "Dir::Etc::SourceList=$apt/sources.list" --option Dir::Etc::SourceParts=/dev/null
    --option "Dir::State::Lists=$apt/lists" --option "Dir::Cache=$apt/cache" --option APT::Sandbox::User=root)
  apt-get "${options[@]}" update
  (cd "$apt" && apt-get "${options[@]}" download containerd docker.io)
  for package in "$apt"/*.deb; do
    dpkg-deb --extract "$package" "$NEWER_DOCKER"
  done
}

run() {
  local stage
  for stage in "$@"; do
    step "$stage"
    "stage_$stage"
  done
}

# Molecule colours what its commands say and puts a bar before each line.
plain_lines() { sed --regexp-extended $'s/\e\\[[0-9;]*m//g; s/^ *│ ?//' "$1"; }

# Where a scenario fails, it cleans up after that; so what failed is told once more at the end of the output.
end_early() {
  kill -- "-$BESIDE" 2>/dev/null || true
  printf '\nProgress of the other stages (full log: %s):\n' "$LOG"
  grep --extended-regexp '^=== |[0-9]+ (passed|failed)' "$LOG" || true
  printf '\nErrors of the failed scenario:\n'
  plain_lines "$CACHE/scenario.log" | grep --extended-regexp '^E  |^FAILED [^-]|^fatal: |^[^ ]+\.py:[0-9]+: |[0-9]+ failed' |
    cut --characters=-1000 | tail --lines=40 || true
}

# What the stages apart say is shown once they are over.
run_all() {
  local beside
  readonly LOG=$CACHE/apart.log
  # Two that install packages at the same time would stop each other. The first scenario brings Docker long before fanout begins.
  install_packages "${HYPERVISORS_PACKAGES[@]}" "${BUS_PACKAGES[@]}" "${FANOUT_PACKAGES[@]}" "${PODMAN_PACKAGES[@]}" "${LEASE_PACKAGES[@]}"
  # Left to the first scenario, they would be taken away with it, under the engines of fanout.
  mount_cgroups
  # With job control they are a process group, which can be ended as a whole.
  set -m
  run "${APART[@]}" >"$LOG" 2>&1 &
  readonly BESIDE=$!
  set +m
  trap end_early EXIT
  run molecule lease
  step "output of the other stages: ${APART[*]}"
  wait "$BESIDE" && beside=passed || beside=failed
  trap - EXIT
  cat "$LOG"
  [ "$beside" = passed ] || fail "one of these stages failed: ${APART[*]}"
  run quickstart
}

[ "$(id -u)" -eq 0 ] || fail "root is required, because the tests start a Docker engine. Run this as root"
[[ $PWD =~ [[:space:]] ]] && fail "$PWD: the tools of the tests do not work with spaces in paths. Move the checkout"
started=$EPOCHSECONDS
check_stages "$@"
install_packages "${PACKAGES[@]}"
export PATH=$CACHE/venv/bin:$PATH
make_venv
python_version=$(python -c 'import sys; print("{}.{}".format(*sys.version_info))')
export ANSIBLE_HOME=$CACHE/ansible ANSIBLE_COLLECTIONS_PATH=$CACHE/collections
install_collection
if [ $# -gt 0 ]; then
  run "$@"
else
  run_all
  set -- "${STAGES[@]}"
fi
step "all stages passed: $*"
