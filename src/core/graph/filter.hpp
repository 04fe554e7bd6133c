// A filter of rows, applied while a search runs: a node without a row that passes gives no result
// and takes no place among the nearest. The search goes on through such nodes
// (search_filter_inl.hpp).
#pragma once

#include "core/graph/search_result.hpp"

namespace vectidx {

// How far a filtered search has come.
struct FilterProgress {
    uint32_t expanded;  // nodes
    uint32_t tested;    // nodes whose rows were looked at
    uint32_t accepted;  // of which so many have rows that pass
    uint32_t wanted;    // rows up to the end of the batch
    uint32_t found;     // of which so many are there, though not certainly the nearest
};

class NodeFilter {
  public:
    // How many rows of the node pass, counted up to `most` >= 1. It may count rows that do not, if
    // somebody else tests what the search gives; it never misses one that does. Called with nothing
    // held. Returns false when the node's chain of TIDs could not be read.
    virtual bool count(const SearchResult& node, uint32_t most, uint32_t* passing) = 0;

    // Asked again and again: whether the search is to go on. Otherwise it ends, and left() says so.
    virtual bool goes_on(const FilterProgress& progress) = 0;

  protected:
    ~NodeFilter() = default;
};

}  // namespace vectidx
