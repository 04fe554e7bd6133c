#include "pg/pages/horizon.hpp"

namespace vectidx {

namespace {

// Transactions of this database that have a snapshot with an xmin up to `xid`.
VirtualTransactionId* old_transactions(uint64_t xid, int* count) {
    return GetCurrentVirtualXIDs(
        XidFromFullTransactionId(FullTransactionIdFromU64(xid)), true, false,
        PROC_IS_AUTOVACUUM | PROC_IN_VACUUM | PROC_IN_LOGICAL_DECODING, count);
}

}  // namespace

uint64_t retirement_xid() {
    return U64FromFullTransactionId(ReadNextFullTransactionId());
}

// The table's own horizon: a slot's catalog_xmin, or a transaction in another database, does not
// hold it back.
bool horizon_passed(Relation index, uint64_t retired_xid) {
    if (retired_xid == 0) return true;
    const Relation heap = RelationIdGetRelation(index->rd_index->indrelid);
    if (!RelationIsValid(heap)) return false;
    const TransactionId oldest = GetOldestNonRemovableTransactionId(heap);
    RelationClose(heap);
    const uint64_t next = U64FromFullTransactionId(ReadNextFullTransactionId());
    return next - (static_cast<TransactionId>(next) - oldest) > retired_xid;
}

bool await_readers(uint64_t retired_xid) {
    constexpr int kTries = 200;
    constexpr long kPause = 5000;  // microseconds
    int count = 0;
    VirtualTransactionId* waiting = old_transactions(retired_xid, &count);
    for (int i = 0; count > 0 && i < kTries; ++i) {
        CHECK_FOR_INTERRUPTS();
        pg_usleep(kPause);
        int now_count = 0;
        VirtualTransactionId* now = old_transactions(retired_xid, &now_count);
        int left = 0;
        for (int k = 0; k < count; ++k)
            for (int n = 0; n < now_count; ++n)
                if (VirtualTransactionIdEquals(waiting[k], now[n])) {
                    waiting[left++] = waiting[k];
                    break;
                }
        count = left;
        pfree(now);
    }
    pfree(waiting);
    return count == 0;
}

}  // namespace vectidx
