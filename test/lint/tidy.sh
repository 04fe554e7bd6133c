#!/usr/bin/env bash
# Rule: clang-tidy finds nothing (.clang-tidy). Core is compiled as CMake says, the rest as the
# Makefile does. LINT_CMAKE is a folder that cmake configured, PG_CONFIG the PostgreSQL.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly version=14

program=$(command -v "clang-tidy-$version" || command -v clang-tidy)
if ! "$program" --version | grep -q "version $version\."; then
    printf 'skipped: the rule is for clang-tidy %s, this is %s\n' "$version" \
        "$("$program" --version | grep -m 1 version)"
    exit 77
fi

database=$(mktemp -d)
trap 'rm -rf "$database"' EXIT
LINT_CMAKE=${LINT_CMAKE:-$database/cmake} bash scripts/compile_commands.sh "$database/compile_commands.json"

# The slow files first, so that no processor is left waiting at the end.
find src -name '*.cpp' -printf '%s %p\n' |
    awk '{ print system("grep -q foreach_target " $2) != 0, -$1, $2 }' | sort -n | cut -d ' ' -f 3 |
    xargs -n 1 -P "$(nproc)" "$program" --quiet -p "$database" 2>"$database/noise" || {
    grep -v 'warnings\? generated\|^$' "$database/noise" || true
    exit 1
}
