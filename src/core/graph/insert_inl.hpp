// The body of Inserter (insert.hpp).
#pragma once

#include "core/graph/insert.hpp"

namespace vectidx {

template <NodeWriter Store>
void Inserter<Store>::insert(const Prepared& x, HeapTid tid) {
    values_ = arena_.alloc<int16_t>(layout_.padded);
    scale_ = fixed_encode(x.rotated, layout_.padded, values_);
    norm2_ = x.norm2;
    steering_ = arena_.alloc<float>(layout_.padded);
    steering_from_values(layout_, values_, scale_, steering_);

    collect(x);
    while (candidates_.empty()) {
        if (store_.claim_root()) {
            enter(append(x, tid), 0);
            return store_.release_root();
        }
        collect(x);
    }
    constexpr uint32_t kTries = 4;  // equal vectors come first, unless rounding puts another before
    for (uint32_t i = 0; i < candidates_.size() && i < kTries; ++i)
        if (same_vector(candidates_[i])) return store_.add_tid(candidates_[i].id, tid, x.original);

    select();
    encode_links();
    const NodeId id = append(x, tid);
    link_back(id);
    offer_as_entry(id);
}

template <NodeWriter Store>
NodeId Inserter<Store>::append(const Prepared& x, HeapTid tid) {
    NewNode node{};
    node.values = values_;
    node.scale = scale_;
    node.norm2 = norm2_;
    node.original = x.original;
    node.flags = x.coarse ? kCoarse : 0;
    node.tid_count = 1;
    node.tids = &tid;
    node.degree = static_cast<uint16_t>(count_);
    node.links = links_;
    node.codes = codes_;
    return store_.append(node);
}

// The nodes near x.
template <NodeWriter Store>
void Inserter<Store>::collect(const Prepared& x) {
    const PreparedQuery query = space_.query_for_node(x.rotated);
    SearchLimits limits;
    limits.batch = params_.ef_construction;
    Search<Store, InsertObserver<Store>> search(
        store_, space_.keys(), query, limits, arena_,
        InsertObserver<Store>{&layout_, &candidates_, &bytes_});
    search.run();
    for (InsertCandidate& c : candidates_)
        c.key = space_.keys().edge(std::max(0.0f, c.key + c.norm2), norm2_, c.norm2);
    std::sort(candidates_.begin(), candidates_.end(),
              [](const InsertCandidate& a, const InsertCandidate& b) { return a.key < b.key; });
    vectors_ = arena_.alloc<const float*>(candidates_.size());
    std::fill_n(vectors_, candidates_.size(), nullptr);
}

template <NodeWriter Store>
bool Inserter<Store>::same_vector(const InsertCandidate& candidate) {
    if (candidate.scale != scale_ || candidate.norm2 != norm2_) return false;
    const uint32_t n = layout_.padded;
    if (layout_.own_form() == OwnForm::Whole)
        return std::memcmp(bytes_.data() + candidate.bytes_at, values_, n * sizeof(int16_t)) == 0;
    bool same = true;
    auto compare_high = [&](const uint8_t* high, uint32_t from, uint32_t count) {
        for (uint32_t j = 0; j < count && same; ++j)
            same = static_cast<int8_t>(high[j]) == static_cast<int8_t>(values_[from + j] >> 8);
    };
    if (layout_.own_form() == OwnForm::Split)
        compare_high(bytes_.data() + candidate.bytes_at, 0, n);
    else
        store_.read_steering(candidate.id, compare_high);
    if (same)
        store_.read_rest(candidate.id, [&](const uint8_t* low, uint32_t from, uint32_t count) {
            for (uint32_t j = 0; j < count && same; ++j)
                same = low[j] == static_cast<uint8_t>(values_[from + j] & 0xFF);
        });
    return same;
}

template <NodeWriter Store>
const float* Inserter<Store>::vector_of(uint32_t candidate) {
    if (vectors_[candidate] != nullptr) return vectors_[candidate];
    const InsertCandidate& c = candidates_[candidate];
    auto* out = arena_.alloc<float>(layout_.padded);
    if (layout_.own_form() != OwnForm::Apart)
        steering_from_bytes(layout_, bytes_.data() + c.bytes_at, c.scale, out);
    else
        store_.read_steering(c.id, [&](const uint8_t* high, uint32_t from, uint32_t count) {
            fixed_decode_high(reinterpret_cast<const int8_t*>(high), c.scale, count, out + from);
        });
    return vectors_[candidate] = out;
}

// Chooses neighbours among the live nodes, or among tombstones where nothing lives.
template <NodeWriter Store>
void Inserter<Store>::select() {
    const auto n = static_cast<uint32_t>(candidates_.size());
    auto* distance = arena_.alloc<float>(n + 1);
    auto* used = arena_.alloc<bool>(n + 1);
    bool any_live = false;
    for (uint32_t i = 0; i < n; ++i) {
        distance[i] = candidates_[i].key;
        any_live = any_live || candidates_[i].live;
    }
    for (uint32_t i = 0; i < n; ++i)
        used[i] = any_live && !candidates_[i].live;
    const FloatKernels& kernels = float_kernels();
    auto between = [&](uint32_t a, uint32_t b) {
        return space_.keys().edge(kernels.l2_squared(vector_of(a), vector_of(b), layout_.padded),
                                  candidates_[a].norm2, candidates_[b].norm2);
    };
    NeighborSelection selection(layout_.degree(), chosen_, 0);
    selection.add_diverse(distance, n, params_.m, 1.0f, used, between);
    diverse_ = selection.count();
    // Beyond the nearest few, the relaxed test only costs time.
    const uint32_t near = std::min(n, 2 * layout_.degree());
    selection.add_diverse(distance, near, layout_.degree(), kFillAlpha2, used, between);
    selection.add_nearest(n, used);
    count_ = selection.count();
}

template <NodeWriter Store>
void Inserter<Store>::encode_links() {
    const uint32_t words = layout_.code_words();
    links_ = arena_.alloc<Link>(layout_.degree());
    codes_ = arena_.alloc<uint64_t>(layout_.degree() * words);
    for (uint32_t k = 0; k < count_; ++k) {
        const InsertCandidate& c = chosen(k);
        links_[k].id = c.id;
        links_[k].filler = k >= diverse_;
        links_[k].tether = false;
        links_[k].terms =
            encode_neighbor(steering_, vector_of(chosen_[k]), layout_.padded,
                            layout_.choice.code_bits, norm2_ - c.norm2, codes_ + k * words);
    }
}

// Links from the chosen neighbours to the node, nearest first. The first that takes it is its
// tether; when none would, the nearest that can must.
template <NodeWriter Store>
void Inserter<Store>::link_back(NodeId id) {
    bool tethered = false;
    for (uint32_t k = 0; k < diverse_; ++k)
        if (link_to(k, id, !tethered, false)) tethered = true;
    for (uint32_t k = 0; k < count_ && !tethered; ++k)
        tethered = link_to(k, id, true, true);
}

template <NodeWriter Store>
bool Inserter<Store>::link_to(uint32_t k, NodeId id, bool tether, bool must) {
    const InsertCandidate& c = chosen(k);
    const float* vector = vector_of(chosen_[k]);
    auto* code = arena_.alloc<uint64_t>(layout_.code_words());
    Link link{id, {}, false, tether};
    link.terms = encode_neighbor(vector, steering_, layout_.padded, layout_.choice.code_bits,
                                 c.norm2 - norm2_, code);
    const float distance2 = float_kernels().l2_squared(vector, steering_, layout_.padded);
    return store_.edit_links(c.id, [&](const NodeView& node, LinkEdit* edit) {
        const Applicant applicant{distance2, norm2_, code};
        *edit = {choose_position(node, space_.keys(), vector, applicant, must), link, code};
        return edit->position != kNoPosition;
    });
}

// Entry points are a uniform sample of all nodes (reservoir sampling), the first node always among
// them because the tethers start from it.
template <NodeWriter Store>
void Inserter<Store>::offer_as_entry(NodeId id) {
    const uint32_t capacity = store_.entry_capacity();
    if (id < capacity) return enter(id, id);
    Random random(id);
    if (random.below(id) < capacity - 1)
        enter(id, 1 + static_cast<uint32_t>(random.below(capacity - 1)));
}

template <NodeWriter Store>
void Inserter<Store>::enter(NodeId id, uint32_t position) {
    auto* code = arena_.alloc<uint64_t>(layout_.code_words());
    auto* center = arena_.alloc<float>(layout_.padded);
    std::fill_n(center, layout_.padded, 0.0f);
    Link link{id, {}, false, false};
    link.terms =
        encode_neighbor(center, steering_, layout_.padded, layout_.choice.code_bits, -norm2_, code);
    store_.set_entry(position, link, code);
}

}  // namespace vectidx
