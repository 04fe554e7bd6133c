// When a search has found enough: a score of what it has seen, compared with a threshold that the
// index has measured for the wanted recall and number of rows (layout/calibration.hpp).
//
// DARTH (Chatzakis, Papakonstantinou, Palpanas, SIGMOD 2026, arXiv 2505.19001) predicts the recall
// of a running search from such features by trees that are trained per data set. Here a fixed sum
// of four stands in for the trees; its weights were fitted by logistic regression of the recall
// over sets of 4 to 1,024 dimensions, with queries like the data, between two rows, beside it and
// far out. Each weighs against a way in which the others fail:
//
//   rank     the nodes found nearer than the nearest one that is not expanded. Alone it is the rule
//            of `ef_search`.
//   expanded grows far beyond its usual number where many nodes are nearly as near (a hole in the
//            data); then a higher rank is wanted.
//   gap      from the k-th key found to the nearest node that is not expanded; dense places end
//            early by it.
//   far      k-th neighbors farther away than those of nearly all rows: the query is unlike the
//            data, and its neighbors may be in several places.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/base/array.hpp"

namespace vectidx {

// The weights of the score, and the patience of a search, in usual searches.
constexpr float kGapWeight = 5.0f, kExpandedWeight = 0.5f, kFarWeight = 6.0f;
constexpr float kPatience = 3.0f, kMostPatience = 5.0f;

// Where x lies between two keys, from 0 to 1.
inline float part_between(float below, float above, float x) {
    return std::clamp((x - below) / (above - below), 0.0f, 1.0f);
}

// Where keys lie between a bound and the frontier.
struct KeyRanks {
    uint32_t within;  // keys not above the bound
    float rank;       // keys below the frontier, with a fraction for where between two it lies
};

// The smallest key above a bound, and how many are not above it.
struct NextKey {
    float key;
    uint32_t count;
};

inline NextKey key_beyond(const Array<float>& keys, float bound) {
    NextKey next{3.4e38f, 0};
    if (!(bound < 3.4e38f)) return next;
    for (float key : keys) {
        next.count += key <= bound;
        if (key > bound) next.key = std::min(next.key, key);
    }
    return next;
}

inline KeyRanks rank_keys(const Array<float>& keys, float bound, float frontier) {
    uint32_t within = 0, nearer = 0;
    float below = -3.4e38f, above = 3.4e38f;
    for (float key : keys) {
        const bool is_nearer = key < frontier;
        within += key <= bound;
        nearer += is_nearer;
        below = std::max(below, is_nearer ? key : below);
        above = std::min(above, is_nearer ? above : key);
    }
    auto rank = static_cast<float>(nearer);
    if (nearer > 0 && nearer < keys.size()) rank += part_between(below, above, frontier);
    return {within, rank};
}

// log() of how many times as far the neighbors are as those of most rows; at most kMostFar.
inline float far_factor(float bound, float far_key) {
    constexpr float kMostFar = 0.35f;
    if (!(bound > far_key) || far_key <= 0.0f) return 0.0f;
    return std::min(kMostFar, 0.5f * std::log(bound / far_key));
}

// What the gap between the keys of an inner product is measured from. They lie in a narrow range
// far from zero, so that all of them seem near each other. The distance from the nearest key found
// to the k-th is a better measure, unless these are few.
inline float inner_product_origin(uint32_t k, float nearest, float bound) {
    const float part = std::clamp(std::log10(static_cast<float>(k)) - 1.0f, 0.0f, 1.0f);
    return part * (2.0f * nearest - bound);
}

inline float stop_score(float rank, size_t expanded, float frontier, float bound, float far) {
    constexpr float kWidest = 1.0f;
    float gap = frontier > bound ? kWidest : -0.5f;
    if (bound > 0.0f)
        gap = std::clamp(std::sqrt(std::max(0.0f, frontier) / bound) - 1.0f, -0.5f, kWidest);
    return std::log(std::max(rank, 0.3f)) + kGapWeight * gap -
           kExpandedWeight * std::log(static_cast<float>(expanded) + 1.0f) - kFarWeight * far;
}

// When a search for k rows last improved: the time of the latest of its improvements but a fiftieth
// of k, which say little of so many rows.
class Improvements {
  public:
    explicit Improvements(uint32_t rows = 0) : ignored_(std::min(rows / 50, kMost - 1)) {}

    void note(uint32_t time) { times_[count_++ % kMost] = time; }
    uint32_t last() const {
        return count_ > ignored_ ? times_[(count_ - 1 - ignored_) % kMost] : 0;
    }

  private:
    static constexpr uint32_t kMost = 32;
    uint32_t ignored_;
    uint32_t count_ = 0;
    uint32_t times_[kMost] = {};
};

// Whether a search that has taken several times as long as most others has stopped improving: it
// found nothing nearer during three fifths of its time. And whether it has taken so long that what
// it still finds is not worth the wait. `usual` is in expansions.
inline bool is_idle(size_t expanded, size_t improved_at, float usual, float far) {
    const auto taken = static_cast<float>(expanded);
    if (taken < kPatience * usual) return false;
    const float searches = taken / (usual * std::exp(2.0f * far));
    if (searches < kPatience) return false;
    return searches >= kMostPatience ||
           static_cast<float>(expanded - improved_at) >= 0.6f * (taken + 10.0f);
}

}  // namespace vectidx
