// What a search gives, and what it asks for to put it in order.
#pragma once

#include "core/base/array.hpp"
#include "core/base/function_ref.hpp"
#include "core/layout/node.hpp"
#include "core/transform/l1_distance.hpp"

namespace vectidx {

// One node that the search returns, or one row that is in no node (kNoNode). TIDs beyond those in
// the slot hang on the overflow chain.
struct SearchResult {
    NodeId id;
    float low;   // a lower bound of the operator's distance, as a key; certain where not exact
    float high;  // an upper bound, certain where exact
    bool exact;  // no other result overlaps: the executor need not sort it in
    uint32_t tid_count;
    const HeapTid* tids;
    BlockNo overflow_block;
    uint16_t overflow_slot;
};

// Reads rows in the table, where the index has only an embedding of them. Called with nothing held.
struct RowDistances {
    struct Row {
        HeapTid tid;
        double distance;  // by the operator
    };
    // Appends the rows of `node` that the scan may see: all of them, or only the first, where all
    // have the same vector. Returns false when the node's chain of TIDs could not be read.
    FunctionRef<bool(const SearchResult& node, bool all, Array<Row>* rows)> measure;
};

// What orders results where that is not the key that steers; all nullptr where it is.
struct FinalOrder {
    L1Distance* l1 = nullptr;
    const RowDistances* rows = nullptr;
};

}  // namespace vectidx
