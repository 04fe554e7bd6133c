#include "data/ground_truth.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "report/progress.hpp"

namespace bench {

namespace {

constexpr size_t kQueriesPerTask = 16;
constexpr size_t kRowsPerTile = 256;  // a tile stays in the cache while 16 queries look at it

using Candidate = std::pair<double, int32_t>;

// Keeps the `depth` smallest candidates as a max-heap.
void offer(std::vector<Candidate>& nearest, size_t depth, Candidate candidate) {
    if (nearest.size() == depth) {
        if (candidate >= nearest.front()) return;
        std::pop_heap(nearest.begin(), nearest.end());
        nearest.back() = candidate;
    } else {
        nearest.push_back(candidate);
    }
    std::push_heap(nearest.begin(), nearest.end());
}

void answer_queries(const DataSet& set, const ExactDistance& distance, size_t first, size_t last,
                    GroundTruth& truth) {
    std::vector<std::vector<Candidate>> nearest(last - first);
    for (size_t tile = 0; tile < set.base.rows; tile += kRowsPerTile) {
        const size_t tile_end = std::min(tile + kRowsPerTile, set.base.rows);
        for (size_t query = first; query < last; ++query) {
            for (size_t row = tile; row < tile_end; ++row) {
                offer(nearest[query - first], truth.depth,
                      {distance(query, row), static_cast<int32_t>(row)});
            }
        }
    }
    for (size_t query = first; query < last; ++query) {
        std::vector<Candidate>& found = nearest[query - first];
        std::sort_heap(found.begin(), found.end());
        for (size_t i = 0; i < truth.depth; ++i) {
            truth.distances[query * truth.depth + i] = found[i].first;
            truth.rows[query * truth.depth + i] = found[i].second;
        }
    }
}

}  // namespace

GroundTruth compute_ground_truth(const DataSet& set, const ExactDistance& distance) {
    GroundTruth truth;
    truth.depth = std::min(kTruthDepth, set.base.rows);
    truth.rows.resize(set.queries.rows * truth.depth);
    truth.distances.resize(set.queries.rows * truth.depth);

    std::atomic<size_t> next{0};
    std::atomic<size_t> done{0};
    auto work = [&] {
        for (;;) {
            const size_t first = next.fetch_add(kQueriesPerTask);
            if (first >= set.queries.rows) return;
            const size_t last = std::min(first + kQueriesPerTask, set.queries.rows);
            answer_queries(set, distance, first, last, truth);
            done += last - first;
        }
    };
    Progress progress(set.name + ": ground truth");
    std::vector<std::jthread> threads;
    const unsigned cpus = std::max(1u, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < cpus; ++i)
        threads.emplace_back(work);
    while (done < set.queries.rows) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        progress.update(done, set.queries.rows);
    }
    return truth;
}

}  // namespace bench
