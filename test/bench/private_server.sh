# shellcheck shell=bash
# For the benchmarks that are scripts: a private server of PG_CONFIG's PostgreSQL, in a new folder of TMPDIR that goes when the
# script ends. Sourced by them, behind the variables that they read. Sets root, bindir and home; the script creates the
# cluster (scripts/lib/server.sh).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for library in say server; do
    # shellcheck source=/dev/null
    source "$root/scripts/lib/$library.sh"
done
bindir=$("${PG_CONFIG:-pg_config}" --bindir)
home=$(mktemp -d "${TMPDIR:-/tmp}/vectidx.XXXXXX")
chmod 755 "$home"
trap 'stop_server "$home" "$bindir" || true; rm -rf -- "$home"' EXIT

# sql STATEMENT...: each is a transaction of its own unless the caller says BEGIN.
sql() {
    psql -XqAt -v ON_ERROR_STOP=1 -d postgres "${@/#/-c}"
}

# seconds COMMAND...: how long it takes.
seconds() {
    local from
    from=$(date +%s%N)
    "$@" >/dev/null
    echo $((($(date +%s%N) - from) / 1000)) | sed 's/......$/.&/; s/^\./0./'
}

# note_least NAME VALUE: the least of all values is in least[NAME].
declare -A least=()
note_least() {
    if [[ -z ${least[$1]:-} ]] || awk "BEGIN { exit !($2 < ${least[$1]}) }"; then least[$1]=$2; fi
}
