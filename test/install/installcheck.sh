#!/usr/bin/env bash
# make installcheck runs what the build can pass: the isolation specs need test points, which a
# release has not. INSTALL_TREE is a finished build, PG_CONFIG the PostgreSQL.
set -euo pipefail
cd "$INSTALL_TREE"

# programs VARIABLE=VALUE...: what make installcheck would run.
programs() {
    make -n PG_CONFIG="$PG_CONFIG" TAP_TESTS= "$@" installcheck | grep -oE 'pg_(isolation_)?regress ' | sort -u | tr -d '\n'
}
# expect WANTED VARIABLE=VALUE...
expect() {
    local wanted=$1 found
    shift
    found=$(programs "$@")
    [[ $found == "$wanted" ]] || { printf 'make installcheck %s runs: %s\n' "$*" "$found"; exit 1; }
}
expect 'pg_regress '
expect 'pg_isolation_regress pg_regress ' TEST_POINTS=1
