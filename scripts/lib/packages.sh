# shellcheck shell=bash
# Installs the Debian packages that are missing, and nothing that is there. Sourced after say.sh.

# missing_packages NAME...: prints those that are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] ||
            printf '%s\n' "$name"
    done
}

# as_root COMMAND...: runs it as root: directly, or through sudo.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif ! command -v sudo >/dev/null; then
        die "this needs root and there is no sudo; as root, run: $*"
    elif [[ -t 0 ]]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

apt_get() {
    # Installing a server package shall not wait for an answer, nor for another apt for ever.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 "$@"
}

# apt_knows NAME...: whether the package lists have them all.
apt_knows() {
    apt-get -q --simulate --no-install-recommends install "$@" >/dev/null 2>&1
}

# install_packages NAME...
install_packages() {
    local missing
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        warn "not a Debian system: what these packages hold must be there already: $*"
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    say "Installing ${missing[*]}"
    if ! apt_knows "${missing[@]}"; then
        say "The package lists are missing or old: apt-get update"
        apt_get update
    fi
    # A list may be older than the archive: what it names is then gone from there.
    if ! apt_get --no-install-recommends install "${missing[@]}"; then
        say "Once more with fresh package lists: apt-get update"
        apt_get update
        apt_get --no-install-recommends install "${missing[@]}"
    fi
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} == 0)) || die "not installed: ${missing[*]}"
}

# try_packages NAME...: as install_packages; says which ones apt does not have or cannot install, and goes on. What needs them is skipped.
try_packages() {
    local missing name found=()
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    if ! compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null; then
        say "The package lists are missing: apt-get update"
        (apt_get update) || true
    fi
    if apt_knows "${missing[@]}"; then
        found=("${missing[@]}")
        missing=()
    fi
    for name in "${missing[@]}"; do
        if apt_knows "$name"; then
            found+=("$name")
        else
            say "apt has no $name: what needs it is skipped"
        fi
    done
    ((${#found[@]} > 0)) || return 0
    say "Installing ${found[*]}"
    # In a subshell, since as_root stops where it cannot.
    (apt_get --no-install-recommends install "${found[@]}") || say "not installed: ${found[*]}; what needs them is skipped"
}
