// The directory (core/layout/directory.hpp): its map, and each entry against its node.
#include <algorithm>
#include <bit>

#include "pg/inspect/checker.hpp"
#include "pg/pages/block_set.hpp"
#include "pg/pages/directory.hpp"

namespace vectidx {

namespace {

// Map pages by themselves: the newest first, all but that one full.
void check_map_pages(Checker& c, const Array<BlockNo>& maps) {
    alignas(8) char page[BLCKSZ];
    auto first = static_cast<uint32_t>(maps.size() * kMapPlaces);
    for (const BlockNo block : maps) {
        first -= kMapPlaces;
        copy_page(c.reader.pages(), block, page);
        const char* fault = page_fault(page, map_identity(c.reader.header().generation, first));
        if (fault == nullptr) fault = frame_fault(page);
        const bool oldest = first == 0;
        if (fault == nullptr && oldest != (page_tag(page)->next == kNoBlock))
            fault = oldest ? "the oldest page of the map leads to another"
                           : "the map of the directory ends early";
        if (fault == nullptr) {
            const uint32_t bytes = page_end(page) - static_cast<uint32_t>(kPayloadAt);
            const auto end = static_cast<uint32_t>(first + bytes / sizeof(BlockNo));
            // Pages are added in one record with the metapage.
            if (end > directory_of(c.reader.meta()).pages) c.reader.refresh();
            const uint32_t pages = directory_of(c.reader.meta()).pages;
            if (bytes % sizeof(BlockNo) != 0 || end > pages ||
                (block != maps[0] && end != first + kMapPlaces))
                fault = "the map of the directory has another length";
        }
        if (fault != nullptr) c.findings.error(Code::Directory, {block, -1}, "%s", fault);
    }
}

class EntryCheck {
  public:
    explicit EntryCheck(Checker& c)
        : c_(c),
          layout_(directory_layout(c.reader.header(), c.layout)),
          vector_(c.arena, c.layout.padded),
          code_(c.arena.alloc<uint64_t>(c.layout.code_words())),
          page_(c.arena.alloc<uint64_t>(BLCKSZ / 8)) {}

    void check_page(uint32_t number);

  private:
    char* page() { return reinterpret_cast<char*>(page_); }
    bool read_page(uint32_t number);
    bool read_node(NodeId id, uint8_t* slot, EntryRows* rows);
    bool is_empty(uint32_t at) const;
    bool has_code_of(NodeId id, const NodeView& node, uint32_t at);
    const char* fault_of(NodeId id, uint32_t at, bool* harmless);
    void check_entry(uint32_t number, uint32_t at);

