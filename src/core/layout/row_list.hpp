// The rows that pass a filter, as a list of heap pages with a bit for each place on a page: built
// once in the order of blocks, then asked for single rows, or read from front to back.
//
// It keeps to a limit of memory: what does not fit makes it coarser. A run of pages then counts as
// a whole, and contains() is true for rows that were not added. It is never false for one that was.
#pragma once

#include "core/base/array.hpp"
#include "core/layout/node.hpp"

namespace vectidx {

class RowList {
  public:
    // A run of pages, all of whose rows are on the list, or one page with bits.
    struct Run {
        BlockNo block;
        uint32_t count;  // of pages
        uint32_t first;  // of its words; a run without words is whole
    };

    RowList(Arena& arena, size_t max_bytes)
        : runs_(arena), words_(arena), directory_(arena), max_bytes_(max_bytes) {}

    // REQUIRES: pages come in ascending order, each once; offsets are those of a heap page.
    void add_page(BlockNo block, const uint16_t* offsets, uint32_t count);
    void add_whole_pages(BlockNo block, uint32_t count);
    // Ends the building.
    void finish();

    bool contains(const HeapTid& tid) const {
        uint32_t at;
        return find_run(block_of(tid), &at) && has_bit(at, tid.offset);
    }
    bool whole(uint32_t run) const { return word_count(run) == 0; }
    bool has_bit(uint32_t run, uint32_t offset) const {
        const uint32_t words = word_count(run);
        if (words == 0) return true;
        const uint32_t word = offset / 64;
        return word < words && (words_[runs_[run].first + word] >> offset % 64 & 1) != 0;
    }
    // Beyond the last offset that a page with bits has.
    uint32_t end_offset(uint32_t run) const { return 64 * word_count(run); }

    const Array<Run>& runs() const { return runs_; }
    uint64_t rows() const { return rows_; }                // on pages with bits
    uint64_t whole_pages() const { return whole_pages_; }  // with any number of rows
    size_t bytes() const { return runs_.bytes() + words_.bytes() + directory_.bytes(); }

    // contains() for many rows, of which neighbors are often on the same page.
    class Probe {
      public:
        explicit Probe(const RowList& list) : list_(&list) {}

        bool contains(const HeapTid& tid) {
            const BlockNo block = block_of(tid);
            if (block != block_) look_up(block);
            const uint32_t word = tid.offset / 64;
            return word < count_ ? (words_[word] >> tid.offset % 64 & 1) != 0 : whole_;
        }

      private:
        void look_up(BlockNo block) {
            uint32_t at = 0;
            const bool found = list_->find_run(block, &at);
            block_ = block;
            count_ = found ? list_->word_count(at) : 0;
            words_ = found ? list_->words_.data() + list_->runs_[at].first : nullptr;
            whole_ = found && count_ == 0;
        }

        const RowList* list_;
        BlockNo block_ = kNoBlock;
        const uint64_t* words_ = nullptr;
        uint32_t count_ = 0;
        bool whole_ = false;  // all rows of the page are on the list
    };

  private:
    bool find_run(BlockNo block, uint32_t* at) const {
        if (directory_.empty()) return find(block, at);
        if (block >= directory_.size() || directory_[block] == 0) return false;
        *at = directory_[block] - 1;
        return true;
    }
    uint32_t word_count(uint32_t run) const {
        const size_t end = run + 1 < runs_.size() ? runs_[run + 1].first : words_.size();
        return static_cast<uint32_t>(end - runs_[run].first);
    }
    bool find(BlockNo block, uint32_t* run) const;
    bool is_full() const;
    void make_last_whole();

    Array<Run> runs_;
    Array<uint64_t> words_;
    Array<uint32_t> directory_;  // per block: 1 + the place of its run, or 0; empty: search runs_
    size_t max_bytes_;
    uint64_t rows_ = 0;
    uint64_t whole_pages_ = 0;
    uint32_t pages_ = 0;
};

}  // namespace vectidx
