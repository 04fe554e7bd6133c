// Chains of overflowing TIDs: each slot that has TIDs is on the chain of its node.
#include <algorithm>

#include "pg/inspect/checker.hpp"

namespace vectidx {

namespace {

class ChainCheck {
  public:
    explicit ChainCheck(Checker& c)
        : c_(c), seen_(c.arena.alloc<bool>(c.tids_pages.size() * kTidSlotsPerPage)) {
        std::fill_n(seen_, c.tids_pages.size() * kTidSlotsPerPage, false);
    }

    // Walks the chain of a node.
    void walk(NodeId id) {
        if (!c_.reader.read_slot(id, c_.slot)) return;
        const NodeView node(c_.layout, c_.slot);
        const NodeHeader h = node.header();
        if (h.overflow_block == kNoBlock) return;
        const Spot at = c_.reader.spot(id);
        uint64_t rows = h.tid_count;
        ChainPosition position = {h.overflow_block, h.overflow_slot};
        while (!position.at_end()) {
            TidSlot slot;
            if (!c_.reader.read_tid_slot(position.block, position.slot, &slot)) {
                c_.findings.error(Code::Chain, at, "the node's chain of TIDs leads to no slot");
                return;
            }
            if (slot.owner != id) {
                c_.findings.error(Code::Chain, {position.block, position.slot},
                                  "a slot of node %u is on the chain of node %u", slot.owner, id);
                return;
            }
            if (!mark(position, id)) return;
            rows += slot.count;
            position = {slot.next_block, slot.next_slot};
        }
        check_state(id, h.state, rows, at);
    }

    // Slots with TIDs that no chain came by. One that was added meanwhile is on its chain now.
    void check_rest() {
        for (size_t p = 0; p < c_.tids_pages.size(); ++p)
            for (uint16_t i = 0; i < kTidSlotsPerPage; ++i) {
                TidSlot slot;
                const BlockNo block = c_.tids_pages[p];
                if (seen_[p * kTidSlotsPerPage + i]) continue;
                if (!c_.reader.read_tid_slot(block, i, &slot) || slot.owner == kNoNode ||
                    slot.count == 0 || slot.moved != 0)
                    continue;
                if (slot.owner < c_.nodes && !c_.has(slot.owner, kInBounds)) continue;
                if (!on_chain(slot.owner, block, i))
                    c_.findings.error(Code::Chain, {block, i},
                                      "a slot with TIDs of node %u is not on its chain",
                                      slot.owner);
            }
    }

  private:
    // False when the slot was there before: a ring, or two chains that meet.
    bool mark(const ChainPosition& position, NodeId id) {
        const BlockNo* begin = c_.tids_pages.begin();
        const BlockNo* end = c_.tids_pages.end();
        const BlockNo* page = std::lower_bound(begin, end, position.block);
        if (page == end || *page != position.block) {
            if (!is_tids_page(c_, position.block))
                c_.findings.error(Code::Chain, {position.block, position.slot},
                                  "the chain of node %u contains a page that is not among the "
                                  "pages for TIDs",
                                  id);
            return true;
        }
        bool& seen = seen_[static_cast<size_t>(page - begin) * kTidSlotsPerPage + position.slot];
        if (seen)
            c_.findings.error(Code::Chain, {position.block, position.slot},
                              "the chain of node %u comes back to a slot", id);
        const bool was_new = !seen;
        seen = true;
        return was_new;
    }

    // A row may have come, or gone, since the node was read. VACUUM empties the chain first, so a
    // live node without rows is nothing bad.
    void check_state(NodeId id, NodeState state, uint64_t rows, Spot at) {
        if (state != NodeState::Tombstone || rows == 0) return;
        if (!c_.reader.read_slot(id, c_.slot)) return;
        if (!NodeView(c_.layout, c_.slot).live())
            c_.findings.error(Code::Node, at, "a tombstone has TIDs");
    }

    bool on_chain(NodeId owner, BlockNo block, uint16_t slot) {
        bool found = false;
        if (!c_.reader.read_slot(owner, c_.slot)) return false;
        for_each_tid(c_, owner, NodeView(c_.layout, c_.slot), {}, [&](const HeapTid&, Spot at) {
            found = found || (at.block == block && at.slot == slot);
        });
        return found;
    }

    Checker& c_;
    bool* seen_;
};

}  // namespace

void check_chains(Checker& c) {
    ChainCheck check(c);
    for (NodeId id = 0; id < c.nodes; ++id)
        if (c.has(id, kInBounds)) check.walk(id);
    check.check_rest();
}

}  // namespace vectidx
