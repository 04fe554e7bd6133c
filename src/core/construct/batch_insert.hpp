// Many rows into a graph in memory, by the algorithm of core/graph/insert.hpp, in threads.
//
// Rows go in in small batches. The searches of a batch run in threads on the graph as it was before
// the batch; that the rows of a batch do not meet each other there is made up for by comparing all
// of them. Their links are then made one by one.
#pragma once

#include "core/base/threads.hpp"
#include "core/construct/graph_image.hpp"
#include "core/construct/rows.hpp"
#include "core/graph/insert.hpp"

namespace vectidx {

// Inserts all rows with their heap TIDs. Returns OutOfMemory, Canceled,
// Corrupt when nodes contradict one another, or Ok.
// REQUIRES: the graph has an entry point, and room for the rows.
Status insert_batch(GraphImage& image, const Rows& rows, const VectorSpace& space,
                    const InsertParams& params, unsigned threads, Poll poll, Arena& arena);

// Bytes that insert_batch() takes at its peak, about.
size_t batch_bytes(const NodeLayout& layout, const InsertParams& params);

}  // namespace vectidx
