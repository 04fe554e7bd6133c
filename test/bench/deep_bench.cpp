// deep_bench: what LIMIT n costs for growing n, and what a filter costs that rejects the n nearest
// rows, against pgvector's iterative scan. See README.md, "Deep scans".

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "data/data_set.hpp"
#include "engine/bench_table.hpp"
#include "options.hpp"
#include "report/progress.hpp"
#include "server/backend_cpu.hpp"
#include "server/connection.hpp"

namespace bench {

namespace {

struct DeepOptions {
    std::string conninfo;
    DataSetSpec set;
    size_t queries = 10;
    size_t rounds = 3;  // of which the cheapest counts
    std::vector<size_t> rows = {10, 30, 100, 300, 1000, 3000, 10000, 20000};
    std::vector<std::string> session;
    std::string plot;  // data for plot_deep.gp; empty: none
};

// What is asked of n rows.
enum class Form { kLimit, kRejected };
constexpr size_t kWantedBehindRejected = 10;
// True distances beyond the largest n: those, and what is as near as the n-th.
constexpr size_t kFurther = 100;

const char* name_of(Form form) {
    return form == Form::kLimit ? "LIMIT n" : "n rejected";
}

// Of all queries of one n: the mean recall, and the median of the CPU.
struct Point {
    size_t n;
    double recall, ms;
};

// A session of one engine, which has to use the index, or must not.
class Runner {
  public:
    Runner(const DeepOptions& options, const Engine& engine, const DataSet& set, bool exact)
        : options_(options),
          set_(set),
          connection_(options.conninfo, engine.database),
          cpu_(connection_) {
        connection_.run("SET jit = off; SET max_parallel_workers_per_gather = 0");
        for (const std::string& setting : options.session)
            connection_.run("SET " + setting);
        connection_.run(exact ? "SET enable_indexscan = off"
                              : "SET enable_seqscan = off; SET enable_sort = off");
    }

    // The distances of the rows, and the CPU of parsing, planning and execution in milliseconds.
    std::vector<double> run(Form form, size_t n, size_t query, double beyond, double* ms) {
        const std::string distance = std::string("v ") + distance_operator(set_.metric) + " " +
                                     vector_literal(set_.queries.view(query));
        char bound[32];
        std::snprintf(bound, sizeof bound, "%.17g", beyond);
        const std::string sql =
            "SELECT " + distance + " FROM deep" +
            (form == Form::kRejected ? " WHERE " + distance + " > " + bound : "") + " ORDER BY " +
            distance + " LIMIT " + std::to_string(form == Form::kLimit ? n : kWantedBehindRejected);
        return cheapest_run(connection_, cpu_, sql, options_.rounds, ms);
    }

    // pgvector's lists have at most 1,000 rows; its scans go on from there.
    void prepare_pgvector(size_t n) {
        connection_.run("SET hnsw.ef_search = " + std::to_string(std::clamp<size_t>(n, 40, 1000)));
        connection_.run(
            "SET hnsw.iterative_scan = relaxed_order; SET hnsw.max_scan_tuples = 2147483647; "
            "SET hnsw.scan_mem_multiplier = 1000");
    }

