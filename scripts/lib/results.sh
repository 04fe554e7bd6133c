# shellcheck shell=bash
# Counts test results, from what each kind of test program writes. Sourced after say.sh.
#
# A result is: a test of ctest, a test of pg_regress, a permutation file of pg_isolation_regress, an
# assertion of TAP at the top level (a subtest is one), a build, a rule of test/lint. A suite that
# gives fewer results than it has tests, or none, or that exits with an error while it reports no
# failure, gets a failure for that.

total_passed=0 total_failed=0 total_skipped=0
suite_lines=()

# report NAME PASSED FAILED [SKIPPED]: adds the results of a part and says them.
report() {
    local line
    total_passed=$((total_passed + $2))
    total_failed=$((total_failed + $3))
    total_skipped=$((total_skipped + ${4:-0}))
    line=$(printf '%-34s %5d passed %5d failed' "$1" "$2" "$3")
    ((${4:-0} == 0)) || line+=" $(printf '%5d skipped' "$4")"
    suite_lines+=("$line")
    say "  $line"
}

# count LINE-PATTERN FILE: prints how many lines match.
count() {
    grep -Ec -- "$1" "$2" || true
}

# count_regress LOG EXPECTED STATUS: sets passed and failed from pg_regress' output, which is TAP
# from PostgreSQL 16 on and "test NAME ... ok" before.
count_regress() {
    local log=$1 expected=$2 status=$3
    passed=$(count '^ok [0-9]+ |^(test| ) +[^ ]+ +\.\.\. (ok|failed \(ignored\)) ' "$log")
    failed=$(count '^not ok [0-9]+ |^(test| ) +[^ ]+ +\.\.\. FAILED' "$log")
    if ((passed + failed < expected)); then
        failed=$((expected - passed))
    fi
    if ((status != 0 && failed == 0)) || ((passed + failed == 0)); then
        failed=$((failed + 1))
    fi
}

# count_tap LOG STATUS: sets passed, failed and skipped from the output of prove --verbose over one
# file; STATUS is prove's. A file that is skipped as a whole is one skip: prove does not repeat its
# line "1..0 # SKIP", but says "Result: NOTESTS", which a file without a plan or with a bad exit
# status does not get.
count_tap() {
    local log=$1 status=$2 todo
    skipped=$(count '^ok [0-9]+.*# (skip|SKIP)' "$log")
    todo=$(count '^not ok [0-9]+.*# (todo|TODO)' "$log")
    passed=$(($(count '^ok [0-9]+' "$log") - skipped))
    failed=$(($(count '^not ok [0-9]+' "$log") - todo))
    if ((status == 0 && passed + failed + skipped == 0)) && grep -Eq '^(1\.\.0 # (skip|SKIP)|Result: NOTESTS$)' "$log"; then
        skipped=1
    elif ((status != 0 && failed == 0)) || ((passed + failed + skipped == 0)); then
        failed=$((failed + 1))
    fi
}

# count_ctest JUNIT-FILE STATUS: sets passed, failed and skipped.
count_ctest() {
    local file=$1 status=$2 tests
    attribute() { grep -o "\b$1=\"[0-9]*\"" "$file" | head -n 1 | tr -dc '0-9'; }
    passed=0 failed=1 skipped=0
    if [[ -s $file ]]; then
        tests=$(attribute tests)
        failed=$(attribute failures)
        skipped=$(($(attribute skipped) + $(attribute disabled)))
        passed=$((tests - failed - skipped))
        if ((status != 0 && failed == 0)) || ((tests == 0)); then
            failed=$((failed + 1))
        fi
    fi
}

# finish: the summary. Its last line is "N passed, N failed"; fails when a test did.
finish() {
    step "Results"
    ((${#suite_lines[@]} == 0)) || printf '  %s\n' "${suite_lines[@]}"
    ((total_skipped == 0)) || say "  skipped: $total_skipped"
    say "$total_passed passed, $total_failed failed"
    ((total_failed == 0 && total_passed > 0))
}
