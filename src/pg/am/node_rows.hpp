// The filter of a scan (scan_filter.hpp), as a search of the graph asks for it: by nodes.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/filter.hpp"

#include "pg/am/scan_filter.hpp"
#include "pg/pages/node_store.hpp"

namespace vectidx {

class NodeRows final : public NodeFilter {
  public:
    explicit NodeRows(ScanFilter& filter) : filter_(filter) {}

    // Which reads the chains of nodes with many rows.
    void read_chains_by(NodeStore* store) { store_ = store; }

    bool count(const SearchResult& node, uint32_t most, uint32_t* passing) override {
        add(node.tids, node.tid_count, most, passing);
        ChainPosition chain{node.overflow_block, node.overflow_slot};
        HeapTid tids[kTidsPerSlot];
        while (*passing < most && !chain.at_end()) {
            CHECK_FOR_INTERRUPTS();
            uint32_t count = 0;
            if (!store_->read_chain(node.id, &chain, tids, &count)) return false;
            add(tids, count, most, passing);
        }
        return true;
    }
    bool goes_on(const FilterProgress& progress) override { return filter_.goes_on(progress); }

  private:
    void add(const HeapTid* tids, uint32_t count, uint32_t most, uint32_t* passing) {
        for (uint32_t i = 0; i < count && *passing < most; ++i)
            *passing += filter_.passes(tids[i]);
    }

    ScanFilter& filter_;
    NodeStore* store_ = nullptr;
};

}  // namespace vectidx
