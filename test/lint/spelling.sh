#!/usr/bin/env bash
# Rule: American spelling, as in PostgreSQL, and none of the usual misspellings: codespell finds nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

program=$(command -v codespell) || {
    echo 'skipped: there is no codespell'
    exit 77
}

# The files of the repository, git's list or what a tarball has, but for what a program wrote.
{
    git -c safe.directory='*' ls-files -z --cached --others --exclude-standard 2>/dev/null ||
        find . -type f ! -path './.git/*' ! -path './build/*' ! -name '*.o' ! -name '*.d' ! -name '*.so' -print0
} | grep -zvE '\.(out|json|svg)$|^(\./)?test/(dumps|fuzz/corpus)/' | sort -z |
    xargs -0 "$program" --builtin clear,en-GB_to_en-US --ignore-words-list inh,isnt,statics --quiet-level 2
