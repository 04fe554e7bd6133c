#include "pg/pages/index_state.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "pg/memory.hpp"
#include "pg/pages/page_reader.hpp"

namespace vectidx {

namespace {

// The source of the state, beside the layout.
bool same_space(const MetaHeader& a, const MetaHeader& b) {
    return a.seed == b.seed && a.metric == b.metric && a.center_block == b.center_block &&
           a.generation == b.generation && layout_choice(a) == layout_choice(b);
}

// Whether the metapage is for this column, and what it names in the file. Older versions counted
// groups that are not there yet (NodeStore::create_group), but no more than one growth added.
bool fits_relation(Relation rel, const MetaPage& meta, const NodeLayout& layout) {
    const BlockNumber blocks = RelationGetNumberOfBlocks(rel);
    const MetaHeader& h = meta.header;
    // Where the column's type is a domain, the domain may declare them.
    const int32 dims = TupleDescAttr(RelationGetDescr(rel), 0)->atttypmod;
    if (dims >= 0 && static_cast<uint32_t>(dims) != value_dims(h)) return false;
    return extents_end(meta, layout.group_pages) <=
               uint64_t{blocks} + std::max(BlockNumber{1024}, blocks) &&
           (h.center_block == kNoBlock || h.center_block < blocks) &&
           (h.tids_block == kNoBlock || h.tids_block < blocks);
}

bool read_center(PageReader& pages, BlockNumber block, uint32_t dims, float* center) {
    constexpr uint32_t kPerPage = kPagePayload / sizeof(float);
    for (uint32_t from = 0; from < dims; from += kPerPage, ++block) {
        const uint32_t count = std::min(kPerPage, dims - from);
        const bool read =
            pages.read(block, {PageKind::Center, 0, from}, [&](const char* page) -> const char* {
                std::memcpy(center + from, page + kPayloadAt, count * sizeof(float));
                const bool finite = std::all_of(center + from, center + from + count,
                                                [](float value) { return std::isfinite(value); });
                return finite ? nullptr : "invalid center";
            });
        if (!read) return false;
    }
    return true;
}

// Returns nullptr when the center could not be read.
IndexState* try_make_state(PageReader& pages, BlockNumber meta_block, const char* page,
                           const NodeLayout& layout, MemoryContext context) {
    const MetaHeader& h = meta_of(page).header;
    const size_t padded = layout.padded, dims = layout.choice.dims;
    const size_t bytes = MAXALIGN(sizeof(IndexState)) +
                         MAXALIGN(Rotation::kRounds * padded * sizeof(float)) +
                         MAXALIGN(dims * sizeof(float)) + MAXALIGN(padded * sizeof(float));
    char* block = static_cast<char*>(MemoryContextAllocHuge(context, bytes));
    BlockArena memory(block + MAXALIGN(sizeof(IndexState)), bytes - MAXALIGN(sizeof(IndexState)));
    float* center = nullptr;
    if (h.center_block != kNoBlock) {
        center = memory.arena().alloc<float>(dims);
        if (!read_center(pages, h.center_block, layout.choice.dims, center)) {
            pfree(block);
            return nullptr;
        }
    }
    auto* state = new (block) IndexState{
        layout,
        VectorSpace(h.metric, dims, h.seed, center, h.max_norm2, memory.arena(), h.embedding_error),
        meta_block,
        {}};
    std::memcpy(state->page, page, BLCKSZ);
    return state;
}

// The state for the metapage in `page`, or for a later one if the center has moved.
IndexState* make_state(Relation rel, BlockNumber meta_block, char* page, NodeLayout layout,
                       MemoryContext context) {
    for (;;) {
        const uint64_t version = meta_of(page).header.version;
        PageReader pages(rel, meta_block, meta_of(page).header);
        IndexState* state = try_make_state(pages, meta_block, page, layout, context);
        if (state != nullptr) return state;
        read_meta(rel, meta_block, page, &layout);
        if (meta_of(page).header.version == version) pages.report();
    }
}

void replace_page(IndexState& state, const char* page) {
    std::memcpy(state.page, page, BLCKSZ);
    state.space.set_max_norm2(meta_of(page).header.max_norm2);
}

// A copy of the metapage.
void copy_meta(Relation rel, BlockNumber meta_block, char* page) {
    CHECK_FOR_INTERRUPTS();
    read_page(rel, meta_block, kMetaIdentity,
              [&](const char* from) { std::memcpy(page, from, BLCKSZ); });
}

// Checks a copy of the metapage, and makes the layout of it. A later copy takes its place where the
// file was cut off meanwhile.
void check_meta(Relation rel, BlockNumber meta_block, char* page, NodeLayout* layout) {
    uint64_t version = 0;
    for (bool again = false;; again = true) {
        if (again) copy_meta(rel, meta_block, page);
        const MetaHeader& h = meta_of(page).header;
        if (h.format == 0 || h.format > kIndexFormat) break;
        if (valid_meta(meta_of(page), layout) && fits_relation(rel, meta_of(page), *layout)) return;
        // The file may have been cut off since the page was read: then it has changed.
        if (again && h.version == version) break;
        version = h.version;
    }
    const MetaPage& meta = meta_of(page);
    if (meta.header.format > kIndexFormat)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("index \"%s\" has format %u, which is newer than this vectidx reads",
                               RelationGetRelationName(rel), meta.header.format),
                        errhint("Update vectidx, or rebuild the index with REINDEX INDEX %s.",
                                quote_identifier(RelationGetRelationName(rel)))));
    report_corruption(rel, meta_block, "invalid metapage");
}

}  // namespace

void read_meta(Relation rel, BlockNumber meta_block, char* page, NodeLayout* layout) {
    copy_meta(rel, meta_block, page);
    check_meta(rel, meta_block, page, layout);
}

IndexState& index_state(Relation rel) {
    auto* state = static_cast<IndexState*>(rel->rd_amcache);
    alignas(8) char page[BLCKSZ];
    if (state != nullptr) {
        bool current = false;
        read_page(rel, kMetaBlock, kMetaIdentity, [&](const char* from) {
            current = meta_of(from).header.version == state->meta().header.version;
            if (!current) std::memcpy(page, from, BLCKSZ);
        });
        if (current) return *state;
    } else {
        copy_meta(rel, kMetaBlock, page);
    }
    NodeLayout layout;
    check_meta(rel, kMetaBlock, page, &layout);
    // Reading may have dropped the cache entry.
    state = static_cast<IndexState*>(rel->rd_amcache);
    if (state != nullptr && same_space(meta_of(page).header, state->meta().header)) {
        replace_page(*state, page);
        return *state;
    }
    if (state != nullptr) {
        rel->rd_amcache = nullptr;
        pfree(state);
    }
    state = make_state(rel, kMetaBlock, page, layout, rel->rd_indexcxt);
    rel->rd_amcache = state;
    return *state;
}

IndexState& load_state(Relation rel, BlockNumber meta_block, MemoryContext context) {
    alignas(8) char page[BLCKSZ];
    NodeLayout layout;
    read_meta(rel, meta_block, page, &layout);
    return *make_state(rel, meta_block, page, layout, context);
}

void refresh_state(Relation rel, IndexState& state) {
    alignas(8) char page[BLCKSZ];
    NodeLayout layout;
    read_meta(rel, state.meta_block, page, &layout);
    if (!same_space(meta_of(page).header, state.meta().header))
        report_corruption(rel, state.meta_block, "the graph was replaced under its lock");
    replace_page(state, page);
}

}  // namespace vectidx
