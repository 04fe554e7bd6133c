#include "measure/bench_index.hpp"

#include <chrono>

#include "engine/hnswlib_target.hpp"
#include "engine/sql_target.hpp"
#include "report/progress.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

BenchIndex::BenchIndex(const SetRun& run, Contender& contender, const std::string& table_name)
    : run_(&run), contender_(&contender) {
    if (contender.in_memory()) return;
    table_ =
        std::make_unique<BenchTable>(contender.session(), contender.engine(), run.set, table_name);
}

void BenchIndex::load(size_t rows) {
    rows_ = rows;
    if (contender_->in_memory()) return;
    Progress progress(run_->what(*contender_, "load " + table_->name()));
    table_->create();
    table_->copy_rows(0, rows);
    table_->analyze();
}

void BenchIndex::build_in_memory(const IndexParameters& parameters) {
    auto target = std::make_unique<HnswlibTarget>(run_->set, parameters);
    for (size_t i = 0; i < rows_; ++i) {
        target->insert(static_cast<int32_t>(i), run_->set.base.view(i));
    }
    target_ = std::move(target);
}

int64_t BenchIndex::bytes() {
    if (!contender_->in_memory()) return table_->index_bytes();
    return static_cast<int64_t>(static_cast<HnswlibTarget&>(*target_).memory_bytes());
}

BuildResult BenchIndex::build(const IndexParameters& parameters) {
    BuildResult result;
    Progress progress(run_->what(
        *contender_, "build, ef_construction " + std::to_string(parameters.ef_construction)));
    const Clock::time_point start = Clock::now();
    if (contender_->in_memory()) {
        build_in_memory(parameters);
        result.wall_s = seconds_since(start);
        result.cpu_s = result.wall_s;  // one thread that never waits
    } else {
        const BackendCpu cpu(contender_->session());
        const std::optional<double> cpu_before = cpu.process_seconds();
        table_->create_index(parameters);
        result.wall_s = seconds_since(start);
        result.cpu_s = elapsed(cpu_before, cpu.process_seconds());
        target_ = std::make_unique<SqlTarget>(contender_->session(), contender_->engine(),
                                              run_->set, *table_);
    }
    result.bytes = bytes();
    result.bytes_per_row = static_cast<double>(result.bytes) / static_cast<double>(rows_);
    return result;
}

std::vector<BenchIndex> make_indexes(const SetRun& run, const std::string& table_name) {
    std::vector<BenchIndex> indexes;
    for (Contender& contender : run.contenders) {
        if (contender.in_race()) indexes.emplace_back(run, contender, table_name);
    }
    return indexes;
}

void load_and_build(const SetRun& run, std::vector<BenchIndex>& indexes, size_t rows,
                    const IndexParameters& parameters) {
    for (BenchIndex& index : indexes) {
        index.contender().attempt("build", [&] {
            index.load(rows);
            index.build(parameters);
        });
    }
    checkpoint(run);
}

void drop_tables(std::vector<BenchIndex>& indexes) {
    for (BenchIndex& index : indexes) {
        if (index.contender().in_memory()) continue;
        index.contender().attempt("clean up", [&] { index.table().drop(); });
    }
}

void checkpoint(const SetRun& run) {
    for (Contender& contender : run.contenders) {
        if (contender.in_memory() || !contender.in_race()) continue;
        contender.attempt("checkpoint", [&] { contender.session().run("CHECKPOINT"); });
        return;
    }
}

}  // namespace bench
