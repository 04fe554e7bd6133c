#!/usr/bin/env bash
# Rule: shellcheck finds nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

{
    find scripts test -name '*.sh' -print0
    find .ci -type f -print0
} | sort -z | xargs -0 shellcheck --external-sources
