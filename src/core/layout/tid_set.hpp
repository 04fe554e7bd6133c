// A set of heap TIDs.
#pragma once

#include "core/base/hash_set.hpp"
#include "core/layout/node.hpp"

namespace vectidx {

class TidSet {
  public:
    explicit TidSet(Arena& arena) : keys_(arena, 0) {}

    bool empty() const { return keys_.size() == 0; }
    size_t bytes() const { return keys_.bytes(); }
    bool contains(const HeapTid& tid) const { return keys_.contains(key_of(tid)); }
    // Returns whether the TID was new.
    bool insert(const HeapTid& tid) { return keys_.insert(key_of(tid)); }

  private:
    // Never 0.
    static uint64_t key_of(const HeapTid& tid) { return uint64_t{1} << 48 | number_of(tid); }

    HashSet<uint64_t, 0> keys_;
};

}  // namespace vectidx
