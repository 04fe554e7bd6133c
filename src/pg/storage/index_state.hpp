// What a backend keeps of an index from one call to the next: a copy of the metapage, and what is
// computed from it. It lives in the relation's cache entry and goes with it.
#pragma once

#include "pg/postgres.hpp"

#include "core/format/meta.hpp"
#include "core/graph/space.hpp"

namespace vectidx {

struct IndexState {
    NodeLayout layout;
    Space space;
    alignas(8) char page[BLCKSZ];  // the metapage

    const MetaPage& meta() const { return *reinterpret_cast<const MetaPage*>(page + kPayloadAt); }
    Entries entries() { return {page, layout.code_words()}; }
};

// The state as of now: reads the metapage, and only where it changed copies it.
// The result holds until the next call that may process an invalidation message; what must live
// longer is copied (NodeStore does).
IndexState& index_state(Relation rel);

// Reads the metapage into page[BLCKSZ] and checks it. ERROR feature_not_supported when a newer
// version wrote it, index_corrupted when it makes no sense.
void read_meta(Relation rel, char* page, NodeLayout* layout);

}  // namespace vectidx
