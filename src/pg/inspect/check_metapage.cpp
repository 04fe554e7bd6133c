// The metapage: what the index is must agree with what the catalog says, and its figures with one
// another.
#include <algorithm>

#include "pg/inspect/checker.hpp"
#include "pg/pages/index_state.hpp"

namespace vectidx {

namespace {

void complain(Findings& findings, const char* message) {
    findings.error(Code::Metapage, {kMetaBlock, -1}, "%s", message);
}

void check_identity(Relation index, const IndexedType& type, const MetaHeader& h, Findings& f) {
    if (h.metric != type.metric) complain(f, "the metric is not that of the operator class");
    if (h.element_type != type.element_type)
        complain(f, "the element type is not that of the operator class");
    const uint32_t dims = index_dims(index, type);
    if (value_dims(h) != dims)
        complain(
            f, psprintf("the index is for %u dimensions, the column has %u", value_dims(h), dims));
    else if (h.choice.dims != graph_dims(type, dims) ||
             h.embedding_error != embedding_error(type, dims))
        complain(f, "the vectors in the graph are not those of the operator class");
    const bool counted = h.last_generation == 0 || h.last_generation >= h.generation;
    if (!counted || h.attempt > h.last_generation)
        complain(f, "the generation in use was never allocated");
    if (h.version == 0) complain(f, "the version is zero");
}

// What reaches a higher recall, or more rows, takes no fewer nodes but for the noise of samples.
void check_calibration(const Calibration& calibration, Findings& f) {
    constexpr float kLeast = -8.0f, kMost = 32.0f;
    if (calibration.version == 0) return;
    for (const Calibration::Level& level : calibration.levels)
        for (int16_t threshold : level.threshold)
            if (threshold * kThresholdUnit < kLeast || threshold * kThresholdUnit > kMost)
                complain(f, "the calibration has an impossible threshold");
}

// Extents lie behind the metapage and do not overlap. Beyond the end of the file there may be
// groups that were added and not used yet.
void check_extents(const MetaPage& meta, const NodeLayout& layout, Findings& f) {
    Extent sorted[kMaxExtentsBefore3];
    BlockNo ends[kMaxExtentsBefore3];
    const uint32_t count = meta.header.extent_count;
    std::copy_n(meta.extents, count, sorted);
    std::sort(sorted, sorted + count,
              [](const Extent& a, const Extent& b) { return a.first_block < b.first_block; });
    for (uint32_t i = 0; i < count; ++i) {
        const Extent* next =
            std::upper_bound(meta.extents, meta.extents + count, sorted[i].first_group,
                             [](uint32_t group, const Extent& e) { return group < e.first_group; });
        const uint32_t last = next == meta.extents + count ? meta.header.groups : next->first_group;
        ends[i] = sorted[i].first_block + (last - sorted[i].first_group) * layout.group_pages;
        if (sorted[i].first_block == kMetaBlock || (i > 0 && sorted[i].first_block < ends[i - 1]))
            complain(f, psprintf("groups of nodes at block %u overlap with other pages",
                                 sorted[i].first_block));
    }
    if (!all_zero(meta.extents + count, (max_extents(meta.header) - count) * sizeof(Extent)))
        complain(f, "places for extents are in use beyond their count");
}

// The pending list, whose pages are read by check_pending().
void check_pending_fields(const MetaHeader& h, BlockNumber blocks, Findings& f) {
    auto in_file = [blocks](BlockNo block) { return block != kMetaBlock && block < blocks; };
    if (h.merging > Merging::Batch) complain(f, "invalid merge state");
    if (h.pending_spare != kNoBlock && !in_file(h.pending_spare))
        complain(f, "the spare pages of the pending list are beyond the end of the file");
    if (h.pending_head == kNoBlock) {
        const bool never_used = h.pending_first == 0 && h.pending_last == 0;
        if (h.pending_tail != kNoBlock || (!never_used && h.pending_first != h.pending_last + 1))
            complain(f, "it gives pages or numbers of an empty pending list");
        return;
    }
    if (!in_file(h.pending_head) || !in_file(h.pending_tail))
        complain(f, "the pending list is beyond the end of the file");
    const uint32_t more = h.pending_last - h.pending_first;
    if (more >= blocks || (more == 0) != (h.pending_head == h.pending_tail))
        complain(f, "the pending list's first and last page do not fit its numbers");
}

// A crash may lose the numbers of transactions that wrote nothing.
void check_retired(const MetaHeader& h, Findings& f) {
    constexpr uint64_t kLost = 65536;
    if (h.retired_xid > U64FromFullTransactionId(ReadNextFullTransactionId()) + kLost)
        f.report(Severity::Warning, Code::Metapage, {kMetaBlock, -1},
                 "unused blocks wait for a transaction in the future");
}

// The places behind the last entry point, and what is behind all places, up to the page's end.
// Without codes the terms of the others are zero, too.
void check_unused_entries(const char* page, uint32_t count, uint32_t code_words, Findings& f) {
    alignas(8) char copy[BLCKSZ];
    std::copy_n(page, BLCKSZ, copy);
    Entries entries(copy, code_words);
    const uint32_t capacity = entry_capacity(code_words), unused = capacity - count;
    const uint32_t terms = code_words > 0 ? count : 0;
    const Bfloat16* scale = entries.scale() + terms;
    const auto to_end = static_cast<size_t>(copy + BLCKSZ - reinterpret_cast<const char*>(scale));
    if (!all_zero(entries.codes() + count * code_words, unused * code_words * sizeof(uint64_t)) ||
        !all_zero(entries.ids() + count, unused * sizeof(NodeId)) ||
        !all_zero(entries.add() + terms, (capacity - terms) * sizeof(float)) ||
        !all_zero(scale, to_end))
        complain(f, "places for entry points are in use beyond their count");
}

}  // namespace

bool check_metapage(Relation index, const IndexedType& type, const char* page, Findings& findings,
                    NodeLayout* layout) {
    const char* fault = page_fault(page, kMetaIdentity);
    if (fault != nullptr) {
        complain(findings, fault);
        return false;
    }
    const auto& meta = meta_of(page);
    const MetaHeader& h = meta.header;
    if (h.format == 0 || h.format > kIndexFormat) {
        complain(findings, psprintf("the format is %u, this version reads 1 to %u", h.format,
                                    static_cast<unsigned>(kIndexFormat)));
        return false;
    }
    if (!valid_meta(meta, layout)) {
        complain(findings, "invalid metapage");
        return false;
    }
    check_identity(index, type, h, findings);
    check_calibration(h.calibration, findings);
    check_extents(meta, *layout, findings);
    // As of now: the metapage names no block that is not there yet.
    const BlockNumber blocks = RelationGetNumberOfBlocks(index);
    check_pending_fields(h, blocks, findings);
    check_retired(h, findings);
    if (h.center_block != kNoBlock && (h.center_block == kMetaBlock || h.center_block >= blocks))
        complain(findings, "the center is beyond the end of the file");
    if (h.tids_block != kNoBlock && (h.tids_block == kMetaBlock || h.tids_block >= blocks))
        complain(findings, "the page for overflowing TIDs is beyond the end of the file");
    if (directory_of(meta).pages > 0 && directory_of(meta).map >= blocks)
        complain(findings, "the map of the directory is beyond the end of the file");
    if (h.metric != Metric::InnerProduct && h.max_norm2 != 0.0f)
        complain(findings, "it has a largest norm, which only the inner product needs");
    const uint64_t places = uint64_t{h.groups} * layout->group_nodes;
    if (h.live_nodes > places || h.tombstones > places - h.live_nodes)
        complain(findings, "it counts more nodes than there are slots");
    if (h.entry_count == 0 && h.live_nodes > 0) complain(findings, "there is no entry point");
    check_unused_entries(page, h.entry_count, layout->code_words(), findings);
    return true;
}

}  // namespace vectidx
