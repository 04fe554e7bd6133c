#!/usr/bin/env bash
# Runs the tests with other PostgreSQL versions: see usage() below.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for library in say packages; do
    # shellcheck source=/dev/null
    source "$root/scripts/lib/$library.sh"
done

# The releases that have each version. jammy has 14, but a Highway before 1.0: its PostgreSQL runs on
# bookworm.
declare -A release=([14]=bookworm [15]=bookworm [16]=noble [17]=trixie [18]=forky)
declare -A server_of=([14]=jammy)
debian=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
ubuntu=${UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}
ubuntu_keyring=${UBUNTU_KEYRING:-/usr/share/keyrings/ubuntu-archive-keyring.gpg}
read -ra suites <<<"${VECTIDX_SUITES:-build unit regress isolation pgtap tap install}"
folder=${VECTIDX_CHROOTS:-$root/build/majors}

usage() {
    cat <<END
bash scripts/test_majors.sh [MAJOR...]     17 and 18, or those named: ${!release[*]}

In a chroot of the Debian or Ubuntu release that has the version: compiles with gcc and clang,
warnings being errors, and runs scripts/test.sh ${suites[*]}.
As root. The chroots are made by debootstrap in build/majors, and stay for the next time; the script
mounts /proc in them while it runs. VECTIDX_SUITES are other suites, VECTIDX_ONLY chooses tests as in
scripts/test.sh, VECTIDX_CHROOTS is another folder for the chroots; DEBIAN_MIRROR and UBUNTU_MIRROR are other archives than
$debian and $ubuntu,
UBUNTU_KEYRING says where the keys of Ubuntu's archive are.
Logs are in build/majors-logs.
END
}

# in_chroot CHROOT COMMAND...: runs it with a clean environment.
in_chroot() {
    local chroot=$1
    shift
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        chroot "$chroot" "$@"
}

need_ubuntu_keyring() {
    [[ -f $ubuntu_keyring ]] || die "no $ubuntu_keyring: it is in the package ubuntu-keyring, of Debian 13 and later"
}

# make_chroot MAJOR CHROOT
make_chroot() {
    local suite=${release[$1]} chroot=$2 mirror=$debian components=main
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [[ ! -e $chroot/etc/debian_version ]] || return 0
    if [[ $suite == noble ]]; then
        need_ubuntu_keyring
        mirror=$ubuntu components=main,universe keyring=$ubuntu_keyring
    fi
    # A release that is newer than debootstrap is made like its predecessors.
    local script=/usr/share/debootstrap/scripts/$suite
    [[ -e $script ]] || script=/usr/share/debootstrap/scripts/$([[ $mirror == "$ubuntu" ]] && echo gutsy || echo sid)
    mkdir -p -- "$(dirname "$chroot")"
    rm -rf -- "$chroot.part"
    quietly "$logs/$1-debootstrap.log" debootstrap --variant=minbase --components="$components" --keyring="$keyring" \
        "$suite" "$chroot.part" "$mirror" "$script" || die "debootstrap failed"
    mv -- "$chroot.part" "$chroot"
}

# add_guest SUITE CHROOT: what only this release of Ubuntu has can be installed, too.
add_guest() {
    need_ubuntu_keyring
    install -m 644 -- "$ubuntu_keyring" "$2/etc/apt/guest.gpg"
    printf 'deb [signed-by=/etc/apt/guest.gpg] %s %s main universe\n' "$ubuntu" "$1" >"$2/etc/apt/sources.list.d/guest.list"
    add_updates "$1" "$2" signed-by=/etc/apt/guest.gpg
    # The updates have the release's name, too.
    printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n' "$1" >"$2/etc/apt/preferences.d/guest"
}

# add_updates SUITE CHROOT [OPTION]: a release of Ubuntu keeps the minor version of PostgreSQL that it came
# with; later ones, which correct PostgreSQL's own bugs, are in its updates.
add_updates() {
    printf 'deb %s%s %s-updates main universe\n' "${3:+[$3] }" "$ubuntu" "$1" >"$2/etc/apt/sources.list.d/$1-updates.list"
}

