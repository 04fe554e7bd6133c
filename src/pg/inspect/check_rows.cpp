// The table against the index, in amcheck's manner: a Bloom filter is filled with what the index
// says, then every row that the snapshot sees is looked up. A row that is missing is found with a
// probability that depends on the memory (maintenance_work_mem), 98 % at the least where it is
// enough; a row that is there is never reported.
#include <algorithm>
#include <cmath>

#include "pg/construct/add_row.hpp"
#include "pg/inspect/checker.hpp"
#include "pg/inspect/index_argument.hpp"
#include "pg/memory.hpp"
#include "pg/pages/index_state.hpp"

namespace vectidx {

namespace {

// What is looked up: a row with the stored form of its vector, or with the checksum of the vector
// as given. Shared nodes have no such checksum, but say that they are shared.
enum class Aspect : uint32_t { Stored = 1, Source = 2, SharedNode = 3 };

struct Element {
    HeapTid tid;
    uint16_t unused;
    Aspect aspect;
    uint32_t checksum;
    float scale;
    float norm2;
};
static_assert(sizeof(Element) == 24);

struct RowCheck {
    Checker& c;
    bloom_filter* filter;
    IndexState* state;
    MemoryContext row_context;
    uint32_t dims;         // of the column
    VectorBuffer rotated;  // [padded]
    int16_t* values;       // [words]

    void add(Element element) {
        bloom_add_element(filter, reinterpret_cast<unsigned char*>(&element), sizeof(element));
    }
    bool lacks(Element element) const {
        return bloom_lacks_element(filter, reinterpret_cast<unsigned char*>(&element),
                                   sizeof(element));
    }
};

void add_node(RowCheck& check, NodeId id, const NodeView& node) {
    const NodeHeader h = node.header();
    for_each_tid(check.c, id, node, {}, [&](const HeapTid& tid, Spot) {
        check.add({tid, 0, Aspect::Stored, h.checksum, h.scale, h.norm2});
        if ((h.flags & kSharedNode) != 0)
            check.add({tid, 0, Aspect::SharedNode, 0, 0, 0});
        else
            check.add({tid, 0, Aspect::Source, h.source_checksum, 0, 0});
    });
}

// A row of the pending list, whose vector has no other rows yet.
void add_pending_row(RowCheck& check, const PendingEntry& entry) {
    check.add({entry.tid, 0, Aspect::Stored, entry.checksum, entry.scale, entry.norm2});
    check.add({entry.tid, 0, Aspect::Source, entry.source_checksum, 0, 0});
}

void check_row(RowCheck* check, const HeapTid& tid, const IndexedValue& x) {
    const RotatedVector row = prepare_value(check->state->space, x, check->rotated);
    if (!row.usable) return;
    const NodeLayout& layout = check->c.layout;
    const float scale = encode_values(layout, row.rotated, check->values);
    const uint32_t checksum = vector_checksum(check->values, scale, layout.words);
    const char* fault = nullptr;
    if (check->lacks({tid, 0, Aspect::Stored, checksum, scale, row.norm2}))
        fault = "is not in the index with its vector";
    // The rows of arrays are always measured in the table, so nobody looks at the flag.
    else if (!check->c.type.arrays &&
             check->lacks({tid, 0, Aspect::Source, row.source_checksum, 0, 0}) &&
             check->lacks({tid, 0, Aspect::SharedNode, 0, 0, 0}))
        fault = "is in a node without the flag of a shared node";
    if (fault == nullptr) return;
    check->c.findings.error(Code::Row, {}, "row (%u,%u) of the table %s", block_of(tid), tid.offset,
                            fault);
}

extern "C" void row_callback(Relation, ItemPointer tid, Datum* values, bool* isnull, bool,
                             void* arg) {
    auto* check = static_cast<RowCheck*>(arg);
    CHECK_FOR_INTERRUPTS();
    if (isnull[0]) return;
    const MemoryContext before = MemoryContextSwitchTo(check->row_context);
    const IndexedType& type = check->c.type;
    const ValueVectors vectors = vectors_of(type, PointerGetDatum(PG_DETOAST_DATUM(values[0])));
    HeapTid heap_tid;
    memcpy(&heap_tid, tid, sizeof(heap_tid));
    for (int i = 0; i < vectors.count; ++i)
        check_row(check, heap_tid, indexed_value(type, vectors.datums[i], check->dims));
    MemoryContextSwitchTo(before);
    MemoryContextReset(check->row_context);
}

// Two elements for each row, or for each vector of an array.
int64 expected_elements(const Checker& c) {
    double rows = std::max(1000.0, static_cast<double>(c.heap->rd_rel->reltuples));
    if (c.type.arrays) rows = std::max(rows, static_cast<double>(c.nodes + c.pending.rows.size()));
    return static_cast<int64>(std::min(2.0 * rows, 1e15));
}

// Its damage was reported with its page.
bool center_is_readable(Checker& c) {
    constexpr uint32_t kPerPage = kPagePayload / sizeof(float);
    const uint32_t dims = c.layout.choice.dims;
    BlockNumber block = c.reader.header().center_block;
    auto* part = c.arena.alloc<float>(kPerPage);
    for (uint32_t from = 0; block != kNoBlock && from < dims; from += kPerPage, ++block) {
        const uint32_t count = std::min(kPerPage, dims - from);
        if (!c.reader.copy(block, {PageKind::Center, 0, from}, kPayloadAt, count * sizeof(float),
                           part) ||
            !std::all_of(part, part + count, [](float x) { return std::isfinite(x); }))
            return false;
    }
    return true;
}

}  // namespace

void check_rows(Checker& c) {
    if (!center_is_readable(c))
        return c.findings.report(Severity::Warning, Code::Row, {},
                                 "the rows cannot be compared, because the center is damaged");
    RowCheck check = {
        c,
        bloom_create(expected_elements(c), maintenance_work_mem, c.blocks),
        &load_state(c.index, kMetaBlock, CurrentMemoryContext),
        AllocSetContextCreate(CurrentMemoryContext, "vectidx check", ALLOCSET_DEFAULT_SIZES),
        value_dims(c.reader.header()),
        VectorBuffer(c.arena, c.layout.padded),
        c.arena.alloc<int16_t>(c.layout.words)};
    // The list was read before the graph, so a row that a merge took from the one is in the other.
    for (const PendingImage::Row& row : c.pending.rows)
        add_pending_row(check, row.entry);
    for (NodeId id = 0; id < c.nodes; ++id)
        if (c.has(id, kInBounds) && c.reader.read_slot(id, c.slot))
            add_node(check, id, NodeView(c.layout, c.slot));
    scan_indexed_rows(c.heap, c.index, c.snapshot, row_callback, &check);
    MemoryContextDelete(check.row_context);
    bloom_free(check.filter);
}

}  // namespace vectidx
