#!/usr/bin/env bash
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs all tests on a bare Debian machine. Requirements go into .cache/test, except for a few Debian packages.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

# The stages APART do not use the machine's Docker engine. In a run of all stages, they run at the same time as the
# scenarios and quickstart, which wait most of the time. So do the stages ENGINES, on engines of their own.
readonly APART=(lint sanity unit role package status hypervisors bus)
readonly ENGINES=(podman lease fanout)
readonly STAGES=("${APART[@]}" molecule quickstart "${ENGINES[@]}")
# These stages run only if they are named.
readonly MORE_STAGES=(bare dashboard guides ironic kolla newest releases swarm)
readonly SCENARIOS=(default vcenter xenserver xenserver_dom0)
# python3-apt: Ansible's module apt needs it if the tests run on this machine's Python. openssh-client: the tests of the role
# look at what a run over ssh shows.
readonly PACKAGES=(git openssh-client python3-apt python3-venv shellcheck)
readonly HYPERVISORS_PACKAGES=(golang-go golang-github-vmware-govmomi-dev openssl patch python3-pyvmomi)
readonly BROWSER_PACKAGES=(chromium chromium-driver)
readonly BUS_PACKAGES=(rabbitmq-server)
readonly FANOUT_PACKAGES=(busybox-static openssl)
readonly PODMAN_PACKAGES=(busybox-static catatonit openssl podman runc)
readonly BARE_PACKAGES=(iproute2 iptables mmdebstrap openssh-client)
readonly SWARM_PACKAGES=(busybox-static docker-registry iproute2)
readonly LEASE_PACKAGES=(busybox-static iproute2 "${BUS_PACKAGES[@]}")
readonly PYTHON=/usr/bin/python3
readonly CACHE=$PWD/.cache/test
readonly PROMETHEUS=$CACHE/prometheus
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

# The tests run on what a user gets: the tarball, installed outside the checkout.
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
  pytest -p no:cacheprovider --quiet tests/guides
  check_no_package_hosts
  (cd "$CACHE/collections" && mypy --config-file "$OLDPWD/mypy.ini" --cache-dir "$CACHE/mypy" ansible_collections/novafleet/compute/plugins)
}

# Debian's mirror comes from APT's sources, and the package index from pip's configuration.
check_no_package_hosts() {
  ! grep --recursive --line-number --binary-files=without-match --extended-regexp '\<(debian|ubuntu|npmjs|pypi|pythonhosted)\.(com|org)\>' \
    .ci .github benchmarks molecule playbooks plugins roles tests ./*.sh || fail "these lines name a package host"
}

stage_sanity() {
  # Without a repository of its own, ansible-test would ask this checkout's, which ignores .cache, and test nothing.
  git init --quiet "$COLLECTION"
  local home=$CACHE/home pip
  pip=$(sed -n "s/^ *pip='\([0-9.]*\)',/\1/p" "$CACHE"/venv/lib/python3*/site-packages/ansible_test/_internal/python_requirements.py)
  install -D --mode=0644 tests/get_pip.py "$home/.ansible/test/cache/get_pip_${pip//./_}.py"
  # ansible-core 2.22 gets one requirement of pylint from a source archive outside the package index.
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

# The role, its action plugins and modules with the real ansible-playbook, on stand-ins for a Docker engine and a cloud.
stage_role() {
  (cd "$COLLECTION" && pytest -p no:cacheprovider --quiet tests/role)
}

# The published files: import as in Galaxy, licenses, and the documentation site.
stage_package() {
  tests/package.sh
}

# Lint, sanity, unit and role on the newest ansible-core, in a Debian 13 of its own.
stage_newest() {
  tests/newest_core.sh
}

# What the status shows, by what reads it: its page in a browser, its metrics and alert rules by Prometheus's programs.
stage_status() {
  install_packages "${BROWSER_PACKAGES[@]}"
  unpack_prometheus
  PYTHONPATH=$CACHE/collections PATH=$PROMETHEUS/usr/bin:$PATH pytest -p no:cacheprovider --verbose tests/status
}

# Unpacked only: an installed package would start its server where there is an init system.
unpack_prometheus() {
  [ -x "$PROMETHEUS/usr/bin/promtool" ] && return
  step "Programs of Debian's prometheus and prometheus-node-exporter"
  mkdir -p "$PROMETHEUS"
  apt-get update --quiet=2
  (cd "$PROMETHEUS" && apt-get --quiet=2 --option APT::Sandbox::User=root download prometheus prometheus-node-exporter)
  unpack_program prometheus-node-exporter_ prometheus-node-exporter
  unpack_program prometheus_ promtool
}

