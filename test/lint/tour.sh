#!/usr/bin/env bash
# The SQL of the README's tour is what sql/tour.sql tests, word for word.
set -euo pipefail
cd "$(dirname "$0")/../.."

in_readme=$(sed -n '/^```sql$/,/^```$/p' README.md | sed '/^```/d')
in_test=$(sed '1d' sql/tour.sql)
if [ "$in_readme" != "$in_test" ]; then
    diff <(printf '%s\n' "$in_readme") <(printf '%s\n' "$in_test") || true
    echo "README.md's tour and sql/tour.sql differ" >&2
    exit 1
fi
