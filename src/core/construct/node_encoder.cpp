#include "core/construct/node_encoder.hpp"

#include <algorithm>

#include "core/layout/stored_vector.hpp"
#include "core/simd/fixed_kernels.hpp"

namespace vectidx {

namespace {

// Neighbors whose vectors are on their way into the cache while one is encoded.
constexpr uint32_t kAhead = 4;

}  // namespace

Parallel NodeEncoder::encode(uint32_t first, uint32_t last, unsigned threads, Arena& arena,
                             Poll poll, uint8_t* out) const {
    const size_t workers = threads + 1, padded = layout_.padded, degree = layout_.degree();
    const size_t code_words = degree * layout_.code_words();
    auto* parents = arena.alloc<float>(workers * padded);
    auto* children = arena.alloc<float>(workers * padded);
    auto* values = arena.alloc<int16_t>(workers * layout_.words);
    auto* links = arena.alloc<Link>(workers * degree);
    auto* codes = arena.alloc<uint64_t>(workers * code_words);
    const Parallel result = parallel_for(
        threads, last - first, 64,
        [&](size_t from, size_t to, unsigned w) {
            for (size_t i = from; i < to; ++i)
                encode_row(first + static_cast<NodeId>(i), parents + w * padded,
                           children + w * padded, links + w * degree, codes + w * code_words,
                           values + w * layout_.words, out + i * layout_.slot_size);
            return true;
        },
        poll);
    for (void* block :
         {static_cast<void*>(parents), static_cast<void*>(children), static_cast<void*>(values),
          static_cast<void*>(links), static_cast<void*>(codes)})
        arena.free(block);
    return result;
}

void NodeEncoder::traversal(NodeId row, float* out) const {
    const FixedKernels& kernels = fixed_kernels();
    const float scale = rows_.row(row).scale;
    if (layout_.placement() == VectorPlacement::Inline)
        kernels.decode_split(rows_.high(row), rows_.low(row), scale, layout_.padded, out);
    else
        kernels.decode_high(rows_.high(row), scale, layout_.padded, out);
}

void NodeEncoder::encode_row(NodeId id, float* parent, float* child, Link* links, uint64_t* codes,
                             int16_t* values, uint8_t* out) const {
    const Row& row = rows_.row(id);
    if (layout_.has_codes()) traversal(id, parent);
    const uint32_t degree = lists_.count[id];
    const NodeId* neighbors = lists_.ids + size_t{id} * lists_.degree;
    for (uint32_t k = 0; k < degree; ++k) {
        const NodeId neighbor = neighbors[k];
        links[k].id = name(neighbor);
        links[k].backfilled = k >= lists_.diverse[id];
        links[k].tree_edge = lists_.tree_edge(id, k);
        links[k].terms = {};
        if (!layout_.has_codes()) continue;
        if (k + kAhead < degree) rows_.prefetch(neighbors[k + kAhead]);
        traversal(neighbor, child);
        links[k].terms =
            encode_link(layout_, VectorView(parent), VectorView(child),
                        row.norm2 - rows_.row(neighbor).norm2, codes + k * layout_.code_words());
    }
    rows_.values(id, values);
    HeapTid tids[256];
    NewNode node{};
    tids[node.tid_count++] = row.tid;
    for (uint32_t more = row.more; more != kNoMore && node.tid_count < layout_.choice.tid_capacity;
         more = rows_.more(more).next)
        tids[node.tid_count++] = rows_.more(more).tid;
    node.values = values;
    node.scale = row.scale;
    node.norm2 = row.norm2;
    node.source_checksum = row.source_checksum;
    node.level = levels_[id];
    node.flags = row.flags;
    node.tids = tids;
    node.degree = static_cast<uint16_t>(degree);
    node.links = links;
    node.codes = codes;
    NodeSlot(layout_, out).init(node);
}

void NodeEncoder::encode_entry(NodeId id, Arena& arena, EntryCode* entry) const {
    auto* vector = arena.alloc<float>(layout_.padded);
    traversal(id, vector);
    entry->link = {name(id), {}, false, false};
    entry->link.terms =
        encode_from_center(layout_, VectorView(vector), rows_.row(id).norm2, arena, entry->code);
    arena.free(vector);
}

}  // namespace vectidx
