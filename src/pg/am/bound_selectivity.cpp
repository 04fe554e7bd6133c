#include "pg/am/bound_selectivity.hpp"

#include <algorithm>
#include <cmath>

#include "core/vector/neighbor_code.hpp"

#include "pg/memory.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

// Whoever states a bound wants few rows.
constexpr double kUsualShare = 0.01;

struct ConstantBound {
    Datum value;
    double distance;
};

bool constant_bound(const IndexClause* clause, ConstantBound* bound) {
    const auto* op =
        reinterpret_cast<OpExpr*>(linitial_node(RestrictInfo, clause->indexquals)->clause);
    auto* row = static_cast<Node*>(lsecond(op->args));
    if (!IsA(row, RowExpr)) return false;
    const List* parts = reinterpret_cast<RowExpr*>(row)->args;
    auto* value = static_cast<Node*>(linitial(parts));
    auto* distance = static_cast<Node*>(lsecond(parts));
    if (!IsA(value, Const) || !IsA(distance, Const)) return false;
    if (reinterpret_cast<Const*>(value)->constisnull ||
        reinterpret_cast<Const*>(distance)->constisnull)
        return false;
    bound->value = reinterpret_cast<Const*>(value)->constvalue;
    bound->distance = DatumGetFloat8(reinterpret_cast<Const*>(distance)->constvalue);
    return true;
}

// The share of keys up to `most`. Fewer than one in `count` are extrapolated: the number of rows
// within a distance grows by a power of it, which the nearest keys tell (Hill's estimator).
double share_within(float* keys, uint32_t count, float most) {
    constexpr uint32_t kTail = 4;
    std::sort(keys, keys + count);
    const uint32_t tail = std::max(1u, count / kTail);
    const auto farthest = static_cast<double>(keys[tail - 1]);
    const double all = count;
    if (!(most < farthest) || farthest <= 0.0)
        return static_cast<double>(std::upper_bound(keys, keys + count, most) - keys) / all;
    double logs = 0.0;
    for (uint32_t i = 0; i + 1 < tail; ++i)
        logs += std::log(farthest / std::max(static_cast<double>(keys[i]), 1e-6 * farthest));
    const double power = logs > 0.0 ? (tail - 1) / logs : 1.0;
    return tail / all * std::pow(std::max(0.0, static_cast<double>(most)) / farthest, power);
}

// Whether the value has the index's dimensions. Where it has not, that is an error when the query
// runs, and not yet.
bool fits(const MetaHeader& h, Datum value) {
    const Size element = h.element_type == 1 ? sizeof(float) : h.element_type == 2 ? 2 : 0;
    return element > 0 && toast_raw_datum_size(value) == value_dims(h) * element + 8;
}

// REQUIRES: the index has codes.
double share_of_entries(Relation index, const ConstantBound& bound) {
    Arena arena = context_arena(CurrentMemoryContext);
    const IndexedType& type = indexed_type(index);
    const VectorView vector =
        type.vector(bound.value, value_dims(index_state(index).meta().header));
    IndexState& state = index_state(index);
    const uint32_t count = state.meta().header.entry_count;
    const KeySpace& keys = state.space.keys();
    const RotatedQuery query =
        state.space.prepare_query(vector, VectorBuffer(arena, state.layout.padded));
    const float most = keys.interval_of_distance(query, bound.distance).high;
    QueryPlanes planes(query.rotated.floats(), state.layout.choice.code_bits, arena);
    Entries entries = state.entries();
    auto* estimates = arena.alloc<float>(count);
    for (uint32_t from = 0; from < count; from += kMaxDegree)
        planes.estimate(entries.codes() + from * state.layout.code_words(), entries.add() + from,
                        entries.scale() + from, std::min(count - from, kMaxDegree),
                        query.norm2 + query.shift, estimates + from);
    return share_within(estimates, count, most);
}

}  // namespace

double bound_selectivity(const IndexPath* path) {
    Relation index = index_open(path->indexinfo->indexoid, NoLock);
    const IndexState& state = index_state(index);
    // By L1, and of sketches, codes estimate another distance than the operator's.
    const bool comparable = state.layout.has_codes() && !state.space.keys().power_transformed() &&
                            !state.space.keys().embedded() && state.meta().header.entry_count > 0;
    double result = 1.0;
    ListCell* cell;
    foreach (cell, path->indexclauses) {
        ConstantBound bound;
        const bool known = comparable && constant_bound(lfirst_node(IndexClause, cell), &bound) &&
                           fits(state.meta().header, bound.value);
        result = std::min(result, known ? share_of_entries(index, bound) : kUsualShare);
    }
    index_close(index, NoLock);
    return result;
}

}  // namespace vectidx
