// A search over nodes of any bytes, as pages give them: checked by NodeView::header_in_bounds() and
// no more. It ends, gives no node twice, and keeps to its limits.
#include "core/graph/insert.hpp"

#include "input.hpp"
#include "support/malloc_arena.hpp"

namespace vectidx::fuzz {
namespace {

class ByteStore {
  public:
    static constexpr bool kInMemory = false;

    ByteStore(const NodeLayout& layout, uint32_t nodes, Input& input)
        : layout_(layout), nodes_(nodes), bytes_(input.block(size_t{nodes} * layout.slot_size)) {
        const uint32_t words = layout.code_words();
        codes_ = input.block(8 * words);
        own_ = input.block(layout.own_bytes());
        refinement_ = input.block(layout.refinement.bytes);
        entry_ = input.take<NodeId>() % nodes;
    }
    const NodeLayout& layout() const { return layout_; }
    template <class F>
    bool read_links(NodeId id, F&& f) {
        // Nothing is asked for after a failure.
        require(!failed_);
        failed_ = id >= nodes_;
        if (failed_) return false;
        const NodeView node(
            layout_, reinterpret_cast<const uint8_t*>(bytes_) + size_t{id} * layout_.slot_size);
        failed_ = !node.header_in_bounds();
        if (!failed_) f(node);
        return !failed_;
    }
    void prefetch(NodeId) {}
    template <class F>
    bool read_traversal(NodeId, F&& f) {
        f(reinterpret_cast<const uint8_t*>(own_), 0u, layout_.own_bytes());
        return true;
    }
    template <class F>
    bool read_refinement(NodeId, F&& f) {
        f(reinterpret_cast<const uint8_t*>(refinement_), 0u, layout_.refinement.bytes);
        return true;
    }
    template <class F>
    bool read_entries(F&& f) {
        const float add = 1.0f;
        const Bfloat16 scale = 0;
        f(&entry_, codes_, &add, &scale, 1u);
        return true;
    }
    void poll() {}
    void note_damage(NodeId, const char*) { failed_ = true; }
    bool failed() const { return failed_; }

    // An insert finds its way by the same bytes; what it writes goes nowhere.
    bool add_tid(NodeId, HeapTid, uint32_t) { return true; }
    NodeId append(const NewNode& node) {
        require(node.degree <= layout_.degree());
        return nodes_;
    }
    template <class F>
    Edit edit_links(NodeId id, F&& f) {
        LinkEdit edit{};
        bool edited = false;
        const bool read = read_links(id, [&](const NodeView& node) {
            edited = f(node, &edit);
            require(!edited || edit.position <= node.degree());
        });
        return !read ? Edit::Failed : edited ? Edit::Made : Edit::Refused;
    }
    bool set_entry(uint32_t position, const Link&, const uint64_t*) {
        require(position < 8);
        return true;
    }
    bool claim_root() { return true; }
    void release_root() {}
    uint32_t entry_capacity() const { return 8; }

  private:
    NodeLayout layout_;
    uint32_t nodes_;
    const uint64_t* bytes_;
    const uint64_t* codes_;
    const uint64_t* own_;
    const uint64_t* refinement_;
    NodeId entry_;
    bool failed_ = false;
};
static_assert(NodeWriter<ByteStore>);

void run(Input& input, test::MallocArena& memory) {
    const uint32_t dims = 1 + input.below(100);
    const auto metric = static_cast<Metric>(1 + input.below(6));
    const bool bits = compares_bits(metric);
    const bool insert = (input.take<uint8_t>() & 1) != 0;
    const uint32_t m = 2 + input.below(3);
    const bool codes = input.below(4) != 0 && !bits;
    const auto storage = static_cast<Storage>(1 + input.below(3));
    LayoutChoice choice = choose_layout(dims, m, codes, bits ? Storage::Binary : storage);
    choice.placement = static_cast<VectorPlacement>(1 + input.below(3));
    NodeLayout layout{};
    if (!make_layout(choice, &layout)) return;
    const uint32_t nodes = 1 + input.below(8);
    SearchLimits limits;
    limits.batch = 1 + input.below(20);
    limits.epsilon = static_cast<float>(input.below(100)) / 100.0f - 0.2f;
    limits.max_expansions = 1 + input.below(100);
    auto* q = memory.arena().alloc<float>(dims);
    const VectorBuffer rotated(memory.arena(), layout.padded);
    for (uint32_t i = 0; i < dims; ++i)
        q[i] = static_cast<float>(input.take<int8_t>());
    if (bits) input.take_bytes(q, dims);
    const VectorView vector =
        bits ? VectorView(reinterpret_cast<const uint8_t*>(q)) : VectorView(q);
    const VectorSpace space(metric, dims, 7, nullptr, 100.0f, memory.arena());
    ByteStore store(layout, nodes, input);
    if (insert) {
        const RotatedVector prepared = space.prepare(vector, rotated);
        if (!prepared.usable) return;
        Inserter<ByteStore> inserter(store, space, {2, 10}, memory.arena());
        auto* values = memory.arena().alloc<int16_t>(layout.words);
        require(inserter.insert(space.store(layout, prepared, values), {0, 1, 1}) !=
                store.failed());
        return;
    }
    const RotatedQuery query = space.prepare_query(vector, rotated);
    L1Distance l1(space, q, memory.arena());
    Search<ByteStore> search(store, space.keys(), query, limits, memory.arena(), {},
                             {metric == Metric::L1 ? &l1 : nullptr, nullptr});
    IdSet given(memory.arena());
    Next next;
    for (SearchResult found{}; (next = search.next(&found)) == Next::Row;) {
        require(found.id < nodes && given.insert(found.id));
        require(found.tid_count <= layout.choice.tid_capacity);
    }
    require((next == Next::Failed) == store.failed());
    require(search.counters().expanded <= limits.max_expansions);
}

}  // namespace
}  // namespace vectidx::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vectidx;
    fuzz::Input input(data, size);
    test::MallocArena memory;
    fuzz::run(input, memory);
    return 0;
}
