#include "pg/pages/free_blocks.hpp"

#include <algorithm>
#include <cstring>

#include "pg/pages/horizon.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

constexpr uint32_t kMostGrowth = 128;  // blocks that are added before they are wanted
// Blocks that stay free for the pending list while a rebuild or a compaction has the others: a
// 32nd of the index, within these.
constexpr uint32_t kLeastForRows = 4, kMostForRows = 32;

const MetaHeader& header_on(const char* page) {
    return meta_of(page).header;
}

BlockNumber free_block(const GraphPages& graph) {
    if (graph.free_block != nullptr) return *graph.free_block;
    BlockNumber block = 0;
    read_page(graph.rel, graph.meta_block, kMetaIdentity,
              [&](const char* page) { block = header_on(page).free_block; });
    return block;
}

// Whether blocks that are ready from a transaction on can be taken. It is asked for many runs, most
// of which have the same transaction.
class Ready {
  public:
    explicit Ready(Relation rel) : rel_(rel) {}
    bool operator()(uint64_t xid) {
        if (xid == 0 || xid == passed_) return true;
        if (xid == waiting_) return false;
        const bool passed = horizon_passed(rel_, xid);
        (passed ? passed_ : waiting_) = xid;
        return passed;
    }

  private:
    Relation rel_;
    uint64_t passed_ = 0, waiting_ = 0;
};

void put_list(char* page, const FreeList& list) {
    const size_t bytes = list.size() * sizeof(FreeRun);
    std::memcpy(page + kPayloadAt, list.data(), bytes);
    std::memset(page + kPayloadAt + bytes, 0, kPagePayload - bytes);
    set_page_end(page, static_cast<uint32_t>(kPayloadAt + bytes));
}

// Takes blocks out of a list. A run of none when it has no such.
Run take_from(FreeList* list, const BlockRequest& request, Ready& ready) {
    auto multiple = [&](uint32_t count) {
        return std::min(count, request.wanted) / request.unit * request.unit;
    };
    uint32_t i = list->size();
    if (request.joins != kNoBlock) i = list->find_at(request.joins, request.unit, ready);
    if (i == list->size() && !request.joins_only) {
        const uint32_t least = std::max(request.unit, request.at_least);
        i = request.choice == Choice::Longest  ? list->find_longest(least, ready)
            : request.choice == Choice::Lowest ? list->find_lowest(least, ready)
                                               : list->find_shortest(least, ready);
    }
    if (i == list->size()) return {kNoBlock, 0};
    const uint32_t count = multiple((*list)[i].count);
    return request.choice == Choice::Shortest ? list->take_back(i, count)
                                              : list->take_front(i, count);
}

}  // namespace

FreeList read_free(const GraphPages& graph, bool* outdated) {
    FreeList list;
    *outdated = false;
    const BlockNumber block = free_block(graph);
    if (block == 0) return list;
    const BlockNumber end = RelationGetNumberOfBlocks(graph.rel);
    bool good = block < end;
    if (good) {
        const Buffer buffer = read_buffer(graph.rel, block);
        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        const char* page = BufferGetPage(buffer);
        const uint32_t bytes = page_end(page) - static_cast<uint32_t>(kPayloadAt);
        good = page_fault(page, kFreeIdentity) == nullptr && bytes % sizeof(FreeRun) == 0 &&
               list.load(reinterpret_cast<const FreeRun*>(page + kPayloadAt),
                         static_cast<uint32_t>(bytes / sizeof(FreeRun)));
        UnlockReleaseBuffer(buffer);
    }
    // The page only advises: without it the file grows, and vectidx_check() says what is wrong.
    if (!good) list.clear();
    // The file may have ended before them since a crash, or on a standby that was promoted.
    *outdated = list.cut(end) || !good;
    return list;
}

void drop_outdated(const GraphPages& graph) {
    bool outdated;
    const FreeList list = read_free(graph, &outdated);
    if (outdated) write_free(graph, list, kNoBlock);
}

void write_free(const GraphPages& graph, FreeList list, BlockNumber spare) {
    BlockNumber block = free_block(graph);
    const BlockNumber before = block;
    const BlockNumber end = RelationGetNumberOfBlocks(graph.rel);
    if (block >= end) block = 0;
    if (spare != kNoBlock) block = spare;
    if (block == 0) {
        if (list.size() == 0) return;
        block = list.take_back(list.size() - 1, 1).first;
    }
    // The page itself is read: to make zeros of it in memory would be damage, should an error
    // follow.
    const bool in_force = block == before;
    const Buffer buffer = in_force ? read_buffer(graph.rel, block) : lock_unused(graph.rel, block);
    if (in_force) LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
    Buffer meta = InvalidBuffer;
    const char* fault = block == before ? nullptr
                                        : try_lock_page(graph.rel, graph.meta_block, kMetaIdentity,
                                                        BUFFER_LOCK_EXCLUSIVE, &meta);
    if (fault != nullptr) {
        UnlockReleaseBuffer(buffer);
        report_corruption(graph.rel, graph.meta_block, fault);
    }
    PageWrite write(graph.rel, graph.mode);
    const bool exists = page_fault(BufferGetPage(buffer), kFreeIdentity) == nullptr;
    put_list(exists ? write.edit(buffer) : write.create(buffer, kFreeIdentity), list);
    if (BufferIsValid(meta)) {
        MetaHeader& h = meta_of(write.edit(meta)).header;
        h.free_block = block;
        ++h.version;
    }
    write.commit();
    if (BufferIsValid(meta)) UnlockReleaseBuffer(meta);
    UnlockReleaseBuffer(buffer);
    if (graph.free_block != nullptr) *graph.free_block = block;
}

