#!/usr/bin/env bash
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/own_engine.sh COMMAND...
#
# Runs a command at the same time as tests that use this machine's Docker engine. The command has its own engine,
# processes, network and directories, as on another machine, but nothing else is in its network. Its engine gets a copy
# of the images that this machine's engine has built.
set -euo pipefail

readonly DIR=$PWD/.cache/test/own_engine
# The roles write below these directories, and make these files.
readonly DIRECTORIES=(/etc /var/lib)
readonly FILES=(/etc/novafleet /etc/novafleet-leased /etc/sysctl.d/60-novafleet.conf /var/lib/novafleet)

# wait_for_engine LOG: shows the log if none answers.
wait_for_engine() {
  local left
  for left in {300..0}; do
    docker version >/dev/null 2>&1 && return
    [ "$left" -gt 0 ] || { echo "own_engine.sh: no engine answers" >&2; cat "$@" >&2; exit 1; }
    sleep 1
  done
}

# A scenario starts this machine's engine if nothing else does.
copy_images() {
  wait_for_engine /dev/null
  rm -rf "$DIR"
  mkdir -p "$DIR"
  docker image ls --format '{{.Repository}}:{{.Tag}}' 'novafleet/*' | xargs docker save --output "$DIR/images.tar"
}

# With a default route, because nova looks for the address that it has.
make_network() {
  ip link set lo up
  ip link add eth0 type veth peer name wall
  ip address add 192.0.2.10/24 dev eth0
  ip link set eth0 up
  ip link set wall up
  ip route add default via 192.0.2.1
}

# For an overlay, a character device of number 0 is a deleted file (Linux, Documentation/filesystems/overlayfs.rst). So what
# other tests have here is not seen, and neither is what they make from now on.
hide() {
  mkdir -p "$(dirname "$DIR/upper$1")"
  mknod "$DIR/upper$1" c 0 0
}

# Whatever is written below them stays below $DIR, and whatever the other tests remove stays there. The engine's own
# directory cannot be an overlay, as its containers are overlays.
make_directories() {
  local directory file
  mount -t tmpfs tmpfs /run
  mkdir -p /run/lock "$DIR/docker"
  for file in "${FILES[@]}"; do
    hide "$file"
  done
  for directory in "${DIRECTORIES[@]}"; do
    mkdir -p "$DIR/upper$directory" "$DIR/work$directory"
    mount -t overlay overlay -o "lowerdir=$directory,upperdir=$DIR/upper$directory,workdir=$DIR/work$directory" "$directory"
  done
  mkdir -p /var/lib/docker
  mount --bind "$DIR/docker" /var/lib/docker
}

start_engine() {
  dockerd >"$DIR/dockerd.log" 2>&1 &
  wait_for_engine "$DIR/dockerd.log"
  docker load --quiet --input "$DIR/images.tar"
  rm "$DIR/images.tar"
}

# This is the first process in there, so its end ends all of them.
if [ "${1:-}" = inside ]; then
  shift
  make_network
  make_directories
  start_engine
  "$@" && result=0 || result=$?
  exit "$result"
fi

copy_images
unshare --kill-child --mount --net --pid --fork --mount-proc --propagation private "$0" inside "$@" &
inside=$!
# unshare itself does not end for a signal, and neither does the first process inside.
trap 'kill -KILL "$inside"' TERM INT
wait "$inside" && result=0 || result=$?
rm -rf "$DIR"
exit "$result"
