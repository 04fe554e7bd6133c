#!/usr/bin/env bash
# Runs pg_regress over sql/ in a server whose vectidx is built with AddressSanitizer and
# UndefinedBehaviorSanitizer.
#
#   bash test/sanitize.sh [TEST...]       all tests of sql/, or those named
#
# PostgreSQL itself is as it is installed: the sanitizer's library is loaded before it, and sees
# every access of the extension's code and every block that malloc() gives. What palloc() gives is
# a piece of such a block; the tests of src/core (cmake -DVECTIDX_SANITIZE=ON) see those bounds, too.
# A report ends the server's process, so that the test fails; it is shown at the end.
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
install_packages g++ make libhwy-dev libhnswlib-dev "${pg_packages[@]}"
home=$(choose_home "$root/build/sanitize")
check_owner "$home"
mkdir -p -- "$home"
bindir=$(copied_bindir "$home/postgres")
[[ -z $bindir ]] || stop_server "$home" "$bindir"

step "Building with sanitizers"
flags='-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer'
copy_sources "$root" "$home/tree"
build_extension "$home/tree" "$pg_config" "$home/build.log" \
    COPT="$flags -U_FORTIFY_SOURCE" ||
    die "the build failed: $home/build.log"
copy=$(copy_postgres "$pg_config" "$home/postgres")
bindir=$("$copy" --bindir)
pgxs=$(realpath "$(dirname "$("$copy" --pgxs)")/../..")
install_extension "$home/tree" "$copy" "$home/install.log" || die "see $home/install.log"

step "Starting a server with the sanitizers' libraries"
create_cluster "$home" "$bindir" <<END
fsync = off
max_prepared_transactions = 10
END
reports=$home/reports
rm -rf -- "$reports"
mkdir -p -- "$reports"
((EUID != 0)) || chown postgres "$reports"
# Memory that a backend still has at its end is no leak: a context or the process owns it.
LD_PRELOAD="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so)"
ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:disable_coredump=1:log_path=$reports/asan:detect_stack_use_after_return=0"
UBSAN_OPTIONS="print_stacktrace=1:log_path=$reports/ubsan"
export ASAN_OPTIONS UBSAN_OPTIONS LD_PRELOAD
start_server "$home" "$bindir"
unset LD_PRELOAD
trap 'stop_server "$home" "$bindir"' EXIT
use_server "$home" "$bindir"
# The proof that it is there: the library is in the backend's memory.
pid=$(psql -XAtq -d postgres -c 'SELECT pg_backend_pid()' -c 'SELECT 1' | head -n 1)
[[ -n $pid ]] || die "the server does not answer"
grep -q libasan "/proc/$(head -n 1 "$home/data/postmaster.pid")/maps" || die "the sanitizer is not loaded"
nm -D --undefined-only "$("$copy" --pkglibdir)/vectidx.so" | grep -q __asan_ || die "the extension is not instrumented"

step "pg_regress"
read -ra tests < <(make -s -C "$home/tree" PG_CONFIG="$pg_config" print-REGRESS)
(($# == 0)) || tests=("$@")
status=0
rm -rf -- "$home/regress"
mkdir -p -- "$home/regress"
((EUID != 0)) || chown postgres "$home/regress"
as_server env -C "$home/regress" PATH="$PATH" "$pgxs/src/test/regress/pg_regress" --load-extension=vectidx \
    --inputdir="$home/tree" --outputdir="$home/regress" --bindir="$bindir" "${tests[@]}" || status=$?
if compgen -G "$reports/*" >/dev/null; then
    head -n 60 "$reports"/*
    die "the sanitizers report the above"
fi
((status == 0)) || die "a test failed: $home/regress/regression.diffs"
say "The sanitizers report nothing."
