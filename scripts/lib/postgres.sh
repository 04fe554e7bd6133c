# shellcheck shell=bash
# Which PostgreSQL to use, and a private copy of it with the extension installed.
#
# PostgreSQL finds its libraries and its share folder relative to its own programs. So a copy of the
# three folders (about 50 MB, less than a second) is a whole installation: the extension goes into
# the copy without root, and the installation of the system is only read. Sourced after packages.sh.

OLDEST_POSTGRES=14 NEWEST_POSTGRES=18

# debian_pg_config: prints the newest supported pg_config of a Debian package, if any.
debian_pg_config() {
    local version
    for ((version = NEWEST_POSTGRES; version >= OLDEST_POSTGRES; version--)); do
        if [[ -x /usr/lib/postgresql/$version/bin/pg_config ]]; then
            printf '%s\n' "/usr/lib/postgresql/$version/bin/pg_config"
            return
        fi
    done
}

# debian_default_version: prints the version that the package `postgresql` stands for.
debian_default_version() {
    LC_ALL=C apt-cache depends postgresql 2>/dev/null |
        sed -n 's/^ *Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1
}

# choose_postgres: sets pg_config (a path; the program may not be there yet) and the array
# pg_packages (what to install for it). $PG_CONFIG decides when it is set.
choose_postgres() {
    local version
    # shellcheck disable=SC2034  # the caller reads it
    pg_packages=()
    pg_config=${PG_CONFIG:-$(debian_pg_config)}
    if [[ -z $pg_config ]]; then
        command -v apt-cache >/dev/null || die "no PostgreSQL found: set PG_CONFIG to its pg_config"
        version=$(debian_default_version)
        if [[ -z $version ]]; then
            say "The package lists are missing: apt-get update"
            apt_get update
            version=$(debian_default_version)
        fi
        [[ -n $version ]] || die "apt knows no package 'postgresql': set PG_CONFIG"
        pg_config=/usr/lib/postgresql/$version/bin/pg_config
    fi
    if [[ $pg_config =~ ^/usr/lib/postgresql/([0-9]+)/bin/pg_config$ ]]; then
        version=${BASH_REMATCH[1]}
        # shellcheck disable=SC2034
        pg_packages=("postgresql-$version" "postgresql-server-dev-$version")
    fi
}

# pg_major PG_CONFIG: prints the major version.
pg_major() {
    "$1" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'
}

# copy_postgres PG_CONFIG FOLDER: makes the copy below FOLDER, prints the copy's pg_config.
copy_postgres() {
    local from=$1 to=$2 option folder bindir
    bindir=$("$from" --bindir)
    rm -rf -- "$to"
    for option in --bindir --pkglibdir --sharedir; do
        folder=$("$from" "$option")
        [[ -d $to$folder ]] && continue
        mkdir -p -- "$to$(dirname "$folder")"
        cp -a -- "$folder" "$to$folder"
    done
    # The modules' test drivers may live outside of the three.
    folder=$(dirname "$("$from" --pgxs)")/../..
    folder=$(realpath -m "$folder")
    if [[ ! -d $to$folder ]]; then
        mkdir -p -- "$to$(dirname "$folder")"
        cp -a -- "$folder" "$to$folder"
    fi
    # An extension of the same name that the system has must not be mixed with ours, be it pgvector.
    find "$to" \( -name 'vectidx.control' -o -name 'vectidx--*.sql' -o -name 'vectidx.so' \
        -o -name 'vector.control' -o -name 'vector--*.sql' -o -name 'vector.so' \) -delete
    rm -rf -- "$to$("$from" --pkglibdir)"/bitcode
    # Ubuntu's pg_config of PostgreSQL 14 names the folders that it was built for, wherever it is.
    if [[ $("$to$bindir/pg_config" --bindir) == "$bindir" ]]; then
        mv -- "$to$bindir/pg_config" "$to$bindir/pg_config.unmoved"
        printf '#!/bin/sh\nanswer=$("%s" "$@") || exit\nprintf "%%s\\n" "$answer" | sed "s|^/usr/|%s/usr/|"\n' \
            "$to$bindir/pg_config.unmoved" "$to" >"$to$bindir/pg_config"
        chmod 755 "$to$bindir/pg_config"
    fi
    printf '%s\n' "$to$bindir/pg_config"
}

# copied_bindir FOLDER: prints the folder of the programs in a copy that was made before, if any.
copied_bindir() {
    [[ ! -d $1 ]] || find "$1" -path '*/bin/pg_ctl' -printf '%h' -quit
}

# copy_sources ROOT TREE: brings the folder TREE to the state of the working tree ROOT and keeps the
# objects that were built in it, so that the next build is incremental. A build of its own is
# neither spoilt by nor spoils what a developer builds in the working tree.
copy_sources() {
    local root=$1 tree=$2
    mkdir -p -- "$tree"
    find "$tree" \( -type f -o -type l \) ! -name '*.o' ! -name '*.d' ! -path "$tree/build/pch/*" \
        ! -path "$tree/build/flags/*" -delete
    tar -C "$root" --exclude='*.o' --exclude='*.d' --exclude='*.so' --exclude='*.bc' --exclude=tmp_check --exclude=node_modules \
        -cf - Makefile scripts/develop.mk vectidx.control extension sql expected src test | tar -C "$tree" --no-same-owner -xf -
}

# build_extension TREE PG_CONFIG LOG [VARIABLE=VALUE...]
build_extension() {
    local tree=$1 config=$2 log=$3
    shift 3
    quietly "$log" make -C "$tree" -j "$(nproc)" PG_CONFIG="$config" "$@"
}

# install_extension TREE COPY_PG_CONFIG LOG [VARIABLE=VALUE...]: both extensions, into the private
# copy, whose name pg_config tells.
install_extension() {
    local tree=$1 config=$2 log=$3
    shift 3
    quietly "$log" make -C "$tree" PG_CONFIG="$config" "$@" install-compat
}
