#!/usr/bin/env bash
# Ways to keep the vectors of many tenants: one table with a tenant column, hash partitions, a partition or a partial index for
# each. Size, build, inserts and queries of each, as a table (docs/filters.md).
#   PG_CONFIG=/path/to/pg_config bash test/bench/tenants.sh
# vectidx must be installed in that PostgreSQL. The server is private and lives in a new folder of TMPDIR. Environment, with
# defaults:
#   PG_CONFIG  pg_config
#   ROWS       100000
#   TENANTS    1000    of which the r-th has a share of about 1/r
#   DIMS       128
#   QUERIES    100     of each kind
#   ROUNDS     3       of the queries, in turns; the fastest counts
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=private_server.sh
source "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"
rows=${ROWS:-100000} tenants=${TENANTS:-1000} dims=${DIMS:-128} queries=${QUERIES:-100} rounds=${ROUNDS:-3}
designs=(single hash list partial)
declare -A title=([single]='one table, btree (tenant)' [hash]='16 hash partitions, btree (tenant)'
    [list]="$tenants list partitions" [partial]="one table, $tenants partial indexes")

# for_all STATEMENT: runs it once for each tenant, which it calls %1$s.
for_all() {
    sql "SELECT format('$1', t) FROM generate_series(1, $tenants) AS t" | psql -XqAt -v ON_ERROR_STOP=1 -d postgres
}

columns="(id int, tenant int, v vector($dims))"
index='USING vectidx (v vector_l2_ops)'

make_table() {
    sql "CREATE TABLE $1 $columns ${2:-}"
}

make_design() {
    local name=$1
    case $name in
        hash)
            make_table hash 'PARTITION BY HASH (tenant)'
            for ((i = 0; i < 16; i++)); do
                sql "CREATE TABLE hash_$i PARTITION OF hash FOR VALUES WITH (MODULUS 16, REMAINDER $i)"
            done
            ;;
        list)
            make_table list 'PARTITION BY LIST (tenant)'
            for_all 'CREATE TABLE list_%1$s PARTITION OF list FOR VALUES IN (%1$s);'
            ;;
        *) make_table "$name" ;;
    esac
    sql "INSERT INTO $name SELECT id, tenant, v FROM source"
}

index_design() {
    local name=$1
    case $name in
        partial) for_all "CREATE INDEX partial_%1\$s ON partial $index WHERE tenant = %1\$s;" ;;
        list) sql "CREATE INDEX ON list $index" ;;
        *) sql "CREATE INDEX ON $name $index" "CREATE INDEX ON $name (tenant)" ;;
    esac
}

# Megabytes of all indexes.
index_size() {
    sql "SELECT round(sum(pg_indexes_size(oid)) / 1048576.0, 1) FROM pg_class WHERE relname ~ '^$1(_[0-9]+)?\$' AND relkind = 'r'"
}

# latency DESIGN CONDITION: milliseconds of a query, planning included.
latency() {
    local script=$home/query.sql
    printf '%s\n' "\\set q random(1, $queries)" \
        "SELECT id FROM $1 $2 ORDER BY v <-> (SELECT v FROM probes WHERE id = :q) LIMIT 10;" >"$script"
    pgbench --no-vacuum --random-seed=1 --file="$script" --transactions="$queries" postgres 2>/dev/null | sed -n 's/^latency average = \(.*\) ms/\1/p'
}

# insert_rate DESIGN: rows per second, one row per statement, the tenants by their shares.
insert_rate() {
    local script=$home/insert.sql
    printf '%s\n' "\\set i random(1, $rows)" "INSERT INTO $1 SELECT id, tenant, v FROM source WHERE id = :i;" >"$script"
    pgbench --no-vacuum --random-seed=2 --file="$script" --transactions=1000 postgres 2>/dev/null | sed -n 's/^tps = \([0-9]*\).*/\1/p'
}

