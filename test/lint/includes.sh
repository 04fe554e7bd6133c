#!/usr/bin/env bash
# Rule: who may include whom. Arrows point one way (src/README.md, and the table below); only
# pg/postgres.hpp includes PostgreSQL's headers, only hnswlib_adapter.cpp hnswlib.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

find src \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z | xargs -0 awk '
BEGIN {
    # A folder, and the folders whose headers it may include. "pg" is src/pg itself, not below it.
    may["core/base"] = "core/base"
    may["core/simd"] = may["core/base"] " core/simd"
    may["core/vector"] = may["core/simd"] " core/vector"
    may["core/layout"] = may["core/vector"] " core/layout"
    may["core/transform"] = may["core/layout"] " core/transform"
    may["core/graph"] = may["core/transform"] " core/graph"
    may["core/construct"] = may["core/graph"] " core/construct"
    core = may["core/construct"]
    # What all of pg shares: PostgreSQL itself, memory, test points.
    may["pg"] = "core/base pg"
    may["pg/types"] = may["core/layout"] " pg pg/types"
    may["pg/pages"] = core " pg pg/pages"
    may["pg/construct"] = may["pg/pages"] " pg/types pg/construct"
    may["pg/maintain"] = may["pg/construct"] " pg/maintain"
    may["pg/am"] = may["pg/maintain"] " pg/am"
    may["pg/inspect"] = may["pg/am"] " pg/inspect"
    may["pg/filter"] = may["pg/am"] " pg/filter"
    may["."] = "pg pg/am pg/filter"
    # Headers of the system that are not of the C++ standard library, and who needs them.
    system_header["pthread.h"] = system_header["signal.h"] = system_header["time.h"] = "core/base"
    system_header["sys/mman.h"] = "core/base"
    system_header["unistd.h"] = "pg/construct pg/am"
}

function folder_of(path) {
    if (!sub(/\/[^\/]*$/, "", path)) return "."
    return path
}

function complain(why) {
    printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0
    bad = 1
}

FNR == 1 {
    file = FILENAME
    sub(/^src\//, "", file)
    folder = folder_of(file)
    if (!(folder in may)) complain("a folder that the table of test/lint/includes.sh does not know")
}

/^[ \t]*#[ \t]*(include|define[ \t]+HWY_TARGET_INCLUDE)[ \t]*"/ {
    split($0, part, "\"")
    target = folder_of(part[2])
    if ((" " may[folder] " ") !~ (" " target " ")) complain(folder " must not include " target)
    if (part[2] ~ /(^|\/)\.\.?\//) complain("not a path from src")
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    header = $0
    sub(/.*</, "", header)
    sub(/>.*/, "", header)
    if (file == "pg/postgres.hpp") next
    if (header ~ /^[a-z_0-9]+$/) next           # the C++ standard library
    if (header ~ /^hwy\// && folder ~ /^core\//) next
    if (header == "immintrin.h" && file ~ /^core\/simd\/int8_(dot|tile)[.]cpp$/) next  # VNNI, not in Highway 1.0
    if (header == "hnswlib/hnswlib.h" && file == "core/construct/hnswlib_adapter.cpp") next
    if (header in system_header && (" " system_header[header] " ") ~ (" " folder " ")) next
    complain("not for this file")
}

END { exit bad }
'
