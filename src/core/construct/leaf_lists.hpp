// The nearest rows of every row within the leaves that it is in (leaves.hpp). A leaf is a ball of
// the partition, or a part of one that is too large.
#pragma once

#include "core/construct/partition.hpp"

namespace vectidx {

class LeafLists {
  public:
    // Keeps the `nearest` of each member of each leaf.
    LeafLists(const PackedVectors& packed, Partition& partition, uint32_t rows, uint32_t nearest,
              unsigned threads, Arena& arena);
    static size_t bytes(const PackedShape& shape, uint32_t rows, uint32_t nearest,
                        unsigned threads);
    void release();

    // Polls with up to as many as there are rows.
    Parallel run(Stop& stop);

    // What the leaves of `row` have, into out[kCopies * nearest]; a row may come several times.
    uint32_t candidates(NodeId row, NodeId* out) const;
    // All rows, into out[rows]; those of a leaf follow each other.
    void order(NodeId* out) const;

  private:
    struct Scratch;
    // Members [first, last), which one thread works on.
    struct Range {
        size_t first;
        size_t last;
        uint32_t size() const { return static_cast<uint32_t>(last - first); }
    };

    void divide(Scratch& s, Range range, uint32_t depth);
    uint32_t label(Scratch& s, Range range);
    void sort_by_label(Range range, uint32_t labels, size_t* first);
    void chop(Scratch& s, Range range);
    void search_leaf(Scratch& s, Range range);
    void index_members();

    Partition& partition_;
    uint32_t rows_;
    uint32_t nearest_;
    unsigned threads_;
    Arena& arena_;
    Stop* stop_ = nullptr;
    NodeId* members_;
    // [rows * kCopies][nearest] of each member, counted within its leaf; kNoMember behind the last.
    // Ids and distances would take most of the memory of a build. Distances are soon computed once
    // more.
    uint16_t* lists_;
    uint32_t* leaf_;   // [rows * kCopies] the first member of each member's leaf
    uint32_t* place_;  // [rows][kCopies] of the members that are the row; kNoNode likewise
    Scratch* scratch_;
};

}  // namespace vectidx
