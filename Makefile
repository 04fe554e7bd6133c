# Builds and installs the extension with PGXS:  make && make install && make installcheck
# make help lists the targets for developers, which scripts/develop.mk has.
# PG_CONFIG=/path/to/pg_config chooses the PostgreSQL; WERROR=1 turns warnings into errors.
# FAST=1 compiles in about half the time, without optimization to speak of and for this machine only.
# TEST_POINTS=1 builds in the places where tests stop, interrupt and kill backends (src/pg/test_point.hpp).
top := $(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))

# Targets for developers are in a file of their own: they need no PGXS, which has another target `check`.
develop_targets = help check check-% format lint compile_commands
ifneq ($(if $(MAKECMDGOALS),$(filter-out $(develop_targets),$(MAKECMDGOALS)),all),)

EXTENSION = vectidx
MODULE_big = vectidx
PGFILEDESC = "vectidx - vector data types and an HNSW index access method"

# files PATTERN...: those below the folder of this file, which a build elsewhere finds by VPATH.
files = $(sort $(patsubst $(top)/%,%,$(wildcard $(addprefix $(top)/,$(1)))))
OBJS = $(patsubst %.cpp,%.o,$(call files,src/*.cpp src/*/*.cpp src/*/*/*.cpp))
core_objects = $(filter src/core/%,$(OBJS))
pg_objects = $(filter-out src/core/%,$(OBJS))
# The install script is joined from its parts, in this order. Older versions are updated, not installed.
VECTIDX_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(top)/vectidx.control)
script_parts = $(patsubst %,extension/%.sql,begin vector halfvec max_sim bit sparsevec index inspect)
DATA = $(call files,extension/updates/*.sql)
DATA_built = build/vectidx--$(VECTIDX_VERSION).sql

# The first test makes functions that others use.
regress_tests := $(basename $(notdir $(call files,sql/*.sql)))
REGRESS = index $(filter-out index,$(regress_tests))
REGRESS_OPTS = --load-extension=vectidx
# The specs stop backends at test points, which a release has not: make installcheck leaves them out there.
ISOLATION_SPECS := $(basename $(notdir $(call files,test/isolation/specs/*.spec)))
ifdef TEST_POINTS
ISOLATION = $(ISOLATION_SPECS)
endif
ISOLATION_OPTS = --inputdir=$(top)/test/isolation --load-extension=vectidx
# make installcheck TAP_TESTS= leaves out what starts servers of its own.
TAP_TESTS ?= 1
PROVE_TESTS = $(call files,test/t/*.pl)

PG_CONFIG ?= pg_config
PG_CPPFLAGS = -I$(top)/src -isystem $(shell $(PG_CONFIG) --includedir-server)
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
		-Wno-missing-field-initializers -Wno-deprecated-volatile)
SHLIB_LINK = -lhwy -lstdc++ -lpthread
# Not the whole of build: clusters of scripts/demo.sh and of the benchmark may run in there.
EXTRA_CLEAN = $(OBJS:.o=.d) build/cmake build/compat build/pch build/flags
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

# With FAST=1 each kernel is compiled for one SIMD target instead of six.
ifdef FAST
override CXXFLAGS += -O1 $(if $(filter x86_64,$(shell uname -m)),-march=native -DHWY_COMPILE_ONLY_STATIC)
endif

# Objects of another compiler, with other flags or for another PostgreSQL are compiled again. A copy of
# PostgreSQL without headers, into which tests install, gets the objects as they are.
compiled_by := $(shell $(CXX) --version | head -n 1)
core_flags := $(filter-out -Werror,$(compiled_by) $(CXXFLAGS))
pg_headers := $(wildcard $(shell $(PG_CONFIG) --includedir-server)/postgres.h)
pg_flags := $(if $(pg_headers),$(core_flags) $(pg_headers) $(shell $(PG_CONFIG) --version) $(TEST_POINTS),$(shell cat build/flags/pg))
pg_key := $(firstword $(shell echo '$(pg_flags)' | cksum))
# remember FILE TEXT: writes the text to the file unless that is what it holds.
remember = $(shell mkdir -p $(dir $(1)); echo '$(2)' | cmp -s - $(1) || echo '$(2)' >$(1))
ifeq ($(filter clean distclean print-%,$(MAKECMDGOALS)),)
$(call remember,build/flags/core,$(core_flags))
$(call remember,build/flags/pg,$(pg_flags))
$(shell mkdir -p $(dir $(OBJS)))
endif
$(core_objects): build/flags/core
$(pg_objects): build/flags/pg

# What sees PostgreSQL begins with its headers, and those of the C++ library that most files include, in a
# precompiled form. -fpch-preprocess and the variable let ccache look into it.
pch = build/pch/$(pg_key)/first.hpp
pch_headers = "pg/postgres.hpp" <algorithm> <cmath> <cstring> <limits>
export CCACHE_SLOPPINESS ?= pch_defines,time_macros
$(pg_objects) $(pch).gch: override CXXFLAGS += $(if $(TEST_POINTS),-DVECTIDX_TEST_POINTS)
$(pg_objects): private override CXXFLAGS += -include $(pch) $(if $(findstring clang,$(compiled_by)),,-fpch-preprocess)
$(pch).gch: private override CXXFLAGS := $(filter-out -MMD,$(CXXFLAGS)) \
	$(if $(findstring clang,$(compiled_by)),-Xclang -fno-pch-timestamp)
$(pg_objects): $(pch).gch
$(pch).gch: src/pg/postgres.hpp build/flags/pg
	@mkdir -p $(@D)
	@printf '#include %s\n' $(foreach header,$(pch_headers),'$(header)') >$(pch)
	$(COMPILE.cc) -x c++-header -MD -MP -MF $(pch).d -MT $@ -o $@ $(pch)

# The one file that may throw: the adapter to hnswlib.
src/core/construct/hnswlib_adapter.o: private override CXXFLAGS += -fexceptions $(if $(FAST),,-O3)

-include $(OBJS:.o=.d) $(pch).d

$(DATA_built): $(script_parts)
	@mkdir -p $(@D)
	awk 'FNR == 1 && NR > 1 { print "" } { print }' $^ >$@.tmp
	mv $@.tmp $@

# make install-compat: the extension `vector`, for clients that ask for that name. Its objects are those
# of vectidx and the access methods hnsw and ivfflat, in the same library. Its version is the one of
# pgvector whose SQL surface it has, and two more digits that count our own changes: 0.8.601 is the first after 0.8.6, the
# extension of vectidx 0.2.0. Tools read three numbers. All files are made from those of vectidx; COMPAT_UPDATES says of which: OLD--NEW=A--B.
COMPAT_VERSION = 0.8.601
COMPAT_UPDATES = 0.8.6--0.8.601=0.2.0--0.3.0
compat_updates = $(foreach update,$(COMPAT_UPDATES),build/compat/vector--$(firstword $(subst =, ,$(update))).sql)
compat_files = build/compat/vector.control build/compat/vector--$(COMPAT_VERSION).sql $(compat_updates)
compat_dir = $(DESTDIR)$(datadir)/extension
# Stops at a vector.control that is pgvector's.
refuse_pgvector = @if test -e '$(compat_dir)/vector.control' && ! grep -q /vectidx '$(compat_dir)/vector.control'; then \
	echo "pgvector is installed in $(compat_dir): its files stay as they are" >&2; exit 1; fi

compat: $(compat_files)

build/compat/vector.control: vectidx.control Makefile
	mkdir -p $(@D)
	sed -e "s|^comment = .*|comment = 'vector data types and hnsw and ivfflat access methods, by vectidx'|" \
		-e "s|^default_version = .*|default_version = '$(COMPAT_VERSION)'|" $< >$@

build/compat/vector--$(COMPAT_VERSION).sql: $(DATA_built) extension/pgvector/access_methods.sql extension/pgvector/vector_script.pl
	mkdir -p $(@D)
	perl $(srcdir)/extension/pgvector/vector_script.pl $(srcdir)/extension/pgvector/access_methods.sql <$< >$@.tmp
	mv $@.tmp $@

# compat_update OLD--NEW,A--B: the rule of an upgrade script.
define compat_update
build/compat/vector--$(1).sql: extension/updates/vectidx--$(2).sql extension/pgvector/vector_script.pl
	mkdir -p $$(@D)
	perl $$(srcdir)/extension/pgvector/vector_script.pl --update $$(lastword $$(subst --, ,$(1))) <$$< >$$@.tmp
	mv $$@.tmp $$@
endef
$(foreach update,$(COMPAT_UPDATES),$(eval $(call compat_update,$(firstword $(subst =, ,$(update))),$(lastword $(subst =, ,$(update))))))

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

else
include $(top)/scripts/develop.mk
endif
