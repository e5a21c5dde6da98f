#!/usr/bin/env bash
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Checks the published files: the tarball as Galaxy imports it, the licenses, the reference documentation and the site. The
# tarball and the site stay in .cache/package.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

readonly CACHE=$PWD/.cache/package
# ansible-doc does not find roles if the path has two directories ansible_collections, as in a contributor's checkout.
COLLECTIONS=$(mktemp --directory)
readonly COLLECTIONS
trap 'rm -rf "$COLLECTIONS"' EXIT
readonly COLLECTION=$COLLECTIONS/ansible_collections/novafleet/compute
readonly SOURCE=$CACHE/source
readonly REPOSITORY=https://github.com/novafleet/compute/blob/main

step() { printf '\n=== %s\n' "$*"; }

fail() {
  printf 'package.sh: %s\n' "$*" >&2
  exit 1
}

make_venv() {
  local want python=python3
  # The system's interpreter, also if another one is first in the path.
  [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
  want=$(cat requirements.txt tests/package_requirements.txt | sha256sum)
  [ "$(cat "$CACHE/venv.digest" 2>/dev/null)" = "$want" ] && return
  step "Python environment in $CACHE"
  rm -rf "$CACHE/venv"
  mkdir -p "$CACHE"
  "$python" -m venv "$CACHE/venv"
  pip --quiet --disable-pip-version-check install --requirement requirements.txt --requirement tests/package_requirements.txt
  echo "$want" >"$CACHE/venv.digest"
}

build() {
  step "The tarball"
  rm -f "$CACHE"/*.tar.gz
  ansible-galaxy collection build --output-path "$CACHE" .
  tarball=$(echo "$CACHE"/*.tar.gz)
  ansible-galaxy collection install --offline --collections-path "$COLLECTIONS" "$tarball"
  ! tar --list --file "$tarball" | grep --extended-regexp '(^|/)(\.|tests/|molecule/|__pycache__)' ||
    fail "the tarball has files of tests or caches"
}

# The importer only logs that it could not read a role or a plugin, and ends with 0.
check_import() {
  step "Import as in Galaxy"
  (cd "$CACHE" && python -m galaxy_importer.main "$tarball") 2>&1 | tee "$CACHE/import.log"
  # Its messages have ERROR in capitals. A file may be named errors.
  ! grep --extended-regexp 'ERROR|Traceback' "$CACHE/import.log" || fail "the import reports errors"
  grep --quiet 'Importer processing completed successfully' "$CACHE/import.log" || fail "the import did not complete"
}

check_lint() {
  step "ansible-lint on the unpacked tarball"
  (cd "$COLLECTION" && ansible-lint --offline --strict --profile production)
}

check_licenses() {
  step "Licenses"
  reuse lint --quiet || { reuse lint; return 1; }
}

check_reference() {
  step "Reference documentation"
  antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self --check-extra-docs-refs .
}

# Copies the guides of docs/. Files outside docs/ to which they link are not part of the site.
lay_source() {
  rm -rf "$SOURCE" "$CACHE/site"
  install -d --mode=0755 "$SOURCE/guides"
  cp docs/docsite/{conf.py,ansible.rst,index.rst} "$SOURCE"
  cp --recursive docs/*.md docs/images docs/monitoring "$SOURCE/guides"
  sed --in-place "s#](\.\./#]($REPOSITORY/#g" "$SOURCE"/guides/*.md
}

# If the builder cannot read a role, it makes a page with the errors, or no page.
check_pages() {
  local role pages=$SOURCE/collections/novafleet/compute
  ! grep --recursive --files-with-matches 'was malformed' "$pages" ||
    fail "these pages only have errors of their documentation"
  for role in roles/*/; do
    [ -s "$pages/$(basename "$role")_role.rst" ] || fail "no page of the role $(basename "$role")"
  done
}

build_site() {
  step "The site"
  lay_source
  antsibull-docs --config-file docs/docsite/antsibull-docs.cfg collection --use-current --fail-on-error \
    --dest-dir "$SOURCE" novafleet.compute
  check_pages
  sphinx-build --fail-on-warning --keep-going --quiet --builder html "$SOURCE" "$CACHE/site"
}

export PATH=$CACHE/venv/bin:$PATH
make_venv
export ANSIBLE_HOME=$CACHE/ansible ANSIBLE_COLLECTIONS_PATH=$COLLECTIONS
build
check_import
check_lint
check_licenses
check_reference
build_site
step "All checks passed: $tarball and $CACHE/site"
