#include "data/recall.hpp"

#include <algorithm>
#include <limits>

namespace bench {

RecallJudge::RecallJudge(const DataSet& set, const ExactDistance& distance,
                         const GroundTruth& truth, const Alive& alive)
    : distance_(distance), rows_(set.base.rows) {
    size_t count = rows_;
    if (alive) {
        alive_.resize(rows_);
        for (size_t row = 0; row < rows_; ++row)
            alive_[row] = alive(row);
        count = static_cast<size_t>(std::count(alive_.begin(), alive_.end(), true));
    }
    wanted_ = std::min(set.k, count);
    for (size_t query = 0; query < set.queries.rows; ++query) {
        kth_.push_back(kth_distance(query, truth));
    }
}

double RecallJudge::kth_distance(size_t query, const GroundTruth& truth) const {
    if (wanted_ == 0) return -std::numeric_limits<double>::infinity();
    size_t seen = 0;
    for (size_t i = 0; i < truth.depth; ++i) {
        if (!is_alive(static_cast<size_t>(truth.rows_of(query)[i]))) continue;
        if (++seen == wanted_) return truth.distances_of(query)[i];
    }
    // Too few of the known neighbors live: look at every row.
    std::vector<double> distances;
    for (size_t row = 0; row < rows_; ++row) {
        if (is_alive(row)) distances.push_back(distance_(query, row));
    }
    auto kth = distances.begin() + static_cast<std::ptrdiff_t>(wanted_ - 1);
    std::nth_element(distances.begin(), kth, distances.end());
    return *kth;
}

double RecallJudge::recall(size_t query, std::span<const int32_t> returned) const {
    if (wanted_ == 0) return 1.0;
    std::vector<int32_t> rows(returned.begin(), returned.end());
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    size_t hits = 0;
    for (int32_t row : rows) {
        if (row < 0 || static_cast<size_t>(row) >= rows_) continue;
        if (!is_alive(static_cast<size_t>(row))) continue;
        if (distance_(query, static_cast<size_t>(row)) <= kth_[query]) ++hits;
    }
    return static_cast<double>(std::min(hits, wanted_)) / static_cast<double>(wanted_);
}

}  // namespace bench
