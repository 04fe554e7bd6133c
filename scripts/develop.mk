# The targets for developers, included by the Makefile: make help. Those that test install what is missing
# where apt is.
.PHONY: help check format lint compile_commands

# make check-regress ONLY=index_scan: the tests of a suite whose names match.
export VECTIDX_ONLY := $(ONLY)

help:
	@echo 'make                    the extension; FAST=1: for this machine only, in half the time; WERROR=1'
	@echo 'make install            into the PostgreSQL of PG_CONFIG; install-compat: the extension "vector", too'
	@echo 'make installcheck       pg_regress and TAP against a server that runs'
	@echo 'make clean'
	@echo
	@echo 'make check              every test; servers are private (bash scripts/test.sh)'
	@echo 'make check-unit         GoogleTest over src/core; with FAST=1 in seconds'
	@echo 'make check-regress      pg_regress over sql and expected'
	@echo 'make check-isolation    races, over test/isolation'
	@echo 'make check-tap          crashes, standbys, damaged files, recall: test/t'
	@echo 'make check-fuzz         libFuzzer, needs clang'
	@echo 'make check-clients      clients of pgvector, needs Node'
	@echo 'make check-SUITE        and the other suites: build, headers, pgtap, install'
	@echo '    ONLY=index_scan     of check-...: tests whose name matches this regular expression'
	@echo
	@echo 'make format             clang-format over src and test'
	@echo 'make lint               the rules of the house, one script each in test/lint; ONLY=sizes: one rule'
	@echo 'make compile_commands   compile_commands.json of all sources, for clangd and clang-tidy'

check:
	bash $(top)/scripts/test.sh

check-%:
	bash $(top)/scripts/test.sh $*

ifdef FAST
# The unit tests in a build of their own: no optimization, one SIMD target, no tests of headers or the driver.
# An edit of one kernel is compiled and tested in some ten seconds.
check-unit:
	@mkdir -p build
	cmake -S $(top) -B build/fast -DVECTIDX_FAST=ON >build/fast.log || { cat build/fast.log; exit 1; }
	cmake --build build/fast --parallel $(shell nproc) --target vectidx_unit
	build/fast/vectidx_unit --gtest_brief=1 $(if $(ONLY),--gtest_filter='*$(ONLY)*')
endif

format:
	bash $(top)/test/lint/format.sh --fix

lint:
	bash $(top)/scripts/test.sh lint

compile_commands:
	bash $(top)/scripts/compile_commands.sh
