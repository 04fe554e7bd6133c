// Access methods of the extension `vector`, which have pgvector's names: messages that tools look
// for have pgvector's words there.
#pragma once

#include "pg/postgres.hpp"

#include <cstring>

namespace vectidx {

// "hnsw" or "ivfflat", or nullptr for an index of the access method vectidx.
inline const char* pgvector_method_name(Relation index) {
    const char* name = get_am_name(index->rd_rel->relam);
    const bool pgvectors =
        name != nullptr && (std::strcmp(name, "hnsw") == 0 || std::strcmp(name, "ivfflat") == 0);
    return pgvectors ? name : nullptr;
}

}  // namespace vectidx
