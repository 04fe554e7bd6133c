# shellcheck shell=bash
# Compiles against the headers of a PostgreSQL that this machine's release does not have: they are
# downloaded from another Debian release by apt with lists of its own, and unpacked. Nothing is
# installed. Sourced after say.sh.

# fetch_headers MAJOR RELEASE FOLDER: below FOLDER. Fails when apt cannot get them.
fetch_headers() {
    local major=$1 release=$2 folder=$3 options
    [[ ! -d $folder/usr ]] || return 0
    mkdir -p -- "$folder/lists/partial" "$folder/cache/archives/partial"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
        "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" "$release" >"$folder/sources.list"
    options=(-q -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$folder/lists"
        -o Dir::Cache="$folder/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User=root -o Acquire::Languages=none
        -o Acquire::Retries=1 -o APT::Update::Error-Mode=any -o APT::Update::Post-Invoke::= -o APT::Update::Post-Invoke-Success::=)
    (cd "$folder" && apt-get "${options[@]}" update && apt-get "${options[@]}" download "postgresql-server-dev-$major") || return 1
    mkdir -- "$folder/part"
    dpkg-deb -x "$folder/postgresql-server-dev-$major"_*.deb "$folder/part" && mv -- "$folder/part/usr" "$folder/usr" &&
        rm -rf -- "$folder/part" "$folder/lists" "$folder/cache"
}

# compile_with_headers TREE INCLUDE-FOLDER FLAG...: every source of the extension that sees PostgreSQL.
compile_with_headers() {
    local tree=$1 include=$2
    shift 2
    (cd "$tree" && find src/pg src/module.cpp -name '*.cpp' -print0 | sort -z |
        xargs -0 -n 4 -P "$(nproc)" g++ "$@" -Isrc -isystem "$include" -D_GNU_SOURCE -fPIC -fsyntax-only)
}
