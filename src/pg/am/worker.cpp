#include "pg/am/worker.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/maintenance.hpp"
#include "pg/am/options.hpp"
#include "pg/construct/progress.hpp"
#include "pg/pages/graph_lock.hpp"
#include "pg/pages/pending_list.hpp"
#include "pg/test_point.hpp"

VECTIDX_EXPORT void vectidx_worker(Datum argument);

namespace vectidx {

namespace {

struct WorkerTask {
    Oid database;
    Oid index;
};
static_assert(sizeof(WorkerTask) <= BGW_EXTRALEN);

// The objects that the worker has open in a transaction, for which others may wait.
Relation g_heap, g_index;
bool g_gave_way;

LOCKTAG database_tag() {
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
    return tag;
}

LOCKTAG relation_tag(Relation relation) {
    LOCKTAG tag;
    SET_LOCKTAG_RELATION(tag, MyDatabaseId, RelationGetRelid(relation));
    return tag;
}

// The lock on the worker's own virtual transaction, for which DROP INDEX CONCURRENTLY waits.
LOCKTAG transaction_tag() {
    VirtualTransactionId id;
    GET_VXID_FROM_PGPROC(id, *MyProc);
    LOCKTAG tag;
    SET_LOCKTAG_VIRTUALTRANSACTION(tag, id);
    return tag;
}

// Whether somebody waits for a lock that this backend holds. One that is not in the shared table is
// held by the fast path, and nobody waits for it. (LockHasWaiters() does not know that.) Nothing
// here can raise: threads may be running.
bool is_awaited(const LOCKTAG& tag) {
    const uint32 hash = LockTagHashCode(&tag);
    LWLock* partition = LockHashPartitionLock(hash);
    auto* held = &MyProc->myProcLocks[LockHashPartition(hash)];
    bool awaited = false;
    LWLockAcquire(partition, LW_SHARED);
    // As dlist_foreach() and SHMQueueNext() do, whose macros are C only.
#if PG_VERSION_NUM >= 160000
    const auto* end = &held->head;
#else
    const auto* end = held;
#endif
    for (const auto* at = end->next; at != nullptr && at != end; at = at->next) {
        const auto* entry = reinterpret_cast<const PROCLOCK*>(reinterpret_cast<const char*>(at) -
                                                              offsetof(PROCLOCK, procLink));
        const LOCK* lock = entry->tag.myLock;
        awaited = awaited || (lock->waitMask != 0 && memcmp(&lock->tag, &tag, sizeof(tag)) == 0);
    }
    LWLockRelease(partition);
    return awaited;
}

bool someone_waits() {
    if (g_index == nullptr) return false;
    const bool waits = is_awaited(database_tag()) || is_awaited(relation_tag(g_heap)) ||
                       is_awaited(relation_tag(g_index)) || is_awaited(transaction_tag());
    g_gave_way = g_gave_way || waits;
    return waits;
}

// The weakest lock keeps the relation in place, and is all that its pages need.
Relation try_open(Oid relation) {
    if (!ConditionalLockRelationOid(relation, AccessShareLock)) return nullptr;
    return try_relation_open(relation, NoLock);
}

// Opens and locks what the worker needs, its own lock too, without waiting for anybody; the
// database, so that it sees when that is to be dropped. Returns false where this is not possible.
bool open_index(const WorkerTask& task) {
    const LOCKTAG database = database_tag();
    if (LockAcquire(&database, AccessShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL) return false;
    const Oid heap = IndexGetRelation(task.index, true);
    if (!OidIsValid(heap)) return false;
    g_heap = try_open(heap);
    g_index = g_heap != nullptr ? try_open(task.index) : nullptr;
    return g_index != nullptr && g_index->rd_rel->relkind == RELKIND_INDEX &&
           g_index->rd_indam->aminsert == vectidx_insert && g_index->rd_index->indisvalid &&
           g_index->rd_index->indrelid == heap &&
           ConditionalLockPage(g_index, kWorkerLock, ExclusiveLock);
}

void close_index() {
    if (g_index != nullptr) relation_close(g_index, NoLock);
    if (g_heap != nullptr) relation_close(g_heap, NoLock);
    g_heap = g_index = nullptr;
}

// As the table's owner, as VACUUM does it.
void work_as_owner(Upkeep work, const char* what) {
    Oid user;
    int security;
    GetUserIdAndSecContext(&user, &security);
    SetUserIdAndSecContext(g_heap->rd_rel->relowner, security | SECURITY_RESTRICTED_OPERATION);
    const int settings = NewGUCNestLevel();
    char activity[2 * NAMEDATALEN + 64];
    snprintf(activity, sizeof(activity), "vectidx: %s index \"%s\"", what,
             RelationGetRelationName(g_index));
    pgstat_report_activity(STATE_RUNNING, activity);
    // What was looked up needs no snapshot any more, so that none holds VACUUM back.
    InvalidateCatalogSnapshot();
    TEST_POINT("worker-begins");
    work(g_index, maintenance_options(g_index, DEBUG1, MaintenanceRole::Worker));
    AtEOXact_GUC(false, settings);
    SetUserIdAndSecContext(user, security);
}

// One piece of work in a transaction of its own. Returns false when the worker is to end, because
// it is in somebody's way; what fails is left to VACUUM.
bool run(const WorkerTask& task, Upkeep work, const char* what) {
    volatile bool going_on = false;
    StartTransactionCommand();
    PG_TRY();
    {
        if (open_index(task)) {
            work_as_owner(work, what);
            going_on = true;
        }
        close_index();
        CommitTransactionCommand();
    }
    PG_CATCH();
    {
        // To give way is no error.
        HOLD_INTERRUPTS();
        if (!g_gave_way) EmitErrorReport();
        going_on = !g_gave_way;
        AbortCurrentTransaction();
        FlushErrorState();
        g_heap = g_index = nullptr;
        RESUME_INTERRUPTS();
    }
    PG_END_TRY();
    pgstat_report_activity(STATE_IDLE, nullptr);
    return going_on;
}

// Whether no worker can work on the index: only this transaction knows it, or its file, or it is
// not valid yet.
bool is_private(Relation index) {
#if PG_VERSION_NUM >= 160000
    const SubTransactionId new_file = index->rd_firstRelfilelocatorSubid;
#else
    const SubTransactionId new_file = index->rd_firstRelfilenodeSubid;
#endif
    return new_file != InvalidSubTransactionId || RELATION_IS_LOCAL(index) ||
           RelationUsesLocalBuffers(index) || !index->rd_index->indisvalid;
}

bool is_at_work(Relation index) {
    if (!ConditionalLockPage(index, kWorkerLock, ShareLock)) return true;
    UnlockPage(index, kWorkerLock, ShareLock);
    return false;
}

}  // namespace

bool start_worker(Relation index) {
    if (is_private(index)) return false;
    if (is_at_work(index)) return true;
    const WorkerTask task{MyDatabaseId, RelationGetRelid(index)};
    BackgroundWorker worker{};
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), "vectidx");
    snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "vectidx_worker");
    snprintf(worker.bgw_type, BGW_MAXLEN, "vectidx worker");
    snprintf(worker.bgw_name, BGW_MAXLEN, "vectidx worker for index %u", task.index);
    memcpy(worker.bgw_extra, &task, sizeof(task));
    return RegisterDynamicBackgroundWorker(&worker, nullptr);
}