unpack_program() {
  dpkg-deb --fsys-tarfile "$PROMETHEUS/$1"*.deb | tar --extract --directory "$PROMETHEUS" "./usr/bin/$2"
  rm "$PROMETHEUS/$1"*.deb
}

# Discovery and preflight of hypervisors, on the vCenter simulator without Docker, and on a small one of XenServers.
stage_hypervisors() {
  install_packages "${HYPERVISORS_PACKAGES[@]}"
  PYTHONPATH=$CACHE/collections pytest -p no:cacheprovider --verbose tests/integration/test_{discovery,preflight,image_cache}.py
}

# The tests start RabbitMQs of their own. Only the programs of Debian's package are used.
stage_bus() {
  install_packages "${BUS_PACKAGES[@]}"
  PYTHONPATH=$CACHE/collections pytest -p no:cacheprovider --verbose tests/integration/test_{apart,preflight_bus,base_files,recipes}.py
}

scenario() {
  step "molecule: $1"
  molecule test --scenario-name "$1" 2>&1 | tee "$CACHE/scenario.log"
}

scenarios() {
  local name
  for name in "$@"; do
    scenario "$name"
  done
}

stage_molecule() { scenarios "${SCENARIOS[@]}"; }

# Needs an image of its own, so stage molecule does not have it.
stage_ironic() {
  scenario ironic
}

# A fleet next to a nova-compute in a container like kolla-ansible's (docs/kolla-ansible.md).
stage_kolla() {
  install_packages openssl
  scenario kolla
}

# Two Docker hosts in network namespaces, and RabbitMQ that is killed, frozen and cut off (docs/lease.md).
stage_lease() {
  install_packages "${LEASE_PACKAGES[@]}"
  scenario lease
}

stage_quickstart() {
  pytest -p no:cacheprovider --verbose tests/integration/test_{quickstart_paths,quickstart,quickstart_down}.py
}

# The commands of README and the guides on a quick start's cloud, as tests/guides/guides.yml has them.
stage_guides() {
  pytest -p no:cacheprovider --verbose tests/integration/test_{guides,quickstart_down}.py
}

# Images of all releases of nova with pins, on clouds of these releases.
stage_releases() {
  pytest -p no:cacheprovider --verbose tests/integration/test_{releases,quickstart_down}.py
}

# The dashboard of a quick start, in a browser.
stage_dashboard() {
  install_packages "${BROWSER_PACKAGES[@]}" iproute2
  pytest -p no:cacheprovider --verbose --durations=12 tests/dashboard
}

# README's way onto an existing cloud, on a bare machine of each Debian.
stage_bare() {
  install_packages "${BARE_PACKAGES[@]}"
  pytest -p no:cacheprovider --verbose tests/bare
}

# Mounts control groups if no init system has done so completely, because an engine needs them. Role docker_host removes its
# own mounts.
mount_cgroups() {
  [ "$(stat --file-system --format=%T /sys/fs/cgroup)" = cgroup2fs ] && return
  mountpoint --quiet /sys/fs/cgroup/devices && return
  install_packages cgroupfs-mount
  cgroupfs-mount
}

# Kernel limits are the whole machine's. A scenario that raises them resets them at its end, while another one needs them.
raise_limits() {
  at_least 8192 /proc/sys/fs/inotify/max_user_instances
  at_least 131072 /proc/sys/kernel/pid_max
}

at_least() { [ "$(cat "$2")" -ge "$1" ] || echo "$1" >"$2"; }

# Only Docker's programs are used.
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

# A swarm of three engines in network namespaces, with a registry.
stage_swarm() {
  command -v dockerd >/dev/null || install_packages docker.io
  install_packages "${SWARM_PACKAGES[@]}"
  mount_cgroups
  PYTHONPATH=$CACHE/collections pytest -p no:cacheprovider --verbose tests/integration/test_swarm.py
}

on_podman() { NOVAFLEET_ENGINE=podman PYTHONPATH=$CACHE/collections pytest -p no:cacheprovider --verbose "$@"; }

# The same fan-out on Podmans of the tests' own. The tests wait most of the time, so half of them run at the same time.
stage_podman() {
  local log=$CACHE/podman_faults.log faults passed=true
  install_packages "${PODMAN_PACKAGES[@]}"
  mount_cgroups
  on_podman tests/integration/test_faults.py >"$log" 2>&1 &
  faults=$!
  on_podman tests/integration/test_{check_run,engines,machines,handover,progress,podman}.py || passed=false
  wait "$faults" || passed=false
  cat "$log"
  "$passed"
}

