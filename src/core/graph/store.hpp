// What the graph algorithms need of a place that keeps nodes. Two models: pages in the server
// (pg/storage/node_store.hpp) and memory (test/unit/support/memory_store.hpp).
#pragma once

#include <concepts>
#include <cstdint>

#include "core/format/node.hpp"

namespace vectidx {

// Callbacks of the wrong shape are found out when a store is used; these stand for any.
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
// not call the store again. A node of another generation, or bytes that no writer produces, end the
// operation in the store's own way; the algorithms never see them.
template <class S>
concept NodeReader = requires(S store, NodeId id) {
    // The links slot of a node.
    store.read_links(id, AnyNode{});
    // Says that the node will likely be read soon: bring it nearer, if that is cheap.
    store.prefetch(id);
    // The steering plane of a node whose form is Apart, int8 values [from, from + count) at a time.
    store.read_steering(id, AnyBytes{});
    // The low bytes of a node whose form is not Whole, likewise.
    store.read_rest(id, AnyBytes{});
    // The entry points, with their codes relative to the centre of the space.
    store.read_entries(AnyEntries{});
    // Called between nodes, with nothing held: the place to leave when the user cancels.
    store.poll();
    // Ends the operation, as bytes that no writer produces do: nodes contradict one another.
    store.report_damage(id, "what is wrong");
    { store.layout() } -> std::convertible_to<const NodeLayout&>;
    // Whether a read costs no more than the bytes: neighbours are then measured, as without codes.
    { S::kInMemory } -> std::convertible_to<bool>;
};

// A change of one neighbour of a list.
struct LinkEdit {
    uint32_t position;
    Link link;
    const uint64_t* code;
};

// Called with a consistent view; returns whether the edit it filled in shall be made. It may read
// other nodes of the store.
struct AnyEdit {
    bool operator()(const NodeView&, LinkEdit*) const { return false; }
};

// Writing. Every call is atomic, and the graph is valid after each one.
template <class S>
concept NodeWriter = NodeReader<S> && requires(S store, NodeId id, NewNode node, HeapTid tid) {
    // Adds a heap TID to a node, which makes a tombstone live again. The last argument is the
    // checksum of the row's vector as given, see NodeHeader::original.
    store.add_tid(id, tid, uint32_t{});
    { store.append(node) } -> std::same_as<NodeId>;
    // Shows the node's list to the callback and makes the edit if the list still is what was shown,
    // else starts again. Returns whether an edit was made.
    { store.edit_links(id, AnyEdit{}) } -> std::same_as<bool>;
    // Makes the node an entry point, with its code relative to the centre: at `position`, or behind
    // the last one where there are fewer.
    store.set_entry(uint32_t{}, Link{}, static_cast<const uint64_t*>(nullptr));
    // An insert that met no node asks whether it is to make the first one. True: nobody else makes
    // one until release_root(). False: there is one now.
    { store.claim_root() } -> std::same_as<bool>;
    store.release_root();
    // Entry points at most.
    { store.entry_capacity() } -> std::same_as<uint32_t>;
};

}  // namespace vectidx
