// The storage concept (core/graph/store.hpp) in memory, with the bytes of the page format.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "core/graph/store.hpp"
#include "core/layout/stored_vector.hpp"

namespace vectidx::test {

class MemoryStore {
  public:
    static constexpr bool kInMemory = false;
    MemoryStore(const NodeLayout& layout, uint32_t entry_capacity)
        : layout_(layout), entry_capacity_(entry_capacity) {}
    virtual ~MemoryStore() = default;

    const NodeLayout& layout() const { return layout_; }
    uint32_t size() const { return static_cast<uint32_t>(slots_.size()); }
    uint32_t entry_capacity() const { return entry_capacity_; }
    uint64_t reads() const { return reads_; }

    template <class F>
    bool read_links(NodeId id, F&& f) {
        if (!touch()) return false;
        f(view(id));
        return true;
    }
    template <class F>
    bool read_traversal(NodeId id, F&& f) {
        if (!touch()) return false;
        const uint8_t* own = own_[id].data();
        const uint32_t half = layout_.padded / 2;  // in two pieces, as pages may have it
        f(own, 0u, half);
        if (!touch()) return false;
        f(own + half, half, layout_.padded - half);
        return true;
    }
    template <class F>
    bool read_refinement(NodeId id, F&& f) {
        if (!touch()) return false;
        f(static_cast<const uint8_t*>(refinement_[id].data()), 0u, layout_.refinement.bytes);
        return true;
    }
    template <class F>
    bool read_entries(F&& f) {
        if (!touch()) return false;
        f(entry_ids_.data(), entry_codes_.data(), entry_add_.data(), entry_scale_.data(),
          static_cast<uint32_t>(entry_ids_.size()));
        return true;
    }
    void prefetch(NodeId) {}
    virtual void poll() { touch(); }
    void note_damage(NodeId, const char*) { damaged_ = true; }
    bool damaged() const { return damaged_; }

    bool add_tid(NodeId id, HeapTid tid, uint32_t source_checksum) {
        if (!touch()) return false;
        NodeSlot node = slot(id);
        if (node.header().source_checksum != source_checksum) node.header().flags |= kSharedNode;
        if (node.header().tid_count < layout_.choice.tid_capacity)
            node.tids()[node.header().tid_count++] = tid;
        else
            overflow_[id].push_back(tid);
        node.header().state = NodeState::Live;
        return true;
    }
    NodeId append(const NewNode& node) {
        if (!touch()) return kNoNode;
        std::vector<uint64_t> bytes(layout_.slot_size / 8);
        NodeSlot(layout_, bytes.data()).init(node);
        append_slot(std::move(bytes), node.values);
        return size() - 1;
    }
    void append_slot(std::vector<uint64_t> bytes, const int16_t* values) {
        slots_.push_back(std::move(bytes));
        own_.emplace_back(layout_.own_bytes());
        refinement_.emplace_back(layout_.refinement.bytes);
        split_values(layout_, values, own_.back().data(), refinement_.back().data());
    }
    template <class F>
    Edit edit_links(NodeId id, F&& f) {
        if (!touch()) return Edit::Failed;
        LinkEdit edit{};
        if (!f(view(id), &edit)) return Edit::Refused;
        if (!touch()) return Edit::Failed;
        slot(id).set_link(edit.position, edit.link, edit.code);
        return Edit::Made;
    }
    bool set_entry(uint32_t position, const Link& link, const uint64_t* code) {
        if (!touch()) return false;
        const uint32_t words = layout_.code_words();
        if (position >= entry_ids_.size()) {
            position = static_cast<uint32_t>(entry_ids_.size());
            entry_ids_.resize(position + 1);
            entry_add_.resize(position + 1);
            entry_scale_.resize(position + 1);
            entry_codes_.resize((position + 1) * words);
        }
        entry_ids_[position] = link.id;
        entry_add_[position] = link.terms.add;
        entry_scale_[position] = link.terms.scale;
        std::copy_n(code, words, entry_codes_.data() + position * words);
        return true;
    }

    bool claim_root() const { return entry_ids_.empty(); }
    void release_root() {}

    NodeView view(NodeId id) const { return {layout_, slots_.at(id).data()}; }
    NodeSlot slot(NodeId id) { return {layout_, slots_.at(id).data()}; }
    void remove_tids(NodeId id) {
        slot(id).header().tid_count = 0;
        slot(id).header().state = NodeState::Tombstone;
        overflow_.erase(id);
    }
    const std::vector<HeapTid>& overflow(NodeId id) { return overflow_[id]; }
    void add_overflow(NodeId id, HeapTid tid) { overflow_[id].push_back(tid); }
    const std::vector<NodeId>& entries() const { return entry_ids_; }

  protected:
    // Every access to the store goes through here; the fault stores count and fail.
    virtual bool touch() {
        ++reads_;
        return true;
    }

    NodeLayout layout_;

  private:
    uint32_t entry_capacity_;
    uint64_t reads_ = 0;
    bool damaged_ = false;
    std::vector<std::vector<uint64_t>> slots_;
    std::vector<std::vector<uint8_t>> own_;
    std::vector<std::vector<uint8_t>> refinement_;
    std::vector<NodeId> entry_ids_;
    std::vector<float> entry_add_;
    std::vector<Bfloat16> entry_scale_;
    std::vector<uint64_t> entry_codes_;
    std::map<NodeId, std::vector<HeapTid>> overflow_;
};

}  // namespace vectidx::test
