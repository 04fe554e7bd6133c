#!/usr/bin/env bash
# Runs all tests: see usage() below.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for library in say packages postgres server results headers; do
    # shellcheck source=/dev/null
    source "$root/scripts/lib/$library.sh"
done

all_suites=(build headers unit fuzz regress isolation pgtap tap install clients lint)
wanted=$root/build/test
logs=$root/build/test-logs
pg_config='' pg_packages=() home='' bindir='' pgxs=''
limit=${VECTIDX_TEST_TIMEOUT:-900}
only=${VECTIDX_ONLY:-}

usage() {
    cat <<END
bash scripts/test.sh [SUITE...]      all suites, or those named:

  build      the extension with PGXS, warnings being errors
  headers    compiles against the headers of PostgreSQL 17 and 18, where apt can get them
  unit       GoogleTest over src/core (test/unit), and the benchmark driver's own test (test/bench)
  fuzz       libFuzzer over test/fuzz for under a minute, where clang is installed
  regress    pg_regress over sql and expected
  isolation  pg_isolation_regress over test/isolation, in a build with test points
  pgtap      pgTAP over test/pgtap
  tap        TAP over test/t: crash, standby, damaged input, ...; test/t/points in a build with test points
  install    installing, uninstalling, and pgvector on the same server (test/install)
  clients    clients of pgvector, unchanged, where Node is (test/clients), and clients in other languages
  lint       the rules of the house, one per file of test/lint

The last line is "N passed, N failed". One result is one test of ctest or pg_regress, one spec, one
assertion of TAP at its top level, one build, one rule, one script of test/install. A suite that crashes or yields no result is
a failure. Logs are in build/test-logs.

PG_CONFIG=/path/to/pg_config chooses the PostgreSQL; the newest Debian package is the default. The
servers are private, without a TCP port. Missing Debian packages are installed (by sudo when you
are not root). VECTIDX_TEST_TIMEOUT=SECONDS limits each program ($limit). VECTIDX_TEST_SCALE=N makes
the campaigns of TAP N times as long (docs/reliability.md). VECTIDX_ONLY=REGEX runs only those tests,
files and rules whose name matches it. Only root can mount the small file system
that fills up in one of them.
END
}

# chosen NAME: whether VECTIDX_ONLY lets this test run.
chosen() {
    [[ -z $only || $1 =~ $only ]]
}

# selected SUITE...: whether one of them is to run.
selected() {
    local suite one
    for suite in "${suites[@]}"; do
        for one in "$@"; do
            [[ $suite != "$one" ]] || return 0
        done
    done
    return 1
}

