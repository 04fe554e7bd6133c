#include "core/layout/meta.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/layout/directory.hpp"

namespace vectidx {

void Entries::set(uint32_t position, const Link& link, const uint64_t* code) {
    std::memcpy(codes_ + position * words_, code, words_ * sizeof(uint64_t));
    ids()[position] = link.id;
    add()[position] = link.terms.add;
    scale()[position] = link.terms.scale;
}

namespace {

// Whether each extent begins where the one before ends, and no block has a number beyond the last.
bool valid_extents(const MetaPage& meta, uint32_t group_pages) {
    const MetaHeader& h = meta.header;
    if (h.extent_count == 0) return h.groups == 0;
    if (meta.extents[0].first_group != 0) return false;
    for (uint32_t i = 0; i < h.extent_count; ++i) {
        const Extent& extent = meta.extents[i];
        const uint32_t end = i + 1 < h.extent_count ? meta.extents[i + 1].first_group : h.groups;
        if (end <= extent.first_group) return false;
        if (uint64_t{extent.first_block} + uint64_t{end - extent.first_group} * group_pages >=
            kNoBlock)
            return false;
    }
    return true;
}

bool valid_algorithm(const MetaHeader& h) {
    switch (h.algorithm) {
        case Algorithm::Hnsw:
        case Algorithm::Leaves:
            return h.alpha == 0.0f;
        case Algorithm::Vamana:
            return h.alpha >= kMinAlpha && h.alpha <= kMaxAlpha;
    }
    return false;
}

// Whether the directory, if there is one, has an entry for each node that there may be.
bool valid_directory(const MetaPage& meta, const NodeLayout& layout) {
    const DirectoryRef directory = directory_of(meta);
    const uint64_t per_page = directory_layout(meta.header, layout).per_page;
    if ((directory.map == 0) != (directory.pages == 0)) return false;
    if (per_page == 0) return directory.pages == 0;
    return directory.pages * per_page >= uint64_t{meta.header.groups} * layout.group_nodes &&
           directory.pages <= kNoNode / per_page && directory.map != kNoBlock;
}

}  // namespace

bool valid_meta(const MetaPage& meta, NodeLayout* layout) {
    const MetaHeader& h = meta.header;
    if (h.metric < Metric::L2 || h.metric > Metric::Jaccard) return false;
    if (compares_bits(h.metric) != (h.storage == Storage::Binary)) return false;
    if (!valid_algorithm(h) || !make_layout(layout_choice(h), layout)) return false;
    if (h.m < kMinM || h.m > kMaxM || h.generation == 0) return false;
    if (h.ef_construction == 0 || h.ef_construction > kMaxEfConstruction) return false;
    if (h.extent_count > max_extents(h) || h.entry_count > entry_capacity(layout->code_words()))
        return false;
    if (!(h.max_norm2 >= 0.0f) || !std::isfinite(h.max_norm2)) return false;
    if (!(h.embedding_error >= 0.0f && h.embedding_error < 0.3f)) return false;
    if (!valid_calibration(h.calibration)) return false;
    return valid_extents(meta, layout->group_pages) && valid_directory(meta, *layout) &&
           h.fill_group < std::max(h.groups, 1u) && h.groups <= kNoNode / layout->group_nodes;
}

BlockNo extents_end(const MetaPage& meta, uint32_t group_pages) {
    BlockNo end = 0;
    for (uint32_t i = 0; i < meta.header.extent_count; ++i) {
        const Extent& extent = meta.extents[i];
        const uint32_t last =
            i + 1 < meta.header.extent_count ? meta.extents[i + 1].first_group : meta.header.groups;
        end = std::max(end, extent.first_block + (last - extent.first_group) * group_pages);
    }
    return end;
}

BlockNo group_block(const MetaPage& meta, uint32_t group, uint32_t group_pages) {
    const Extent* end = meta.extents + meta.header.extent_count;
    const Extent* after = std::upper_bound(
        meta.extents, end, group, [](uint32_t g, const Extent& e) { return g < e.first_group; });
    const Extent& extent = after[-1];
    return extent.first_block + (group - extent.first_group) * group_pages;
}

}  // namespace vectidx
