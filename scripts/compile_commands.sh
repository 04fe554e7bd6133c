#!/usr/bin/env bash
# Writes compile_commands.json for every source of the repository, for clangd and clang-tidy: src/core and
# the tests as CMake compiles them, and what sees PostgreSQL as the Makefile does.
#   bash scripts/compile_commands.sh [OUTPUT]
# PG_CONFIG chooses the PostgreSQL. With LINT_CMAKE, a folder that cmake configures or configured, the fuzzers
# and the benchmark driver are left out; so are they where what they need is not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
output=${1:-compile_commands.json}
folders=("${LINT_CMAKE:-build/cmake}")

# configure FOLDER ARGUMENT...: by cmake, unless that was done.
configure() {
    local folder=$1
    shift
    [[ ! -f $folder/compile_commands.json ]] || return 0
    mkdir -p -- "$folder"
    cmake -B "$folder" "$@" >"$folder.log" 2>&1
}

# optional FOLDER ARGUMENT...
optional() {
    if configure "$@"; then
        folders+=("$1")
    else
        echo "left out, as cmake says in $1.log: ${*:2}"
    fi
}

configure "${folders[0]}" -S . || { cat "${folders[0]}.log"; exit 1; }
if [[ -z ${LINT_CMAKE:-} ]]; then
    optional build/cmake-fuzz -S . -DVECTIDX_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++
    optional build/cmake-bench -S test/bench -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
fi
flags=$(make -s PG_CONFIG="${PG_CONFIG:-pg_config}" print-PG_CXXFLAGS print-PG_CPPFLAGS | tr '\n' ' ')
flags=${flags//-MMD -MP/}
mapfile -t sources < <(find src/pg src/module.cpp -name '*.cpp' | sort)

# The first entry of a file counts. CMake also compiles each header on its own, by files that it makes.
perl -MJSON::PP -e '
    use strict;
    use warnings;
    my ($output, $folder, $flags, $folders, @sources) = @ARGV;
    my @entries = map {
        { directory => $folder, file => "$folder/$_", command => "g++ $flags -D_GNU_SOURCE -fPIC -c $folder/$_" }
    } @sources;
    for my $database (map { "$_/compile_commands.json" } split(/\n/, $folders)) {
        open(my $in, "<", $database) or die "$database: $!\n";
        push(@entries, @{decode_json(do { local $/; <$in> })});
    }
    my %seen;
    @entries = grep { $_->{file} !~ m{/headers/[^/]*\z} && !$seen{$_->{file}}++ } @entries;
    open(my $out, ">", "$output.part") or die "$output: $!\n";
    print $out JSON::PP->new->pretty->canonical->encode(\@entries);
    close($out) or die "$output: $!\n";
    rename("$output.part", $output) or die "$output: $!\n";' \
    "$output" "$PWD" "$flags" "$(printf '%s\n' "${folders[@]}")" "${sources[@]}"
