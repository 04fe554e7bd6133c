// Moving slots of TIDs from the highest pages to new ones in lower blocks. A slot is copied, and
// what led to it leads to the copy, in one record; the old one keeps its bytes for a scan that
// stands there, and says that it was moved. Emptied pages then leave the chain of Tids pages.
#include <algorithm>

#include "core/base/array.hpp"

#include "pg/maintain/compact.hpp"
#include "pg/maintain/graph_rows.hpp"
#include "pg/memory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/pages/horizon.hpp"
#include "pg/pages/tid_chain.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

class TidsMover {
  public:
    TidsMover(Relation index, const IndexState& state, Arena& arena)
        : index_(index), state_(state), arena_(arena), pages_(arena), moves_(arena) {}

    void run(BlockSet* set);

  private:
    // What leads to a slot: another slot, or a node.
    struct Referrer {
        BlockNumber block;
        PageIdentity identity;
        uint32_t index;  // of the slot, or of the node on its page
    };

    bool plan(BlockSet* set);
    PageIdentity identity() const { return {PageKind::Tids, state_.meta().header.generation, 0}; }
    TidSlot read_slot(const ChainPosition& at) const;
    void move_chain(Referrer from, NodeId id, ChainPosition at);
    void add_page();
    void move_slot(const Referrer& from, const ChainPosition& at);
    void unlink_pages();
    void note_retired();

    Relation index_;
    const IndexState& state_;
    Arena& arena_;
    Array<BlockNo> pages_;       // the chain of Tids pages
    BlockMoves moves_;           // of them; the places are for new pages
    BlockNo target_ = kNoBlock;  // the newest of them,
    uint16_t target_slot_ = 0;   // and its next free slot
};

bool TidsMover::plan(BlockSet* set) {
    list_tids_pages(index_, state_.meta().header, &pages_);
    moves_.add(pages_);
    return moves_.plan(set);
}

TidSlot TidsMover::read_slot(const ChainPosition& at) const {
    TidSlot slot{};
    bool good = false;
    read_page(index_, at.block, identity(), [&](const char* page) {
        good = at.slot < kTidSlotsPerPage;
        if (good) slot = reinterpret_cast<const TidSlot*>(page + kPayloadAt)[at.slot];
    });
    if (!good || !valid_tid_slot(slot)) report_corruption(index_, at.block, "invalid TID slot");
    return slot;
}

void TidsMover::move_chain(Referrer from, NodeId id, ChainPosition at) {
    while (!at.at_end()) {
        CHECK_FOR_INTERRUPTS();
        const TidSlot slot = read_slot(at);
        if (slot.owner != id) return;
        if (moves_.moves(at.block)) {
            if (target_ == kNoBlock || target_slot_ == kTidSlotsPerPage) add_page();
            move_slot(from, at);
            from = {target_, identity(), target_slot_++};
            TEST_POINT("compact-slot");
        } else {
            from = {at.block, identity(), at.slot};
        }
        if (!at.move(slot.next_block, slot.next_slot))
            report_corruption(index_, at.block, "a chain of TID slots forms a ring");
    }
}

// The first of the chain, as those that inserts make; they fill its free slots.
void TidsMover::add_page() {
    const BlockNo block = moves_.next_place();
    const Buffer buffer = lock_unused(index_, block);
    Buffer meta;
    const char* fault =
        try_lock_page(index_, kMetaBlock, kMetaIdentity, BUFFER_LOCK_EXCLUSIVE, &meta);
    if (fault != nullptr) {
        UnlockReleaseBuffer(buffer);
        report_corruption(index_, kMetaBlock, fault);
    }
    PageWrite write(index_, WriteMode::Logged);
    MetaHeader& h = meta_of(write.edit(meta)).header;
    init_tids_page(write.create(buffer, identity()), h.tids_block);
    h.tids_block = block;
    ++h.version;
    write.commit();
    UnlockReleaseBuffer(meta);
    UnlockReleaseBuffer(buffer);
    target_ = block;
    target_slot_ = 0;
}

