#include "pg/filter/nearest_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pg/am/table_rows.hpp"

namespace vectidx {

namespace {

constexpr double kNowhere = -std::numeric_limits<double>::infinity();

HeapTid heap_tid(BlockNumber block, uint32_t offset) {
    return {static_cast<uint16_t>(block >> 16), static_cast<uint16_t>(block & 0xffff),
            static_cast<uint16_t>(offset)};
}

// The last place on a page that holds anything.
OffsetNumber last_offset(Relation table, BlockNumber block) {
    const Buffer buffer = ReadBuffer(table, block);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const OffsetNumber last = PageGetMaxOffsetNumber(BufferGetPage(buffer));
    UnlockReleaseBuffer(buffer);
    return last;
}

}  // namespace

NearestRows::NearestRows(IndexScanDesc scan, ScanKey order, RowTests* tests, const RowList* list,
                         bool certain)
    : scan_(scan),
      order_(order),
      tests_(tests),
      list_(list),
      certain_(certain),
      context_(CurrentMemoryContext),
      info_(BuildIndexInfo(scan->indexRelation)),
      estate_(CreateExecutorState()),
      predicate_(ExecPrepareQual(info_->ii_Predicate, estate_)),
      rows_(nullptr),
      most_(static_cast<uint32_t>(std::clamp<size_t>(
          size_t{1024} * static_cast<size_t>(work_mem) / sizeof(Row), 1000, UINT32_MAX / 4))) {}

void NearestRows::end() {
    FreeExecutorState(estate_);
}

bool NearestRows::before(const Row& a, const Row& b) {
    return a.key < b.key || (a.key == b.key && number_of(a.tid) < number_of(b.tid));
}

void NearestRows::begin(double from, bool strict) {
    from_ = from;
    strict_ = strict;
    late_ = false;
    any_given_ = false;
    count_ = 0;
    more_ = true;
}

bool NearestRows::next(HeapTid* tid, double* distance) {
    while (count_ == 0) {
        if (!more_) {
            if (late_ || strict_ || from_ == kNowhere) return false;
            late_ = true;
            any_given_ = false;
        }
        collect();
    }
    last_ = rows_[0];
    any_given_ = true;
    std::pop_heap(rows_, rows_ + count_, [](const Row& a, const Row& b) { return before(b, a); });
    --count_;
    *tid = last_.tid;
    *distance = last_.key;
    return true;
}

bool NearestRows::in_range(const Row& row) const {
    if (late_ != (row.key < from_)) return false;
    return !any_given_ || before(last_, row);
}

// The distance of the row that was tested last. Returns false for one that the index does not hold:
// NULL, and a vector without distances.
bool NearestRows::measure(Row* row) {
    if (predicate_ != nullptr) {
        ExprContext* context = GetPerTupleExprContext(estate_);
        context->ecxt_scantuple = tests_->slot();
        const bool indexed = ExecQual(predicate_, context);
        ResetPerTupleExprContext(estate_);
        if (!indexed) return false;
    }
    row->key = row_distance(info_, estate_, tests_->slot(), order_);
    ++measured_;
    return !std::isnan(row->key);
}

// Keeps the nearest ones: while they fit, in any order; then as a heap with the farthest in front.
void NearestRows::offer(const Row& row) {
    if (!in_range(row)) return;
    if (count_ == most_) {
        more_ = true;
        if (!before(row, rows_[0])) return;
        std::pop_heap(rows_, rows_ + count_, before);
        rows_[count_ - 1] = row;
        std::push_heap(rows_, rows_ + count_, before);
        return;
    }
    if (count_ == capacity_) {
        capacity_ = std::min(most_, std::max(64u, 2 * capacity_));
        const size_t bytes = sizeof(Row) * capacity_;
        rows_ = static_cast<Row*>(rows_ == nullptr ? MemoryContextAllocHuge(context_, bytes)
                                                   : repalloc_huge(rows_, bytes));
    }
    rows_[count_++] = row;
    if (count_ == most_) std::make_heap(rows_, rows_ + count_, before);
}

void NearestRows::collect_page(BlockNumber block, uint32_t run, bool all) {
    CHECK_FOR_INTERRUPTS();
    uint32_t end = all ? last_offset(scan_->heapRelation, block) + 1u : list_->end_offset(run);
    end = std::min<uint32_t>(end, MaxHeapTuplesPerPage + 1);
    for (uint32_t offset = FirstOffsetNumber; offset < end; ++offset) {
        if (!all && !list_->has_bit(run, offset)) continue;
        Row row{0.0, heap_tid(block, offset)};
        const bool passes = certain_ && !all ? tests_->sees(row.tid) : tests_->passes(row.tid);
        if (passes && measure(&row)) offer(row);
    }
}

void NearestRows::collect_run(uint32_t at) {
    const RowList::Run& run = list_->runs()[at];
    const bool all = list_->whole(at);
    // A page may have been cut off since: then no row that the snapshot sees was on it.
    const BlockNumber blocks =
        all ? RelationGetNumberOfBlocks(scan_->heapRelation) : MaxBlockNumber;
    for (uint32_t i = 0; i < run.count && run.block + i < blocks; ++i)
        collect_page(run.block + i, at, all);
}

void NearestRows::collect() {
    more_ = false;
    count_ = 0;
    if (list_ != nullptr) {
        for (uint32_t at = 0; at < list_->runs().size(); ++at)
            collect_run(at);
    } else {
        const BlockNumber blocks = RelationGetNumberOfBlocks(scan_->heapRelation);
        for (BlockNumber block = 0; block < blocks; ++block)
            collect_page(block, 0, true);
    }
    tests_->release();
    std::make_heap(rows_, rows_ + count_, [](const Row& a, const Row& b) { return before(b, a); });
}

}  // namespace vectidx
