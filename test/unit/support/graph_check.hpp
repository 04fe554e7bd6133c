// The invariants of a graph of nodes (graph/insert.hpp, layout/node.hpp), one string per fault.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "support/memory_store.hpp"

namespace vectidx::test {

inline std::string fault_in_lists(const MemoryStore& store) {
    for (NodeId id = 0; id < store.size(); ++id) {
        const NodeView node = store.view(id);
        if (!node.check_links(store.size())) return "node " + std::to_string(id) + " is not valid";
        std::set<NodeId> seen;
        for (uint32_t k = 0; k < node.degree(); ++k) {
            if (node.ids()[k] == id) return "node " + std::to_string(id) + " leads to itself";
            if (!seen.insert(node.ids()[k]).second)
                return "node " + std::to_string(id) + " has a neighbor twice";
        }
    }
    return "";
}

// Nodes that the spanning tree leads to from the first entry point, itself among them.
inline std::vector<bool> in_spanning_tree(const MemoryStore& store) {
    std::vector<bool> reached(store.size());
    if (store.entries().empty()) return reached;
    std::vector<NodeId> queue = {store.entries()[0]};
    reached[queue[0]] = true;
    for (size_t head = 0; head < queue.size(); ++head) {
        const NodeView node = store.view(queue[head]);
        for (uint32_t k = 0; k < node.degree(); ++k)
            if (node.tree_edge(k) && !reached[node.ids()[k]]) {
                reached[node.ids()[k]] = true;
                queue.push_back(node.ids()[k]);
            }
    }
    return reached;
}

// Every node but the first is the end of exactly one spanning-tree edge, and is reached by the
// tree.
inline std::string fault_in_spanning_tree(const MemoryStore& store) {
    std::vector<uint32_t> ends(store.size());
    for (NodeId id = 0; id < store.size(); ++id) {
        const NodeView node = store.view(id);
        for (uint32_t k = 0; k < node.degree(); ++k)
            if (node.tree_edge(k)) ++ends[node.ids()[k]];
    }
    const std::vector<bool> reached = in_spanning_tree(store);
    for (NodeId id = 0; id < store.size(); ++id) {
        if (!reached[id]) return "node " + std::to_string(id) + " is not reached";
        if (ends[id] != (id == store.entries()[0] ? 0u : 1u))
            return "node " + std::to_string(id) + " ends " + std::to_string(ends[id]) +
                   " spanning-tree edges";
    }
    return "";
}

}  // namespace vectidx::test
