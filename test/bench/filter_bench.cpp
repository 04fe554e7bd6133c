// filter_bench: what filtered searches cost and find, against pgvector's iterative scan and against
// the better of the two pure strategies. See README.md, "Filters".
//
// The columns of the filters come from the row number, and from a clustering of the
// vectors: a query asks for the rows of its own cluster, or of one far away.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "data/clusters.hpp"
#include "data/vector_file.hpp"
#include "engine/bench_table.hpp"
#include "report/progress.hpp"
#include "server/backend_cpu.hpp"
#include "server/connection.hpp"

namespace bench {

namespace {

struct FilterOptions {
    std::string conninfo, base, query;
    Metric metric = Metric::kL2;
    size_t rows = 0;  // of the base; 0: all
    size_t queries = 30;
    size_t rounds = 3;  // of which the cheapest counts
    size_t limit = 10;
    std::vector<std::string> session;
};

// What is asked, and how good it has to be. A bound of 0 is not checked.
struct FilterRow {
    const char* name;
    const char* condition;  // with $own100, $far100, $own10, $far10
    double recall;
    double of_pgvector;  // CPU, as a share of pgvector's
    double of_better;    // and of the better pure strategy's
};

// "far" is the 50th of 100 clusters, and the 6th of 10. $late is the first of the last twentieth of
// the rows, $fifth of the last fifth.
constexpr FilterRow kRows[] = {
    {"uniform .1 %", "u < 0.001", 0.99, 0.04, 1.3},
    {"uniform 1 %", "u < 0.01", 0.95, 0.25, 1.3},
    {"uniform 5 %", "u < 0.05", 0.95, 0.6, 1.2},
    {"uniform 10 %", "u < 0.1", 0.95, 0.6, 1.2},
    {"uniform 50 %", "u < 0.5", 0.95, 0.6, 1.05},
    {"own of 100 clusters", "c100 = $own100", 0.95, 0.6, 1.3},
    {"50th of 100", "c100 = $far100", 0.95, 0.1, 1.5},
    {"own of 10", "c10 = $own10", 0.95, 0.6, 1.3},
    {"6th of 10", "c10 = $far10", 0.95, 0.8, 1.5},
    {"last 5 %", "created >= $late", 0.95, 0.6, 1.2},
    {"tag 10 %, GIN", "tags @> ARRAY['a']", 0.95, 0.6, 1.2},
    {"tag 1 %, GIN", "tags @> ARRAY['b']", 0.95, 0.25, 1.3},
    {"tenant and last 20 %", "tenant = 7 AND created >= $fifth", 0.99, 0.04, 1.3},
    {"own of 10 and 10 %", "c10 = $own10 AND u < 0.1", 0.95, 1.0, 1.3},
    {"no index, 14 %", "id % 7 = 0", 0.95, 0.0, 1.5},
    {"no index, .1 %", "id % 1009 = 0", 0.95, 0.0, 1.5},
    {"none", "u < 0", 0.0, 0.0, 2.0},
    {"all", "u >= 0", 0.95, 0.0, 1.05},
};

Matrix read(const std::string& path, size_t rows, Metric metric) {
    Matrix data = read_vector_file(path, rows);
    for (size_t i = 0; metric == Metric::kCosine && i < data.rows; ++i) {
        float norm2 = 0.0f;
        for (float x : data.view(i))
            norm2 += x * x;
        for (size_t k = 0; k < data.cols; ++k)
            data.row(i)[k] /= std::max(1e-30f, std::sqrt(norm2));
    }
    return data;
}

struct Data {
    Matrix base, queries;
    Clusters hundred, ten;

    explicit Data(const FilterOptions& options)
        : base(read(options.base, options.rows, options.metric)),
          queries(read(options.query, options.queries, options.metric)),
          hundred(base, 100),
          ten(base, 10) {}
};

void load(Connection& connection, const Data& data) {
    const Matrix& base = data.base;
    connection.run("CREATE UNLOGGED TABLE loaded (id int, v vector(" + std::to_string(base.cols) +
                   "))");
    copy_vectors(connection, "loaded", base, 0, base.rows);
    connection.run(
        "CREATE UNLOGGED TABLE numbers (id int, u float8, tenant int, tags text[], c100 int, "
        "c10 int)");
    size_t at = 0;
    connection.copy_in("COPY numbers FROM STDIN", [&](std::string& chunk) {
        for (size_t i = 0; i < 1000 && at < base.rows; ++i, ++at) {
            const uint64_t bits = mixed(at + 1000003);
            const double u = static_cast<double>(bits >> 11) * 0x1p-53;
            const size_t dice = mixed(bits) % 1000;
            chunk += std::to_string(at) + '\t' + std::to_string(u) + '\t' +
                     std::to_string(mixed(bits + 1) % 100) + "\t{x" + (dice < 100 ? ",a" : "") +
                     (dice % 100 == 7 ? ",b" : "") + "}\t" +
                     std::to_string(data.hundred.nearest(base.view(at), 0)) + '\t' +
                     std::to_string(data.ten.nearest(base.view(at), 0)) + '\n';
        }
    });
    connection.run(
        "CREATE TABLE items AS SELECT id, u, tenant, id AS created, tags, c100, c10, v "
        "FROM loaded JOIN numbers USING (id) ORDER BY id");
    for (const char* columns :
         {"(u)", "(tenant)", "(created)", "USING gin (tags)", "(c100)", "(c10)"})
        connection.run(std::string("CREATE INDEX ON items ") + columns);
}

// One of the ways to the rows: a session with its settings.
struct Way {
    const char* name;
    const char* database;
    const char* settings;
};
constexpr Way kWays[] = {
    {"vectidx", "vectidx", ""},
    {"walk", "vectidx",
     "SET vectidx.filter = off; SET enable_seqscan = off; SET enable_sort = off"},
    {"exact", "vectidx", "SET vectidx.filter = off; SET enable_indexscan = off"},
    {"pgvector", "pgvector",
     "SET hnsw.iterative_scan = relaxed_order; SET hnsw.ef_search = 40; "
     "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off"},
};

// Of all queries of one row by one way.
struct Figures {
    std::vector<double> ms;
    double hits = 0.0, wanted = 0.0, rows = 0.0;
    bool short_of_rows = false;

