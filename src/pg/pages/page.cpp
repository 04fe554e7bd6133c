#include "pg/pages/page.hpp"

#include <cstring>

#include "pg/test_point.hpp"

namespace vectidx {

void report_corruption(Relation rel, BlockNumber block, const char* what) {
    ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                    errmsg("index \"%s\" contains corrupted page at block %u",
                           RelationGetRelationName(rel), block),
                    errdetail("%c%s.", pg_toupper(static_cast<unsigned char>(what[0])), what + 1),
                    errhint("Please REINDEX it.")));
}

const char* page_fault(const char* page, const PageIdentity& identity) {
    const auto* header = reinterpret_cast<const PageHeaderData*>(page);
    if (PageIsNew(const_cast<char*>(page))) return "the page is empty";
    if (header->pd_special != BLCKSZ || header->pd_upper != BLCKSZ ||
        header->pd_lower < kPayloadAt || header->pd_lower > BLCKSZ)
        return "invalid page header";
    const PageTag* tag = page_tag(page);
    if (tag->magic != kPageMagic) return "it is not a page of a vectidx index";
    if (tag->format != kPageFormat) return "the page format is unknown";
    if (tag->kind != identity.kind) return "it is a page of another kind";
    if (tag->generation != identity.generation) return "it is a page of another generation";
    if (tag->owner != identity.owner) return "the page belongs to other nodes";
    return nullptr;
}

const char* try_lock_page(Relation rel, BlockNumber block, const PageIdentity& identity, int mode,
                          Buffer* buffer) {
    // To ReadBuffer() this number means a new page at the end.
    if (block == P_NEW) return "a reference leads nowhere";
    if (block == kMetaBlock && mode == BUFFER_LOCK_SHARE) TEST_POINT("meta-read");
    *buffer = read_buffer(rel, block);
    LockBuffer(*buffer, mode);
    const char* fault = page_fault(BufferGetPage(*buffer), identity);
    if (fault != nullptr) UnlockReleaseBuffer(*buffer);
    return fault;
}

void lock_pages(Relation rel, int count, const BlockNumber* blocks, const PageIdentity* identities,
                Buffer* buffers) {
    for (int i = 0; i < count; ++i) {
        const char* fault =
            try_lock_page(rel, blocks[i], identities[i], BUFFER_LOCK_EXCLUSIVE, &buffers[i]);
        if (fault == nullptr) continue;
        for (int k = 0; k < i; ++k)
            UnlockReleaseBuffer(buffers[k]);
        report_corruption(rel, blocks[i], fault);
    }
}

void init_page(char* page, const PageIdentity& identity) {
    PageInit(page, BLCKSZ, 0);
    set_page_end(page, kPayloadAt);
    PageTag* tag = page_tag(page);
    std::memset(tag, 0, sizeof(*tag));
    tag->magic = kPageMagic;
    tag->kind = identity.kind;
    tag->format = kPageFormat;
    tag->generation = identity.generation;
    tag->owner = identity.owner;
    tag->next = kNoBlock;
}

}  // namespace vectidx
