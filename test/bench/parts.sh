#!/usr/bin/env bash
# Builds an index with several settings of maintenance_work_mem, one after the other, and prints what each takes: wall
# time, the backend's CPU, its peak of private memory (RssAnon, read every 2 ms), and what its searches take: recall@10
# of 1,000 rows and pages per query at two values of ef_search. Connects as psql does, to a server on this machine of
# the same user.
#
#     test/bench/parts.sh TABLE COLUMN OPERATOR_CLASS OPTIONS MEMORY...
#     test/bench/parts.sh texts v vector_cosine_ops "algorithm = 'hnsw'" 64MB 2GB
set -euo pipefail

table=$1 column=$2 class=$3 options=$4
shift 4
build=$(mktemp)
trap 'rm -f "$build"' EXIT

# The last line with a peak is written as long as the backend lives.
watch='while (open(my $status, "<", "/proc/$ARGV[0]/status")) {
    while (<$status>) { $peak = $1 if /^RssAnon:\s*(\d+)/ && $1 > $peak }
    open(my $stat, "<", "/proc/$ARGV[0]/stat") or last;
    my @fields = split(" ", <$stat> // last);
    $cpu = ($fields[13] + $fields[14]) / 100;
    select(undef, undef, undef, 0.002);
}
printf "%.1f s of CPU, peak of private memory %.1f MB\n", $cpu, $peak / 1024'

number() {
    psql -XAtq -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' "$@" | tail -n 1
}

pages() {
    number -c "SELECT idx_blks_hit + idx_blks_read FROM pg_statio_user_indexes WHERE indexrelname = 'parts_bench'"
}

for memory in "$@"; do
    number -c 'DROP INDEX IF EXISTS parts_bench'
    printf '%s\n' "SET client_min_messages = warning; SET maintenance_work_mem = '$memory';" 'SELECT pg_backend_pid();' '\timing on' \
        "CREATE INDEX parts_bench ON $table USING vectidx ($column $class) WITH ($options);" >"$build"
    start=$(date +%s.%N)
    coproc BUILD { psql -XAtq -v ON_ERROR_STOP=1 -f "$build"; }
    pid=$BUILD_PID
    read -r backend <&"${BUILD[0]}"
    printf '%s: ' "$memory"
    perl -e "$watch" "$backend"
    wait "$pid"
    printf '%s: %.1f s of wall time\n' "$memory" "$(perl -e 'printf "%.1f", $ARGV[1] - $ARGV[0]' "$start" "$(date +%s.%N)")"
    for ef in 30 60; do
        before=$(pages)
        recall=$(number -c "SET vectidx.ef_search = $ef" -c "SELECT round(vectidx_recall('parts_bench', 1000)::numeric, 4)")
        sleep 2 # statistics are reported at the end of a session
        printf '%s: ef_search %s: recall %s, %s pages per query\n' "$memory" "$ef" "$recall" $((($(pages) - before) / 1000))
    done
done