    double at(double share) const {
        std::vector<double> sorted = ms;
        std::sort(sorted.begin(), sorted.end());
        return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
    }
    double recall() const { return wanted == 0.0 ? 1.0 : hits / wanted; }
};

class Runner {
  public:
    Runner(const FilterOptions& options, const Way& way)
        : options_(options),
          connection_(options.conninfo, std::string("bench_filter_") + way.database),
          cpu_(connection_) {
        connection_.run("SET jit = off; SET max_parallel_workers_per_gather = 0");
        for (const std::string& setting : options.session)
            connection_.run("SET " + setting);
        connection_.run(*way.settings == '\0' ? "SELECT 1" : way.settings);
    }

    // The distances of the rows; adds the CPU of parsing, planning and execution in milliseconds.
    std::vector<double> run(const std::string& condition, const std::string& query, double* ms) {
        const std::string op = options_.metric == Metric::kL2 ? "<->" : "<=>";
        const std::string sql = "SELECT v " + op + " " + query + " FROM items WHERE " + condition +
                                " ORDER BY v " + op + " " + query + " LIMIT " +
                                std::to_string(options_.limit);
        return cheapest_run(connection_, cpu_, sql, options_.rounds, ms);
    }

  private:
    const FilterOptions& options_;
    Connection connection_;
    BackendCpu cpu_;
};

void replace(std::string& text, const std::string& name, size_t value) {
    const size_t at = text.find(name);
    if (at != std::string::npos) text.replace(at, name.size(), std::to_string(value));
}

std::string condition_of(const FilterRow& row, const Data& data, size_t query) {
    std::string text = row.condition;
    const auto x = data.queries.view(query);
    replace(text, "$own100", data.hundred.nearest(x, 0));
    replace(text, "$far100", data.hundred.nearest(x, 49));
    replace(text, "$own10", data.ten.nearest(x, 0));
    replace(text, "$far10", data.ten.nearest(x, 5));
    replace(text, "$late", data.base.rows - data.base.rows / 20);
    replace(text, "$fifth", data.base.rows - data.base.rows / 5);
    return text;
}

class Report {
  public:
    explicit Report(bool pgvector) : pgvector_(pgvector) {
        std::printf(
            "recall (rows) CPU p50/p99 ms; the ratios are of medians; worst: of one query, to the "
            "better pure strategy\n\n"
            "| filter | vectidx | walk | exact | pgvector | of pgvector | of the better | worst |\n"
            "|---|---|---|---|---|---|---|---|\n");
    }

    void add(const FilterRow& row, const std::map<std::string, Figures>& all) {
        const Figures& own = all.at("vectidx");
        const double better = std::min(all.at("walk").at(0.5), all.at("exact").at(0.5));
        const double of_better = own.at(0.5) / better;
        const double of_pgvector = pgvector_ ? own.at(0.5) / all.at("pgvector").at(0.5) : 0.0;
        double worst = 0.0;
        bool beyond = false;
        for (size_t i = 0; i < own.ms.size(); ++i) {
            const double best = std::min(all.at("walk").ms[i], all.at("exact").ms[i]);
            worst = std::max(worst, own.ms[i] / best);
            beyond = beyond || own.ms[i] > 2.5 * best + 4.0;
        }
        std::printf("| %s |", row.name);
        for (const Way& way : kWays) {
            const auto found = all.find(way.name);
            if (found == all.end()) {
                std::printf(" |");
                continue;
            }
            const Figures& f = found->second;
            std::printf(" %.3f (%.1f) %.2f/%.2f |", f.recall(),
                        f.rows / static_cast<double>(f.ms.size()), f.at(0.5), f.at(0.99));
        }
        const bool good_recall = own.recall() >= row.recall && !own.short_of_rows;
        std::printf(" %.3f%s | %.2f%s | %.1f%s |%s\n", of_pgvector,
                    mark(of_pgvector, row.of_pgvector), of_better, mark(of_better, row.of_better),
                    worst, beyond ? " **" : "", good_recall ? "" : " ** recall or rows");
        std::fflush(stdout);
        failed_ += beyond + !good_recall + (*mark(of_better, row.of_better) != '\0') +
                   (*mark(of_pgvector, row.of_pgvector) != '\0');
        sum_ += of_better;
        ++rows_;
    }

