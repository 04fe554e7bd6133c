#include "core/construct/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "core/base/heap.hpp"
#include "core/graph/stop.hpp"

namespace vectidx {

namespace {

// One trace as a search for k rows sees it: before each step,
struct View {
    uint32_t length;
    float* score;        // the highest so far,
    uint32_t* improved;  // when it last improved,
    float* far;          // see far_factor(),
    uint32_t* found;     // and what was found; [length + 1]
};

// Whether a trace tells of searches for k rows of its kind.
bool tells_of(const Trace& trace, bool own, uint32_t k) {
    return trace.own == own && trace.wanted >= k && trace.length > k;
}

// The key that a query's k-th nearest has in the end.
float last_key(const Trace& trace, uint32_t k, Arena& arena) {
    SmallestKeys nearest(arena, k);
    for (uint32_t t = 0; t < trace.length; ++t)
        nearest.offer(trace.steps[t].key);
    return nearest.full() ? nearest.worst() : 0.0f;
}

View view_of(const Trace& trace, uint32_t k, float far_key, Arena& arena) {
    const uint32_t n = trace.length;
    View v{n, arena.alloc<float>(n + 1), arena.alloc<uint32_t>(n + 1), arena.alloc<float>(n + 1),
           arena.alloc<uint32_t>(n + 1)};
    SmallestKeys nearest(arena, k);
    Array<float> sorted(arena, n + 1);
    Improvements improvements(k);
    uint32_t found = 0;
    float highest = -3e38f;
    for (uint32_t t = 0; t < n; ++t) {
        const TraceStep& step = trace.steps[t];
        if (nearest.full()) {
            const float* at = std::lower_bound(sorted.begin(), sorted.end(), step.estimate);
            auto rank = static_cast<float>(at - sorted.begin());
            if (at != sorted.begin() && at != sorted.end() && at[0] > at[-1])
                rank += part_between(at[-1], at[0], step.estimate);
            const float last = nearest.worst();
            const float origin =
                trace.inner_product ? inner_product_origin(k, sorted[0], last) : 0.0f;
            v.far[t] = far_factor(last, far_key);
            highest = std::max(
                highest, stop_score(rank, t, step.estimate - origin, last - origin, v.far[t]));
        } else {
            v.far[t] = 0.0f;
        }
        v.score[t] = highest;
        v.improved[t] = improvements.last();
        v.found[t] = std::min(found, k);
        found += step.rank < k;
        if (nearest.offer(step.key)) improvements.note(t + 1);
        float* at = std::upper_bound(sorted.begin(), sorted.end(), step.key);
        const size_t place = static_cast<size_t>(at - sorted.begin());
        sorted.push_back(0.0f);
        std::copy_backward(sorted.begin() + place, sorted.end() - 1, sorted.end());
        sorted[place] = step.key;
    }
    v.found[n] = std::min(found, k);
    return v;
}

void free_view(const View& v, Arena& arena) {
    arena.free(v.score);
    arena.free(v.improved);
    arena.free(v.far);
    arena.free(v.found);
}

// Where the search stops, when those of its kind take `usual` expansions; 0: not by being idle.
uint32_t stop_of(const View& v, float threshold, float usual) {
    const auto stop =
        static_cast<uint32_t>(std::lower_bound(v.score, v.score + v.length, threshold) - v.score);
    if (usual <= 0.0f) return stop;
    for (auto t = static_cast<uint32_t>(kPatience * usual); t < stop; ++t)
        if (v.score[t] > -3e38f && is_idle(t, v.improved[t], usual, v.far[t])) return t;
    return stop;
}

// What thresholds do for the traces of one kind, on a grid of thresholds.
class Curve {
  public:
    // `usual` says how many expansions searches take by each threshold; without it these traces do.
    Curve(const Trace* traces, uint32_t count, bool own, uint32_t k, float far_key,
          const Curve* usual, Arena& arena) {
        auto* views = arena.alloc<View>(std::max(1u, count));
        auto* stops = arena.alloc<uint32_t>(std::max(1u, count));
        for (uint32_t i = 0; i < count; ++i)
            if (tells_of(traces[i], own, k))
                views[count_++] = view_of(traces[i], k, far_key, arena);
        for (uint32_t i = 0; i < kPoints && count_ > 0; ++i) {
            hops_[i] =
                usual != nullptr ? usual->hops_[i] : usual_hops(views, threshold_at(i), stops);
            const uint32_t cut = measure(views, i, k);
            // More is found, but where a search ends idle.
            if (i > 0) recall_[i] = std::max(recall_[i], recall_[i - 1]);
            if (known_ == i && cut <= count_ / 10) known_ = i + 1;
        }
        for (uint32_t i = 0; i < count_; ++i)
            free_view(views[i], arena);
        arena.free(stops);
        arena.free(views);
    }
    uint32_t count() const { return count_; }
    // What is found by stopping as soon as there are k results.
    float least_recall() const { return recall_[0]; }

