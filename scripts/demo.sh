#!/usr/bin/env bash
# Shows vectidx at work on this machine: see usage() below.
set -euo pipefail
umask 022

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for library in say packages postgres server descriptions; do
    # shellcheck source=/dev/null
    source "$root/scripts/lib/$library.sh"
done

wanted=$root/build/demo database=demo index=package_embedding_idx
pg_config='' pg_packages=() home='' bindir='' indexed=false failed=false fresh=false

usage() {
    cat <<'END'
bash scripts/demo.sh             build, start a private PostgreSQL cluster, load the descriptions of
                                 all Debian packages, index them, ask, measure; the cluster stays
bash scripts/demo.sh --fresh     the same, with new data
bash scripts/demo.sh --stop      stop the cluster
bash scripts/demo.sh --clean     stop it and remove everything the demo made
bash scripts/demo.sh --help      this text

PG_CONFIG=/path/to/pg_config chooses the PostgreSQL; the newest Debian package is the default. The
cluster lives in the folder build and listens on a unix socket of its own. No cluster and no
PostgreSQL installation of the system is touched; missing Debian packages are installed (by sudo
when you are not root).
END
}

stop_demo() {
    home=$(current_home "$wanted")
    [[ -z $home ]] || bindir=$(copied_bindir "$home/postgres")
    if [[ -z $bindir ]]; then
        say "There is no demo cluster."
        return
    fi
    check_owner "$home"
    if ! server_runs "$home" "$bindir"; then
        say "The demo cluster does not run."
        return
    fi
    stop_server "$home" "$bindir"
    say "The demo cluster is stopped; bash scripts/demo.sh starts it again."
}

query() {
    psql -X -q -v ON_ERROR_STOP=1 -d "$database" "$@"
}

# value SQL: prints one value.
value() {
    query -At -c "$1"
}

# What the loaded data depends on.
fingerprint() {
    "$pg_config" --version
    cat "$home/tree/vectidx.so" "$home"/tree/build/vectidx--*.sql "$root"/scripts/demo/[123]_*.sql \
        "$root/scripts/demo/packages.awk" | sha256sum
}

build() {
    step "Building vectidx for $("$pg_config" --version)"
    copy_sources "$root" "$home/tree"
    build_extension "$home/tree" "$pg_config" "$home/build.log" || die "the build failed"
}

# Memory for the server: an eighth of the machine's, within reason.
megabytes() {
    awk '/^MemTotal:/ { m = int($2 / 8192); print (m < 128 ? 128 : m > 1024 ? 1024 : m) }' /proc/meminfo
}

start_cluster() {
    local copy
    step "Starting a private cluster in $home"
    check_owner "$home"
    bindir=$(copied_bindir "$home/postgres")
    if [[ -n $bindir && -f $home/loaded && $(<"$home/loaded") == "$(fingerprint)" ]]; then
        say "It is there already, with its data."
    else
        [[ ! -f $home/loaded ]] || say "The extension or the demo changed: beginning anew."
        [[ -z $bindir ]] || stop_server "$home" "$bindir"
        rm -f -- "$home/loaded"
        copy=$(copy_postgres "$pg_config" "$home/postgres")
        install_extension "$home/tree" "$copy" "$home/install.log" || die "make install failed"
        bindir=$("$copy" --bindir)
        # The data can be made again, so it need not survive a crash of the machine. Shared memory
        # in files, since a container's /dev/shm is small.
        create_cluster "$home" "$bindir" <<END
shared_buffers = $(megabytes)MB
maintenance_work_mem = $(megabytes)MB
work_mem = 64MB
max_wal_size = 4GB
fsync = off
dynamic_shared_memory_type = mmap
END
    fi
    start_server "$home" "$bindir"
    use_server "$home" "$bindir"
    say "PostgreSQL $(psql -X -At -d postgres -c 'SHOW server_version') answers on $PGHOST"
}

load() {
    local rows=$home/packages.tsv
    if [[ -f $home/loaded ]]; then
        return
    fi
    step "Loading the descriptions of all Debian packages"
    [[ -s $rows ]] || write_descriptions "$root/scripts/demo/packages.awk" "$rows" "$home"
    psql -X -q -d postgres -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database" 2>/dev/null
    query -c 'CREATE EXTENSION vectidx'
    SECONDS=0
    query -At -f "$root/scripts/demo/1_load.sql" <"$rows"
    query -At -f "$root/scripts/demo/2_embed.sql"
    query -At -f "$root/scripts/demo/3_functions.sql"
    say "Loaded and embedded in $SECONDS s"
    fingerprint >"$home/loaded"
}

