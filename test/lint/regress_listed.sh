#!/usr/bin/env bash
# Rule: no test is forgotten. Every sql/*.sql has its expected/*.out and every output its input,
# the same for isolation specs; every test file is one that the Makefile and scripts/test.sh run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
shopt -s nullglob
bad=0

complain() {
    printf '%s\n' "$*"
    bad=1
}

# pairs INPUTS SUFFIX OUTPUTS: pg_regress takes name_1.out and so on as alternatives of name.out.
pairs() {
    local inputs=$1 suffix=$2 outputs=$3 file name
    for file in "$inputs"/*"$suffix"; do
        name=$(basename "$file" "$suffix")
        [[ -f $outputs/$name.out ]] || complain "$file has no $outputs/$name.out"
    done
    for file in "$outputs"/*; do
        name=$(basename "$file" .out)
        if [[ $file != *.out ]]; then
            complain "$file is not an expected output"
        elif [[ ! -f $inputs/$name$suffix && ! -f $inputs/${name%_[0-9]}$suffix ]]; then
            complain "$file has no $inputs/$name$suffix"
        fi
    done
}
pairs sql .sql expected
pairs test/isolation/specs .spec test/isolation/expected

# only FOLDER PATTERN: nothing else lies in the folder, so that the runner's pattern takes it all,
# but for what tests include.
only() {
    local file
    while IFS= read -r file; do
        complain "$file is not run: $1 holds $2"
    done < <(find "$1" -mindepth 1 -maxdepth 1 ! -name "$2" ! -name '*.pm' ! -name include ! -name points 2>/dev/null)
}
only test/t '[0-9][0-9][0-9]_*.pl'
only test/t/points '[0-9][0-9][0-9]_*.pl'
only test/pgtap '*.sql'
[[ ! -d test/isolation ]] || only test/isolation/specs '*.spec'

for file in test/pgtap/include/*; do
    grep -Eqsx "\\\\ir (include/)?$(basename "$file")" test/pgtap/*.sql test/pgtap/include/*.sql ||
        complain "$file is not included by a test of test/pgtap"
done

while IFS= read -r number; do
    complain "two tests have the number $number in test/t"
done < <(printf '%s\n' test/t/*.pl test/t/points/*.pl | sed 's|.*/\([0-9]*\)_.*|\1|' | sort | uniq -d)

for file in test/t/*.pl test/t/points/*.pl; do
    grep -Eq '^(done_testing|use Test::More tests)' "$file" || complain "$file does not end with done_testing"
done

for file in test/unit/*.cpp; do
    grep -Eq '^(TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|INSTANTIATE_)' "$file" ||
        complain "$file has no test (shared code belongs in test/unit/support)"
done
while IFS= read -r file; do
    complain "$file is not compiled: tests lie in test/unit itself"
done < <(find test/unit -mindepth 2 -name '*_test.cpp')
exit "$bad"
