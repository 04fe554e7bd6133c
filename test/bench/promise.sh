#!/usr/bin/env bash
# The recall promise over types, metrics, k, targets and queries of which many are unlike the data: mean recall@k and that of the worst
# tenth, as a table (docs/benchmarks.md). Marks what misses the bounds.
#   PG_CONFIG=/path/to/pg_config bash test/bench/promise.sh
# vectidx must be installed in that PostgreSQL. The server is private and lives in a new folder of TMPDIR. Environment, with
# defaults:
#   PG_CONFIG  pg_config
#   ROWS       10000
#   QUERIES    400     of each kind
#   DATA       "clusters ball"        clusters: 40 of 16 dimensions; ball: 8 dimensions, normal, with a hole
#   TYPES      "vector halfvec sparsevec bit"     or one with some of its metrics: vector:l1,ip
#   KS         "1 10 100 1000"
#   TARGETS    "0.9 0.95 0.99"
#   SETTINGS   ""      SQL that each session begins with
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=private_server.sh
source "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"
rows=${ROWS:-10000} queries=${QUERIES:-400} settings=${SETTINGS:-}
read -ra data <<<"${DATA:-clusters ball}"
read -ra types <<<"${TYPES:-vector halfvec sparsevec bit}"
read -ra ks <<<"${KS:-1 10 100 1000}"
read -ra targets <<<"${TARGETS:-0.9 0.95 0.99}"
declare -A dims=([clusters]=16 [ball]=8)
declare -A metrics=([vector]='l2 ip cosine l1' [halfvec]='l2 cosine' [sparsevec]='l2 ip' [bit]='hamming jaccard')
# like the data; between two of its rows; moved to one side; three times as wide; in the hole of a ball
declare -A kinds=([clusters]='plain between side wide' [ball]='plain between side wide hole')

# as_type TYPE DIMS: an expression that makes v, a vector, one of that type. Bits: which of 8 levels per value is reached.
as_type() {
    case $1 in
        vector) echo v ;;
        halfvec) echo "v::halfvec($2)" ;;
        sparsevec) echo "v::sparsevec($2)" ;;
        bit) echo "(SELECT string_agg(CASE WHEN x > l / 1.5 - 2.5 THEN '1' ELSE '0' END, '' ORDER BY i, l)
                   FROM unnest(v::real[]) WITH ORDINALITY AS e (x, i), generate_series(0, 7) AS l)::bit($((8 * $2)))" ;;
    esac
}

make_vectors() {
    local rows_at="FROM generate_series(1, $rows) AS i" queries_at="FROM generate_series(1, $queries) AS i"
    sql "CREATE FUNCTION unit(i bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
             'SELECT (hashint8extended(i, salt) & 1048575) / 1048576.0'" \
        "CREATE FUNCTION normal(i bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
             'SELECT sqrt(-2 * ln(1 - unit(i, 3 * salt))) * cos(2 * pi() * unit(i, 3 * salt + 1))'" \
        "CREATE FUNCTION normals(i bigint, dims int, width float8) RETURNS vector LANGUAGE sql IMMUTABLE AS
             'SELECT (SELECT array_agg(width * normal(i, k) ORDER BY k) FROM generate_series(1, dims) AS k)::vector'" \
        "CREATE TABLE clusters_rows AS SELECT (normals(i % 40, 16, 3) + normals(i, 16, 1))::vector(16) AS v $rows_at" \
        "CREATE TABLE clusters_plain AS SELECT normals(i % 40, 16, 3) + normals(1000000 + i, 16, 1) AS v $queries_at" \
        "CREATE TABLE clusters_between AS SELECT normals(i % 40, 16, 1.5) + normals(i * 7 % 39, 16, 1.5) AS v $queries_at" \
        "CREATE TABLE ball_rows AS SELECT v::vector(8) FROM (SELECT normals(i, 8, 1) AS v $rows_at) AS t WHERE v <-> '[1,0,0,0,0,0,0,0]' > 1.8" \
        "CREATE TABLE ball_plain AS SELECT v FROM (SELECT normals(1000000 + i, 8, 1) AS v FROM generate_series(1, 3 * $queries) AS i) AS t
             WHERE v <-> '[1,0,0,0,0,0,0,0]' > 1.8 LIMIT $queries" \
        "CREATE TABLE ball_between AS SELECT (normals(i, 8, 0.5) + normals(5000 + i, 8, 0.5)) AS v $queries_at" \
        "CREATE TABLE ball_hole AS SELECT normals(2000000 + i, 8, 0.1) + '[1,0,0,0,0,0,0,0]' AS v $queries_at"
    local set
    for set in clusters ball; do
        sql "CREATE TABLE ${set}_side AS SELECT v + array_fill(2, ARRAY[${dims[$set]}])::vector AS v FROM ${set}_plain" \
            "CREATE TABLE ${set}_wide AS SELECT v * array_fill(3, ARRAY[${dims[$set]}])::vector AS v FROM ${set}_plain"
    done
}

# measure SET TYPE METRIC KIND: lines of the table.
measure() {
    local set=$1 type=$2 metric=$3 kind=$4 k target mean worst mark missed
    for target in "${targets[@]}"; do
        for k in "${ks[@]}"; do
            IFS='|' read -r mean worst < <(sql "SET vectidx.target_recall = $target; $settings" \
                "SELECT round(recall::numeric, 3), round(worst_tenth::numeric, 3) FROM vectidx_recall_stats('indexed_v_idx', $queries, $k, 'asked_$kind')")
            missed=$(awk -v t="$target" -v m="$mean" -v w="$worst" -v plain="$([[ $kind == plain ]] && echo 1)" 'BEGIN {
                if (plain) { if (m < t - 0.005) printf "low "; if (m > t + 0.02) printf "high" }
                else { if (m < t - 0.02) printf "low "; if (w < t - 0.15) printf "worst" } }')
            mark=${missed:+ **$missed**}
            printf '| %s | %s %s | %s | %s | %s | %s | %s%s |\n' "$set" "$type" "$metric" "$kind" "$target" "$k" "$mean" "$worst" "$mark"
        done
    done
}

create_cluster "$home" "$bindir" <<END
shared_buffers = 512MB
maintenance_work_mem = 512MB
max_parallel_maintenance_workers = 0
autovacuum = off
fsync = off
jit = off
END
start_server "$home" "$bindir"
use_server "$home" "$bindir"
sql 'CREATE EXTENSION vectidx'
make_vectors
printf '| data | type, metric | queries | target | k | mean recall | worst tenth |\n|---|---|---|---|---|---|---|\n'
for set in "${data[@]}"; do
    for wanted in "${types[@]}"; do
        type=${wanted%%:*} chosen=${metrics[${wanted%%:*}]}
        [[ $wanted != *:* ]] || chosen=${wanted#*:}
        value=$(as_type "$type" "${dims[$set]}")
        sql 'DROP TABLE IF EXISTS indexed CASCADE' "CREATE TABLE indexed AS SELECT $value AS v FROM ${set}_rows" 'VACUUM ANALYZE indexed'
        for kind in ${kinds[$set]}; do
            sql "DROP TABLE IF EXISTS asked_$kind" "CREATE TABLE asked_$kind AS SELECT $value AS v FROM ${set}_$kind"
        done
        for metric in ${chosen//,/ }; do
            echo "$set, $type $metric" >&2
            sql 'DROP INDEX IF EXISTS indexed_v_idx' "CREATE INDEX ON indexed USING vectidx (v ${type}_${metric}_ops)"
            for kind in ${kinds[$set]}; do
                measure "$set" "$type" "$metric" "$kind"
            done
        done
    done
done
