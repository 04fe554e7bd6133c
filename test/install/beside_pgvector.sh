#!/usr/bin/env bash
# Another library that defines hnsw.ef_search, as pgvector's does, on the same server: it and ours are
# loaded in one session, in either order or preloaded, and both go on. The other library, vector.so,
# is test/install/other_settings.c. INSTALL_TREE is a finished build, PG_CONFIG the PostgreSQL.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
for library in say packages postgres server; do
    # shellcheck source=/dev/null
    source "$root/scripts/lib/$library.sh"
done

home=$(mktemp -d "${TMPDIR:-/tmp}/vectidx.XXXXXX")
chmod 755 "$home"
bindir=
stop() {
    [[ -z $bindir ]] || stop_server "$home" "$bindir" || true
    rm -rf -- "$home"
}
trap stop EXIT

copy=$(copy_postgres "$PG_CONFIG" "$home/postgres")
bindir=$("$copy" --bindir)
install_extension "$INSTALL_TREE" "$copy" "$home/install.log"
create_cluster "$home" "$bindir" <<<'fsync = off'
start_server "$home" "$bindir"
use_server "$home" "$bindir"

# check NAME EXPECTED SQL...: one session; what it prints, errors included.
check() {
    local name=$1 expected=$2 got
    shift 2
    got=$(psql -XqAt -d postgres "${@/#/-c}" 2>&1) || true
    [[ $got == "$expected" ]] || die "$name: expected '$expected', got '$got'"
}

short="SELECT short_desc FROM pg_settings WHERE name = 'hnsw.ef_search'"
ours="Sets the number of candidates that a search of an hnsw index keeps."
both='CREATE EXTENSION vectidx SCHEMA public'

check 'ours alone' "$ours" "LOAD 'vectidx'" "$short"
gcc -shared -fPIC -Wall -Werror -I"$("$PG_CONFIG" --includedir-server)" \
    -o "$("$copy" --pkglibdir)/vector.so" "$here/other_settings.c"
check 'ours first' theirs "LOAD 'vectidx'" "LOAD 'vector'" "$short"
check 'theirs first' theirs "LOAD 'vector'" "LOAD 'vectidx'" "$short"
check 'ours goes on' $'[1,2]\n3' "LOAD 'vector'" "$both" "SELECT '[1,2]'::vector" \
    "SELECT '[1,2]'::vector <-> '[1,5]'" 'DROP EXTENSION vectidx'
check 'both extensions on one server' $'vectidx\n2' "$both" 'CREATE DATABASE other' 'SELECT extname FROM pg_extension WHERE extname <> '"'plpgsql'" \
    "SELECT count(*) FROM pg_available_extensions WHERE name IN ('vectidx', 'vector')"
check 'the settings come with the first index' "$ours" "DROP EXTENSION vectidx" 'CREATE EXTENSION vector' \
    'CREATE TABLE t (v vector(2))' 'CREATE INDEX ON t USING hnsw (v vector_l2_ops)' "$short"
check 'an index while theirs are defined' $'theirs\n[1,2]' "LOAD 'vector'" "INSERT INTO t VALUES ('[1,2]')" 'SET hnsw.ef_search = 50' \
    "$short" 'SET enable_seqscan = off' "SELECT v FROM t ORDER BY v <-> '[0,0]' LIMIT 1"

for libraries in 'vectidx, vector' 'vector, vectidx'; do
    stop_server "$home" "$bindir"
    printf "shared_preload_libraries = '%s'\n" "$libraries" >>"$home/data/postgresql.conf"
    start_server "$home" "$bindir"
    check "preloaded: $libraries" $'theirs\n[1,2]' "$short" 'SET enable_seqscan = off' \
        "SELECT v FROM t ORDER BY v <-> '[0,0]' LIMIT 1"
done
! grep -E 'PANIC|terminated by signal' "$home/server.log" || die 'the server crashed'
