#include "pg/am/scan_bound.hpp"

#include <limits>

#include "pg/within.hpp"

namespace vectidx {

namespace {

// Whether two values are the same, byte by byte.
bool same_value(Datum a, Datum b) {
    const auto* x = PG_DETOAST_DATUM_PACKED(a);
    const auto* y = PG_DETOAST_DATUM_PACKED(b);
    const size_t size = VARSIZE_ANY_EXHDR(x);
    return size == VARSIZE_ANY_EXHDR(y) && memcmp(VARDATA_ANY(x), VARDATA_ANY(y), size) == 0;
}

}  // namespace

ScanBound read_bound(IndexScanDesc scan) {
    ScanBound result{};
    const Oid type = scan->indexRelation->rd_opcintype[0];
    for (int i = 0; i < scan->numberOfKeys; ++i) {
        const ScanKeyData& key = scan->keyData[i];
        if (key.sk_strategy != kWithinStrategy)
            elog(ERROR, "vectidx: an index has no operator of strategy %d", key.sk_strategy);
        WithinPair pair{};
        if ((key.sk_flags & SK_ISNULL) != 0 ||
            !read_within_pair(DatumGetHeapTupleHeader(key.sk_argument), type, &pair)) {
            result.empty = true;
        } else if (!result.given) {
            result.distance = pair.distance;
            result.query = pair.value;
        } else if (!same_value(result.query, pair.value)) {
            result.recheck = true;
        } else if (float8_lt(pair.distance, result.distance)) {
            result.distance = pair.distance;
        }
        result.given = true;
    }
    if (!result.given || result.empty || scan->numberOfOrderBys == 0) return result;
    // By another value than the one that orders, the order says nothing of the bound.
    const ScanKeyData& order = scan->orderByData[0];
    if ((order.sk_flags & SK_ISNULL) != 0 || !same_value(result.query, order.sk_argument)) {
        result.recheck = true;
        result.distance = std::numeric_limits<double>::infinity();
    }
    return result;
}

float key_bound(const ScanBound& bound, const KeySpace& keys, const RotatedQuery& query) {
    constexpr float kInfinite = std::numeric_limits<float>::infinity();
    if (!bound.given) return kInfinite;
    // Squared, a negative distance would be a positive one.
    const bool negative = keys.metric() == Metric::L2 && bound.distance < 0.0;
    if (bound.empty || negative) return -kInfinite;
    // All distances from a zero vector are NaN, which keys do not say.
    const bool no_direction = keys.metric() == Metric::Cosine && query.unit != 0.5;
    if (no_direction) return kInfinite;
    return keys.interval_of_distance(query, bound.distance).high;
}

}  // namespace vectidx
