// Reads the pending list (core/layout/pending.hpp) of an index that may be damaged, beside writers:
// says what is wrong where a scan would report an error.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/array.hpp"
#include "core/layout/meta.hpp"
#include "core/layout/pending.hpp"

#include "pg/inspect/findings.hpp"

namespace vectidx {

// The list at one moment.
struct PendingImage {
    explicit PendingImage(Arena& arena)
        : arena(arena), rows(arena), pages(arena), spare(arena), faults(arena) {}

    struct Row {
        PendingEntry entry;
        Spot at;
    };
    struct Fault {
        Spot at;
        const char* text;
    };

    Arena& arena;
    MetaHeader header;     // of the metapage that named the list
    Array<Row> rows;       // that wait
    Array<BlockNo> pages;  // first blocks of the list's pages
    Array<BlockNo> spare;  // and of those that are kept for its next rows
    Array<Fault> faults;
};

// Reads again until no merge came in between. Then the findings were true at one moment.
void read_pending(Relation index, const NodeLayout& layout, PendingImage* image);

}  // namespace vectidx