bool ask_worker(Relation index, uint64_t done) {
    // The last findings of this backend about a few indexes.
    struct Asked {
        TimestampTz at;
        TimestampTz stuck;  // when a worker was last found not to get on
        uint64_t done;
        Oid index;
        bool helped;
    };
    static Asked asked[16];
    constexpr int kAgain = 1000, kAgainWhenStuck = 60000;  // milliseconds
    if (!background_worker_allowed() || is_private(index)) return false;
    Asked& last = asked[RelationGetRelid(index) % lengthof(asked)];
    const TimestampTz now = GetCurrentTimestamp();
    if (last.index != RelationGetRelid(index)) last = {0, 0, 0, RelationGetRelid(index), false};
    if (!TimestampDifferenceExceeds(last.at, now, kAgain)) return last.helped;
    if (!TimestampDifferenceExceeds(last.stuck, now, kAgainWhenStuck) && !is_at_work(index))
        return false;
    if (last.helped && last.done == done && !is_at_work(index)) last.stuck = now;
    last.at = now;
    last.done = done;
    last.helped = last.stuck != now && start_worker(index);
    return last.helped;
}

void worker_main(const WorkerTask& task) {
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    BackgroundWorkerInitializeConnectionByOid(task.database, InvalidOid, BGWORKER_BYPASS_ALLOWCONN);
    // A role's or the database's settings for its sessions are not meant for this.
    SetConfigOption("statement_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
    SetConfigOption("lock_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
#if PG_VERSION_NUM >= 170000
    SetConfigOption("transaction_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
#endif
    give_way_wanted = someone_waits;
    // Rows that came while the searches were calibrated are merged, too.
    (void)(run(task, rebuild_in_worker, "rebuilding the graph of") &&
           run(task, merge_until_short, "merging pending rows into") &&
           run(task, calibrate_if_stale, "calibrating") &&
           run(task, merge_until_short, "merging pending rows into"));
}

}  // namespace vectidx

extern "C" void vectidx_worker(Datum) {
    vectidx::WorkerTask task;
    memcpy(&task, MyBgworkerEntry->bgw_extra, sizeof(task));
    vectidx::worker_main(task);
    proc_exit(0);
}
