#!/usr/bin/env bash
# Runs pg_regress over sql/ in a server under valgrind (memcheck).
#
#   bash test/valgrind.sh [TEST...]       all tests of sql/, or those named
#
# What counts is a report with a frame of vectidx.so in its stack: PostgreSQL itself, built without
# USE_VALGRIND, writes padding that nobody initialized. What palloc() gives is a piece of a block of
# malloc(), whose end memcheck sees; the tests of src/core and the fuzzers run with
# AddressSanitizer, which sees every bound.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for library in say packages postgres server; do
    # shellcheck source=/dev/null
    source "$root/scripts/lib/$library.sh"
done

pg_config='' pg_packages=()
choose_postgres
install_packages g++ make valgrind libhwy-dev libhnswlib-dev "${pg_packages[@]}"
home=$(choose_home "$root/build/valgrind")
check_owner "$home"
mkdir -p -- "$home"
bindir=$(copied_bindir "$home/postgres")
[[ -z $bindir ]] || stop_server "$home" "$bindir"

step "Building"
copy_sources "$root" "$home/tree"
build_extension "$home/tree" "$pg_config" "$home/build.log" || die "the build failed: $home/build.log"
copy=$(copy_postgres "$pg_config" "$home/postgres")
bindir=$("$copy" --bindir)
pgxs=$(realpath "$(dirname "$("$copy" --pgxs)")/../..")
install_extension "$home/tree" "$copy" "$home/install.log" || die "see $home/install.log"

step "Starting a server under valgrind"
create_cluster "$home" "$bindir" <<END
fsync = off
autovacuum = off
jit = off
max_parallel_workers = 0
max_parallel_maintenance_workers = 1
END
reports=$home/reports
rm -rf -- "$reports"
mkdir -p -- "$reports"
((EUID != 0)) || chown postgres "$reports"
as_server valgrind --quiet --trace-children=yes --error-limit=no --num-callers=30 \
    --log-file="$reports/%p" "$bindir/postgres" -D "$home/data" >"$home/server.log" 2>&1 &
trap 'stop_server "$home" "$bindir"' EXIT
use_server "$home" "$bindir"
for ((second = 0; second < 120; second++)); do
    ! psql -XAtq -d postgres -c 'SELECT 1' >"$home/ready.log" 2>&1 || break
    sleep 1
done
# The proof that it is there: the server's first program is valgrind's.
program=$(readlink "/proc/$(head -n 1 "$home/data/postmaster.pid")/exe")
[[ $program == *valgrind* ]] || die "the server does not run under valgrind, but $program"

step "pg_regress"
read -ra tests < <(make -s -C "$home/tree" PG_CONFIG="$pg_config" print-REGRESS)
(($# == 0)) || tests=("$@")
status=0
rm -rf -- "$home/regress"
mkdir -p -- "$home/regress"
((EUID != 0)) || chown postgres "$home/regress"
as_server env -C "$home/regress" PATH="$PATH" "$pgxs/src/test/regress/pg_regress" --load-extension=vectidx \
    --inputdir="$home/tree" --outputdir="$home/regress" --bindir="$bindir" "${tests[@]}" || status=$?
stop_server "$home" "$bindir"
trap - EXIT

# A report is a block of lines "==PID== text" that ends with an empty one.
ours=$(cat -- "$reports"/* | sed 's/^==[0-9]*== \?//' | awk -v RS= '/vectidx\.so/ { print $0 "\n" }')
all=$(cat -- "$reports"/* | sed 's/^==[0-9]*== \?//' | awk -v RS= '/ at 0x/ { n++ } END { print n + 0 }')
say "$all reports, of PostgreSQL alone unless shown here"
if [[ -n $ours ]]; then
    printf '%s\n' "$ours" | head -n 200
    die "valgrind reports the above in the extension"
fi
((status == 0)) || die "a test failed: $home/regress/regression.diffs"
say "valgrind reports nothing in the extension."