    Checker& c_;
    DirectoryLayout layout_;
    VectorBuffer vector_;
    uint64_t* code_;
    uint64_t* page_;
};

bool EntryCheck::read_page(uint32_t number) {
    CHECK_FOR_INTERRUPTS();
    copy_page(c_.reader.pages(), c_.directory[number], page());
    const char* fault = directory_fault(
        page(), directory_identity(c_.reader.header().generation, layout_, number), layout_);
    if (fault == nullptr) fault = frame_fault(page());
    if (fault == nullptr) return true;
    c_.findings.error(Code::Directory, {c_.directory[number], -1}, "%s", fault);
    return false;
}

// Whether there is such a node, and what its entry has to tell.
bool EntryCheck::read_node(NodeId id, uint8_t* slot, EntryRows* rows) {
    *rows = {};
    if (!c_.reader.read_slot(id, slot)) return false;
    *rows = rows_of(NodeView(c_.layout, slot));
    return true;
}

bool EntryCheck::is_empty(uint32_t at) const {
    const DirectoryView view(layout_, reinterpret_cast<const char*>(page_));
    return view.rows(at) == EntryRows{} &&
           all_zero(view.code(at), layout_.words * sizeof(uint64_t)) &&
           std::bit_cast<uint32_t>(view.add()[at]) == 0 && view.scale()[at] == 0;
}

bool EntryCheck::has_code_of(NodeId id, const NodeView& node, uint32_t at) {
    // A damaged vector, which was reported, has another code.
    if ((id < c_.nodes && !c_.has(id, kGoodVector)) || !c_.reader.read_traversal(id, node, vector_))
        return true;
    const DirectoryView view(layout_, page());
    const NeighborTerms terms =
        encode_from_center(c_.layout, vector_, node.header().norm2, c_.arena, code_);
    return same_terms(terms, {view.add()[at], view.scale()[at]}) &&
           std::equal(code_, code_ + layout_.words, view.code(at));
}

// What is wrong with an entry, or nullptr. The node is read before and after the page that has the
// entry: while they change, nothing is known.
const char* EntryCheck::fault_of(NodeId id, uint32_t at, bool* harmless) {
    const DirectoryView view(layout_, page());
    EntryRows before{}, after{};
    const bool was_written = read_node(id, c_.slot, &before);
    if (!read_page(id / layout_.per_page)) return nullptr;
    const bool written = read_node(id, c_.other_slot, &after);
    *harmless = false;
    if (was_written != written || !(before == after)) return nullptr;
    if (!written) {
        // One that cannot be read was reported.
        if (is_empty(at) || (id < c_.nodes && c_.has(id, kWritten))) return nullptr;
        return "the directory has an entry for a node that was never written";
    }
    const NodeView node(c_.layout, c_.other_slot);
    const EntryRows rows = view.rows(at);
    if ((rows.flags & ~(kEntryWritten | kEntryMore)) != 0) return "invalid flags in the directory";
    if (!covers(rows, node)) return "the directory does not tell of all rows of a node";
    if (!has_code_of(id, node, at)) return "the code in the directory is not that of the vector";
    *harmless = true;
    return rows == after ? nullptr : "the directory tells of more rows than a node has";
}

void EntryCheck::check_entry(uint32_t number, uint32_t at) {
    const NodeId id = number * layout_.per_page + at;
    EntryRows exact{};
    const DirectoryView view(layout_, page());
    if (read_node(id, c_.slot, &exact)) {
        if (view.rows(at) == exact && has_code_of(id, NodeView(c_.layout, c_.slot), at)) return;
    } else if (is_empty(at)) {
        return;
    }
    bool harmless = false;
    const char* fault = fault_of(id, at, &harmless);
    // VACUUM, at work on both, is given the time for it.
    for (int i = 0; i < 3 && fault != nullptr && harmless; ++i) {
        pg_usleep(1000);
        fault = fault_of(id, at, &harmless);
    }
    if (fault != nullptr)
        c_.findings.report(harmless ? Severity::Info : Severity::Error, Code::Directory,
                           {c_.directory[number], static_cast<int>(at)}, "%s", fault);
}

void EntryCheck::check_page(uint32_t number) {
    if (!read_page(number)) return;
    for (uint32_t at = 0; at < layout_.per_page; ++at)
        check_entry(number, at);
}

}  // namespace

void check_directory_map(Checker& c, BlockSet* used) {
    Array<BlockNo> maps(c.arena);
    PageReader& pages = c.reader.pages();
    // VACUUM may have moved pages, or an insert added one.
    for (int i = 0;; ++i) {
        c.reader.refresh();
        if (list_directory(pages, c.reader.meta(), &c.directory, &maps)) break;
        if (i < 2) continue;
        c.findings.error(Code::Directory, {pages.fault().block, -1}, "%s", pages.fault().what);
        c.directory.clear();
        return;
    }
    check_map_pages(c, maps);
    BlockSet seen(RelationGetNumberOfBlocks(c.index), c.arena);
    for (const BlockNo block : c.directory) {
        if (block == kMetaBlock || block >= seen.blocks() || seen.used(block)) {
            c.findings.error(Code::Directory, {maps[0], -1},
                             "the map of the directory has an invalid block");
            c.directory.clear();
            break;
        }
        seen.use({block, 1});
        used->use({block, 1});
    }
    for (const BlockNo block : maps)
        used->use({block, 1});
}

void check_directory(Checker& c) {
    if (c.directory.empty()) return;
    EntryCheck check(c);
    for (uint32_t number = 0; number < c.directory.size(); ++number)
        check.check_page(number);
}

}  // namespace vectidx