void TidsMover::move_slot(const Referrer& from, const ChainPosition& at) {
    const bool of_target = from.block == target_;
    const BlockNumber blocks[] = {at.block, target_, from.block};
    const PageIdentity identities[] = {identity(), identity(), from.identity};
    Buffer pages[] = {InvalidBuffer, InvalidBuffer, InvalidBuffer};
    lock_pages(index_, of_target ? 2 : 3, blocks, identities, pages);
    const auto [old, target, referrer] = pages;
    PageWrite write(index_, WriteMode::Logged);
    auto* old_slot = reinterpret_cast<TidSlot*>(write.edit(old) + kPayloadAt) + at.slot;
    char* target_page = write.edit(target) + kPayloadAt;
    reinterpret_cast<TidSlot*>(target_page)[target_slot_] = *old_slot;
    old_slot->moved = 1;
    char* page = of_target ? target_page : write.edit(referrer) + kPayloadAt;
    if (from.identity.kind == PageKind::Tids) {
        TidSlot& slot = reinterpret_cast<TidSlot*>(page)[from.index];
        slot.next_block = target_;
        slot.next_slot = target_slot_;
    } else {
        const size_t offset = size_t{from.index} * state_.layout.slot_size;
        NodeHeader& h = NodeSlot(state_.layout, page + offset).header();
        h.overflow_block = target_;
        h.overflow_slot = target_slot_;
    }
    write.commit();
    UnlockReleaseBuffer(target);
    UnlockReleaseBuffer(old);
    if (BufferIsValid(referrer)) UnlockReleaseBuffer(referrer);
}

// Lets each page that stays, or the metapage, lead to the next one that stays.
void TidsMover::unlink_pages() {
    Array<BlockNo> chain(arena_);
    list_tids_pages(index_, CurrentMeta(index_).header(), &chain);
    BlockNo before = kMetaBlock;
    for (size_t i = 0; i <= chain.size(); ++i) {
        CHECK_FOR_INTERRUPTS();
        if (i < chain.size() && moves_.moves(chain[i])) continue;
        const BlockNo next = i < chain.size() ? chain[i] : kNoBlock;
        const bool was_next = i == 0 || !moves_.moves(chain[i - 1]);
        if (!was_next && before == kMetaBlock)
            edit_meta(index_, kMetaBlock, WriteMode::Logged,
                      [=](char*, MetaPage& meta) { meta.header.tids_block = next; });
        if (!was_next && before != kMetaBlock) {
            const Buffer buffer = lock_page(index_, before, identity(), BUFFER_LOCK_EXCLUSIVE);
            PageWrite write(index_, WriteMode::Logged);
            page_tag(write.edit(buffer))->next = next;
            write.commit();
            UnlockReleaseBuffer(buffer);
        }
        before = next;
    }
}

// A scan that finds something else in the place of a page sees by these that pages have moved.
void TidsMover::note_retired() {
    edit_meta(index_, kMetaBlock, WriteMode::Logged, [](char*, MetaPage& meta) {
        meta.header.retired_xid = retirement_xid();
        ++meta.header.cuts;
    });
}

void TidsMover::run(BlockSet* set) {
    if (!plan(set)) return;
    note_retired();
    LinksPages links(index_, state_, arena_);
    while (links.next())
        for (uint32_t i = 0; i < links.count(); ++i) {
            const NodeHeader& h = links.node(i).header();
            if (h.overflow_block == kNoBlock) continue;
            move_chain({links.block(),
                        {PageKind::Links, state_.meta().header.generation, links.first_node()},
                        i},
                       links.first_node() + i, {h.overflow_block, h.overflow_slot});
        }
    TEST_POINT("compact-mapped");
    unlink_pages();
    TEST_POINT("compact-unlinked");
    note_retired();
}

}  // namespace

void move_tids_pages(Relation index, BlockSet* set, Arena& arena) {
    if (CurrentMeta(index).header().tids_block == kNoBlock) return;
    TidsMover(index, load_state(index, kMetaBlock, CurrentMemoryContext), arena).run(set);
}

}  // namespace vectidx
