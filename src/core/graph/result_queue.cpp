#include "core/graph/result_queue.hpp"

#include <algorithm>
#include <cmath>

#include "core/layout/stored_vector.hpp"
#include "core/vector/fixed_point.hpp"

namespace vectidx {

namespace {

constexpr float kUniformDeviation = 0.2887f;  // 1/sqrt(12): of rounding to a step of 1

}  // namespace

ResultQueue::ResultQueue(const KeySpace& space, const NodeLayout& layout, const RotatedQuery& query,
                         FinalOrder order, bool strict, Arena& arena)
    : space_(space),
      layout_(layout),
      query_(query),
      l1_(order.l1),
      by_table_(order.rows != nullptr),
      strict_(strict),
      evaluated_(arena, 128),
      tids_(arena, 128),
      own_(arena),
      results_(arena, 128),
      late_(arena),
      final_keys_(arena) {}

void ResultQueue::keep_own(const uint8_t* own) {
    evaluated_.back().own_at = static_cast<uint32_t>(own_.size());
    std::copy_n(own, layout_.own_bytes(), own_.extend(layout_.own_bytes()));
}

void ResultQueue::drop_last() {
    const EvaluatedNode& e = evaluated_.back();
    tids_.truncate(e.first_tid);
    if (e.own_at != kNotKept) own_.truncate(e.own_at);
    evaluated_.pop_back();
}

void ResultQueue::rank(uint32_t index) {
    const KeyInterval range = interval_of(evaluated_[index]);
    results_.push({range.low, range.high, index});
}

RankedResult ResultQueue::rank_by_distance(uint32_t index, double distance) {
    const KeyInterval range = space_.interval_of_distance(query_, distance);
    evaluated_[index].refined = true;
    const RankedResult result{range.low, range.high, index};
    results_.push(result);
    return result;
}

void ResultQueue::take_all(Array<RankedResult>* list) {
    list->clear();
    for (const RankedResult& result : results_.items())
        list->push_back(result);
    results_.clear();
    std::sort(list->begin(), list->end(),
              [](const RankedResult& a, const RankedResult& b) { return a.key < b.key; });
}

KeyInterval ResultQueue::interval_of(const EvaluatedNode& e) const {
    if ((e.flags & kScaledDown) != 0) return {kBelowAll, kFarthestKey};
    if (by_table_) {
        const float error = 3.0f * space_.key_error(query_, e.key, e.norm2);
        return {e.key - error, e.key + error};
    }
    if (l1_ != nullptr) return l1_interval(e);
    // After refinement, and where the 16 bits stand in the slot, the bound is the worst case.
    if (e.refined) return space_.interval(query_, e.key, e.norm2, stored_error(layout_, e.scale));
    if (layout_.placement() == VectorPlacement::Inline)
        return space_.interval(query_, e.key, e.norm2, fixed_error(e.scale, layout_.padded));
    return high_byte_interval(e);
}

float ResultQueue::expected_nearer(uint32_t rows, float frontier) {
    constexpr uint32_t kFew = 24;
    const Array<RankedResult>& results = results_.items();
    final_keys_.clear();
    double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0, sum_yy = 0;
    for (const RankedResult& result : results) {
        const EvaluatedNode& e = evaluated_[result.index];
        if (e.id == kNoNode) continue;
        const double x = static_cast<double>(e.key);
        const double y = 0.5 * (static_cast<double>(result.key) + static_cast<double>(result.high));
        final_keys_.push_back(static_cast<float>(y));
        n += 1;
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_xy += x * y;
        sum_yy += y * y;
    }
    if (final_keys_.size() < std::max(kFew, rows + rows / 2)) return 0.0f;
    float* last = final_keys_.begin() + (rows - 1);
    std::nth_element(final_keys_.begin(), last, final_keys_.end());
    const double xx = sum_xx - sum_x * sum_x / n, xy = sum_xy - sum_x * sum_y / n;
    const double slope = xx > 0 ? std::max(0.0, xy / xx) : 0.0;
    // Half of the next ones lie farther than the frontier is now by some half of what it has gone.
    const double ahead = 1.5 * (static_cast<double>(frontier) - sum_x / n);
    const double mean = sum_y / n + slope * ahead;
    const double rest = std::max(0.0, sum_yy - sum_y * sum_y / n - slope * xy);
    const double deviation = std::sqrt(rest / n);
    if (!(deviation > 0)) return 0.0f;
    const double z = (mean - static_cast<double>(*last)) / deviation;
    return static_cast<float>(n * 0.5 * std::erfc(z * M_SQRT1_2));
}

// Before refinement the rounding of the low byte is unknown, but random: four standard deviations.
KeyInterval ResultQueue::high_byte_interval(const EvaluatedNode& e) const {
    const float step = 256.0f * e.scale;
    const float mean = static_cast<float>(layout_.padded) * step * step / 12.0f;
    const float distance = std::sqrt(std::max(0.0f, e.key - query_.shift + e.norm2));
    const float spread = 4.0f * 2.0f * distance * step * kUniformDeviation + 0.5f * mean;
    const KeyInterval rounded = space_.interval(query_, e.key, e.norm2, 0.0f);
    return {rounded.low - mean - spread, rounded.high - mean + spread};
}

KeyInterval ResultQueue::l1_interval(const EvaluatedNode& e) const {
    if (e.refined) return l1_->measure(query_, e.key, stored_error(layout_, e.scale));
    const float step = layout_.placement() == VectorPlacement::Inline ? e.scale : 256.0f * e.scale;
    return l1_->measure_rough(query_, e.key, kUniformDeviation * step);
}

ResultQueue::Turn ResultQueue::turn(const RankedResult& first) const {
    const EvaluatedNode& e = evaluated_[first.index];
    // Rows whose distances are known to be equal are in order either way.
    const bool point = first.key == first.high;
    const bool alone = results_.empty() || first.high < results_.top().key ||
                       (point && first.high == results_.top().key);
    const bool exact = alone && (e.flags & kSharedNode) == 0 &&
                       (first.key > given_high_ || (point && first.key == given_high_));
    if (!e.refined && (!exact || by_table_)) return Turn::Refine;
    if (!alone && !evaluated_[results_.top().index].refined) return Turn::RefineNext;
    if (is_late(first)) return Turn::Late;
    return exact ? Turn::GiveExact : Turn::Give;
}

// Whether a result turned up too late to be in order. The executor holds inexact rows back until a
// lower bound passes them, so none that it has returned is farther than low_; that this one is
// nearer is told by its key, not by its own lower bound, where sums of roundings hardly ever come
// (10 standard deviations: 1e-22).
bool ResultQueue::is_late(const RankedResult& result) const {
    if (result.key < exact_high_) return true;
    const EvaluatedNode& e = evaluated_[result.index];
    if ((e.flags & kScaledDown) != 0) return strict_ && result.key < low_;
    if (layout_.storage() == Storage::Binary) return result.high < low_;
    // Final keys of another kind: most of their interval is as unlikely.
    if (l1_ != nullptr || by_table_) return result.key + 0.375f * (result.high - result.key) < low_;
    // The deviation of one value, and a bound of the length of all deviations: 2.2 times its mean,
    // which 64 values hardly ever exceed.
    const float deviation = stored_deviation(layout_, e.scale);
    const float length2 = 2.2f * static_cast<float>(layout_.padded) * deviation * deviation;
    const float distance2 = e.key - query_.shift + e.norm2;
    const float distance = std::sqrt(std::max(0.0f, distance2 - length2)) - 10.0f * deviation;
    const float nearest = std::max(0.0f, distance);
    return nearest * nearest + query_.shift - e.norm2 < low_;
}

void ResultQueue::fill(const RankedResult& result, bool exact, SearchResult* found) const {
    const EvaluatedNode& e = evaluated_[result.index];
    found->id = e.id;
    found->low = result.key;
    found->high = result.high;
    found->exact = exact;
    found->tid_count = e.tid_count;
    found->tids = tids_.data() + e.first_tid;
    found->overflow_block = e.overflow_block;
    found->overflow_slot = e.overflow_slot;
}

void ResultQueue::give(const RankedResult& result, bool exact, SearchResult* found) {
    fill(result, exact, found);
    low_ = std::max(low_, result.key);
    given_high_ = std::max(given_high_, result.high);
    if (exact) exact_high_ = result.high;
}

bool ResultQueue::give_late(SearchResult* found) {
    if (late_.empty()) return false;
    fill(late_.pop(), false, found);
    return true;
}

}  // namespace vectidx
