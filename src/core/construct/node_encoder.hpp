// From rows and lists to the bytes of links slots.
#pragma once

#include "core/construct/lists.hpp"

namespace vectidx {

// The code of a row seen from the center of the space, as an entry point has it.
struct EntryCode {
    Link link;
    uint64_t* code;  // [code_words]
};

class NodeEncoder {
  public:
    // names[rows]: the nodes that the rows become, where these have other numbers.
    NodeEncoder(const NodeLayout& layout, const Rows& rows, const Lists& lists,
                const uint8_t* levels, const NodeId* names = nullptr)
        : layout_(layout), rows_(rows), lists_(lists), levels_(levels), names_(names) {}

    // Writes the slots of rows [first, last) into out[last - first][slot_size], with the TIDs that
    // fit in a slot, in `threads` threads. Takes working memory from the arena.
    Parallel encode(uint32_t first, uint32_t last, unsigned threads, Arena& arena, Poll poll,
                    uint8_t* out) const;

    // `entry->code` has room for code_words words.
    void encode_entry(NodeId id, Arena& arena, EntryCode* entry) const;

  private:
    void encode_row(NodeId id, float* parent, float* child, Link* links, uint64_t* codes,
                    int16_t* values, uint8_t* out) const;
    void traversal(NodeId row, float* out) const;
    NodeId name(NodeId row) const { return names_ != nullptr ? names_[row] : row; }

    const NodeLayout& layout_;
    const Rows& rows_;
    const Lists& lists_;
    const uint8_t* levels_;
    const NodeId* names_;
};

}  // namespace vectidx
