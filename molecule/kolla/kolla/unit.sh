#!/bin/sh
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Stands for kolla-ansible's systemd unit kolla-NAME-container.service, on a machine without systemd.
# usage: unit.sh start|stop NAME
set -eu
name=$2
pid=/run/kolla-$name-container.pid

active() { [ -e "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }

case $1 in
  start)
    active && exit
    # shellcheck disable=SC2016
    setsid --fork sh -c 'echo $$ >"$1"; while :; do docker start --attach "$2"; sleep 11; done' \
      sh "$pid" "$name" </dev/null >/dev/null 2>&1
    echo started
    ;;
  stop)
    active && kill "$(cat "$pid")"
    rm -f "$pid"
    docker stop --time 60 "$name"
    ;;
esac
