#!/usr/bin/env bash
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/own_engine.sh IMAGE... -- COMMAND...
#
# Runs a command beside tests that use this machine's Docker engine. The command has an engine, processes, addresses,
# and directories of its own, as on another machine, and no other network. It gets the images from this machine's engine.
set -euo pipefail

readonly DIR=${OWN_ENGINE_DIR:-$PWD/.cache/test/own_engine}
# What the roles write outside the containers.
readonly DIRECTORIES=(/etc/docker /etc/novafleet /etc/sysctl.d /var/lib/docker /var/lib/novafleet)

copy_images() {
  rm -rf "$DIR"
  mkdir -p "$DIR"
  docker save --output "$DIR/images.tar" "$@"
}

# An interface with a default route, as nova wants to know an address of its machine.
make_network() {
  ip link set lo up
  ip link add eth0 type veth peer name wall
  ip address add 192.0.2.10/24 dev eth0
  ip link set eth0 up
  ip link set wall up
  ip route add default via 192.0.2.1
}

make_directories() {
  local directory
  mount -t tmpfs tmpfs /run
  mkdir /run/lock
  for directory in "${DIRECTORIES[@]}"; do
    mkdir -p "$directory" "$DIR$directory"
    mount --bind "$DIR$directory" "$directory"
  done
}

start_engine() {
  local left
  dockerd >"$DIR/dockerd.log" 2>&1 &
  for left in {60..0}; do
    docker version >/dev/null 2>&1 && break
    [ "$left" -gt 0 ] || { tail "$DIR/dockerd.log" >&2; exit 1; }
    sleep 1
  done
  docker load --quiet --input "$DIR/images.tar"
  rm "$DIR/images.tar"
}

# Its end ends all processes.
if [ "${1:-}" = inside ]; then
  shift
  make_network
  make_directories
  start_engine
  "$@" && result=0 || result=$?
  exit "$result"
fi

images=()
while [ "$1" != -- ]; do
  images+=("$1")
  shift
done
shift
copy_images "${images[@]}"
unshare --kill-child --mount --net --pid --fork --mount-proc --propagation private "$0" inside "$@" && result=0 || result=$?
rm -rf "$DIR"
exit "$result"
