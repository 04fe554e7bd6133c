// A search of a scan, with all that it refers to.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/search.hpp"

#include "pg/memory.hpp"
#include "pg/pages/node_store.hpp"

namespace vectidx {

// It lives in a memory context and needs no destruction.
template <class Observer = NoObserver>
struct ActiveSearch {
    Arena arena;
    NodeStore store;
    KeySpace keys;
    RotatedQuery query;
    Calibration calibration;
    SearchLimits limits;
    Search<NodeStore, Observer> search;

    // Working memory comes from `context`.
    ActiveSearch(MemoryContext context, Relation index, IndexState& state,
                 const RotatedQuery& prepared, const SearchLimits& wanted, FinalOrder order,
                 const Observer& observer = {})
        : arena(context_arena(context)),
          store(index, state, WriteMode::Logged, arena),
          keys(state.space.keys()),
          query(prepared),
          calibration(state.meta().header.calibration),
          limits(with_calibration(wanted)),
          search(store, keys, query, limits, arena, observer, order) {}

  private:
    // The index's state may be dropped at any time; this copy may not.
    SearchLimits with_calibration(SearchLimits wanted) const {
        if (wanted.calibration != nullptr) wanted.calibration = &calibration;
        return wanted;
    }
};

}  // namespace vectidx
