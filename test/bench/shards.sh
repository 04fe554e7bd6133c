#!/usr/bin/env bash
# A table that is partitioned by hash over 2, 4 and 8 shards with postgres_fdw: the time of the ten nearest rows in the append form and in
# the quick form of docs/scale-out.md, and as a plain query, against that of the slowest shard. Makes a private PostgreSQL cluster and removes it again; each shard
# and the table that asks them is a database in it. Needs vectidx installed in that PostgreSQL, and pgbench.
#   PG_CONFIG=/path/to/pg_config test/bench/shards.sh
# Environment, with defaults:
#   PG_CONFIG       pg_config
#   BENCH_SHARDS    "2 4 8"
#   BENCH_ROWS      80000, of all shards together; BENCH_DIMS 128
#   BENCH_QUERIES   1000 of each measurement, BENCH_ROUNDS 5 measurements, of which the quietest counts
#   BENCH_USER      postgres: whose processes these are when root starts this
# The goal is 1.3 times the slowest shard, plus 1 ms. The exit status is 1 where both forms miss it. All shards share the processors of
# this machine, which is what machines of their own would not do.
set -euo pipefail
unset PGOPTIONS

PG_CONFIG=${PG_CONFIG:-pg_config}
BENCH_SHARDS=${BENCH_SHARDS:-2 4 8}
BENCH_ROWS=${BENCH_ROWS:-80000}
BENCH_DIMS=${BENCH_DIMS:-128}
BENCH_QUERIES=${BENCH_QUERIES:-1000}
BENCH_ROUNDS=${BENCH_ROUNDS:-5}
bindir=$("$PG_CONFIG" --bindir)
work=$(mktemp -d)
# The server's user is not always the one that owns this file.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd "$work" && runuser -u "${BENCH_USER:-postgres}" -- "$@")
    else
        (cd "$work" && "$@")
    fi
}

# shellcheck disable=SC2317  # the trap calls it
clean_up() {
    as_server "$bindir/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null || true
    rm -rf "$work"
}

start_cluster() {
    chmod 755 "$work"
    [ "$(id -u)" -ne 0 ] || chown "${BENCH_USER:-postgres}" "$work"
    as_server "$bindir/initdb" -D data -A trust -N -U bench --locale=C -E UTF8 >/dev/null
    cat >>"$work/data/postgresql.conf" <<EOF
listen_addresses = ''
unix_socket_directories = '$work'
port = 5432
shared_buffers = 1GB
maintenance_work_mem = 1GB
max_wal_size = 16GB
autovacuum = off
fsync = off
jit = off
EOF
    trap clean_up EXIT
    as_server "$bindir/pg_ctl" -D data -l "$work/log" -w start >/dev/null
}

# sql DATABASE: runs the standard input there.
sql() {
    as_server "$bindir/psql" -X -q -At -v ON_ERROR_STOP=1 -h "$work" -U bench -d "$1"
}

# make_shard DATABASE: one with an empty table, its index, and the queries.
make_shard() {
    echo "CREATE DATABASE $1" | sql postgres
    sql "$1" <<EOF
SET client_min_messages = warning;
CREATE EXTENSION vectidx;
-- One of 100 centers, plus noise: the same numbers everywhere.
CREATE FUNCTION near(id bigint) RETURNS vector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS \$\$
    SELECT array_agg(hashint8extended(-1 - abs(id) % 100, i) % 100003 / 100003.0 + hashint8extended(id, i) % 100003 / 200006.0)::vector
    FROM generate_series(1, $BENCH_DIMS) AS i
\$\$;
CREATE TABLE queries AS SELECT i AS id, near(1000000000 + i) AS q FROM generate_series(1, 500) AS i;
CREATE UNIQUE INDEX ON queries (id);
CREATE TABLE items (id bigint, v vector($BENCH_DIMS));
CREATE FUNCTION nearest_here(query vector, k int) RETURNS TABLE (id bigint, distance float8) LANGUAGE plpgsql STABLE AS \$\$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT id, v <-> query FROM items ORDER BY v <-> query LIMIT k;
END
\$\$;
EOF
}

