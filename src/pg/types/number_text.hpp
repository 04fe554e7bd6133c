// The common part of the text forms of all vector types: spaces, numbers, and faults.
// No PostgreSQL here: a fault is a value.
#pragma once

#include <cstdint>

namespace vectidx {

enum class TextFault : uint8_t {
    None,
    Syntax,      // `expected` does not stand at `at`
    Empty,       // no element
    TooMany,     // more elements than there is room for
    OutOfRange,  // the number [at, end) overflows, or underflows where that matters
    NotFinite,   // NaN or an infinity, written out; the last element read holds it
};

// The result of reading, and why it ended.
struct TextResult {
    TextFault fault;
    int count;             // elements before the end or the fault
    const char* at;        // where the fault is
    const char* end;       // OutOfRange: where the number ends
    const char* expected;  // Syntax: what should stand there
};

const char* skip_spaces(const char* p);

struct Number {
    const char* end;  // the start when there is no number
    float value;
    bool overflow;   // too large for single precision
    bool underflow;  // not zero, but rounds to it
};

// Reads a number as strtof does, from a NUL-terminated text of which text_end is the end; one too
// small for single precision becomes zero or a denormal. Expects LC_NUMERIC to be C.
Number read_number(const char* start, const char* text_end);

}  // namespace vectidx
