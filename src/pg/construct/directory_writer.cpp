#include "pg/construct/directory_writer.hpp"

#include <algorithm>
#include <cstring>

#include "core/layout/stored_vector.hpp"

#include "pg/construct/progress.hpp"
#include "pg/memory.hpp"
#include "pg/pages/directory.hpp"

namespace vectidx {

namespace {

// Single blocks, in runs as long as there are.
void allocate_blocks(const GraphTarget& target, uint32_t count, Array<BlockNo>* blocks) {
    constexpr uint32_t kMost = 4096;  // at once, while others wait for the lock for extending
    const GraphPages graph = {target.index, target.meta_block, WriteMode::Building};
    while (blocks->size() < count) {
        CHECK_FOR_INTERRUPTS();
        const auto wanted =
            std::min<uint32_t>(kMost, count - static_cast<uint32_t>(blocks->size()));
        BlockRequest request = {1, wanted, Choice::Lowest};
        request.exact = true;
        lock_extension(target.index);
        const Run run = take_blocks(graph, request);
        unlock_extension(target.index);
        for (uint32_t i = 0; i < run.count; ++i)
            blocks->push_back(run.first + i);
    }
}

}  // namespace

DirectoryWriter::DirectoryWriter(const GraphTarget& target, const NodeLayout& layout,
                                 const MetaPage& meta, MemoryContext context)
    : target_(target),
      node_layout_(layout),
      generation_(meta.header.generation),
      layout_(directory_layout(meta.header, layout)),
      arena_(context_arena(context)),
      blocks_(arena_),
      pages_(directory_pages(layout_, uint64_t{meta.header.groups} * layout.group_nodes)) {
    if (pages_ == 0) return;
    allocate_blocks(target, pages_ + (pages_ + kMapPlaces - 1) / kMapPlaces, &blocks_);
    page_ = reinterpret_cast<char*>(arena_.alloc<uint64_t>(BLCKSZ / 8));
    std::memset(page_, 0, BLCKSZ);
    vector_ = VectorBuffer(arena_, layout.padded);
    code_ = arena_.alloc<uint64_t>(layout_.words);
}

void DirectoryWriter::add(const NodeView& node, const void* high) {
    if (pages_ == 0) return;
    const bool out_of_line = node_layout_.placement() == VectorPlacement::OutOfLine;
    traversal_from_bytes(node_layout_, out_of_line ? high : node.own(), node.header().scale,
                         vector_);
    const NeighborTerms terms =
        encode_from_center(node_layout_, vector_, node.header().norm2, arena_, code_);
    set_entry_rows(layout_, page_, entries_, rows_of(node));
    set_entry_code(layout_, page_, entries_, terms, code_);
    if (++entries_ == layout_.per_page) write_page();
}

void DirectoryWriter::write_page() {
    leave_when_wanted();
    const Buffer buffer = lock_unused(target_.index, blocks_[written_]);
    PageWrite write(target_.index, WriteMode::Building);
    char* page = write.create(buffer, directory_identity(generation_, layout_, written_));
    std::memcpy(page + kPayloadAt, page_ + kPayloadAt, layout_.end - kPayloadAt);
    set_page_end(page, layout_.end);
    write.commit();
    UnlockReleaseBuffer(buffer);
    ++written_;
    entries_ = 0;
    std::memset(page_, 0, BLCKSZ);
}

BlockNo DirectoryWriter::write_map(uint32_t first, BlockNo next) {
    const BlockNo block = blocks_[pages_ + first / kMapPlaces];
    const Buffer buffer = lock_unused(target_.index, block);
    PageWrite write(target_.index, WriteMode::Building);
    char* page = write.create(buffer, map_identity(generation_, first));
    put_map(page, next, blocks_.data() + first, std::min(kMapPlaces, pages_ - first));
    write.commit();
    UnlockReleaseBuffer(buffer);
    return block;
}

DirectoryRef DirectoryWriter::finish() {
    if (pages_ == 0) return {0, 0};
    while (written_ < pages_)
        write_page();
    BlockNo map = kNoBlock;
    for (uint32_t first = 0; first < pages_; first += kMapPlaces)
        map = write_map(first, map);
    return {map, pages_};
}

}  // namespace vectidx
