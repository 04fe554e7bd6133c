#!/usr/bin/env bash
# Builds sql_bench, makes a private PostgreSQL cluster, runs the benchmark in it and stops it again:
#   PG_CONFIG=/path/to/pg_config test/bench/run.sh [--quick] [sql_bench's options]
# The extensions must be installed in that PostgreSQL; what is missing is left out. As root, the
# server runs as BENCH_USER. Environment, with defaults:
#   PG_CONFIG             pg_config
#   BENCH_DIR             build/bench in the repository: build, cluster, cache and results
#   BENCH_USER            postgres
#   BENCH_SHARED_BUFFERS  4GB, with --quick 512MB
#   BENCH_CMAKE_FLAGS     for example -DBENCH_NATIVE=OFF
#   BENCH_KEEP            set: leave the cluster's data folder after the run
set -euo pipefail
unset PGOPTIONS

here=$(cd "$(dirname "$0")" && pwd)
PG_CONFIG=${PG_CONFIG:-pg_config}
BENCH_DIR=${BENCH_DIR:-$here/../../build/bench}
BENCH_USER=${BENCH_USER:-postgres}
quick=
if [ "${1:-}" = --quick ]; then
    quick=1
    shift
fi
if [ -n "$quick" ]; then
    BENCH_SHARED_BUFFERS=${BENCH_SHARED_BUFFERS:-512MB}
else
    BENCH_SHARED_BUFFERS=${BENCH_SHARED_BUFFERS:-4GB}
fi

bindir=$("$PG_CONFIG" --bindir)
mkdir -p "$BENCH_DIR"
BENCH_DIR=$(cd "$BENCH_DIR" && pwd)
build=$BENCH_DIR/driver
results=$BENCH_DIR/results
cache=$BENCH_DIR/cache
data=$BENCH_DIR/data
# In a folder of its own: a socket's path may have 107 characters only.
socket=$(mktemp -d)
driver=

# Runs a command as the server's user.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u "$BENCH_USER" -- "$@"
    else
        "$@"
    fi
}

# shellcheck disable=SC2317  # the trap calls it
clean_up() {
    [ -z "$driver" ] || kill "$driver" 2>/dev/null || true
    if [ -f "$data/postmaster.pid" ]; then
        as_server "$bindir/pg_ctl" -D "$data" -m fast -w stop >/dev/null || true
    fi
    [ -n "${BENCH_KEEP:-}" ] || rm -rf "$data"
    rm -rf "$socket"
}

start_cluster() {
    if [ -e "$data" ]; then
        echo "run.sh: $data exists; another run? Remove it first." >&2
        rm -rf "$socket"
        exit 1
    fi
    mkdir -m 700 "$data"
    : >"$BENCH_DIR/server.log"
    if [ "$(id -u)" -eq 0 ]; then
        chown "$BENCH_USER" "$data" "$socket" "$BENCH_DIR/server.log"
        if ! as_server test -w "$data"; then
            echo "run.sh: user $BENCH_USER cannot reach $data; set BENCH_DIR to a folder it can" >&2
            rm -rf "$data" "$socket"
            exit 1
        fi
    fi
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    as_server "$bindir/initdb" -D "$data" -A trust -N -U bench --locale=C -E UTF8 \
        >"$BENCH_DIR/initdb.log"
    # Nothing of the server's own making may fall into a measurement: no autovacuum, and
    # checkpoints only where the driver asks for one. What makes a server safe stays on.
    cat >>"$data/postgresql.conf" <<EOF
listen_addresses = ''
port = 5432
unix_socket_directories = '$socket'
shared_buffers = $BENCH_SHARED_BUFFERS
jit = off
fsync = on
full_page_writes = on
wal_level = replica
max_wal_size = 64GB
checkpoint_timeout = 1h
autovacuum = off
max_worker_processes = 16
EOF
    as_server "$bindir/pg_ctl" -D "$data" -l "$BENCH_DIR/server.log" -w start >/dev/null
}

build_driver() {
    # shellcheck disable=SC2086  # several flags
    cmake -S "$here" -B "$build" ${BENCH_CMAKE_FLAGS:-} >"$BENCH_DIR/cmake.log"
    cmake --build "$build" --target sql_bench --parallel >>"$BENCH_DIR/cmake.log"
}

plot() {
    if ! command -v gnuplot >/dev/null; then
        echo "run.sh: no gnuplot, no plots (Debian package gnuplot-nox)" >&2
        return
    fi
    for file in "$results"/*.dat; do
        [ -s "$file" ] || continue
        gnuplot -e "data='$file'; name='$(basename "$file" .dat)'" "$here/plot.gp" >"${file%.dat}.svg"
        echo "run.sh: plot in ${file%.dat}.svg" >&2
    done
}

build_driver
start_cluster
mkdir -p "$results"
rm -f "$results"/*.dat "$results"/*.svg
if [ -n "$quick" ]; then
    set -- --synthetic uniform:8000:32 --synthetic mixture:5000:256:cosine \
        --queries 300 --rounds 2 --ef 10,20,40,80,160 "$@"
fi
# In the background, since bash handles a signal only after a foreground command has ended.
"$build/sql_bench" --conninfo "host=$socket port=5432 user=bench" \
    --out "$results" --cache "$cache" "$@" &
driver=$!
status=0
wait "$driver" || status=$?
driver=
plot
exit "$status"
