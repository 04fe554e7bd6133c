#!/usr/bin/env bash
# Builds the Debian packages from a clean copy of the working tree in build/debian, runs the
# regression tests against them, and lintian over them, whose errors and warnings are failures.
# One package for each PostgreSQL whose postgresql-server-dev-N is installed.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for library in say packages; do
    # shellcheck source=/dev/null
    source "$root/scripts/lib/$library.sh"
done

wanted=$root/build/debian
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$root/debian/changelog")

step "Looking for what the packages need"
install_packages dpkg-dev debhelper lintian postgresql-all postgresql-server-dev-all libhwy-dev \
    libhnswlib-dev g++ make

step "Building vectidx $version"
rm -rf -- "$wanted"
mkdir -p -- "$wanted/vectidx-$version"
git -C "$root" -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
    tar -C "$root" --null --files-from=- -cf - | tar -C "$wanted/vectidx-$version" --no-same-owner -xf -
(cd "$wanted/vectidx-$version" && quietly "$wanted/build.log" \
    env DEB_BUILD_OPTIONS="parallel=$(nproc)" dpkg-buildpackage --no-sign) || die "dpkg-buildpackage failed"

step "Looking at the packages"
(cd "$wanted" && lintian --fail-on error,warning --allow-root ./*.changes) || die "lintian is not content"
ls -l "$wanted"/*.deb