Run take_free(const GraphPages& graph, const BlockRequest& request) {
    bool outdated;
    FreeList list = read_free(graph, &outdated);
    Ready ready(graph.rel);
    const Run run = take_from(&list, request, ready);
    if (run.count == 0) return run;
    write_free(graph, list, kNoBlock);
    TEST_POINT("free-taken");
    return run;
}

Run take_blocks(const GraphPages& graph, const BlockRequest& request) {
    const Run run = take_free(graph, request);
    if (run.count > 0) return run;
    const BlockNumber end = RelationGetNumberOfBlocks(graph.rel);
    if (request.joins_only && request.joins != end) return {kNoBlock, 0};
    const uint32_t wanted = std::max(request.unit, request.wanted / request.unit * request.unit);
    const uint32_t share = std::min(end / 32, kMostGrowth) / request.unit * request.unit;
    const uint32_t count = request.exact ? wanted : std::max(wanted, share);
    // Before the file has blocks that the page must not name.
    drop_outdated(graph);
    bool outdated;
    FreeList list = read_free(graph, &outdated);
    const BlockNumber first = extend_relation(graph.rel, MAIN_FORKNUM, count, true);
    if (count > wanted) {
        // So that a standby's file is as long.
        if (graph.mode == WriteMode::Logged)
            log_empty_block(graph.rel, MAIN_FORKNUM, first + count - 1);
        list.add({first + wanted, count - wanted, 0});
        write_free(graph, list, kNoBlock);
    }
    return {first, wanted};
}

FreeList unused_blocks(Relation index, const BlockSet& used, uint64_t ready_xid) {
    bool outdated;
    const FreeList known = read_free({index, kMetaBlock, WriteMode::Logged}, &outdated);
    FreeList list;
    for (BlockNumber block = used.next_unused(0); block < used.blocks();) {
        const FreeRun* run = ready_xid == 0 ? nullptr : known.find(block);
        const uint64_t xid = run != nullptr ? run->ready_xid : ready_xid;
        const BlockNumber first = block;
        for (; block < used.blocks() && !used.used(block); ++block) {
            if (ready_xid == 0) continue;
            const FreeRun* here = known.find(block);
            if ((here != nullptr ? here->ready_xid : ready_xid) != xid) break;
        }
        list.add({first, block - first, xid});
        block = used.next_unused(block);
    }
    return list;
}

ClaimedBlocks claim_unused(Relation index, uint64_t ready_xid, Leave leave, Arena& arena) {
    BlockSet used = lock_blocks_in_use(index, arena);
    FreeList all = unused_blocks(index, used, ready_xid), left;
    Ready ready(index);
    const uint32_t most =
        leave == Leave::None ? 0 : std::clamp(used.blocks() / 32, kLeastForRows, kMostForRows);
    for (uint32_t count = 0; count < most;) {
        const Run kept = take_from(&all, {1, most - count, Choice::Lowest}, ready);
        if (kept.count == 0) break;
        left.add({kept.first, kept.count, 0});
        used.use(kept);
        count += kept.count;
    }
    write_free({index, kMetaBlock, WriteMode::Logged}, left, kNoBlock);
    unlock_extension(index);
    return {used, all};
}

void publish_unused(Relation index, uint64_t ready_xid, Arena& arena) {
    const GraphPages graph = {index, kMetaBlock, WriteMode::Logged};
    const BlockSet used = lock_blocks_in_use(index, arena);
    FreeList list = unused_blocks(index, used, ready_xid);
    // The page itself does not stay at the end of the file, where it would keep that from being
    // cut.
    BlockNumber spare = kNoBlock;
    const BlockNumber here = free_block(graph);
    Ready ready(index);
    const uint32_t lowest = list.find_lowest(1, ready);
    if (lowest < list.size() && (here == 0 || here >= used.blocks() - used.unused())) {
        spare = list.take_front(lowest, 1).first;
        list.add({here, here == 0 ? 0u : 1u, 0});
    } else if (here == 0 && list.size() > 0) {
        spare = extend_relation(index, MAIN_FORKNUM, 1, true);
    }
    write_free(graph, list, spare);
    unlock_extension(index);
}

void blank_block(Relation index, BlockNumber block) {
    const Buffer buffer = lock_unused(index, block);
    PageWrite write(index, WriteMode::Logged);
    write.create(buffer, kFreeIdentity);
    write.commit();
    UnlockReleaseBuffer(buffer);
}

}  // namespace vectidx
