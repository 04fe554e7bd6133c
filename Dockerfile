# PostgreSQL with vectidx, for a try:
#   docker build --tag vectidx . && docker run --detach --name vectidx --env POSTGRES_PASSWORD=secret vectidx
#   docker exec --interactive --tty vectidx psql --username postgres
# The Debian packages of this repository are built against the PostgreSQL of the official image and
# installed into it, with the extension `vector`, too. PG_MAJOR is 14 to 18.
ARG PG_MAJOR=17

# What compiling and packaging need.
FROM postgres:${PG_MAJOR}-bookworm AS tools
ARG PG_MAJOR
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        debhelper dpkg-dev g++ libhnswlib-dev libhwy-dev make postgresql-common \
        postgresql-server-dev-${PG_MAJOR} && rm -rf /var/lib/apt/lists/*

# What developers need, too (.devcontainer).
FROM tools AS develop
ARG PG_MAJOR
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ca-certificates ccache clang clang-format clang-tidy clangd cmake codespell gdb git libgtest-dev \
        libipc-run-perl libpq-dev libtap-parser-sourcehandler-pgtap-perl ninja-build nlohmann-json3-dev pkg-config \
        postgresql-${PG_MAJOR}-pgtap shellcheck sudo && rm -rf /var/lib/apt/lists/*
ENV PATH=/usr/lib/ccache:$PATH PG_CONFIG=/usr/lib/postgresql/${PG_MAJOR}/bin/pg_config

FROM tools AS packages
ARG PG_MAJOR
COPY . /build/vectidx
WORKDIR /build/vectidx
RUN echo "${PG_MAJOR}" >debian/pgversions && pg_buildext updatecontrol && \
    DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" dpkg-buildpackage --build=binary --no-check-builddeps --no-sign

FROM postgres:${PG_MAJOR}-bookworm
COPY --from=packages /build/*.deb /packages/
RUN apt-get update && apt-get install --yes --no-install-recommends /packages/postgresql-*-vectidx_*.deb \
        /packages/postgresql-*-vectidx-compat_*.deb && rm -rf /packages /var/lib/apt/lists/*