# The programs run on Debian 12 with its runc. They are unpacked and not installed.
unpack_newer_docker() {
  [ -x "$NEWER_DOCKER/usr/sbin/dockerd" ] && return
  local apt=$NEWER_DOCKER/apt mirror package
  mirror=$(tests/debian_mirror.sh)
  mkdir -p "$apt"/{lists,cache/archives}/partial
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$apt/sources.list"
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

# Molecule colours the output of its commands and puts a bar before each line.
plain_lines() { sed --regexp-extended $'s/\e\\[[0-9;]*m//g; s/^ *│ ?//' "$1"; }

# Molecule wraps long lines, and what follows the first part of one begins with a space.
error_lines() {
  awk '/^E  |^ERROR: |^FAILED [^-]|^fatal: |^[^ ]+\.py:[0-9]+: |[0-9]+ failed/ { more = 25; print; next }
    more && /^ / { more--; print; next }
    { more = 0 }' | cut --characters=-1000
}

# What fails cleans up after that, so its errors are repeated at the end of the output.
end_early() {
  local log
  kill -- "${BACKGROUND[@]/#/-}" 2>/dev/null || true
  for log in "${LOGS[@]}"; do
    printf '\nProgress in %s:\n' "$log"
    plain_lines "$log" | grep --extended-regexp '^=== |[0-9]+ (passed|failed)' || true
  done
  for log in "$CACHE/scenario.log" "${LOGS[@]}"; do
    printf '\nErrors in %s, and its last lines:\n' "$log"
    plain_lines "$log" | error_lines | tail --lines=60 || true
    printf '%s\n' ...
    plain_lines "$log" | tail --lines=5 || true
  done
}

# in_background NAME COMMAND...: runs a command in the background. With job control it is a process group, which can be ended
# as a whole.
in_background() {
  local log=$CACHE/$1.log
  shift
  set -m
  "$@" >"$log" 2>&1 &
  set +m
  BACKGROUND+=("$!")
  LOGS+=("$log")
}

# Ends the whole run if a command in the background has failed.
check_background() {
  local number
  for number in "${!BACKGROUND[@]}"; do
    [ -z "${PASSED[number]-}" ] || continue
    kill -0 "${BACKGROUND[number]}" 2>/dev/null && continue
    wait "${BACKGROUND[number]}" || background_failed "${LOGS[number]} (exit code $?)"
    PASSED[number]=true
  done
}

background_failed() { fail "stages have failed. Their output: $*"; }

# The output of each is shown after it has ended.
wait_for_background() {
  local number failed=()
  for number in "${!BACKGROUND[@]}"; do
    [ -n "${PASSED[number]-}" ] || wait "${BACKGROUND[number]}" || failed+=("${LOGS[number]} (exit code $?)")
    cat "${LOGS[number]}"
  done
  [ "${#failed[@]}" -eq 0 ] || background_failed "${failed[@]}"
}

# The first scenario installs Docker. Its programs are all that fanout needs.
podman_and_fanout() {
  run podman
  until [ -z "$(missing_packages docker.io)" ]; do sleep 1; done
  run fanout
}

# The first scenario builds the images that lease needs.
lease_beside_scenarios() {
  step lease
  tests/own_engine.sh molecule test --scenario-name lease
}

run_all() {
  local name
  BACKGROUND=() LOGS=() PASSED=()
  # Two stages cannot install packages at the same time.
  install_packages "${BROWSER_PACKAGES[@]}" "${HYPERVISORS_PACKAGES[@]}" "${BUS_PACKAGES[@]}" "${FANOUT_PACKAGES[@]}" \
    "${PODMAN_PACKAGES[@]}" "${LEASE_PACKAGES[@]}"
  unpack_prometheus
  # Mounted before the first scenario, which would otherwise unmount them at its end, while other engines use them.
  mount_cgroups
  raise_limits
  trap end_early EXIT
  in_background apart run "${APART[@]}"
  in_background podman_and_fanout podman_and_fanout
  step molecule
  scenario "${SCENARIOS[0]}"
  check_background
  in_background lease lease_beside_scenarios
  for name in "${SCENARIOS[@]:1}"; do
    scenario "$name"
    check_background
  done
  run quickstart
  step "output of the stages that ran at the same time: ${APART[*]} ${ENGINES[*]}"
  wait_for_background
  trap - EXIT
}

[ "$(id -u)" -eq 0 ] || fail "root is required, because the tests start a Docker engine. Run this as root"
[[ $PWD =~ [[:space:]] ]] && fail "$PWD: the tools of the tests do not work with spaces in paths. Move the checkout"
started=$EPOCHSECONDS
check_stages "$@"
install_packages "${PACKAGES[@]}"
export PATH=$CACHE/venv/bin:$PATH
# Python compiles what is imported. To compile all packages of each environment takes longer.
export PIP_COMPILE=0
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