  private:
    const DeepOptions& options_;
    const DataSet& set_;
    Connection connection_;
    BackendCpu cpu_;
};

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<long>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// `nearest` has the true distances of each query, as many as are ever asked for.
Point measure(Runner& runner, Form form, size_t n,
              const std::vector<std::vector<double>>& nearest) {
    std::vector<double> times;
    double hits = 0.0, wanted = 0.0;
    for (size_t query = 0; query < nearest.size(); ++query) {
        const std::vector<double>& truth = nearest[query];
        // Rows as near as the n-th are rejected, too.
        const auto first = form == Form::kLimit
                               ? truth.begin()
                               : std::upper_bound(truth.begin(), truth.end(), truth[n - 1]);
        const size_t count = form == Form::kLimit ? n : kWantedBehindRejected;
        if (static_cast<size_t>(truth.end() - first) < count)
            throw std::runtime_error("too many rows are equally near");
        double ms;
        const std::vector<double> found = runner.run(form, n, query, truth[n - 1], &ms);
        times.push_back(ms);
        wanted += static_cast<double>(count);
        // The engines round a little differently.
        const double last = first[static_cast<long>(count) - 1];
        const double bound = last + std::abs(last) * 1e-6;
        hits += static_cast<double>(
            std::count_if(found.begin(), found.end(), [&](double d) { return d <= bound; }));
    }
    return {n, std::min(1.0, hits / wanted), median(times)};
}

bool make_table(const DeepOptions& options, const Engine& engine, const DataSet& set) {
    Connection admin(options.conninfo, "postgres");
    if (admin.number("SELECT count(*) FROM pg_available_extensions WHERE name = " +
                     quote_literal(engine.extension)) == 0)
        return false;
    admin.run("DROP DATABASE IF EXISTS " + engine.database);
    admin.run("CREATE DATABASE " + engine.database);
    note(engine.name + ": loading and building the index");
    Connection connection(options.conninfo, engine.database);
    connection.run("CREATE EXTENSION " + engine.extension);
    connection.run("SET maintenance_work_mem = '1GB'");
    BenchTable table(connection, engine, set, "deep");
    table.create();
    table.copy_rows(0, set.base.rows);
    table.create_index({});
    table.analyze();
    return true;
}

using Curves = std::map<std::string, std::vector<Point>>;  // by engine

void print(Form form, const Curves& curves) {
    const bool pgvector = curves.count("pgvector") > 0;
    std::printf("\n| %s | recall | CPU ms | us per row |%s\n|---:|---:|---:|---:|%s\n",
                name_of(form), pgvector ? " pgvector: recall | CPU ms | of pgvector |" : "",
                pgvector ? "---:|---:|---:|" : "");
    for (size_t i = 0; i < curves.at("vectidx").size(); ++i) {
        const Point& own = curves.at("vectidx")[i];
        std::printf("| %zu | %.3f | %.3f | %.2f |", own.n, own.recall, own.ms,
                    1000.0 * own.ms / static_cast<double>(own.n));
        if (pgvector) {
            const Point& peer = curves.at("pgvector")[i];
            std::printf(" %.3f | %.3f | %.2f |", peer.recall, peer.ms, own.ms / peer.ms);
        }
        std::printf("\n");
    }
    std::fflush(stdout);
}

void plot(std::ofstream& data, Form form, const Curves& curves) {
    for (const auto& [engine, points] : curves) {
        if (data.tellp() > 0) data << "\n\n";
        data << "\"" << engine << ", " << name_of(form) << "\"\n";
        for (const Point& point : points)
            data << point.n << ' ' << point.ms << '\n';
    }
}

void run_deep(const DeepOptions& options) {
    const DataSet set = load_data_set(options.set, 0, options.queries, 1);
    const size_t most = *std::max_element(options.rows.begin(), options.rows.end());
    if (most + kFurther > set.base.rows)
        throw std::runtime_error("the set has fewer rows than --rows asks for");
    std::map<std::string, Runner> runners;
    for (const char* name : {"vectidx", "pgvector"}) {
        const Engine engine = find_engine(name);
        if (make_table(options, engine, set))
            runners.try_emplace(name, options, engine, set, false);
    }
    if (runners.count("vectidx") == 0)
        throw std::runtime_error("the server has no extension vectidx");
    Runner exact(options, find_engine("vectidx"), set, true);
    std::vector<std::vector<double>> nearest;
    for (size_t query = 0; query < set.queries.rows; ++query) {
        double ms;
        nearest.push_back(exact.run(Form::kLimit, most + kFurther, query, 0.0, &ms));
    }
    std::ofstream data;
    if (!options.plot.empty()) data.open(options.plot);
    for (const Form form : {Form::kLimit, Form::kRejected}) {
        Curves curves;
        for (size_t n : options.rows)
            for (auto& [name, runner] : runners) {
                note(name + ", " + name_of(form) + ", n = " + std::to_string(n));
                if (name == "pgvector") runner.prepare_pgvector(n);
                curves[name].push_back(measure(runner, form, n, nearest));
            }
        print(form, curves);
        if (data.is_open()) plot(data, form, curves);
    }
    if (data.is_open() && !data.flush()) throw std::runtime_error("cannot write " + options.plot);
}

DeepOptions parse(int argc, char** argv) {
    DeepOptions options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i], value = argv[i + 1];
        if (name == "--conninfo")
            options.conninfo = value;
        else if (name == "--set")
            options.set = parse_file_spec(value);
        else if (name == "--synthetic")
            options.set = parse_synthetic_spec(value);
        else if (name == "--queries")
            options.queries = std::stoul(value);
        else if (name == "--rounds")
            options.rounds = std::stoul(value);
        else if (name == "--rows")
            options.rows = parse_numbers<size_t>(value);
        else if (name == "--session")
            options.session.push_back(value);
        else if (name == "--plot")
            options.plot = value;
        else
            throw std::runtime_error("an unknown option: " + name);
    }
    if (argc % 2 == 0) throw std::runtime_error("each option has a value");
    if (options.queries == 0 || options.rounds == 0 || options.rows.empty() ||
        std::count(options.rows.begin(), options.rows.end(), 0) > 0)
        throw std::runtime_error("--queries, --rounds and each of --rows are at least 1");
    if (options.set.name.empty()) throw std::runtime_error("--set or --synthetic is missing");
    return options;
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) {
    try {
        bench::run_deep(bench::parse(argc, argv));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "deep_bench: %s\n", error.what());
        return 2;
    }
}
