// Rows that stand on many nodes, each row with an estimate from the searches that met it: those of
// an index over arrays, where a query has several vectors and a search for each.
//
// A search gives similarities above some floor. A row that it did not meet has about the floor. So
// rows are ranked by what they have above the floors, the sum of their *gains*: the ranking of XTR
// (Lee et al., NeurIPS 2023), which takes the lowest similarity found for a missing one.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/array.hpp"
#include "core/base/hash_set.hpp"
#include "core/layout/node.hpp"

namespace vectidx {

struct GainedRow {
    enum State : uint8_t { Met, Measured, Gone };

    HeapTid tid;
    State state;      // Gone: no version of the row is visible
    bool listed;      // from the pending list: its gains may lack vectors that wait there
    uint32_t search;  // the last one that met it,
    float last;       // and the gain there
    float gain;       // the sum
    uint32_t met;     // searches that gave it a gain
    double distance;  // where it was measured
};

class RowGains {
  public:
    explicit RowGains(Arena& arena) : rows_(arena), table_(arena, 64) {}

    // Forgets all gains, but no row.
    void restart() {
        for (GainedRow& row : rows_) {
            row.search = row.met = 0;
            row.last = row.gain = 0.0f;
        }
        search_ = 0;
    }
    // The rows that are added next were met by the next search.
    void begin_search() { ++search_; }
    // The largest gain in a search counts.
    void add(const HeapTid& tid, float gain) {
        GainedRow& row = find(tid);
        if (row.search != search_) row.last = 0.0f;
        row.search = search_;
        if (!(gain > row.last)) return;
        row.met += row.last == 0.0f;
        row.gain += gain - row.last;
        row.last = gain;
    }
    // The row, which is added without a gain where it is not known.
    GainedRow& find(const HeapTid& tid) {
        rows_.push_back({tid, GainedRow::Met, false, 0, 0.0f, 0.0f, 0, 0.0});
        const auto at = static_cast<uint32_t>(rows_.size() - 1);
        const uint32_t found = table_.insert(at, Tids{rows_});
        if (found == kNoNode) return rows_[at];
        rows_.pop_back();
        return rows_[found];
    }

    Array<GainedRow>& rows() { return rows_; }
    size_t bytes() const { return rows_.bytes() + table_.bytes(); }

  private:
    struct Tids {
        const Array<GainedRow>& rows;
        uint32_t hash(uint32_t i) const {
            const uint64_t number = number_of(rows[i].tid);
            return static_cast<uint32_t>(number ^ number >> 16 * 2) * 0x85EBCA6Bu;
        }
        bool equal(uint32_t a, uint32_t b) const { return rows[a].tid == rows[b].tid; }
    };

    Array<GainedRow> rows_;
    HashSet<uint32_t, kNoNode> table_;
    uint32_t search_ = 0;
};

// How many of the best rows no search met, when `once` of those that are known were met by one of
// the `searches` alone and `twice` by two: Chao's lower bound for species that were not seen
// ("Nonparametric Estimation of the Number of Classes in a Population", Scandinavian Journal of
// Statistics 1984), in the form without a zero below the line. Of real texts, the best rows are met
// by many searches.
inline float rows_not_met(uint32_t searches, uint32_t once, uint32_t twice) {
    if (searches == 0 || once == 0) return 0.0f;
    const auto n = static_cast<float>(searches), f1 = static_cast<float>(once);
    return (n - 1.0f) / n * f1 * (f1 - 1.0f) / (2.0f * (static_cast<float>(twice) + 1.0f));
}

// The gain below which a row hardly belongs among the best, by the gains of those that were found:
// the roots of gains are spread about their mean as a normal distribution, of which the share that
// is `deviations` lower is missed where rows with lower gains are not measured. Gains themselves
// are skewed: half of the best rows may have three times the gain of the rest. The factor makes up
// for the best rows that were not found, whose gains are the lowest: without it, 5,000 documents at
// a wanted recall of .95 had .933, with it .99 (test/bench/max_sim_bench.cpp).
// REQUIRES: count > 0, and no gain is negative.
inline float least_gain(const float* gains, uint32_t count, float deviations) {
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < count; ++i) {
        sum += std::sqrt(static_cast<double>(gains[i]));
        squares += static_cast<double>(gains[i]);
    }
    const double mean = sum / count;
    const double variance = std::max(0.0, squares - sum * mean) / std::max(1u, count - 1);
    const double root = mean - static_cast<double>(deviations) * std::sqrt(variance);
    constexpr double kNotFound = 0.6;
    return static_cast<float>(root > 0.0 ? kNotFound * root * root : 0.0);
}

}  // namespace vectidx
