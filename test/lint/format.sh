#!/usr/bin/env bash
# Rule: C++ looks as .clang-format says. Its versions differ in details: 14, of Debian 12, counts.
# With --fix it is made to look so (make format).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly version=14
how=(--dry-run -Werror --ferror-limit=0)
[[ ${1:-} != --fix ]] || how=(-i)

program=$(command -v "clang-format-$version" || command -v clang-format)
if ! "$program" --version | grep -q "version $version\."; then
    printf 'skipped: the rule is for clang-format %s, this is %s\n' "$version" "$("$program" --version)"
    exit 77
fi
find src test \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z |
    xargs -0 "$program" "${how[@]}"