install_what_is_missing() {
    local packages=(g++ make libhwy-dev libhnswlib-dev)
    step "Looking for what the tests need"
    choose_postgres
    packages+=("${pg_packages[@]}")
    if selected unit fuzz lint; then
        packages+=(cmake)
    fi
    if selected unit lint; then
        packages+=(libgtest-dev)
    fi
    if selected unit; then
        packages+=(pkg-config libpq-dev nlohmann-json3-dev)
    fi
    if selected lint; then
        packages+=(binutils clang-format clang-tidy codespell shellcheck)
    fi
    if selected pgtap tap; then
        packages+=(perl libipc-run-perl)
    fi
    if selected pgtap; then
        ((${#pg_packages[@]} == 0)) || packages+=("${pg_packages[0]}-pgtap")
        packages+=(libtap-parser-sourcehandler-pgtap-perl)
    fi
    install_packages "${packages[@]}"
    # Tests that need these are skipped without them. Java, Go and Node take long to install: their tests run where they are.
    packages=()
    if selected tap; then
        packages+=(pgbouncer)
    fi
    if selected clients; then
        packages+=(libdbd-pg-perl php-cli php-pgsql python3-asyncpg python3-click python3-django python3-h5py python3-numpy python3-psycopg
            python3-psycopg2 python3-pydantic python3-sqlalchemy python3-yaml ruby-pg ruby-sequel)
    fi
    try_packages "${packages[@]}"
    [[ -x $(command -v "$pg_config") ]] || die "no $pg_config"
    say "Testing with $("$pg_config" --version), $(g++ --version | head -n 1)"
}

# Runs a command as the server's user in the folder FOLDER, which is that user's, with a time limit.
# Its output goes to LOG; returns its exit status.
run_as_server() {
    local folder=$1 log=$2 status=0
    shift 2
    as_server timeout --kill-after=30 "$limit" env -C "$folder" HOME="$folder" PATH="$PATH" "$@" \
        >"$log" 2>&1 || status=$?
    ((status != 124)) || say "  stopped after $limit s: $1"
    return "$status"
}

# own_folder FOLDER: makes it anew, for the server's user.
own_folder() {
    rm -rf -- "$1"
    mkdir -p -- "$1"
    ((EUID != 0)) || chown postgres "$1"
}

# Shows the end of a log of a failure.
show() {
    say "--- the end of $1"
    tail -n "${2:-60}" "$1"
    say "---"
}

# --- what several suites need, made once

built=
# The extension, built with WERROR=1 in a tree of its own.
need_build() {
    if [[ -z $built ]]; then
        copy_sources "$root" "$home/tree"
        rm -f -- "$home/tree/vectidx.so"
        built=no
        if build_extension "$home/tree" "$pg_config" "$logs/build.log" WERROR=1; then
            built=yes
        fi
    fi
    [[ $built == yes ]]
}

installed=
# The private copy of PostgreSQL with the extension in it.
need_installation() {
    local copy
    need_build || return 1
    if [[ -z $installed ]]; then
        installed=no
        copy=$(copy_postgres "$pg_config" "$home/postgres")
        bindir=$("$copy" --bindir)
        pgxs=$(realpath "$(dirname "$("$copy" --pgxs)")/../..")
        if install_extension "$home/tree" "$copy" "$logs/install.log"; then
            # What test/t/052_upgrade.pl updates from.
            cp -- "$root"/test/releases/*.sql "$("$copy" --sharedir)/extension"
            installed=yes
        fi
    fi
    [[ $installed == yes ]]
}

started=
need_server() {
    need_installation || return 1
    if [[ -z $started ]]; then
        create_cluster "$home" "$bindir" <<END
fsync = off
max_prepared_transactions = 10
log_min_messages = info
END
        start_server "$home" "$bindir"
        started=yes
        use_server "$home" "$bindir"
    fi
}

# The same with test points (src/pg/test_point.hpp), in a tree, an installation and a server of its own.
points_bindir='' points_pgxs='' points_started=
need_points() {
    local copy object
    need_build || return 1
    if [[ -z $points_bindir ]]; then
        points_bindir=none
        copy_sources "$root" "$home/points/tree"
        # The core has none: its objects are the same.
        while IFS= read -r object; do
            cp -p -- "$home/tree/$object" "$home/points/tree/$object"
        done < <(cd "$home/tree" && find src/core -name '*.o' -o -name '*.d')
        mkdir -p -- "$home/points/tree/build/flags"
        cp -p -- "$home/tree/build/flags/core" "$home/points/tree/build/flags/core"
        rm -f -- "$home/points/tree/vectidx.so"
        build_extension "$home/points/tree" "$pg_config" "$logs/build-points.log" WERROR=1 TEST_POINTS=1 || return 1
        copy=$(copy_postgres "$pg_config" "$home/points/postgres")
        install_extension "$home/points/tree" "$copy" "$logs/install-points.log" TEST_POINTS=1 || return 1
        points_bindir=$("$copy" --bindir)
        points_pgxs=$(realpath "$(dirname "$("$copy" --pgxs)")/../..")
    fi
    [[ $points_bindir != none ]]
}

need_points_server() {
    need_points || return 1
    if [[ -z $points_started ]]; then
        create_cluster "$home/points" "$points_bindir" <<END
fsync = off
autovacuum = off
END
        start_server "$home/points" "$points_bindir"
        points_started=yes
    fi
}

# not_run SUITE: what it needs is not there.
not_run() {
    say "  not run: the extension could not be built or installed"
    report "$1" 0 1
}

clean_up() {
    local process
    for process in "${beside[@]}"; do
        pkill -TERM -P "$process" 2>/dev/null || true
    done
    [[ -z $started ]] || stop_server "$home" "$bindir" || true
    [[ -z $points_started ]] || stop_server "$home/points" "$points_bindir" || true
    [[ -z $small_folder ]] || umount -- "$small_folder" || true
    [[ ! -f $home/server.log ]] || cp -- "$home/server.log" "$logs/server.log"
}

# --- the suites

suite_build() {
    if need_build; then
        report "build" 1 0
    else
        report "build" 0 1
    fi
}

# Whether TAP and then the lint are still to come, beside which other work can be done.
lint_follows_tap() {
    [[ " ${ahead[*]} " == *" tap "*"lint "* ]]
}

headers_wait=
suite_headers() {
    if lint_follows_tap; then
        say "  run beside TAP"
        headers_wait=yes
    else
        run_headers
    fi
}

# The versions of newer Debian releases; scripts/test_majors.sh runs the tests with them.
run_headers() {
    local major folder flags
    declare -A release=([17]=trixie [18]=forky)
    # Not into the tree of the build, which tests use meanwhile.
    copy_sources "$root" "$home/headers"
    for major in 17 18; do
        folder=$root/build/headers/$major
        if ! fetch_headers "$major" "${release[$major]}" "$folder" >"$logs/headers-$major-apt.log" 2>&1; then
            say "  skipped: apt cannot get the headers of PostgreSQL $major: $(tail -n 1 "$logs/headers-$major-apt.log")"
            report "headers/$major" 0 0 1
            continue
        fi
        read -ra flags < <(make -s -C "$home/headers" PG_CONFIG="$pg_config" WERROR=1 print-PG_CXXFLAGS | sed 's/-MMD -MP//')
        if quietly "$logs/headers-$major.log" compile_with_headers "$home/headers" \
            "$folder/usr/include/postgresql/$major/server" "${flags[@]}"; then
            report "headers/$major" 1 0
        else
            report "headers/$major" 0 1
        fi
    done
}

# run_ctest NAME SOURCE FOLDER [CMAKE-OPTION...]
run_ctest() {
    local name=$1 source=$2 folder=$3 log=$logs/$1.log status=0 passed failed skipped
    shift 3
    say "  building $name"
    if ! quietly "$logs/$name-cmake.log" cmake -S "$source" -B "$folder" "$@" ||
        ! quietly "$logs/$name-make.log" cmake --build "$folder" --parallel "$(nproc)"; then
        report "$name" 0 1
        return
    fi
    rm -f -- "$folder/results.xml"
    timeout "$limit" ctest --test-dir "$folder" --parallel "$(nproc)" --output-on-failure ${only:+--tests-regex "$only"} \
        --output-junit "$folder/results.xml" >"$log" 2>&1 || status=$?
    count_ctest "$folder/results.xml" "$status"
    ((failed == 0)) || show "$log" 100
    report "$name" "$passed" "$failed" "$skipped"
}

suite_unit() {
    run_ctest unit "$root" "$root/build/test-cmake" -DVECTIDX_WERROR=ON
    [[ -n $only ]] || run_ctest bench-driver "$root/test/bench" "$root/build/test-bench" -DBENCH_WERROR=ON -DBENCH_NATIVE=OFF
}

suite_fuzz() {
    if ! command -v clang++ >/dev/null; then
        say "  skipped: there is no clang++"
        report fuzz 0 0 1
        return
    fi
    run_ctest fuzz "$root" "$root/build/test-fuzz" -DVECTIDX_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++
}

# run_regress NAME PROGRAM TREE BINDIR INPUT TESTS-VARIABLE OPTIONS-VARIABLE: a program of PGXS'
# src/test over the tests that the Makefile lists, in the server that use_server() chose.
run_regress() {
    local name=$1 program=$2 tree=$3 bin=$4 input=$5 log=$logs/$1.log status=0 all tests=() options test passed failed
    read -ra all < <(make -s -C "$tree" PG_CONFIG="$pg_config" "print-$6")
    for test in "${all[@]}"; do
        ! chosen "$test" || tests+=("$test")
    done
    read -ra options < <(make -s -C "$tree" PG_CONFIG="$pg_config" "print-$7")
    own_folder "$home/$name"
    run_as_server "$home/$name" "$log" "$program" "${options[@]}" --inputdir="$input" \
        --outputdir="$home/$name" --bindir="$bin" "${tests[@]}" || status=$?
    count_regress "$log" "${#tests[@]}" "$status"
    if ((failed > 0)); then
        show "$log"
        if [[ -f $home/$name/regression.diffs ]]; then
            cp -- "$home/$name/regression.diffs" "$logs/$name.diffs"
            head -n 200 "$logs/$name.diffs"
            say "--- more may be in $logs/$name.diffs"
        fi
    fi
    report "$name" "$passed" "$failed"
}

suite_regress() {
    if ! need_server; then
        not_run regress
        return
    fi
    run_regress regress "$pgxs/src/test/regress/pg_regress" "$home/tree" "$bindir" "$home/tree" \
        REGRESS REGRESS_OPTS
}

suite_isolation() {
    local path=$PATH
    if ! need_points_server; then
        not_run isolation
        return
    fi
    use_server "$home/points" "$points_bindir"
    run_regress isolation "$points_pgxs/src/test/isolation/pg_isolation_regress" "$home/points/tree" \
        "$points_bindir" "$home/points/tree/test/isolation" ISOLATION_SPECS ISOLATION_OPTS
    PATH=$path
    [[ -z $started ]] || use_server "$home" "$bindir"
}

# run_tap NAME FOLDER COMMAND...: one file by prove or pg_prove, in a folder of its own.
run_tap() {
    local name=$1 folder=$2 log=$logs/${1//\//-}.log status=0 passed failed skipped
    shift 2
    own_folder "$folder"
    SECONDS=0
    run_as_server "$folder" "$log" "$@" || status=$?
    count_tap "$log" "$status"
    if ((failed > 0)); then
        show "$log" 80
        # The servers' logs of PostgreSQL::Test.
        if [[ -d $folder/tmp_check/log ]]; then
            rm -rf -- "$logs/${name//\//-}.servers"
            cp -r -- "$folder/tmp_check/log" "$logs/${name//\//-}.servers"
            say "--- the logs of its servers are in $logs/${name//\//-}.servers"
        fi
    else
        rm -rf -- "$folder"
    fi
    report "$name ($SECONDS s)" "$passed" "$failed" "$skipped"
}

suite_pgtap() {
    local file
    if ! need_server; then
        not_run pgtap
        return
    fi
    psql -X -q -d postgres -c 'DROP DATABASE IF EXISTS pgtap' -c 'CREATE DATABASE pgtap' 2>/dev/null
    for file in "$home"/tree/test/pgtap/*.sql; do
        chosen "$(basename "$file")" || continue
        run_tap "pgtap/$(basename "$file" .sql)" "$home/pgtap" \
            pg_prove --verbose --dbname pgtap "$file"
    done
}

# A file system of 32 MB for the test of a full disk, which only root can mount.
small_folder=
mount_small_folder() {
    ((EUID == 0)) && [[ -z $small_folder ]] || return 0
    own_folder "$home/small"
    if mount -t tmpfs -o "size=32m,uid=$(id -u postgres),mode=700" vectidx-test "$home/small" 2>/dev/null; then
        small_folder=$home/small
    fi
}

# run_tap_folder BINDIR PGXS FOLDER FILE...: of test/t, in that folder.
run_tap_folder() {
    local bin=$1 drivers=$2 folder=$3 file name
    shift 3
    for file in "$@"; do
        name=${file#"$home"/}
        name=${name#*test/t/}
        chosen "$name" || continue
        # TESTDIR is read up to PostgreSQL 15, the other two from 16 on.
        run_tap "tap/${name%.pl}" "$folder" env -u PGHOST -u PGPORT -u PGUSER \
            PATH="$bin:$PATH" PERL5LIB="$drivers/src/test/perl:$home/tree/test/t" \
            PG_REGRESS="$drivers/src/test/regress/pg_regress" TESTDIR="$folder" \
            TESTDATADIR="$folder/tmp_check" TESTLOGDIR="$folder/tmp_check/log" \
            VECTIDX_SMALL_FOLDER="$small_folder" prove --verbose "$file"
    done
}

# What runs beside other suites: the process of each part. Its results are said and counted when their turn comes.
declare -A beside=()

# start_beside PART COMMAND... Its status goes to a file: bash forgets what a process returned when the number of that
# process is used again, and thousands of processes start while a part runs.
start_beside() {
    local part=$1
    shift
    rm -f -- "$logs/$part-beside.status"
    (
        trap 'echo "$?" >"$logs/$part-beside.status"' EXIT
        "$@"
    ) >"$logs/$part-beside.log" 2>&1 &
    beside[$part]=$!
}

# finish_beside PART: waits for it, and counts the results that it said.
finish_beside() {
    local part=$1 line name passed failed skipped status=
    until [[ -s $logs/$part-beside.status ]]; do
        kill -0 "${beside[$part]}" 2>/dev/null || [[ -s $logs/$part-beside.status ]] || break
        sleep 1
    done
    unset "beside[$part]"
    [[ ! -s $logs/$part-beside.status ]] || status=$(<"$logs/$part-beside.status")
    while IFS= read -r line; do
        if [[ $line =~ ^\ \ ([a-z]+/[^ ]+(\ \([0-9]+ s\))?)\ +([0-9]+)\ passed\ +([0-9]+)\ failed(\ +([0-9]+)\ skipped)?$ ]]; then
            name=${BASH_REMATCH[1]} passed=${BASH_REMATCH[3]} failed=${BASH_REMATCH[4]} skipped=${BASH_REMATCH[6]:-0}
            report "$name" "$passed" "$failed" "$skipped"
        else
            say "$line"
        fi
    done <"$logs/$part-beside.log"
    [[ $status == 0 ]] || report "$part/beside" 0 1
}

# The files of test/t that measure recall take a third of TAP's time, keep one processor busy, and do not mind what else
# runs. They run beside the suites before TAP.
start_recall_files() {
    need_installation || return 0
    start_beside recall run_tap_folder "$bindir" "$pgxs" "$home/tap-recall" "$home"/tree/test/t/01*.pl
}

# Servers that TAP starts and waits for leave processors idle: compilers and clang-tidy take what is left of them.
start_lint() {
    need_build || true
    start_beside lint run_patient_suites
}

run_patient_suites() {
    renice -n 19 "$BASHPID" >/dev/null
    limit=$((2 * limit))
    [[ -z $headers_wait ]] || run_headers
    run_lint
}

suite_tap() {
    local file files=() points_wanted=
    if ! need_installation; then
        not_run tap
        return
    fi
    mount_small_folder
    for file in "$home"/tree/test/t/*.pl; do
        [[ -n ${beside[recall]:-} && ${file##*/} == 01* ]] || files+=("$file")
    done
    [[ -z ${beside[recall]:-} ]] || finish_beside recall
    [[ " ${ahead[*]} " != *" lint "* ]] || start_lint
    run_tap_folder "$bindir" "$pgxs" "$home/tap" "${files[@]}"
    for file in "$home"/tree/test/t/points/*.pl; do
        ! chosen "points/$(basename "$file")" || points_wanted=yes
    done
    [[ -n $points_wanted ]] || return 0
    if ! need_points; then
        not_run tap/points
        return
    fi
    run_tap_folder "$points_bindir" "$points_pgxs" "$home/tap" "$home"/points/tree/test/t/points/*.pl
}

# run_scripts NAME [VARIABLE=VALUE...]: each test/NAME/*.sh is one result; status 77 is a skip.
run_scripts() {
    local suite=$1 script name log status
    shift
    for script in "$root/test/$suite"/*.sh; do
        name=$suite/$(basename "$script" .sh)
        chosen "$name" || continue
        log=$logs/${name//\//-}.log
        status=0
        timeout "$limit" env PG_CONFIG="$pg_config" "$@" bash "$script" >"$log" 2>&1 || status=$?
        case $status in
            0) report "$name" 1 0 ;;
            77)
                cat "$log"
                report "$name" 0 0 1
                ;;
            *)
                head -n 100 "$log"
                report "$name" 0 1
                ;;
        esac
    done
}

suite_install() {
    if ! need_build; then
        not_run install
        return
    fi
    run_scripts install INSTALL_TREE="$home/tree"
}

# skip_clients WHY: says it, and counts every file as skipped.
skip_clients() {
    local file
    say "  skipped: $1"
    for file in "$root"/test/clients/*.test.js; do
        report "clients/$(basename "$file" .test.js)" 0 0 1
    done
}

# need_node_modules FOLDER: what test/clients/package-lock.json names, from the npm registry. Fails
# with `why` set when npm cannot get it; stops when the lock file itself is wrong.
need_node_modules() {
    local folder=$1 log=$logs/npm.log
    if [[ -d $folder/node_modules ]] && cmp -s "$root/test/clients/package-lock.json" "$folder/installed.json"; then
        return
    fi
    say "  npm installs the clients"
    if (cd "$folder" && timeout "$limit" npm ci --no-fund --no-audit >"$log" 2>&1); then
        cp -- "$folder/package-lock.json" "$folder/installed.json"
        return
    fi
    if grep -Eq 'code (EUSAGE|EINTEGRITY|ERESOLVE|EJSONPARSE)' "$log"; then
        show "$log"
        report clients/npm 0 1
    fi
    why="npm cannot install the clients here: $(grep -m 1 'npm error' "$log" || tail -n 1 "$log")"
    return 1
}

# node_clients: the files of test/clients.
node_clients() {
    local folder=$home/clients file name why=''
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        skip_clients "there is no Node"
        return
    fi
    if (($(node -p 'process.versions.node.split(".")[0]') < 20)); then
        skip_clients "Node $(node --version) is older than 20"
        return
    fi
    if ! need_server; then
        not_run clients
        return
    fi
    mkdir -p -- "$folder"
    rm -f -- "$folder"/*.js
    cp -- "$root"/test/clients/{.npmrc,package.json,package-lock.json,*.js} "$folder"
    if ! need_node_modules "$folder"; then
        skip_clients "$why"
        return
    fi
    for file in "$folder"/*.test.js; do
        name=$(basename "$file" .test.js)
        chosen "$name" || continue
        run_tap "clients/$name" "$home/clients-$name" node --test-reporter=tap "$file"
    done
}

# language_client NAME PACKAGE CHECK COMMAND...: a program of test/clients/languages, with a database of its own. Without PACKAGE, CHECK
# fails.
language_client() {
    local name=$1 package=$2 check=$3 database=clients_${1//-/_} prepare=$home/tree/test/clients/languages/prepare.sql
    shift 3
    chosen "$name" || return 0
    if ! (cd / && bash -c "$check") >/dev/null 2>&1; then
        say "  clients/$name is skipped: it needs $package"
        report "clients/$name" 0 0 1
        return
    fi
    # The adapters make an extension and tables of their own.
    [[ $name != adapters ]] || prepare=/dev/null
    if ! quietly "$logs/clients-$name-database.log" psql -X -q -d postgres -c "DROP DATABASE IF EXISTS $database" \
        -c "CREATE DATABASE $database" -c "ALTER DATABASE $database SET enable_seqscan = off" ||
        ! quietly "$logs/clients-$name-database.log" psql -X -q -d "$database" -f "$prepare"; then
        report "clients/$name" 0 1
        return
    fi
    run_tap "clients/$name" "$home/clients-$name" env PGDATABASE="$database" PYTHONDONTWRITEBYTECODE=1 "$@"
}

language_clients() {
    local here=$home/tree/test/clients/languages python=/usr/bin/python3 module jar=/usr/share/java/postgresql.jar
    # Debian's packages are for Debian's Python and Ruby, whatever else is in the PATH.
    for module in psycopg psycopg2 asyncpg sqlalchemy django; do
        language_client "python-$module" "python3-$module" "$python -c 'import $module'" "$python" "$here/${module}_client.py"
    done
    language_client adapters 'python3-psycopg, -numpy, -h5py, -yaml and -pydantic' \
        "$python -c 'import psycopg, numpy, h5py, yaml, pydantic'" "$python" "$here/adapters_test.py"
    language_client perl libdbd-pg-perl 'perl -MDBD::Pg -e 1' perl "$here/client.pl"
    language_client ruby ruby-pg "/usr/bin/ruby -e 'require \"pg\"'" /usr/bin/ruby "$here/client.rb"
    language_client php 'php-cli and php-pgsql' "php -r 'exit(extension_loaded(\"pgsql\") && extension_loaded(\"pdo_pgsql\") ? 0 : 1);'" \
        php "$here/client.php"
    # Unix sockets came with Java 16.
    language_client java 'a JDK from version 16 on and libpostgresql-jdbc-java' \
        "test -f $jar && javac --release 16 -version" \
        sh -c 'javac -d . "$1"/*.java && java -cp ".:$2" Jdbc' sh "$here" "$jar"
    language_client go 'golang-go and golang-github-lib-pq-dev' 'go version && test -d /usr/share/gocode/src/github.com/lib/pq' \
        env GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$home/clients-go/cache" go run "$here/client.go"
}

suite_clients() {
    node_clients
    if ! need_server; then
        not_run clients/languages
        return
    fi
    language_clients
}

run_lint() {
    run_scripts lint LINT_OBJECTS="$home/tree" LINT_CMAKE="$root/build/test-cmake"
}

suite_lint() {
    if [[ -n ${beside[lint]:-} ]]; then
        finish_beside lint
        return
    fi
    # Only the rule on objects looks into the build.
    if chosen lint/symbols; then
        need_build || true
    fi
    run_lint
}

# --- all of it

suites=("$@")
((${#suites[@]} > 0)) || suites=("${all_suites[@]}")
ahead=("${suites[@]}") # those that are still to come
for suite in "${suites[@]}"; do
    case $suite in
        build | headers | unit | fuzz | regress | isolation | pgtap | tap | install | clients | lint) ;;
        --help | -h)
            usage
            exit
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
done

install_what_is_missing
home=$(choose_home "$wanted")
[[ $home == "$wanted" ]] || say "The server cannot use $wanted: its files are in $home"
check_owner "$home"
rm -rf -- "$logs"
mkdir -p -- "$logs"
# What a run that was killed left behind.
bindir=$(copied_bindir "$home/postgres")
[[ -z $bindir ]] || stop_server "$home" "$bindir"
points_bindir=$(copied_bindir "$home/points/postgres")
[[ -z $points_bindir ]] || stop_server "$home/points" "$points_bindir"
points_bindir=
! mountpoint -q "$home/small" || umount -- "$home/small"
trap clean_up EXIT
trap 'exit 130' INT TERM
for suite in "${suites[@]}"; do
    ahead=("${ahead[@]:1}")
    if [[ $suite != build && -z ${beside[recall]:-} && " ${ahead[*]} " == *" tap "* ]]; then
        start_recall_files
    fi
    step "$suite"
    "suite_$suite"
done
finish
