// vectidx_merge(regclass): the pending list into the graph, now.
#include "pg/postgres.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/maintain/merge.hpp"

namespace vectidx {

bool owns_index(Oid index) {
#if PG_VERSION_NUM >= 160000
    return object_ownercheck(RelationRelationId, index, GetUserId());
#else
    return pg_class_ownercheck(index, GetUserId());
#endif
}

void check_usable(Relation index) {
    const char* name = RelationGetRelationName(index);
    if (RELATION_IS_OTHER_TEMP(index))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot access temporary indexes of other sessions")));
    if (!index->rd_index->indisvalid)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("index \"%s\" is not valid", name),
                        errhint("Rebuild it with REINDEX INDEX %s.", quote_identifier(name))));
}

namespace {

void report_no_index(Oid oid) {
    const char* name = get_rel_name(oid);
    if (name == nullptr)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("index with OID %u does not exist", oid)));
    ereport(ERROR,
            (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a vectidx index", name)));
}

void check_index(Relation index) {
    const char* name = RelationGetRelationName(index);
    if (index->rd_rel->relkind == RELKIND_PARTITIONED_INDEX)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("index \"%s\" is partitioned and has no rows of its own", name),
                        errhint("Merge the indexes of its partitions.")));
    if (index->rd_indam->aminsert != vectidx_insert)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not a vectidx index", name)));
    check_usable(index);
}

}  // namespace

VECTIDX_FUNCTION(vectidx_merge) {
    const Oid oid = PG_GETARG_OID(0);
    if (RecoveryInProgress())
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("recovery is in progress"),
                        errhint("An index cannot be changed during recovery.")));
    // Tables are locked before their indexes, and before anything is looked at.
    const Oid heap_oid = IndexGetRelation(oid, true);
    if (!OidIsValid(heap_oid)) report_no_index(oid);
    if (!owns_index(oid)) aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_INDEX, get_rel_name(oid));
    // Either may have been dropped before its lock was there.
    Relation heap = try_relation_open(heap_oid, RowExclusiveLock);
    Relation index = heap == nullptr ? nullptr : try_relation_open(oid, RowExclusiveLock);
    if (index == nullptr) report_no_index(oid);
    check_index(index);
    const auto say_waiting = [index] {
        ereport(NOTICE, (errmsg("waiting for another process that is working on index \"%s\"",
                                RelationGetRelationName(index))));
    };
    const uint64_t merged =
        merge_list(index, maintenance_options(index, DEBUG1, MaintenanceRole::Call), say_waiting);
    relation_close(index, RowExclusiveLock);
    relation_close(heap, RowExclusiveLock);
    PG_RETURN_INT64(static_cast<int64>(merged));
}

}  // namespace vectidx
