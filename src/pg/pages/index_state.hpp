// The state of an index that a backend keeps between calls: a copy of the metapage, and what is
// computed from it. It lives in the relation's cache entry and goes with it.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/meta.hpp"
#include "core/transform/vector_space.hpp"

#include "pg/pages/wal.hpp"

namespace vectidx {

constexpr PageIdentity kMetaIdentity = {PageKind::Meta, 0, 0};

struct IndexState {
    NodeLayout layout;
    VectorSpace space;
    BlockNumber meta_block;        // kMetaBlock, or that of a graph in the making
    alignas(8) char page[BLCKSZ];  // the metapage

    const MetaPage& meta() const { return meta_of(page); }
    Entries entries() { return {page, layout.code_words()}; }
};

// The state as of now: reads the metapage, and only where it changed copies it. A callback of the
// access method asks for it once and passes it down (test/lint/index_state.sh).
// The result holds until the next call that may process an invalidation message; what must live
// longer is copied (NodeStore does).
IndexState& index_state(Relation rel);

// The state of a graph that a rebuild is making under a metapage of its own, in `context`.
IndexState& load_state(Relation rel, BlockNumber meta_block, MemoryContext context);

// Reads the metapage again. REQUIRES: a lock keeps the graph.
void refresh_state(Relation rel, IndexState& state);

// Reads a metapage into page[BLCKSZ] and checks it. ERROR feature_not_supported when a newer
// version wrote it, index_corrupted when it is invalid.
void read_meta(Relation rel, BlockNumber meta_block, char* page, NodeLayout* layout);

// A copy of the metapage as of now, for those who need no more of the state.
class CurrentMeta {
  public:
    explicit CurrentMeta(Relation rel) { read_meta(rel, kMetaBlock, page_, &layout_); }

    const NodeLayout& layout() const { return layout_; }
    const MetaPage& meta() const { return meta_of(page_); }
    const MetaHeader& header() const { return meta().header; }

  private:
    NodeLayout layout_{};
    alignas(8) char page_[BLCKSZ];
};

// Changes a metapage in a record of its own: f(char* page, MetaPage& meta).
template <class F>
void edit_meta(Relation rel, BlockNumber meta_block, WriteMode mode, F&& f) {
    const Buffer buffer = lock_page(rel, meta_block, kMetaIdentity, BUFFER_LOCK_EXCLUSIVE);
    PageWrite write(rel, mode);
    char* page = write.edit(buffer);
    auto& meta = meta_of(page);
    f(page, meta);
    ++meta.header.version;
    write.commit();
    UnlockReleaseBuffer(buffer);
}

}  // namespace vectidx
