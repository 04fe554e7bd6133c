#!/usr/bin/env bash
# Rule: clang-tidy finds nothing (.clang-tidy). Core is compiled as CMake says, the rest as the
# Makefile does. LINT_CMAKE is a folder that cmake configured, PG_CONFIG the PostgreSQL.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly version=14

program=$(command -v "clang-tidy-$version" || command -v clang-tidy)
if ! "$program" --version | grep -q "version $version\."; then
    printf 'skipped: the rule is for clang-tidy %s, this is %s\n' "$version" \
        "$("$program" --version | grep -m 1 version)"
    exit 77
fi

database=$(mktemp -d)
trap 'rm -rf "$database"' EXIT
cmake_folder=${LINT_CMAKE:-$database/cmake}
if [[ ! -f $cmake_folder/compile_commands.json ]]; then
    cmake -S . -B "$cmake_folder" >"$database/cmake.log" || { cat "$database/cmake.log"; exit 1; }
fi
PG_CONFIG=${PG_CONFIG:-pg_config}
flags=$(make -s PG_CONFIG="$PG_CONFIG" print-PG_CXXFLAGS print-PG_CPPFLAGS | tr '\n' ' ')

mapfile -t others < <(find src/pg src/module.cpp -name '*.cpp' | sort)

# One database for all files: core's part of CMake's, and an entry for each other source.
perl -MJSON::PP -e '
    use strict;
    use warnings;
    my ($folder, $cmake, $flags, @sources) = @ARGV;
    open(my $in, "<", $cmake) or die "$cmake: $!";
    my $core = decode_json(do { local $/; <$in> });
    my @entries = grep { $_->{file} =~ m{/src/core/} && $_->{command} !~ m{/headers/} } @$core;
    push(@entries, { directory => $folder, file => "$folder/$_",
        command => "g++ $flags -D_GNU_SOURCE -fPIC -c $folder/$_" }) for @sources;
    print encode_json(\@entries);' \
    "$PWD" "$cmake_folder/compile_commands.json" "$flags" "${others[@]}" >"$database/compile_commands.json"

# The slow files first, so that no processor is left waiting at the end.
find src -name '*.cpp' -printf '%s %p\n' |
    awk '{ print system("grep -q foreach_target " $2) != 0, -$1, $2 }' | sort -n | cut -d ' ' -f 3 |
    xargs -n 1 -P "$(nproc)" "$program" --quiet -p "$database" 2>"$database/noise" || {
    grep -v 'warnings\? generated\|^$' "$database/noise" || true
    exit 1
}