# No service starts in a chroot, and no cluster is made.
keep_quiet() {
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
    mkdir -p -- "$1/etc/postgresql-common"
    printf 'create_main_cluster = false\n' >"$1/etc/postgresql-common/createcluster.conf"
}

copy_working_tree() {
    mkdir -p -- "$1/src/vectidx"
    find "$1/src/vectidx" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf -- {} +
    git -C "$root" -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
        tar -C "$root" --null --files-from=- -cf - | tar -C "$1/src/vectidx" --no-same-owner -xf -
}

mounted=()
unmount() {
    local at
    for at in "${mounted[@]}"; do
        umount "$at" || true
    done
    mounted=()
}
trap unmount EXIT

failures=0
# test_major MAJOR: says its results; sets failures.
test_major() {
    local major=$1 guest=${server_of[$1]:-} log=$logs/$1.log pg_config chroot status=0
    pg_config=/usr/lib/postgresql/$major/bin/pg_config
    chroot=$folder/${release[$1]}${guest:+-$guest}
    step "PostgreSQL $major${guest:+ of $guest}, in ${release[$major]}"
    make_chroot "$major" "$chroot"
    [[ ${release[$major]} != noble ]] || add_updates noble "$chroot"
    [[ -z $guest ]] || add_guest "$guest" "$chroot"
    keep_quiet "$chroot"
    if ! mountpoint -q "$chroot/proc"; then
        mount -t proc proc "$chroot/proc"
        mounted+=("$chroot/proc")
    fi
    copy_working_tree "$chroot"
    quietly "$logs/$major-apt.log" in_chroot "$chroot" sh -c "apt-get -q -o Acquire::Check-Valid-Until=false update &&
        apt-get -q -y --no-install-recommends install ca-certificates clang g++ make git procps \
            libhwy-dev libhnswlib-dev postgresql-$major postgresql-client-$major postgresql-server-dev-$major" || die "apt failed"

    in_chroot "$chroot" sh -c "cp -r /src/vectidx /src/clang && cd /src/clang && rm -rf build &&
        make -s -j $(nproc) PG_CONFIG=$pg_config CXX=clang++ WERROR=1" >"$logs/$major-clang.log" 2>&1 || status=$?
    rm -rf -- "$chroot/src/clang"
    if ((status == 0)) && ! grep -q 'warning:' "$logs/$major-clang.log"; then
        say "  $(in_chroot "$chroot" clang++ --version | head -n 1): no warning"
    else
        say "  clang: failed, see $logs/$major-clang.log"
        failures=$((failures + 1))
    fi

    status=0
    in_chroot "$chroot" env PG_CONFIG="$pg_config" VECTIDX_TEST_TIMEOUT="${VECTIDX_TEST_TIMEOUT:-900}" \
        VECTIDX_ONLY="${VECTIDX_ONLY:-}" \
        bash /src/vectidx/scripts/test.sh "${suites[@]}" >"$log" 2>&1 || status=$?
    if ((status != 0)); then
        failures=$((failures + 1))
    fi
    sed -n 's/^Testing with/  with/p' "$log"
    sed -n '/^==> Results/,$ p' "$log" | tail -n +2
}

majors=("$@")
((${#majors[@]} > 0)) || majors=(17 18)
for major in "${majors[@]}"; do
    if [[ ! $major =~ ^[0-9]+$ || -z ${release[$major]:-} ]]; then
        usage
        [[ $major == --help || $major == -h ]] && exit
        exit 2
    fi
done
((EUID == 0)) || die "chroots need root"
install_packages debootstrap git
logs=$root/build/majors-logs
mkdir -p -- "$logs"
for major in "${majors[@]}"; do
    test_major "$major"
done
((failures == 0))
