#include <atomic>
#include <chrono>
#include <thread>

#include "engine/sql_target.hpp"
#include "measure/phases.hpp"
#include "measure/statistics.hpp"
#include "report/progress.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

// Rows that the writers share, and how far they are.
struct Work {
    size_t first;
    size_t last;
    std::atomic<size_t> next;
    std::atomic<size_t> writing;  // writers still at it
};

// One connection's share: single rows, each a transaction of its own, as fast as they go.
void write_rows(Target& target, const DataSet& set, Work& work, std::string& error) {
    try {
        for (size_t row; (row = work.next.fetch_add(1)) < work.last;)
            target.insert(static_cast<int32_t>(row), set.base.view(row));
    } catch (const std::exception& e) {
        error = e.what();
    }
    --work.writing;
}

// Searches until the writers are done; returns the latencies.
std::vector<double> search_meanwhile(const SetRun& run, Target& target, const Work& work) {
    std::vector<double> wall_ms;
    std::vector<int32_t> found;
    for (size_t i = 0; work.writing > 0; ++i) {
        const Clock::time_point start = Clock::now();
        target.search(run.set.queries.view(i % run.set.queries.rows), found);
        wall_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    return wall_ms;
}

MixedResult write_and_search(const SetRun& run, BenchIndex& index, size_t first, size_t last) {
    const size_t writers = run.options.writers;
    Contender& contender = index.contender();
    std::vector<std::unique_ptr<Connection>> connections;
    std::vector<std::unique_ptr<SqlTarget>> targets;
    for (size_t i = 0; i < writers; ++i) {
        connections.push_back(contender.another_session(run.options));
        targets.push_back(std::make_unique<SqlTarget>(*connections[i], contender.engine(), run.set,
                                                      index.table()));
    }
    Work work{first, last, first, writers};
    std::vector<std::string> errors(writers);
    std::vector<std::thread> threads;
    const Clock::time_point start = Clock::now();
    for (size_t i = 0; i < writers; ++i)
        threads.emplace_back([&, i] { write_rows(*targets[i], run.set, work, errors[i]); });
    std::vector<double> wall_ms;
    std::string search_error;
    try {
        wall_ms = search_meanwhile(run, index.target(), work);
    } catch (const std::exception& e) {
        search_error = e.what();
    }
    for (std::thread& thread : threads)
        thread.join();
    const double wall_s = std::chrono::duration<double>(Clock::now() - start).count();
    errors.push_back(search_error);
    for (const std::string& error : errors)
        if (!error.empty()) throw SqlError(error);
    return {writers,
            last - first,
            static_cast<double>(last - first) / wall_s,
            wall_ms.size(),
            percentile(wall_ms, 50.0),
            percentile(wall_ms, 99.0),
            percentile(wall_ms, 100.0)};
}

}  // namespace

void measure_mixed(const SetRun& run) {
    IndexParameters parameters = run.options.index;
    parameters.ef_construction = run.options.insert_ef_construction;
    const size_t first = rows_before_growth(run);
    size_t last = run.set.base.rows;
    if (run.options.insert_rows > 0) last = std::min(last, first + run.options.insert_rows);
    if (last == first) return;

    std::vector<BenchIndex> indexes = make_indexes(run, "mixed");
    std::erase_if(indexes, [](BenchIndex& index) { return index.contender().in_memory(); });
    load_and_build(run, indexes, first, parameters);
    for (BenchIndex& index : indexes) {
        Contender& contender = index.contender();
        contender.attempt("mixed", [&] {
            Progress progress(run.what(contender, "search beside writers"));
            contender.result.mixed = write_and_search(run, index, first, last);
        });
        checkpoint(run);
    }
    drop_tables(indexes);
}

}  // namespace bench
