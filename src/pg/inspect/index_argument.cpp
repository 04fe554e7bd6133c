#include "pg/inspect/index_argument.hpp"

#include "pg/am/access_method.hpp"

namespace vectidx {

namespace {

[[noreturn]] void refuse_kind(Oid oid, const char* hint) {
    char* name = get_rel_name(oid);
    if (name == nullptr)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation with OID %u does not exist", oid)));
    ereport(ERROR,
            (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a vectidx index", name),
             hint != nullptr ? errhint("%s", hint) : 0));
}

void check_privileges(Oid oid) {
    if (owns_index(oid) || has_privs_of_role(GetUserId(), ROLE_PG_STAT_SCAN_TABLES)) return;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("permission denied for index \"%s\"", get_rel_name(oid)),
                    errdetail("Only its owner and roles with privileges of the "
                              "\"pg_stat_scan_tables\" role may inspect it.")));
}

void check_readable(Relation index) {
    check_usable(index);
    if (RecoveryInProgress() && !RelationNeedsWAL(index))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot access unlogged index \"%s\" during recovery",
                               RelationGetRelationName(index))));
}

// As for a query: an index may be too new for an old snapshot to use.
void check_snapshot(Relation index, Snapshot snapshot) {
    if (IsolationUsesXactSnapshot() && index->rd_index->indcheckxmin &&
        !TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
                               snapshot->xmin))
        ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                        errmsg("index \"%s\" is too new for this transaction's snapshot",
                               RelationGetRelationName(index))));
}

}  // namespace

IndexArgument open_index_argument(Oid oid) {
    const char kind = get_rel_relkind(oid);
    if (kind != RELKIND_INDEX && kind != RELKIND_PARTITIONED_INDEX) refuse_kind(oid, nullptr);
    // Anybody may call the functions: before the lock, so that no stranger waits for it or is
    // waited for.
    check_privileges(oid);
    if (kind == RELKIND_PARTITIONED_INDEX) refuse_kind(oid, "Name the index of a partition.");
    // Tables are locked before their indexes.
    const Oid heap_oid = IndexGetRelation(oid, true);
    if (!OidIsValid(heap_oid)) refuse_kind(oid, nullptr);
    const IndexArgument argument = {table_open(heap_oid, AccessShareLock),
                                    index_open(oid, AccessShareLock)};
    if (argument.index->rd_indam->ambuild != vectidx_build) refuse_kind(oid, nullptr);
    // The OID may have been given away before the lock was there, the index to another owner.
    if (argument.index->rd_index->indrelid != heap_oid) refuse_kind(oid, nullptr);
    check_privileges(oid);
    check_readable(argument.index);
    return argument;
}

void close_index_argument(const IndexArgument& argument) {
    index_close(argument.index, AccessShareLock);
    table_close(argument.heap, AccessShareLock);
}

Caller become_owner(Relation heap) {
    Caller caller;
    GetUserIdAndSecContext(&caller.user, &caller.security_context);
    SetUserIdAndSecContext(heap->rd_rel->relowner,
                           caller.security_context | SECURITY_RESTRICTED_OPERATION);
    caller.guc_level = NewGUCNestLevel();
#if PG_VERSION_NUM >= 170000
    RestrictSearchPath();
#endif
    return caller;
}

void become_caller(const Caller& caller) {
    AtEOXact_GUC(false, caller.guc_level);
    SetUserIdAndSecContext(caller.user, caller.security_context);
}

void scan_indexed_rows(Relation heap, Relation index, Snapshot snapshot,
                       IndexBuildCallback callback, void* state) {
    check_snapshot(index, snapshot);
    const Caller caller = become_owner(heap);
    IndexInfo* info = BuildIndexInfo(index);
    // As CREATE INDEX CONCURRENTLY does it: by a snapshot, and nothing to be unique.
    info->ii_Concurrent = true;
    TableScanDesc scan = table_beginscan_strat(heap, snapshot, 0, nullptr, true, true);
    table_index_build_scan(heap, index, info, true, false, callback, state, scan);
    become_caller(caller);
}

}  // namespace vectidx