# make_shards N: the database `front` with the table, and N with its partitions. The rows are computed on the shards:
# satisfies_hash_partition() tells which are theirs.
make_shards() {
    local n=$1 i leg
    make_shard front
    echo "CREATE EXTENSION postgres_fdw; CREATE EXTENSION dblink; DROP TABLE items; CREATE TABLE items (id bigint NOT NULL, v vector($BENCH_DIMS)) PARTITION BY HASH (id)" | sql front
    local legs='' options='' names=''
    for ((i = 0; i < n; i++)); do
        make_shard "shard$i"
        sql "shard$i" <<EOF
CREATE TABLE parted (id bigint) PARTITION BY HASH (id);
INSERT INTO items SELECT id, near(id) FROM generate_series(1, $BENCH_ROWS::bigint) AS id
    WHERE satisfies_hash_partition('parted'::regclass, $n, $i, id);
CREATE INDEX ON items USING vectidx (v vector_l2_ops);
VACUUM ANALYZE;
EOF
        options="host '$work', dbname 'shard$i', extensions 'vectidx', async_capable 'true'"
        [ "$major" -lt 15 ] || options+=", parallel_commit 'true'"
        sql front <<EOF
CREATE SERVER shard$i FOREIGN DATA WRAPPER postgres_fdw OPTIONS ($options);
CREATE USER MAPPING FOR CURRENT_USER SERVER shard$i OPTIONS (user 'bench');
CREATE FOREIGN TABLE items_$i PARTITION OF items FOR VALUES WITH (MODULUS $n, REMAINDER $i) SERVER shard$i OPTIONS (table_name 'items');
EOF
        leg="(SELECT id, v <-> query AS distance FROM items_$i ORDER BY v <-> query LIMIT 10)"
        legs+="${legs:+ UNION ALL }$leg"
        names+="${names:+,}shard$i"
    done
    sql front <<EOF
CREATE FUNCTION nearest_items(query vector) RETURNS TABLE (id bigint, distance float8) LANGUAGE plpgsql STABLE AS \$\$
#variable_conflict use_column
BEGIN
    RETURN QUERY WITH nearest AS MATERIALIZED ($legs) SELECT * FROM nearest ORDER BY distance LIMIT 10;
END
\$\$;
CREATE FUNCTION nearest_quick(query vector, k int) RETURNS TABLE (id bigint, distance float8) LANGUAGE plpgsql AS \$\$
#variable_conflict use_column
DECLARE
    shards text[] := '{$names}';
    shard text;
    command text := format('SELECT * FROM nearest_here(%L, %s)', query, k);
BEGIN
    FOREACH shard IN ARRAY shards LOOP
        IF shard = ANY (dblink_get_connections()) IS NOT TRUE THEN
            PERFORM dblink_connect(shard, shard);
        END IF;
        PERFORM dblink_send_query(shard, command);
    END LOOP;
    RETURN QUERY SELECT n.id, n.distance FROM unnest(shards) AS s, dblink_get_result(s) AS n (id bigint, distance float8)
        ORDER BY n.distance LIMIT k;
    PERFORM FROM unnest(shards) AS s, dblink_get_result(s) AS n (id bigint, distance float8);
END
\$\$;
EOF
}

# server_cpu: hundredths of a second that the processes of the server have used which have ended.
server_cpu() {
    awk '{ print $16 + $17 }' "/proc/$(head -n 1 "$work/data/postmaster.pid")/stat"
}

# run DATABASE QUERIES STATEMENT: prints the median time of that many runs over one connection, `:i` being random, and the CPU of the
# whole server for each, both in milliseconds.
run() {
    local before
    printf '\\set i random(1, 500)\n%s;\n' "$3" >"$work/script"
    rm -f "$work"/times.*
    before=$(server_cpu)
    as_server "$bindir/pgbench" -h "$work" -U bench -n -M prepared --random-seed=1 -t $(($2 + 10)) -l --log-prefix=times \
        -f script "$1" >"$work/pgbench.log" 2>&1 || { cat "$work/pgbench.log" >&2; exit 2; }
    # The first ten open connections and make plans. A session ends a moment after its client.
    sleep 0.2
    tail -n +11 "$work"/times.* | awk '{ print $3 / 1000 }' | sort -n |
        awk -v cpu=$(($(server_cpu) - before)) '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)], cpu * 10 / NR }'
}

# measure N: prints a line of the table; fails where both forms miss the goal. Of the rounds the quietest counts, for each column.
measure() {
    local n=$1 i round
    local here='SELECT id FROM items ORDER BY v <-> (SELECT q FROM queries WHERE id = :i) LIMIT 10'
    for ((round = 0; round < BENCH_ROUNDS; round++)); do
        {
            for ((i = 0; i < n; i++)); do
                run "shard$i" "$BENCH_QUERIES" "$here"
            done | sort -n | tail -n 1
            run front "$BENCH_QUERIES" 'SELECT * FROM nearest_items((SELECT q FROM queries WHERE id = :i))'
            run front "$BENCH_QUERIES" 'SELECT * FROM nearest_quick((SELECT q FROM queries WHERE id = :i), 10)'
            # It is slow: a few are enough.
            run front 10 "$here"
        } | tr '\n' ' '
        echo
    done | awk -v n="$n" '
        { for (i = 1; i <= 8; i++) if (NR == 1 || $i < least[i]) least[i] = $i }
        END {
            append = least[3] / (1.3 * least[1] + 1)
            quick = least[5] / (1.3 * least[1] + 1)
            printf "| %d | %.2f (%.2f) | %.2f (%.2f) | %.2f (%.2f) | %.2f (%.2f) | %.2f | %.2f |\n", n, least[1], least[2], least[3],
                least[4], least[5], least[6], least[7], least[8], append, quick
            exit append > 1 && quick > 1
        }'
}

start_cluster
major=$(echo "SELECT current_setting('server_version_num')::int / 10000" | sql postgres)
echo "$("$bindir/postgres" --version), $BENCH_ROWS rows of $BENCH_DIMS dimensions, $(nproc) processors; milliseconds, median of $BENCH_QUERIES queries (CPU of all processes of the server)"
echo '| shards | slowest shard | append form | quick form | plain query | append / goal | quick / goal |'
echo '|---|---|---|---|---|---|---|'
status=0
for n in $BENCH_SHARDS; do
    make_shards "$n"
    measure "$n" || status=1
    echo "SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname ~ '^(front|shard)' \\gexec" | sql postgres
done
exit "$status"
