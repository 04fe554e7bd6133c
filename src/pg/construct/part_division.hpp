// The rows of a build in parts, divided among files of near rows (core/construct/part_plan.hpp).
#pragma once

#include "core/construct/part_plan.hpp"
#include "core/transform/vector_space.hpp"

#include "pg/construct/row_file.hpp"

namespace vectidx {

struct PartFiles {
    uint32_t count;
    RowFile* rows;  // [count], some of them empty; the marks: parts with a copy, or kNoPart
};

struct DivisionParams {
    uint32_t capacity;  // rows that a part has room for, copies among them
    size_t memory;      // bytes
    unsigned threads;
};

// Moves the rows of `all`, which is closed then, to files of parts that leave room for copies.
// Counts each row twice as done. The files live in CurrentMemoryContext.
PartFiles divide_rows(RowFile* all, const VectorSpace& space, const NodeLayout& layout,
                      const DivisionParams& params);

}  // namespace vectidx