# recall DESIGN TENANT: of the ten nearest rows of the tenant, or of all its rows.
recall() {
    sql "SELECT round(count(e.id)::numeric / (SELECT count(*) FROM exact WHERE tenant = $2), 3)
         FROM probes AS p CROSS JOIN LATERAL (SELECT id FROM $1 WHERE tenant = $2 ORDER BY v <-> p.v LIMIT 10) AS r
         JOIN exact AS e ON e.probe = p.id AND e.tenant = $2 AND e.id = r.id"
}

create_cluster "$home" "$bindir" <<END
shared_buffers = 1GB
maintenance_work_mem = 1GB
max_wal_size = 16GB
checkpoint_timeout = 1h
max_locks_per_transaction = 1024
autovacuum = off
fsync = off
jit = off
END
start_server "$home" "$bindir"
use_server "$home" "$bindir"
# A tenant's vectors are near one of 50 centers more often than those of others.
ranks=(1 10 100 "$tenants")
sql 'CREATE EXTENSION vectidx' "CREATE TABLE source (id int PRIMARY KEY, tenant int, v vector($dims))" \
    "INSERT INTO source SELECT i, tenant, (SELECT array_agg(hashint8extended(i, k) % 1000 / 1000.0
         + hashint8extended(CASE WHEN i % 2 = 0 THEN tenant % 50 ELSE i % 101 % 50 END, k) % 1000 / 700.0)
         FROM generate_series(1, $dims) AS k)::vector
     FROM (SELECT i, least($tenants, floor(($tenants + 1) ^ ((hashint8extended(i, 7) % 1000000 + 1000000) / 2000000.0)))::int AS tenant
           FROM generate_series(1, $rows) AS i) AS drawn" \
    "CREATE TABLE probes AS SELECT row_number() OVER ()::int AS id, v FROM (SELECT v FROM source WHERE id % 7 = 3
         ORDER BY hashint8extended(id, 9) LIMIT $queries) AS drawn" 'ALTER TABLE probes ADD PRIMARY KEY (id)' \
    'VACUUM ANALYZE source' 'ANALYZE probes' \
    "CREATE TABLE exact AS SELECT t AS tenant, p.id AS probe, r.id FROM unnest('{$(IFS=, && echo "${ranks[*]}")}'::int[]) AS t, probes AS p,
         LATERAL (SELECT id FROM source WHERE tenant = t ORDER BY v <-> p.v LIMIT 10) AS r" 'CREATE INDEX ON exact (tenant, probe, id)'

declare -A figure=()
for name in "${designs[@]}"; do
    echo "building: ${title[$name]}" >&2
    make_design "$name"
    figure[$name,build]=$(printf %.1f "$(seconds index_design "$name")")
    figure[$name,size]=$(index_size "$name")
    sql "VACUUM ANALYZE $name"
done
for ((round = 1; round <= rounds; round++)); do
    for name in "${designs[@]}"; do
        echo "round $round: ${title[$name]}" >&2
        for rank in "${ranks[@]}"; do
            note_least "$name,$rank" "$(latency "$name" "WHERE tenant = $rank")"
        done
        note_least "$name,all" "$(latency "$name" '')"
    done
done
for name in "${designs[@]}"; do
    for rank in "${ranks[@]}"; do
        figure[$name,recall]=${figure[$name,recall]:-}${figure[$name,recall]:+, }$(recall "$name" "$rank")
    done
    figure[$name,insert]=$(insert_rate "$name")
done

printf '%s tenants; rows of those asked:' "$tenants"
for rank in "${ranks[@]}"; do
    printf ' %s' "$(sql "SELECT count(*) FROM source WHERE tenant = $rank")"
done
printf '\n\n| design | build s | indexes MB | inserts/s | tenant 1, ms | 10 | 100 | %s | all tenants | recall@10 of these tenants |\n' "$tenants"
printf '|---|---|---|---|---|---|---|---|---|---|\n'
for name in "${designs[@]}"; do
    printf '| %s' "${title[$name]}"
    for column in build size insert "${ranks[@]}" all recall; do
        printf ' | %s' "${figure[$name,$column]:-${least[$name,$column]:-}}"
    done
    printf ' |\n'
done
