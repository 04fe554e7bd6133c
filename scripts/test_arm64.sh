#!/usr/bin/env bash
# Compiles the core library and its unit tests for arm64 with Debian's cross-compiler, and runs them
# under qemu: NEON is the SIMD target there. The last line is ctest's count.
# The arm64 libraries are unpacked in build/arm64/sysroot; the system gets no foreign architecture.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for library in say packages; do
    # shellcheck source=/dev/null
    source "$root/scripts/lib/$library.sh"
done

folder=$root/build/arm64
sysroot=$folder/sysroot
libraries=$sysroot/usr/lib/aarch64-linux-gnu

# fetch_libraries: apt downloads them with lists of its own for both architectures.
fetch_libraries() {
    local apt=$folder/apt options
    [[ ! -d $sysroot ]] || return 0
    mkdir -p -- "$apt/lists/partial" "$apt/cache/archives/partial" "$sysroot.part"
    options=(-q -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 -o Dir::State::Lists="$apt/lists"
        -o Dir::Cache="$apt/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User=root
        -o APT::Update::Post-Invoke::= -o APT::Update::Post-Invoke-Success::=)
    quietly "$folder/apt-update.log" apt-get "${options[@]}" update || die "apt-get update failed"
    (cd "$apt" && quietly "$folder/apt-download.log" apt-get "${options[@]}" download \
        libhwy-dev:arm64 libhwy1:arm64 libgtest-dev:arm64 libhnswlib-dev) || die "apt-get download failed"
    for package in "$apt"/*.deb; do
        dpkg-deb -x "$package" "$sysroot.part"
    done
    mv -- "$sysroot.part" "$sysroot"
    rm -rf -- "$apt"
}

step "Looking for what the tests need"
install_packages cmake make g++-aarch64-linux-gnu qemu-user-static
mkdir -p -- "$folder"
fetch_libraries

step "Compiling for arm64"
quietly "$folder/cmake.log" cmake -S "$root" -B "$folder/cmake" -DCMAKE_SYSTEM_NAME=Linux \
    -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
    -DCMAKE_FIND_ROOT_PATH="$sysroot;/usr/aarch64-linux-gnu" -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER \
    -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY \
    -DCMAKE_CXX_FLAGS="-isystem $sysroot/usr/include" -DVECTIDX_WERROR=ON -DPG_CONFIG= \
    -DCMAKE_CROSSCOMPILING_EMULATOR="qemu-aarch64-static;-L;/usr/aarch64-linux-gnu;-E;LD_LIBRARY_PATH=$libraries" ||
    die "cmake failed"
quietly "$folder/make.log" cmake --build "$folder/cmake" --parallel "$(nproc)" --target vectidx_unit ||
    die "the build failed"
file -b "$folder/cmake/vectidx_unit" 2>/dev/null | cut -d , -f 1,2 || true

step "Refusing what is not 64-bit and little-endian"
# refuses FLAG MESSAGE: what stops the compiler is our message. The C library has no headers of its
# own for these two.
refuses() {
    local log=$folder/refuses.log
    mkdir -p -- "$folder/stubs/gnu"
    touch "$folder"/stubs/gnu/stubs-{lp64_be,ilp32}.h
    if aarch64-linux-gnu-g++ -std=c++20 -fsyntax-only "$1" -I"$folder/stubs" -x c++ "$root/src/core/layout/page.hpp" >"$log" 2>&1; then
        die "compiles with $1"
    fi
    grep -q "static assertion failed: vectidx $2" "$log" || die "$1 fails otherwise: $(head -n 3 "$log")"
    grep "static assertion failed" "$log" | sed 's/.*static assertion failed: /  /'
}
refuses -mabi=ilp32 'needs a 64-bit machine'
refuses -mbig-endian 'keeps its pages in little-endian order'

step "Running the unit tests under qemu"
ctest --test-dir "$folder/cmake" --parallel "$(nproc)" --timeout 1800 --output-on-failure >"$folder/ctest.log" 2>&1 || {
    tail -n 60 "$folder/ctest.log"
    exit 1
}
grep 'tests passed' "$folder/ctest.log"
