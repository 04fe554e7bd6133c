#!/usr/bin/env bash
# Rule: the library exports what PostgreSQL looks up and nothing else, needs no library that is not
# listed here, and only the object around hnswlib throws, catches, uses operator new or runs code
# when it is loaded: ereport leaves every other frame by longjmp. LINT_OBJECTS is the folder of a
# finished build, this one by default.
set -euo pipefail
cd "${LINT_OBJECTS:-$(dirname "${BASH_SOURCE[0]}")/../..}"
bad=0

complain() {
    printf '%s\n' "$*"
    bad=1
}

if [[ ! -f vectidx.so ]]; then
    echo "there is no vectidx.so: make it first"
    exit 1
fi

# --- what is exported
exported=$(nm --dynamic --defined-only vectidx.so | awk '{ sub(/@.*/, "", $3); print $3 }')
while IFS= read -r name; do
    case $name in
        Pg_magic_func | _PG_init | vectidx_* | pg_finfo_vectidx_*) ;;
        *) complain "vectidx.so exports $name" ;;
    esac
done <<<"$exported"
for name in Pg_magic_func _PG_init; do
    grep -qx "$name" <<<"$exported" || complain "vectidx.so does not export $name"
done
# vectidx_worker is no SQL function: PostgreSQL starts it in a background worker.
while IFS= read -r name; do
    complain "vectidx.so exports only one of $name and pg_finfo_$name"
done < <(grep -E '^(pg_finfo_)?vectidx_' <<<"$exported" | grep -vx vectidx_worker | sed 's/^pg_finfo_//' | sort | uniq -u)
while IFS= read -r name; do
    grep -qx "$name" <<<"$exported" || complain "the SQL script uses $name, which vectidx.so does not export"
done < <(sed -n "s/.*'MODULE_PATHNAME'[^']*'\([a-z0-9_]*\)'.*/\1/p" extension/*.sql extension/*/*.sql test/releases/*.sql | sort -u)

# --- what is only for tests
if grep -q 'vectidx\.test_points' vectidx.so; then
    complain "vectidx.so was built with test points"
fi

# --- what is needed
while IFS= read -r name; do
    case $name in
        libc.so.6 | libm.so.6 | libstdc++.so.6 | libgcc_s.so.1 | libpthread.so.0 | libhwy.so.1 | ld-linux*) ;;
        *) complain "vectidx.so needs $name" ;;
    esac
done < <(readelf -dW vectidx.so | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')

# --- each object but the one that may
# Exceptions, operator new and delete, guarded and destroyed statics, the C++ library. What is
# allowed of that library neither throws nor allocates what it does not free by itself.
banned='^(__cxa_|__gxx_personality|_Unwind_|_Zn[wa]|_Zd[la]|_ZSt|_ZNK?St|_ZT[VIS]|_ZN9__gnu_cxx)'
allowed='^_ZSt10from_charsPKcS0_RfSt12chars_format$'
heap='^(malloc|calloc|realloc|free|posix_memalign|aligned_alloc|strdup)$'
while IFS= read -r source; do
    object=${source%.cpp}.o
    if [[ ! -f $object ]]; then
        complain "there is no $object: make it first"
        continue
    fi
    undefined=$(nm --undefined-only "$object" | awk '{ sub(/@.*/, "", $2); print $2 }')
    while IFS= read -r name; do
        complain "$object uses $(c++filt "$name")"
    done < <(grep -E "$banned" <<<"$undefined" | grep -Ev "$allowed")
    # A thread cannot have PostgreSQL's memory: thread_arena is the arena that it has instead.
    if [[ $object == src/core/* && $object != src/core/base/thread_arena.o ]]; then
        while IFS= read -r name; do
            complain "$object uses $name: memory comes from an Arena"
        done < <(grep -E "$heap" <<<"$undefined")
    fi
    while IFS= read -r section; do
        complain "$object has $section: a static that needs code at load time or at exit, or is per thread"
    done < <(readelf -SW "$object" | grep -oE '\.(init_array|fini_array|ctors|dtors|tbss|tdata)[^ ]*')
done < <(find src -name '*.cpp' ! -path src/core/construct/hnswlib_adapter.cpp | sort)

# Core links without PostgreSQL: what its objects leave undefined is defined by one of them, or
# comes from the C library or Highway.
mapfile -t core < <(find src/core -name '*.cpp' | sort | sed 's/cpp$/o/')
while IFS= read -r name; do
    complain "core uses $name, which core does not define"
done < <(comm -23 <(nm --undefined-only "${core[@]}" 2>/dev/null | awk 'NF == 2 { print $2 }' | grep -E '^(_ZN?K?7vectidx|[A-Z]|palloc|pfree|err|elog|ereport|Process|Interrupt|pg_)' | sort -u) \
    <(nm --defined-only "${core[@]}" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u))
exit "$bad"
