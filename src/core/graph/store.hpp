// The interface that the graph algorithms need from a store of nodes. Two models: pages in the
// server (pg/pages/node_store.hpp) and memory (test/unit/support/memory_store.hpp).
#pragma once

#include <concepts>
#include <cstdint>

#include "core/layout/node.hpp"

namespace vectidx {

// Stand-ins for callbacks: one of the wrong shape does not compile where a store is used.
struct AnyNode {
    void operator()(const NodeView&) const {}
};
struct AnyBytes {
    void operator()(const uint8_t* bytes, uint32_t from, uint32_t count) const;
};
struct AnyEntries {
    void operator()(const NodeId* ids, const uint64_t* codes, const float* add,
                    const Bfloat16* scale, uint32_t count) const;
};

// Reading. Each call gives the callback a consistent view that ends with the callback, which must
// not call the store again. A read returns false when there is no such node as was asked for: the
// store has noted what it found instead, holds nothing, and the operation ends at once. The
// callback was not called then, or not for all pieces, so what it was to fill in must not be used.
template <class S>
concept NodeReader = requires(S store, NodeId id) {
    // The links slot of a node.
    { store.read_links(id, AnyNode{}) } -> std::same_as<bool>;
    // Says that the node will likely be read soon: bring it nearer, if that is cheap.
    store.prefetch(id);
    // The traversal plane of a node whose placement is OutOfLine, int8 values [from, from + count)
    // at a time.
    { store.read_traversal(id, AnyBytes{}) } -> std::same_as<bool>;
    // The low bytes of a node whose placement is not Inline, likewise.
    { store.read_refinement(id, AnyBytes{}) } -> std::same_as<bool>;
    // The entry points, with their codes relative to the center of the space.
    { store.read_entries(AnyEntries{}) } -> std::same_as<bool>;
    // Called between nodes, with nothing held: the place to leave when the user cancels.
    store.poll();
    // Notes that nodes contradict one another. The caller ends the operation as after a failed
    // read.
    store.note_damage(id, "what is wrong");
    { store.layout() } -> std::convertible_to<const NodeLayout&>;
    // Whether a read costs no more than the bytes: neighbors are then measured, as without codes.
    { S::kInMemory } -> std::convertible_to<bool>;
};

// A change of one neighbor of a list.
struct LinkEdit {
    uint32_t position;
    Link link;
    const uint64_t* code;
};

// Called with a consistent view; fills in an edit and returns whether to make it. It may read other
// nodes of the store.
struct AnyEdit {
    bool operator()(const NodeView&, LinkEdit*) const { return false; }
};

// The result of an edit of a list.
enum class Edit { Made, Refused, Failed };

// Writing. Every call is atomic, and the graph is valid after each one. One that fails, as a read
// does, has written nothing.
template <class S>
concept NodeWriter = NodeReader<S> && requires(S store, NodeId id, NewNode node, HeapTid tid) {
    // Adds a heap TID to a node, which makes a tombstone live again. The last argument is the
    // checksum of the row's vector as given, see NodeHeader::source_checksum.
    { store.add_tid(id, tid, uint32_t{}) } -> std::same_as<bool>;
    // Returns kNoNode when it failed.
    { store.append(node) } -> std::same_as<NodeId>;
    // Shows the node's list to the callback and makes the edit if the list still is what was shown,
    // else starts again.
    { store.edit_links(id, AnyEdit{}) } -> std::same_as<Edit>;
    // Makes the node an entry point, with its code relative to the center: at `position`, or behind
    // the last one where there are fewer.
    { store.set_entry(uint32_t{}, Link{}, nullptr) } -> std::same_as<bool>;
    // An insert that met no node asks whether it is to make the first one. True: nobody else makes
    // one until release_root(). False: there is one now.
    { store.claim_root() } -> std::same_as<bool>;
    store.release_root();
    // Entry points at most.
    { store.entry_capacity() } -> std::same_as<uint32_t>;
};

}  // namespace vectidx