    bool reaches(float recall) const { return known_ > 0 && recall_[known_ - 1] >= recall; }
    // The lowest threshold that reaches the recall, or the highest that is known.
    float reach(float recall) const {
        uint32_t i = 0;
        while (i + 1 < known_ && recall_[i] < recall)
            ++i;
        if (i < 2 || recall_[i] <= recall_[i - 1]) return threshold_at(i);
        const float part = (recall - recall_[i - 1]) / (recall_[i] - recall_[i - 1]);
        return threshold_at(i) - (1.0f - std::clamp(part, 0.0f, 1.0f)) * kStep;
    }
    // Expansions of half of the searches, and of all in the mean.
    float hops(float threshold) const { return hops_[point_at(threshold)]; }
    float cost(float threshold) const { return cost_[point_at(threshold)]; }
    // The highest threshold from `least` up to `wanted` that costs little more than `least`.
    float afford(float least, float wanted) const {
        constexpr float kLittleMore = 1.3f;
        while (wanted > least && cost(wanted) > kLittleMore * cost(least))
            wanted -= 0.5f * kStep;
        return std::max(least, wanted);
    }

  private:
    // The first is below all scores; then from kLeast in steps.
    static constexpr uint32_t kPoints = 122;
    static constexpr float kLeast = -4.0f, kStep = 0.1f, kBelowAll = -8.0f;
    static uint32_t point_at(float threshold) {
        const float at = (threshold - kLeast) / kStep + 1.0f;
        return static_cast<uint32_t>(std::clamp(at + 0.5f, 0.0f, kPoints - 1.0f));
    }
    static float threshold_at(uint32_t i) {
        return i == 0 ? kBelowAll : kLeast + kStep * static_cast<float>(i - 1);
    }
    // The median: a few searches that go on for long tell nothing of the others.
    float usual_hops(const View* views, float threshold, uint32_t* stops) const {
        for (uint32_t i = 0; i < count_; ++i)
            stops[i] = stop_of(views[i], threshold, 0.0f);
        uint32_t* middle = stops + count_ / 2;
        std::nth_element(stops, middle, stops + count_);
        return static_cast<float>(*middle);
    }
    // Recall and cost by a threshold. Returns how many traces end before the search would, with
    // something left to find: what they would still find is not known.
    uint32_t measure(const View* views, uint32_t point, uint32_t k) {
        double found = 0, cost = 0;
        uint32_t cut = 0;
        for (uint32_t i = 0; i < count_; ++i) {
            const uint32_t stop = stop_of(views[i], threshold_at(point), hops_[point]);
            found += views[i].found[stop];
            cost += stop;
            cut += stop == views[i].length && views[i].found[stop] < k;
        }
        recall_[point] = static_cast<float>(found / count_ / k);
        cost_[point] = static_cast<float>(cost / count_);
        return cut;
    }

