// Places where a test can hold up, break off or kill a backend. They exist in a test build only
// (make TEST_POINTS=1); test/lint/symbols.sh checks that a release has none.
//
// SET vectidx.test_points = 'NAME=ACTION:NUMBER, ...'   (superusers)
//
//   wait:KEY   waits for the advisory lock KEY, and goes on when nobody holds it
//   notice:1   says that it was reached
//   error:N    fails when the backend comes there for the N-th time since the setting
//   kill:N     the same by SIGKILL, as an out-of-memory killer does: the server recovers
//   panic:N    the same by PANIC
//
// A point where a content lock is held says so in its name ("write"); no test waits there.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

#ifdef VECTIDX_TEST_POINTS
void define_test_points();
void test_point(const char* name);
#define TEST_POINT(name) ::vectidx::test_point(name)
#else
inline void define_test_points() {}
#define TEST_POINT(name) ((void)0)
#endif

}  // namespace vectidx
