#include "pg/storage/page.hpp"

#include <cstring>

namespace vectidx {

void report_corruption(Relation rel, BlockNumber block, const char* what) {
    ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                    errmsg("index \"%s\" is damaged at block %u: %s", RelationGetRelationName(rel),
                           block, what),
                    errhint("Rebuild the index with REINDEX.")));
}

void report_generation(Relation rel) {
    ereport(ERROR,
            (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
             errmsg("index \"%s\" was rebuilt during the operation", RelationGetRelationName(rel)),
             errhint("Repeat the operation.")));
}

void check_page(Relation rel, BlockNumber block, const char* page, const PageIdentity& identity) {
    const auto* header = reinterpret_cast<const PageHeaderData*>(page);
    if (PageIsNew(const_cast<char*>(page))) report_corruption(rel, block, "the page is empty");
    if (header->pd_special != BLCKSZ - sizeof(PageTail) || header->pd_upper != header->pd_special ||
        header->pd_lower < kPageHeaderSize || header->pd_lower > header->pd_upper)
        report_corruption(rel, block, "the page header makes no sense");
    const PageTail* tail = page_tail(page);
    if (tail->magic != kPageMagic)
        report_corruption(rel, block, "it is not a page of a vectidx index");
    if (tail->format != kPageFormat) report_corruption(rel, block, "the page format is unknown");
    if (tail->kind != identity.kind) report_corruption(rel, block, "it is a page of another kind");
    if (tail->generation != identity.generation)
        report_corruption(rel, block, "it is a page of another generation");
    if (tail->owner != identity.owner)
        report_corruption(rel, block, "the page belongs to other nodes");
}

void init_page(char* page, const PageIdentity& identity) {
    PageInit(page, BLCKSZ, sizeof(PageTail));
    PageTail* tail = page_tail(page);
    std::memset(tail, 0, sizeof(*tail));
    tail->magic = kPageMagic;
    tail->kind = identity.kind;
    tail->format = kPageFormat;
    tail->generation = identity.generation;
    tail->owner = identity.owner;
    tail->next = kNoBlock;
}

}  // namespace vectidx
