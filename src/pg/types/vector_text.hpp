// Reads the text form of a dense vector, "[1, 2.5, -3e-4]". No PostgreSQL here: a fault is a value.
#pragma once

#include <cstdint>

namespace vectidx {

enum class TextFault : uint8_t {
    None,
    NoOpening,     // does not begin with "["
    NoNumber,      // something else where a number must be
    NoSeparator,   // neither "," nor "]" after a number
    TrailingText,  // more than whitespace after "]"
    Empty,         // "[]"
    TooMany,       // more numbers than there is room for
    OutOfRange,    // a number that overflows single precision
    NotFinite,     // NaN or an infinity, written out; x[dim] holds it
};

struct VectorText {
    TextFault fault;
    int dim;          // how many numbers were read before the end or the fault
    const char* at;   // where the fault is
    const char* end;  // OutOfRange: where the number ends
};

// Reads at most `room` numbers from NUL-terminated text into x. Whitespace may stand around every
// token. A number is what strtof takes; one too small for single precision becomes zero or a
// denormal, as in pgvector (PostgreSQL's real refuses it). Expects LC_NUMERIC to be C.
VectorText read_vector_text(const char* text, float* x, int room);

}  // namespace vectidx
