// Reads the text form of a sparse vector, "{1:1.5, 3:2}/5", whose indices count from 1. No
// PostgreSQL here.
#pragma once

#include "pg/types/number_text.hpp"

namespace vectidx {

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
