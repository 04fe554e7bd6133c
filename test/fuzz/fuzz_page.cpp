// Page decoders: whatever the bytes, what they accept can be used without leaving the page.
#include "core/graph/back_link.hpp"
#include "core/layout/meta.hpp"
#include "core/layout/pending.hpp"
#include "core/layout/stored_vector.hpp"
#include "core/layout/tids.hpp"

#include "input.hpp"

namespace vectidx::fuzz {
namespace {

void decode_meta(Input& input) {
    uint64_t* page = input.block(kPageSize);
    const auto& meta = meta_of(reinterpret_cast<const char*>(page));
    NodeLayout layout{};
    if (!valid_meta(meta, &layout)) return;
    const MetaHeader& h = meta.header;
    require(layout.slot_size <= kPagePayload && layout.group_nodes > 0 && layout.group_pages > 0);
    for (uint32_t group : {0u, h.groups / 2, h.groups - 1})
        if (group < h.groups)
            require(uint64_t{group_block(meta, group, layout.group_pages)} + layout.group_pages <=
                    kNoBlock);
    Entries entries(page, layout.code_words());
    uint64_t sum = 0;
    for (uint32_t i = 0; i < h.entry_count; ++i)
        sum += entries.ids()[i] + entries.scale()[i] + (entries.add()[i] != 0.0f) +
               (layout.has_codes() ? entries.codes()[(i + 1) * layout.code_words() - 1] : 0);
    for (float target : {0.5f, 0.9f, 0.95f, 0.999f, static_cast<float>(sum % 1000) / 1000.0f}) {
        const StopRule rule =
            stop_rule(h.calibration, target, 1.0 + static_cast<double>(sum % 5000));
        require(std::isfinite(rule.threshold) && rule.far_key >= 0.0f && rule.hops >= 1.0f);
    }
}

NodeLayout some_layout(Input& input) {
    LayoutChoice choice{1 + input.below(2000),
                        1 + input.below(kMaxDegree),
                        64 * input.below(25),
                        1 + input.below(8),
                        static_cast<VectorPlacement>(1 + input.below(3)),
                        static_cast<Storage>(1 + input.below(4))};
    const bool bits = choice.storage == Storage::Binary;
    if (bits) choice.code_bits = 0;
    NodeLayout layout{};
    while (!make_layout(choice, &layout))
        choice = choose_layout(choice.dims, kMinM + input.below(kMaxM - kMinM), !bits,
                               bits ? Storage::Binary : Storage::Half);
    return layout;
}

void decode_node(Input& input) {
    const NodeLayout layout = some_layout(input);
    std::vector<float> vector(layout.padded);
    const VectorView view = VectorBuffer(vector.data());
    std::vector<uint64_t> code(layout.code_words());
    input.take_bytes(code.data(), code.size() * 8);
    Applicant applicant{input.take<float>(), input.take<float>(), code.data(), view};
    applicant.alpha2 = input.take<float>();
    const bool bits = layout.storage() == Storage::Binary;
    const auto first = static_cast<uint32_t>(bits ? Metric::Hamming : Metric::L2);
    const KeySpace keys(static_cast<Metric>(first + input.below(bits ? 2 : 4)), 4.0f);
    const bool must = input.take<uint8_t>() & 1;
    uint64_t* slot = input.block(layout.slot_size);
    const NodeView node(layout, slot);
    if (!node.header_in_bounds()) return;
    if (layout.placement() != VectorPlacement::OutOfLine)
        traversal_from_bytes(layout, node.own(), node.header().scale, VectorBuffer(vector.data()));
    for (uint32_t i = 0; i < layout.padded && !bits; ++i)
        require(vector[i] == vector[i]);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < node.header().tid_count; ++i)
        sum += node.tids()[i].offset;
    for (uint32_t i = 0; i < node.degree(); ++i)
        sum += node.backfilled(i) + node.tree_edge(i) + node.ids()[i] +
               (layout.has_codes() && node.add()[i] > 0.0f);
    const std::vector<ListEnd> ends(node.degree(), {view, 0.0f});
    const uint32_t position = choose_position(
        node, keys, view, layout.has_codes() ? nullptr : ends.data(), applicant, must);
    require(position == kNoPosition || (position < layout.degree() && position <= node.degree()));
    if (position == kNoPosition || sum == 1) return;
    NodeSlot(layout, slot).set_link(position, {sum, {1.0f, 2}, true, false}, code.data());
    require(node.header_in_bounds() && node.ids()[position] == sum);
}

void decode_tids(Input& input) {
    const auto slot = input.take<TidSlot>();
    if (!valid_tid_slot(slot)) return;
    require(slot.count <= kTidsPerSlot);
    require(slot.next_block == kNoBlock || slot.next_slot < kTidSlotsPerPage);
}

void decode_pending(Input& input) {
    const uint32_t padded = 64 * (1 + input.below(250));
    const PendingLayout layout = pending_layout(padded);
    require(layout.entries_per_page >= 1 && layout.blocks_per_page >= 1);
    require(uint64_t{layout.entry_size} * layout.entries_per_page <=
            uint64_t{layout.blocks_per_page} * kPagePayload);
    const bool repaired = (input.take<uint8_t>() & 1) != 0;
    auto& entry = *reinterpret_cast<PendingEntry*>(input.block(layout.entry_size));
    // Random bytes hardly ever have their own checksum.
    if (repaired) entry.checksum = vector_checksum(vector_of(entry).values, entry.scale, padded);
    if (!valid_entry(entry, padded)) return;
    require(entry.state == PendingState::Waiting || entry.state == PendingState::Removed);
    const StoredVector stored = vector_of(entry);
    std::vector<float> values(padded);
    fixed_decode(stored.values, stored.scale, padded, values.data());

    std::vector<uint64_t> copy(layout.entry_size / sizeof(uint64_t));
    write_entry(stored, entry.tid, padded, copy.data());
    const auto& again = *reinterpret_cast<const PendingEntry*>(copy.data());
    require(valid_entry(again, padded) && again.state == PendingState::Waiting);
    require(std::memcmp(vector_of(again).values, stored.values, padded * sizeof(int16_t)) == 0);
}

}  // namespace
}  // namespace vectidx::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vectidx::fuzz;
    Input input(data, size);
    constexpr void (*kDecoders[])(Input&) = {decode_meta, decode_node, decode_tids, decode_pending};
    kDecoders[input.take<uint8_t>() % std::size(kDecoders)](input);
    return 0;
}
