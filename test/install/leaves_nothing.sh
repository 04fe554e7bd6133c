#!/usr/bin/env bash
# Uninstalling leaves nothing of what installing brought: for both extensions, alone and together.
# INSTALL_TREE is a finished build, PG_CONFIG the PostgreSQL.
set -euo pipefail
cd "$INSTALL_TREE"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

run() {
    make -s PG_CONFIG="$PG_CONFIG" DESTDIR="$stage" "$@"
}
files() {
    find "$stage" ! -type d | sort
}
check_none() {
    [[ -z $(files) ]] || { printf 'left after %s:\n%s\n' "$1" "$(files)"; exit 1; }
}
# check_has PATTERN...: each matches one of the installed files.
check_has() {
    local pattern
    for pattern in "$@"; do
        files | grep -q "$pattern" || { printf 'not installed: %s\n' "$pattern"; exit 1; }
    done
}

run install
check_has /vectidx.so$ /vectidx.control$ '/vectidx--[0-9.]*.sql$'
! files | grep '/vector' || { echo 'make install brings the extension vector'; exit 1; }
run uninstall
check_none 'install and uninstall'

run install-compat
check_has /vectidx.so$ /vectidx.control$ /vector.control$ '/vector--0[.][0-9.]*[.]sql$' '/vector--0[.]8[.]6--0[.][0-9.]*[.]sql$'
both=$(files)
run install-compat # over itself
[[ $(files) == "$both" ]]
run uninstall-compat
! files | grep '/vector' || { echo 'uninstall-compat leaves files'; exit 1; }
check_has /vectidx.so$ /vectidx.control$
run uninstall
check_none 'install-compat, uninstall-compat and uninstall'
