# Builds and installs the extension with PGXS:  make && make install && make installcheck
# PG_CONFIG=/path/to/pg_config chooses the PostgreSQL; WERROR=1 turns warnings into errors.
# TEST_POINTS=1 builds in the places where tests hold up, break off and kill backends (src/pg/test_point.hpp).
EXTENSION = vectidx
MODULE_big = vectidx
PGFILEDESC = "vectidx - vector data types and an HNSW index access method"

OBJS = $(patsubst %.cpp,%.o,$(sort $(wildcard src/*.cpp src/*/*.cpp src/*/*/*.cpp)))
DATA = $(sort $(wildcard sql/vectidx--*.sql))

# PostgreSQL 15's pg_regress reads sql/ and expected/ in the same folder, so the install scripts
# share sql/ with the tests under the reserved name vectidx--*.
REGRESS = $(filter-out vectidx--%,$(sort $(basename $(notdir $(wildcard sql/*.sql)))))
REGRESS_OPTS = --load-extension=vectidx
# The specs stop backends at test points, which a release has not: make installcheck leaves them out there.
ISOLATION_SPECS := $(sort $(basename $(notdir $(wildcard test/isolation/specs/*.spec))))
ifdef TEST_POINTS
ISOLATION = $(ISOLATION_SPECS)
endif
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=vectidx
# make installcheck TAP_TESTS= leaves out what starts servers of its own.
TAP_TESTS ?= 1
PROVE_TESTS = $(sort $(wildcard test/t/*.pl))

PG_CONFIG ?= pg_config
PG_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server)
# PostgreSQL adds warnings and optimizations that its own compiler knows and clang may not. Its macros
# leave fields of structures to their defaults and count in a volatile variable.
# No exception, no RTTI, no guard for statics: ereport leaves C++ frames by longjmp (src/README.md).
# Kernels have arrays of vectors, whose width the compiler must know: on arm64 NEON, not SVE.
PG_CXXFLAGS = -std=c++20 -O2 -Wall -Wextra -Wvla $(if $(WERROR),-Werror) \
	-fno-exceptions -fno-rtti -fno-threadsafe-statics -ffp-contract=off \
	-fvisibility=hidden -fvisibility-inlines-hidden -MMD -MP \
	-DHWY_WANT_AVX3_DL \
	$(if $(filter aarch64,$(shell uname -m)),-DHWY_DISABLED_TARGETS=HWY_SVE+HWY_SVE2+HWY_SVE_256+HWY_SVE2_128) \
	$(if $(findstring clang,$(CXX)),-Wno-unknown-warning-option -Wno-ignored-optimization-argument \
		-Wno-missing-field-initializers -Wno-deprecated-volatile) \
	$(if $(TEST_POINTS),-DVECTIDX_TEST_POINTS)
SHLIB_LINK = -lhwy -lstdc++ -lpthread
# Not the whole of build: clusters of scripts/demo.sh and of the benchmark may run in there.
EXTRA_CLEAN = $(OBJS:.o=.d) build/cmake build/compat
# The kernels choose their SIMD target at run time; there is nothing for the JIT to inline.
override with_llvm = no

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Makefile.global resets PROVE_FLAGS, which is the user's.
PG_PROVE_FLAGS += -I $(srcdir)/test/t

# What a C++ library instantiates is visible by default, and PostgreSQL loads libraries with their
# symbols shared: without a list, another extension's std::unordered_map could take the place of ours.
ifeq ($(PORTNAME), linux)
SHLIB_LINK += -Wl,--version-script=$(srcdir)/src/exports.map
$(MODULE_big)$(DLSUFFIX): src/exports.map
endif

# PostgreSQL may be configured for gcc's LTO, and gcc links: it cannot read clang's bitcode.
ifneq ($(findstring clang,$(CXX)),)
override CXXFLAGS += -fno-lto
endif

# The one file that may throw: hnswlib's door.
src/core/build/hnsw_door.o: override CXXFLAGS += -fexceptions -O3

-include $(OBJS:.o=.d)

# make install-compat: the extension `vector`, for clients that ask for that name. Its objects are those
# of vectidx and the access methods hnsw and ivfflat, in the same library; its version is the one of
# pgvector whose SQL surface it has. Both files are made from those of vectidx.
COMPAT_VERSION = 0.8.6
VECTIDX_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(srcdir)/vectidx.control)
compat_files = build/compat/vector.control build/compat/vector--$(COMPAT_VERSION).sql $(wildcard $(srcdir)/compat/vector--*--*.sql)
compat_dir = $(DESTDIR)$(datadir)/extension
# Stops at a vector.control that is pgvector's.
refuse_pgvector = @if test -e '$(compat_dir)/vector.control' && ! grep -q /vectidx '$(compat_dir)/vector.control'; then \
	echo "pgvector is installed in $(compat_dir): its files stay as they are" >&2; exit 1; fi

compat: $(compat_files)

build/compat/vector.control: vectidx.control Makefile
	mkdir -p $(@D)
	sed -e "s|^comment = .*|comment = 'vector data types and hnsw and ivfflat access methods, by vectidx'|" \
		-e "s|^default_version = .*|default_version = '$(COMPAT_VERSION)'|" $< >$@

build/compat/vector--$(COMPAT_VERSION).sql: sql/vectidx--$(VECTIDX_VERSION).sql compat/access_methods.sql compat/vector_script.pl
	mkdir -p $(@D)
	perl $(srcdir)/compat/vector_script.pl $(srcdir)/compat/access_methods.sql <$< >$@.tmp
	mv $@.tmp $@

# The recipe checks before it installs anything.
install-compat: all compat
	$(refuse_pgvector)
	$(MAKE) install DESTDIR='$(DESTDIR)'
	$(INSTALL_DATA) $(compat_files) '$(compat_dir)/'

uninstall-compat:
	$(refuse_pgvector)
	rm -f $(addprefix '$(compat_dir)'/,$(notdir $(compat_files)))

.PHONY: compat install-compat uninstall-compat

# make print-REGRESS: what a variable holds, for the scripts.
print-%:
	@echo '$($*)'
