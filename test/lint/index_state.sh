#!/usr/bin/env bash
# Rule: a callback of the access method asks for the state of an index once, index_state(), and passes it down. Below
# pg/am nobody asks for it: who needs the metapage as of now says so (CurrentMeta, load_state()).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

found=$(grep -rnE --include='*.cpp' --include='*.hpp' '\bindex_state\(' src |
    grep -vE '^src/pg/am/|^src/pg/pages/index_state\.|^[^:]*:[0-9]*:[[:space:]]*//' || true)
[[ -z $found ]] || { printf '%s\n' "$found" 'index_state() is for pg/am'; exit 1; }
