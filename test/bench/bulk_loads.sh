#!/usr/bin/env bash
# What the choices of durability are worth for a bulk load: rows per second, as a table (docs/bulk-loads.md).
#   PG_CONFIG=/path/to/pg_config bash test/bench/bulk_loads.sh
# vectidx must be installed in that PostgreSQL. The server is private, with fsync on, and lives in a new folder of
# TMPDIR, which must be on the disk that is to be measured. Environment, with defaults:
#   PG_CONFIG  pg_config
#   ROWS       20000   rows of a load in one statement
#   SINGLE     4000    rows of a load in many transactions
#   CLIENTS    8       sessions of such a load
#   DIMS       128
#   ROUNDS     3       of each load, in turns; the fastest counts
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=private_server.sh
source "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"
rows=${ROWS:-20000} single=${SINGLE:-4000} clients=${CLIENTS:-8} dims=${DIMS:-128} rounds=${ROUNDS:-3}

# line COUNT NAME: of the table.
line() {
    awk -v count="$1" -v name="$2" -v time="${least[$2]}" 'BEGIN { printf "| %s | %.0f |\n", name, count / time }'
}

empty_table() {
    sql 'DROP TABLE IF EXISTS loaded' "CREATE $1 TABLE loaded (id int, v vector($dims))" \
        'CREATE INDEX loaded_v ON loaded USING vectidx (v vector_l2_ops)' 'CHECKPOINT'
}

# transactions NAME STEP SETTINGS...: STEP rows per transaction, by several sessions at once.
transactions() {
    local name=$1 step=$2 script=$home/insert.sql
    shift 2
    empty_table ''
    printf '%s\n' "\\set i random(1, $((rows - step)))" \
        "INSERT INTO loaded SELECT id, v FROM source WHERE id BETWEEN :i AND :i + $step - 1;" >"$script"
    note_least "$name" "$(PGOPTIONS="${*/#/-c }" seconds pgbench --no-vacuum --client="$clients" --jobs=2 \
        --file="$script" --transactions=$((single / step / clients)) postgres)"
}

copy_in="COPY loaded FROM '$home/data/source.copy'"
make_index='CREATE INDEX loaded_v ON loaded USING vectidx (v vector_l2_ops)'

# one_load NAME STATEMENT...: each is a transaction of its own unless the caller says BEGIN.
one_load() {
    local name=$1
    shift
    sql 'DROP TABLE IF EXISTS loaded' 'CHECKPOINT'
    note_least "$name" "$(seconds sql "$@")"
}

loads() {
    local level=$1 table="(id int, v vector($dims))"
    one_load "COPY, then CREATE INDEX, wal_level = $level" "CREATE TABLE loaded $table" "$copy_in" "$make_index"
    one_load "CREATE TABLE, COPY and CREATE INDEX in one transaction, wal_level = $level" \
        'BEGIN' "CREATE TABLE loaded $table" "$copy_in" "$make_index" 'COMMIT'
    one_load "UNLOGGED, COPY, CREATE INDEX, wal_level = $level" \
        "CREATE UNLOGGED TABLE loaded $table" "$copy_in" "$make_index"
    one_load "UNLOGGED, COPY, CREATE INDEX, then SET LOGGED, wal_level = $level" \
        "CREATE UNLOGGED TABLE loaded $table" "$copy_in" "$make_index" 'ALTER TABLE loaded SET LOGGED'
    one_load "UNLOGGED, COPY, SET LOGGED, then CREATE INDEX, wal_level = $level" \
        "CREATE UNLOGGED TABLE loaded $table" "$copy_in" 'ALTER TABLE loaded SET LOGGED' "$make_index"
}

restart() {
    stop_server "$home" "$bindir"
    printf "wal_level = %s\nmax_wal_senders = %s\n" "$1" "$2" >>"$home/data/postgresql.conf"
    start_server "$home" "$bindir"
}

create_cluster "$home" "$bindir" <<END
shared_buffers = 512MB
maintenance_work_mem = 512MB
max_wal_size = 16GB
checkpoint_timeout = 1h
autovacuum = off
jit = off
END
start_server "$home" "$bindir"
use_server "$home" "$bindir"
sql 'CREATE EXTENSION vectidx' "CREATE TABLE source (id int PRIMARY KEY, v vector($dims))" \
    "INSERT INTO source SELECT i, (SELECT array_agg(hashint8extended(i, k) % 1000 / 1000.0 + hashint8extended(i % 100, k) % 1000 / 300.0)
     FROM generate_series(1, $dims) AS k)::vector FROM generate_series(1, $rows) AS i" \
    "COPY source TO '$home/data/source.copy'" 'VACUUM ANALYZE source'

for ((round = 1; round <= rounds; round++)); do
    echo "round $round" >&2
    transactions 'one row per transaction, synchronous_commit = on' 1
    transactions 'one row per transaction, commit_delay = 1000' 1 commit_delay=1000 commit_siblings=1
    transactions 'one row per transaction, synchronous_commit = off' 1 synchronous_commit=off
    transactions '100 rows per transaction, synchronous_commit = on' 100
    transactions '100 rows per transaction, synchronous_commit = off' 100 synchronous_commit=off
    empty_table ''
    note_least 'COPY into the indexed table' "$(seconds sql "$copy_in")"
    empty_table UNLOGGED
    note_least 'COPY into the indexed UNLOGGED table' "$(seconds sql "$copy_in")"
    restart replica 4
    loads replica
    restart minimal 0
    loads minimal
    restart replica 4
done

printf '| load | rows/s |\n|---|---|\n'
for name in "${!least[@]}"; do
    if [[ $name == *'per transaction'* ]]; then line "$single" "$name"; else line "$rows" "$name"; fi
done | sort