    // Returns how many bounds were missed.
    int end() const {
        std::printf(
            "\nMean of the ratios to the better pure strategy: %.2f. ** %d bounds missed.\n",
            sum_ / rows_, failed_);
        return failed_ + (sum_ > 1.3 * rows_);
    }

  private:
    static const char* mark(double value, double bound) {
        return bound > 0.0 && value > bound ? " **" : "";
    }

    bool pgvector_;
    int failed_ = 0;
    double sum_ = 0.0;
    int rows_ = 0;
};

bool make_database(const FilterOptions& options, const Data& data, const std::string& engine) {
    Connection admin(options.conninfo, "postgres");
    const std::string extension = engine == "pgvector" ? "vector" : "vectidx";
    if (admin.value("SELECT 1 FROM pg_available_extensions WHERE name = '" + extension + "'")
            .empty())
        return false;
    const std::string database = "bench_filter_" + engine;
    admin.run("DROP DATABASE IF EXISTS " + database);
    admin.run("CREATE DATABASE " + database);
    note(engine + ": loading");
    Connection connection(options.conninfo, database);
    connection.run("CREATE EXTENSION " + extension);
    load(connection, data);
    note(engine + ": building the index");
    connection.run("SET maintenance_work_mem = '1GB'");
    connection.run(std::string("CREATE INDEX items_v ON items USING ") +
                   (engine == "pgvector" ? "hnsw" : "vectidx") + " (v " +
                   (options.metric == Metric::kL2 ? "vector_l2_ops" : "vector_cosine_ops") + ")");
    connection.run("DROP TABLE loaded, numbers");
    connection.run("VACUUM ANALYZE items");
    return true;
}

int run_filters(const FilterOptions& options) {
    const Data data(options);
    if (!make_database(options, data, "vectidx"))
        throw std::runtime_error("the server has no extension vectidx");
    const bool pgvector = make_database(options, data, "pgvector");
    std::map<std::string, Runner> runners;
    for (const Way& way : kWays)
        if (pgvector || std::string(way.database) != "pgvector")
            runners.try_emplace(way.name, options, way);
    Report report(pgvector);
    for (const FilterRow& row : kRows) {
        std::map<std::string, Figures> all;
        for (size_t query = 0; query < data.queries.rows; ++query) {
            const std::string condition = condition_of(row, data, query);
            const std::string text = vector_literal(data.queries.view(query));
            double ms;
            const std::vector<double> nearest = runners.at("exact").run(condition, text, &ms);
            all["exact"].ms.push_back(ms);
            for (auto& [name, runner] : runners) {
                Figures& figures = all[name];
                std::vector<double> found = nearest;
                if (name != "exact") {
                    found = runner.run(condition, text, &ms);
                    figures.ms.push_back(ms);
                }
                figures.rows += static_cast<double>(found.size());
                figures.wanted += static_cast<double>(nearest.size());
                figures.short_of_rows = figures.short_of_rows || found.size() < nearest.size();
                // pgvector rounds a little differently.
                for (double distance : found)
                    figures.hits += !nearest.empty() && distance <= nearest.back() * (1.0 + 1e-6);
            }
        }
        report.add(row, all);
    }
    return report.end();
}

FilterOptions parse(int argc, char** argv) {
    FilterOptions options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i], value = argv[i + 1];
        if (name == "--conninfo")
            options.conninfo = value;
        else if (name == "--base")
            options.base = value;
        else if (name == "--query")
            options.query = value;
        else if (name == "--metric")
            options.metric = parse_metric(value);
        else if (name == "--rows")
            options.rows = std::stoul(value);
        else if (name == "--queries")
            options.queries = std::stoul(value);
        else if (name == "--rounds")
            options.rounds = std::stoul(value);
        else if (name == "--limit")
            options.limit = std::stoul(value);
        else if (name == "--session")
            options.session.push_back(value);
        else
            throw std::runtime_error("an unknown option: " + name);
    }
    if (argc % 2 == 0) throw std::runtime_error("each option has a value");
    if (options.metric == Metric::kInnerProduct)
        throw std::runtime_error("--metric is l2 or cosine");
    return options;
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) {
    try {
        return bench::run_filters(bench::parse(argc, argv)) == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "filter_bench: %s\n", error.what());
        return 2;
    }
}
