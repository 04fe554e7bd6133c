// ALTER INDEX ... SET (m = ...) changes the catalog at once and the graph at the next REINDEX,
// and the user should know that. PostgreSQL tells an access method about neither, so this code
// listens in two places: where new options are parsed, and where a relation was altered.
#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"

namespace vectidx {

namespace {

object_access_hook_type g_next_hook;

// What the last command's options ask of a build; forgotten once a relation was created or altered,
// or the command failed.
bool g_noted;
BuildOptions g_new_options;

bool same_graph(const BuildOptions& a, const BuildOptions& b) {
    return a.m == b.m && a.ef_construction == b.ef_construction && a.algorithm == b.algorithm &&
           a.alpha == b.alpha && a.codes == b.codes && a.storage == b.storage;
}

void compare(Oid relation) {
    if (get_rel_relkind(relation) != RELKIND_INDEX) return;
    // ALTER INDEX holds the lock. The relation still shows its options from before.
    Relation index = index_open(relation, NoLock);
    if (index->rd_indam->ambuild == vectidx_build) {
        const BuildOptions before = build_options(index);
        if (!same_graph(before, g_new_options))
            ereport(NOTICE,
                    (errmsg("the new options for building take effect when the index is rebuilt"),
                     errhint("Use REINDEX INDEX %s.",
                             quote_identifier(RelationGetRelationName(index)))));
    }
    index_close(index, NoLock);
}

extern "C" void object_access(ObjectAccessType access, Oid class_id, Oid object, int sub_id,
                              void* arg) {
    if (g_next_hook != nullptr) g_next_hook(access, class_id, object, sub_id, arg);
    if (!g_noted || class_id != RelationRelationId || sub_id != 0) return;
    if (access != OAT_POST_ALTER && access != OAT_POST_CREATE) return;
    g_noted = false;
    if (access == OAT_POST_ALTER) compare(object);
}

extern "C" {
static void forget_at_end(XactEvent, void*) {
    g_noted = false;
}
static void forget_at_subtransaction_end(SubXactEvent event, SubTransactionId, SubTransactionId,
                                         void*) {
    if (event == SUBXACT_EVENT_ABORT_SUB) g_noted = false;
}
}

}  // namespace

void watch_alter_index() {
    g_next_hook = object_access_hook;
    object_access_hook = object_access;
    RegisterXactCallback(forget_at_end, nullptr);
    RegisterSubXactCallback(forget_at_subtransaction_end, nullptr);
}

void note_new_options(const bytea* options) {
    g_new_options = build_options(options);
    g_noted = true;
}

}  // namespace vectidx
