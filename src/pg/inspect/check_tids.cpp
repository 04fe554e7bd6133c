// Heap TIDs: the chains that they overflow to, each in the index once, and where they lead.
#include <algorithm>

#include "pg/inspect/checker.hpp"

namespace vectidx {

namespace {

// Of number_of() a TID.
BlockNumber block_of(int64_t number) {
    return static_cast<BlockNumber>(number >> 16);
}
OffsetNumber offset_of(int64_t number) {
    return static_cast<OffsetNumber>(number & 0xFFFF);
}

// What makes a TID one that no index entry may have, or nullptr. Only the heap is known so well;
// another table access method may number its rows as it likes.
const char* fault_of_target(Relation heap, int64_t number) {
    if (offset_of(number) == InvalidOffsetNumber) return "it is not a valid TID";
    if (heap->rd_rel->relam != HEAP_TABLE_AM_OID) return nullptr;
    if (block_of(number) >= RelationGetNumberOfBlocks(heap))
        return "it leads beyond the end of the table";
    const Buffer buffer = ReadBuffer(heap, block_of(number));
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    Page page = BufferGetPage(buffer);
    const char* fault = nullptr;
    if (PageIsNew(page) || offset_of(number) > PageGetMaxOffsetNumber(page)) {
        fault = "it leads beyond the last row of its page of the table";
    } else {
        ItemId item = PageGetItemId(page, offset_of(number));
        if (!ItemIdIsUsed(item))
            fault = "it leads to a place of the table that is not in use";
        else if (ItemIdIsNormal(item) &&
                 HeapTupleHeaderIsHeapOnly(
                     reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item))))
            fault = "it leads to a row version that no index points to";
    }
    UnlockReleaseBuffer(buffer);
    return fault;
}

// Whether a merge is in progress by the metapage, during which rows may be in both the list and the
// graph; or whether one was finished since the list was read.
bool merged_meanwhile(const MetaHeader& before, const MetaHeader& now) {
    return before.merging != Merging::None || now.merging != Merging::None ||
           before.pending_first != now.pending_first;
}

// Calls f(HeapTid, Spot, bool pending) for every TID of the index. The graph goes first: what is
// found there and then on the list was in both, unless a merge was at work. Returns whether one
// was.
template <class F>
bool for_all_tids(Checker& c, F&& f) {
    PendingImage before(c.arena), list(c.arena);
    read_pending(c.index, c.layout, &before);
    for (NodeId id = 0; id < c.nodes; ++id) {
        if (!c.has(id, kInBounds) || !c.reader.read_slot(id, c.slot)) continue;
        for_each_tid(c, id, NodeView(c.layout, c.slot), c.reader.spot(id),
                     [&](const HeapTid& tid, Spot at) { f(tid, at, false); });
    }
    read_pending(c.index, c.layout, &list);
    for (const PendingImage::Row& row : list.rows)
        f(row.entry.tid, row.at, true);
    return merged_meanwhile(before.header, list.header);
}

bool next_number(Tuplesortstate* sort, int64_t* number) {
    Datum value;
    bool is_null;
#if PG_VERSION_NUM >= 160000
    if (!tuplesort_getdatum(sort, true, false, &value, &is_null, nullptr)) return false;
#else
    if (!tuplesort_getdatum(sort, true, &value, &is_null, nullptr)) return false;
#endif
    *number = DatumGetInt64(value);
    return true;
}

// TIDs that are in the index more than once, or lead nowhere; at most so many, which is plenty to
// report.
constexpr size_t kMaxSuspects = 1000;

// `both`: rows on the list that are in the graph, too, as far as a merge explains it.
Array<int64_t> find_suspects(Checker& c, uint64_t* both) {
    Tuplesortstate* sort = tuplesort_begin_datum(INT8OID, Int8LessOperator, InvalidOid, false,
                                                 maintenance_work_mem, nullptr, 0);
    // The lowest bit: whether it is on the list.
    const bool merging = for_all_tids(c, [&](const HeapTid& tid, Spot, bool pending) {
        tuplesort_putdatum(sort, Int64GetDatum(static_cast<int64_t>(number_of(tid)) * 2 + pending),
                           false);
    });
    tuplesort_performsort(sort);
    Array<int64_t> suspects(c.arena);
    int64_t entry, before = -1;
    while (suspects.size() < kMaxSuspects && next_number(sort, &entry)) {
        CHECK_FOR_INTERRUPTS();
        const int64_t number = entry / 2;
        const bool known = !suspects.empty() && suspects.back() == number;
        // A row with several vectors is on several nodes.
        const bool twice = number == before / 2 && before >= 0 && !c.type.arrays;
        const bool merged = twice && merging && entry != before;
        *both += merged;
        if (!known && ((twice && !merged) || fault_of_target(c.heap, number) != nullptr))
            suspects.push_back(number);
        before = entry;
    }
    tuplesort_end(sort);
    return suspects;
}

// One place where a suspect still is.
struct Holder {
    int64_t number;
    Spot at;
    bool pending;

    bool operator<(const Holder& other) const {
        if (number != other.number) return number < other.number;
        return at.block != other.at.block ? at.block < other.at.block : at.slot < other.at.slot;
    }
};

void report_holders(Checker& c, const Array<Holder>& holders, bool merging) {
    for (size_t i = 0; i < holders.size(); ++i) {
        CHECK_FOR_INTERRUPTS();
        const Holder& h = holders[i];
        if (const char* fault = fault_of_target(c.heap, h.number); fault != nullptr)
            c.findings.error(Code::Tid, h.at, "TID (%u,%u): %s", block_of(h.number),
                             offset_of(h.number), fault);
        if (c.type.arrays || i == 0 || holders[i - 1].number != h.number) continue;
        if (merging && holders[i - 1].pending != h.pending) continue;
        c.findings.error(Code::Tid, h.at, "TID (%u,%u) is also at block %u", block_of(h.number),
                         offset_of(h.number), holders[i - 1].at.block);
    }
}

}  // namespace

// VACUUM takes a TID out of the index before its place in the table is used again, so a TID that
// was seen to lead nowhere and still is in the index afterwards does lead nowhere. One that was
// seen at two places, and is again in a second pass, is at both.
void check_tids(Checker& c) {
    uint64_t both = 0;
    const Array<int64_t> suspects = find_suspects(c, &both);
    if (both > 0)
        c.findings.report(Severity::Info, Code::Tid, {},
                          "%llu rows are pending and in the graph: a merge is in progress, or was "
                          "interrupted",
                          static_cast<unsigned long long>(both));
    if (suspects.empty()) return;
    Array<Holder> holders(c.arena);
    const bool merging = for_all_tids(c, [&](const HeapTid& tid, Spot at, bool pending) {
        const auto number = static_cast<int64_t>(number_of(tid));
        if (std::binary_search(suspects.begin(), suspects.end(), number) &&
            holders.size() < 8 * kMaxSuspects)
            holders.push_back({number, at, pending});
    });
    std::sort(holders.begin(), holders.end());
    report_holders(c, holders, merging);
}

}  // namespace vectidx
