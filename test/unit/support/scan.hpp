// What the executor makes of a search: IndexNextWithReorder of PostgreSQL's nodeIndexscan.c.
#pragma once

#include <functional>
#include <queue>
#include <vector>

#include "core/graph/search.hpp"

#include "support/graph.hpp"
#include "support/operator_distance.hpp"

namespace vectidx::test {

struct Scanned {
    size_t row;
    double distance;  // by the operator
};

struct Scan {
    std::vector<Scanned> rows;    // as the user sees them
    std::vector<NodeId> nodes;    // as the search gave them
    size_t in_order = 0;          // of rows, before the late ones
    size_t bound_violations = 0;  // lower bounds above a distance: ERRORs of the executor
    size_t inexact = 0;
    SearchCounters counters;
};

// Searches for `query` until `limit` rows are there or the search has no more.
class Scanner {
  public:
    Scanner(MemoryStore& store, const VectorSpace& space, const Vectors& v)
        : store_(store), space_(space), vectors_(v) {}

    SearchLimits limits;
    // With limits.listed: the candidates for a query.
    std::function<const Array<SearchCandidate>&(const RotatedQuery&, Arena&)> list;

    Scan run(const float* query, size_t limit) {
        MallocArena arena;
        std::vector<float> rotated(space_.padded());
        const RotatedQuery q = space_.prepare_query(view_of(space_.keys().metric(), query),
                                                    VectorBuffer(rotated.data()));
        L1Distance l1(space_, query, arena);
        const bool wants_l1 = space_.keys().metric() == Metric::L1;
        Search<MemoryStore> search(store_, space_.keys(), q, limits, arena, {},
                                   {wants_l1 ? &l1 : nullptr, nullptr});
        if (limits.listed) search.add_listed(list(q, arena));
        Scan scan;
        std::priority_queue<Waiting> queue;
        SearchResult found{};
        bool more = true;
        double low = -INFINITY;
        std::vector<size_t> rows_before;  // each node came
        while (scan.rows.size() < limit) {
            if (!queue.empty() && (!more || queue.top().distance <= low)) {
                scan.rows.push_back({queue.top().row, queue.top().distance});
                queue.pop();
                continue;
            }
            if (!more) break;
            more = search.next(&found) == Next::Row;
            if (!more) continue;
            scan.nodes.push_back(found.id);
            rows_before.push_back(scan.rows.size());
            scan.inexact += !found.exact;
            low = space_.keys().operator_distance(q, found.low);
            for (size_t row : rows_of(found)) {
                const double distance =
                    operator_distance(space_.keys().metric(), query, vectors_[row], vectors_.d);
                scan.bound_violations += !found.exact && low > distance;
                if (!found.exact || (!queue.empty() && low > queue.top().distance))
                    queue.push({row, distance});
                else
                    scan.rows.push_back({row, distance});
            }
        }
        scan.counters = search.counters();
        // The late nodes are the last ones.
        const bool any_late = !more && scan.counters.late > 0;
        scan.in_order =
            any_late ? rows_before[scan.nodes.size() - scan.counters.late] : scan.rows.size();
        return scan;
    }

    // recall@k over all queries, ties counted as hits.
    double recall(const Vectors& queries, size_t k) {
        size_t hits = 0;
        for (size_t i = 0; i < queries.n; ++i) {
            const double last = nearest_distance(space_.keys().metric(), vectors_, queries[i], k);
            for (const Scanned& s : run(queries[i], k).rows)
                hits += s.distance <= last + 1e-9 * std::fabs(last);
        }
        return static_cast<double>(hits) / static_cast<double>(k * queries.n);
    }

  private:
    struct Waiting {
        size_t row;
        double distance;
        bool operator<(const Waiting& other) const { return distance > other.distance; }
    };

    std::vector<size_t> rows_of(const SearchResult& found) {
        std::vector<size_t> rows;
        for (uint32_t k = 0; k < found.tid_count; ++k)
            rows.push_back(row_of(found.tids[k]));
        for (HeapTid tid : store_.overflow(found.id))
            rows.push_back(row_of(tid));
        return rows;
    }

    MemoryStore& store_;
    const VectorSpace& space_;
    const Vectors& vectors_;
};

}  // namespace vectidx::test
