# shellcheck shell=bash
# A private PostgreSQL cluster: own data, own unix socket, no TCP port, no system cluster touched.
# As root, the server runs as the user postgres, since it refuses to run as root. Sourced after
# say.sh.
#
# A cluster lives in a folder, its `home`: home/data, home/socket, home/server.log.

# A person's settings for other servers must not lead a script there.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE \
    PGDATA PGOPTIONS PGAPPNAME PGSSLMODE PGTZ PGCLIENTENCODING

server_user() {
    if ((EUID == 0)); then printf 'postgres\n'; else id -un; fi
}

# as_server COMMAND...: runs it as the user that owns the cluster, in a folder that is open to it.
as_server() {
    if ((EUID == 0)); then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# choose_home WANTED: makes and prints the folder WANTED, or another one when the server's user
# cannot enter that (a checkout in root's home) or its path is too long for a unix socket. The file
# WANTED.elsewhere remembers the other one.
choose_home() {
    local wanted=$1 home
    home=$(current_home "$wanted")
    if [[ -z $home ]]; then
        mkdir -p -- "$wanted"
        home=$wanted
        if ((${#wanted} > 80)) || ! as_server test -x "$wanted" -a -r "$wanted"; then
            home=$(mktemp -d "${TMPDIR:-/tmp}/vectidx.XXXXXX")
            chmod 755 "$home"
            printf '%s\n' "$home" >"$wanted.elsewhere"
        fi
    fi
    printf '%s\n' "$home"
}

# current_home WANTED: prints the folder that choose_home made, if any.
current_home() {
    local home=$1
    [[ ! -f $1.elsewhere ]] || home=$(<"$1.elsewhere")
    [[ ! -d $home ]] || printf '%s\n' "$home"
}

# remove_home WANTED
remove_home() {
    local home
    home=$(current_home "$1")
    [[ -z $home ]] || rm -rf -- "$home"
    rm -rf -- "$1" "$1.elsewhere"
}

# check_owner HOME: stops when the cluster belongs to another user than the server's.
check_owner() {
    local owner
    [[ -d $1/data ]] || return 0
    owner=$(stat -c %U "$1/data")
    [[ $owner == "$(server_user)" ]] ||
        die "$1 belongs to a server of user $owner: run this as before, or remove that folder"
}

# create_cluster HOME BINDIR: new and empty; the lines of standard input go to its configuration.
create_cluster() {
    local home=$1 bindir=$2
    rm -rf -- "$home/data" "$home/socket" "$home/server.log"
    mkdir -m 700 "$home/data" "$home/socket"
    : >"$home/server.log"
    ((EUID != 0)) || chown postgres "$home/data" "$home/socket" "$home/server.log"
    # Whoever reaches the socket is the superuser, and only the owner of its folder reaches it.
    quietly "$home/initdb.log" as_server "$bindir/initdb" --pgdata="$home/data" --username=postgres \
        --auth=trust --encoding=UTF8 --no-locale --no-sync || die "initdb failed"
    {
        printf "listen_addresses = ''\nunix_socket_directories = '%s'\nport = 5432\n" "$home/socket"
        cat
    } >>"$home/data/postgresql.conf"
}

server_runs() {
    [[ -d $1/data ]] && as_server "$2/pg_ctl" --pgdata="$1/data" status >/dev/null 2>&1
}

start_server() {
    local home=$1 bindir=$2
    server_runs "$home" "$bindir" && return
    if ! as_server "$bindir/pg_ctl" --pgdata="$home/data" --log="$home/server.log" --timeout=120 \
        --silent start >/dev/null; then
        tail -n 20 "$home/server.log" >&2
        die "the server does not start (its log: $home/server.log)"
    fi
}

stop_server() {
    server_runs "$1" "$2" || return 0
    as_server "$2/pg_ctl" --pgdata="$1/data" --mode=fast --timeout=120 --silent stop >/dev/null
}

# use_server HOME BINDIR: lets psql and its like connect to the cluster.
use_server() {
    export PGHOST=$1/socket PGPORT=5432 PGUSER=postgres
    PATH=$2:$PATH
}
