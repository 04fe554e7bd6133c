#!/usr/bin/env bash
# make install-compat and uninstall-compat stop at a vector.control that is not ours, and then change
# nothing at all. INSTALL_TREE is a finished build, PG_CONFIG the PostgreSQL.
set -euo pipefail
cd "$INSTALL_TREE"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
extensions=$stage$("$PG_CONFIG" --sharedir)/extension
mkdir -p "$extensions"
cat >"$extensions/vector.control" <<'END'
comment = 'vector data type and ivfflat and hnsw access methods'
default_version = '0.8.1'
module_pathname = '$libdir/vector'
relocatable = true
END
: >"$extensions/vector--0.8.1.sql"

state() {
    find "$stage" -type f -exec sha256sum {} + | sort
}
before=$(state)
for target in install-compat uninstall-compat; do
    if make -s PG_CONFIG="$PG_CONFIG" DESTDIR="$stage" $target >"$stage.log" 2>&1; then
        echo "make $target succeeds"
        exit 1
    fi
    grep -q 'pgvector is installed' "$stage.log" || { cat "$stage.log"; exit 1; }
    rm -f "$stage.log"
    [[ $(state) == "$before" ]] || { echo "make $target changes files:"; state; exit 1; }
done
