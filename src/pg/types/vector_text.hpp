// Reads the text forms of vectors: dense ones, "[1, 2.5, -3e-4]", and sparse ones, "{1:1.5,
// 3:2}/5", whose indices count from 1. No PostgreSQL here: a fault is a value.
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

// Reads at most `room` numbers from NUL-terminated text into x. Whitespace may stand around every
// token. A number is what strtof takes; one too small becomes zero or a denormal, as in pgvector
// (PostgreSQL's real refuses it); one whose magnitude is `overflow` or more is out of range, unless
// it is written as an infinity.
TextResult read_dense_text(const char* text, float* x, int room, float overflow);

struct SparseElement {
    int32_t index;     // from 0
    float value;       // not zero
    const char* text;  // where its index stands

    // Whether the index may be another than what the text says.
    bool saturated() const;
};

// Reads at most `room` elements from NUL-terminated text, in its order, their indices saturated and
// not checked; `dim` becomes the number of dimensions, saturated. Zeros take room, but are left
// out. Whitespace may stand around every token. An index is what strtol takes, a value what strtof
// takes; one too small for single precision is out of range, as it would become zero.
TextResult read_sparse_text(const char* text, SparseElement* elements, int room, int32_t* dim);

}  // namespace vectidx
