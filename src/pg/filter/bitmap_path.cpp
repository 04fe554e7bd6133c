#include "pg/filter/bitmap_path.hpp"

namespace vectidx {

namespace {

// A copy that create_index_paths() may fill: with indexes that give bitmaps only, so that no other
// path comes, and without joins.
RelOptInfo* copy_for_bitmaps(RelOptInfo* table) {
    auto* copy = makeNode(RelOptInfo);
    *copy = *table;
    copy->pathlist = NIL;
    copy->partial_pathlist = NIL;
    copy->consider_parallel = false;
    copy->joininfo = NIL;
    copy->has_eclass_joins = false;
    copy->indexlist = NIL;
    ListCell* cell;
    foreach (cell, table->indexlist) {
        const auto* index = lfirst_node(IndexOptInfo, cell);
        if (!index->amhasgetbitmap) continue;
        auto* same = makeNode(IndexOptInfo);
        *same = *index;
        same->rel = copy;
        same->amhasgettuple = false;
        copy->indexlist = lappend(copy->indexlist, same);
    }
    return copy;
}

}  // namespace

BitmapHeapPath* bitmap_path(PlannerInfo* root, RelOptInfo* table) {
    RelOptInfo* copy = copy_for_bitmaps(table);
    if (copy->indexlist == NIL) return nullptr;
    create_index_paths(root, copy);
    BitmapHeapPath* best = nullptr;
    ListCell* cell;
    foreach (cell, copy->pathlist) {
        if (!IsA(lfirst(cell), BitmapHeapPath)) continue;
        auto* path = static_cast<BitmapHeapPath*>(lfirst(cell));
        if (path->path.param_info != nullptr) continue;
        if (best == nullptr || path->path.total_cost < best->path.total_cost) best = path;
    }
    return best;
}

}  // namespace vectidx
