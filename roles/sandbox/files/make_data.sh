# shellcheck shell=sh
# Makes MariaDB's data directory, unless it is there. A try that was cut off leaves nothing that looks whole.
set -eu
data=/var/lib/mysql/data
[ -d "$data" ] && exit 0
rm -rf "$data.new"
mariadb-install-db --no-defaults --datadir="$data.new" --skip-name-resolve --skip-test-db \
  --auth-root-authentication-method=socket --auth-root-socket-user=nova >/dev/null
mv "$data.new" "$data"