# Prints how far CREATE INDEX is until the process PID ends: on a terminal in one line that changes,
# else a line at every new phase and every five seconds.
show_progress() {
    local pid=$1 line phase last_phase='' last_second=-5
    while kill -0 "$pid" 2>/dev/null; do
        line=$(value "
            SELECT concat_ws(': ', replace(phase, 'building index: ', ''),
                CASE WHEN tuples_total > 0
                     THEN format('%s of %s rows (%s %%)', tuples_done, tuples_total, 100 * tuples_done / tuples_total)
                     WHEN blocks_total > 0
                     THEN format('%s of %s blocks (%s %%)', blocks_done, blocks_total, 100 * blocks_done / blocks_total)
                END)
            FROM pg_stat_progress_create_index WHERE relid = 'package'::regclass") || line=
        phase=${line%%:*}
        if [[ -z $line ]]; then
            :
        elif [[ -t 1 ]]; then
            printf '\r\033[K%4d s  %s' "$SECONDS" "$line"
        elif [[ $phase != "$last_phase" ]] || ((SECONDS >= last_second + 5)); then
            printf '%4d s  %s\n' "$SECONDS" "$line"
            last_second=$SECONDS last_phase=$phase
        fi
        sleep 0.3
    done
    if [[ -t 1 ]]; then printf '\r\033[K'; fi
}

# Sets the global `indexed`: true, or false with the reason said.
build_index() {
    local pid started seconds
    step "Building the index"
    if [[ -z $(value "SELECT 1 FROM pg_am WHERE amname = 'vectidx'") ]]; then
        say "Skipped: this build has no access method vectidx. The answers below are exact."
        return
    fi
    if [[ -z $(value "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('$index') AND indisvalid") ]]; then
        value "DROP INDEX IF EXISTS $index" 2>/dev/null
        say "CREATE INDEX $index ON package USING vectidx (embedding vector_cosine_ops)"
        SECONDS=0
        started=$(date +%s%N)
        query -c "CREATE INDEX $index ON package USING vectidx (embedding vector_cosine_ops)" &
        pid=$!
        show_progress "$pid"
        if ! wait "$pid"; then
            warn "CREATE INDEX failed; the answers below are exact"
            failed=true
            return
        fi
        seconds=$((($(date +%s%N) - started) / 10000000))
        query -c "COMMENT ON INDEX $index IS 'built in $(printf '%d.%02d' $((seconds / 100)) $((seconds % 100))) s'"
        query -c 'ANALYZE package'
    fi
    indexed=true
    value "SELECT format('%s rows %s; index %s, table %s', to_char(reltuples, 'FM999,999,999'),
               obj_description('$index'::regclass), pg_size_pretty(pg_relation_size('$index')),
               pg_size_pretty(pg_table_size('package')))
           FROM pg_class WHERE oid = 'package'::regclass"
}

# ask SQL: prints the question and the answer.
ask() {
    printf '\n%s;\n' "$1"
    query -P pager=off -P footer=off -P border=1 -c "$1"
}

show_answers() {
    local name
    step "Asking"
    for name in postgresql vim gimp; do
        ask "SELECT * FROM like_package('$name', 8)"
    done
    ask "SELECT * FROM search('edit photos and images', 8)"
    ask "SELECT * FROM search('play chess against the computer', 8)"
    # By meaning and by words, the two lists fused (docs/hybrid.md).
    ask "SELECT * FROM hybrid('postgresql backup', 8)"
}

measure() {
    step "Measuring with 200 questions"
    if $indexed; then
        query -At -c "EXPLAIN (COSTS off) SELECT name FROM package
                      ORDER BY embedding <=> (SELECT embed('web server')) LIMIT 10" |
            grep -q "Index Scan using $index" || warn "the planner does not choose the index"
    fi
    query -At -v indexed="$indexed" -f "$root/scripts/demo/4_measure.sql"
}

say_goodbye() {
    step "The cluster goes on running"
    cat <<END
connect:  $bindir/psql -h $PGHOST -U postgres $database
ask:      SELECT * FROM search('what you look for');  SELECT * FROM like_package('vim');
          SELECT * FROM hybrid('what you look for');
stop:     bash scripts/demo.sh --stop
remove:   bash scripts/demo.sh --clean
END
}

run_demo() {
    step "Looking for what the demo needs"
    choose_postgres
    install_packages g++ make libhwy-dev libhnswlib-dev "${pg_packages[@]}"
    [[ -x $(command -v "$pg_config") ]] || die "no $pg_config"
    home=$(choose_home "$wanted")
    [[ $home == "$wanted" ]] || say "The server cannot use $wanted: its files are in $home"
    if [[ $fresh == true ]]; then
        rm -f -- "$home/loaded" "$home/packages.tsv"
    fi
    build
    start_cluster
    load
    build_index
    show_answers
    measure
    say_goodbye
    ! $failed
}

case ${1:-} in
    '') run_demo ;;
    --fresh)
        fresh=true
        run_demo
        ;;
    --stop) stop_demo ;;
    --clean)
        stop_demo
        remove_home "$wanted"
        say "What the demo made is removed."
        ;;
    --help | -h) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
