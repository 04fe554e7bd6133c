// What a fuzzer of server code does around each input.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx::fuzz {

// Runs the body; returns whether it came to its end without an error. Frees what it palloc'ed
// before the next one.
template <class F>
bool without_error(F&& body);

extern sigjmp_buf g_error;
void free_all();

template <class F>
__attribute__((noinline)) bool without_error(F&& body) {
    if (sigsetjmp(g_error, 0) != 0) return false;
    body();
    return true;
}

// Sets a setting by number (modulo how many there are) to a value within its range.
void set_setting(uint32_t number, uint64_t value, GucSource source);

}  // namespace vectidx::fuzz