    uint32_t count_ = 0;
    uint32_t known_ = 0;  // of the points, those that the traces are long enough for
    float recall_[kPoints] = {};
    float hops_[kPoints] = {};
    float cost_[kPoints] = {};
};

// The key within which 95 % of the own vectors have their k-th neighbor.
float far_key_of(const Trace* traces, uint32_t count, uint32_t k, Arena& arena) {
    Array<float> keys(arena);
    for (uint32_t i = 0; i < count; ++i)
        if (tells_of(traces[i], true, k)) keys.push_back(last_key(traces[i], k, arena));
    if (keys.empty()) return 3.4e38f;
    std::sort(keys.begin(), keys.end());
    return std::clamp(keys[keys.size() * 95 / 100], 0.0f, 3.4e38f);
}

// The recall that samples must reach, so that other queries reach `recall`: they are few, and a
// graph without codes is no better with its own vectors in it.
float aim_for(float recall) {
    return recall + std::min(0.2f * (1.0f - recall), 0.01f);
}

// Queries like the data are to have the recall, or a little more: samples differ. Those between
// rows may take more than that to come near it, but not much, or all would pay for them.
float choose_threshold(const Curve& own, const Curve& between, float recall, uint32_t k) {
    const float missed = 1.0f - recall, aim = aim_for(recall), bare = own.reach(recall);
    float threshold = own.afford(bare, own.reach(aim));
    if (between.count() > 0) {
        const float most = own.afford(bare, own.reach(aim + 0.15f * missed));
        threshold = std::clamp(between.reach(recall - 0.01f), threshold, most);
    }
    if (own.least_recall() < recall) return threshold;
    // The first k results are good enough for queries like the data. Others need six tenths of
    // them to be certain, where that makes the recall of those not much higher than it is anyway.
    const float certain = 0.5f * std::log(static_cast<float>(k)) - 0.6f;
    const float least = own.least_recall();
    const float cheap = own.reach(least > recall + 0.02f ? least + 0.3f * (1.0f - least)
                                                         : std::max(least, aim + 0.012f));
    return std::max(threshold, std::min(certain, cheap));
}

// Beyond what the traces reach: as the threshold rose with log(1 - recall) before. `last` is the
// highest level that they reach.
void extrapolate(uint32_t last, uint32_t depth, Calibration* c) {
    const auto missed = [](uint32_t i) { return std::log1p(-kRecallLevels[i]); };
    const auto threshold = [&](uint32_t i) {
        return static_cast<float>(c->levels[i].threshold[depth]);
    };
    const auto log_hops = [&](uint32_t i) {
        return std::log(static_cast<float>(c->levels[i].hops[depth]));
    };
    float rise = 0.5f / kThresholdUnit, growth = 1.0f;
    if (last > 0) {
        const float step = missed(last - 1) - missed(last);
        rise = std::max(rise, (threshold(last) - threshold(last - 1)) / step);
        growth = std::clamp((log_hops(last) - log_hops(last - 1)) / step, 0.3f, growth);
    }
    for (uint32_t i = last + 1; i < kRecalls; ++i) {
        const float beyond = missed(last) - missed(i);
        c->levels[i].threshold[depth] =
            static_cast<int16_t>(std::min(threshold(last) + rise * beyond, 16.0f / kThresholdUnit));
        c->levels[i].hops[depth] =
            static_cast<uint16_t>(std::min(std::exp(log_hops(last) + growth * beyond), 65535.0f));
    }
}

void choose_thresholds(const Curve& own, const Curve& between, uint32_t k, uint32_t depth,
                       Calibration* c) {
    float threshold = -8.0f;
    uint32_t last = 0;
    for (uint32_t i = 0; i < kRecalls; ++i) {
        if (i > 0 && !own.reaches(kRecallLevels[i])) break;
        threshold = std::max(threshold, choose_threshold(own, between, kRecallLevels[i], k));
        Calibration::Level& level = c->levels[i];
        level.threshold[depth] = static_cast<int16_t>(std::lround(threshold / kThresholdUnit));
        level.hops[depth] = static_cast<uint16_t>(std::clamp(own.hops(threshold), 1.0f, 65535.0f));
        last = i;
    }
    extrapolate(last, depth, c);
}

}  // namespace

TraceObserver::Ranked* ranks_of(const Sample& sample, Arena& arena) {
    auto* ranked = arena.alloc<TraceObserver::Ranked>(sample.wanted);
    uint32_t rank = 0;
    for (uint32_t k = 0; k < sample.wanted; ++k) {
        if (k > 0 && sample.nearest[k - 1].distance < sample.nearest[k].distance) rank = k;
        ranked[k] = {sample.nearest[k].id, rank};
    }
    std::sort(ranked, ranked + sample.wanted);
    return ranked;
}

Calibration choose_rules(const Trace* traces, uint32_t count, uint32_t nodes, Arena& arena) {
    // A trace for 1,000 rows tells as much as many for ten.
    constexpr uint32_t kFewTraces[kDepths] = {8, 8, 8, 5};
    Calibration c = default_calibration(nodes);
    uint32_t depth = 0;
    for (; depth < kDepths; ++depth) {
        const uint32_t k = kDepthRows[depth];
        const float far_key = far_key_of(traces, count, k, arena);
        auto* own =
            new (arena.alloc<Curve>(1)) Curve(traces, count, true, k, far_key, nullptr, arena);
        if (own->count() < kFewTraces[depth]) break;
        auto* between =
            new (arena.alloc<Curve>(1)) Curve(traces, count, false, k, far_key, own, arena);
        c.samples = static_cast<uint16_t>(std::max<uint32_t>(c.samples, own->count()));
        c.far_key[depth] = far_key;
        choose_thresholds(*own, *between, k, depth, &c);
    }
    if (depth > 0) extend_depths(&c, depth);
    return c;
}

}  // namespace vectidx
