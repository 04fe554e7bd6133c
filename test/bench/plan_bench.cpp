// plan_bench: what the plans that PostgreSQL chooses cost, against the better of index and sort.
// See README.md, "Plans".
//
// Each statement runs three times over: as the planner wants it, with the index (no sequential
// scan, no sort) and without it. The figure is the backend's CPU time, the median over the queries.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "data/synthetic.hpp"
#include "engine/bench_table.hpp"
#include "options.hpp"
#include "report/progress.hpp"
#include "server/backend_cpu.hpp"
#include "server/connection.hpp"

namespace bench {

namespace {

// Ways to ask for the nearest rows.
enum class Form { kLimit, kParameter, kCursor, kJoin, kBarrier };
constexpr const char* kFormNames[] = {"LIMIT", "LIMIT $2", "cursor", "join", "barrier"};

struct Shape {
    Form form;
    size_t rows;         // that are read; 0: all
    double selectivity;  // of the filter, in thousandths exact
};

struct GridTable {
    size_t rows;
    size_t dims;
    bool inline_vectors;  // STORAGE plain, where that fits
};

struct GridOptions {
    std::string conninfo;
    std::vector<size_t> rows = {1000, 10000, 50000};
    std::vector<size_t> dims = {3, 128, 768, 1536};
    std::vector<size_t> limits = {1, 10, 100, 1000, 20000};
    std::vector<double> selectivities = {0.01, 0.1, 1.0};
    std::vector<std::string> session;
    size_t queries = 5;
    double allowed = 1.5;
    // What is below the clock's and the machine's noise is no finding.
    double noise_ms = 0.3;
};

// One statement, in a session of its own settings.
class Runner {
  public:
    Runner(const GridOptions& options, const Matrix& queries)
        : connection_(options.conninfo, "bench_plans"), cpu_(connection_), queries_(queries) {
        connection_.run("SET jit = off; SET max_parallel_workers_per_gather = 0");
        connection_.run("SET plan_cache_mode = force_generic_plan");
        for (const std::string& setting : options.session)
            connection_.run("SET " + setting);
    }

    Connection& connection() { return connection_; }

    // The median CPU of the queries, in milliseconds; `plan` gets the type of the scan.
    double measure(const Shape& shape, std::string* plan) {
        prepare(shape);
        *plan = describe(shape);
        std::vector<double> times;
        run_one(shape, 0);
        for (size_t i = 0; i < queries_.rows; ++i) {
            const auto before = cpu_.thread_seconds();
            run_one(shape, i);
            const auto spent = elapsed(before, cpu_.thread_seconds());
            if (!spent) throw std::runtime_error("the server's CPU time cannot be read");
            times.push_back(*spent * 1000.0);
        }
        std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 2),
                         times.end());
        connection_.run("DEALLOCATE ALL");
        return times[times.size() / 2];
    }

  private:
    std::string query_text(size_t i) const { return vector_literal(queries_.view(i)); }

    static std::string statement(const Shape& shape, const std::string& query) {
        const bool join = shape.form == Form::kJoin;
        std::string sql = "SELECT g.id FROM ";
        sql += shape.form == Form::kBarrier ? "guarded g" : "grid g";
        const std::string most = std::to_string(static_cast<int>(shape.selectivity * 1000.0 + 0.5));
        if (join) sql += " JOIN colors c ON c.color = g.color AND c.rank < " + most;
        if (!join && shape.form != Form::kBarrier && shape.selectivity < 1.0)
            sql += " WHERE g.color < " + most;
        sql += " ORDER BY g.v <-> " + query;
        if (shape.form == Form::kParameter)
            sql += " LIMIT $2";
        else if (shape.form != Form::kCursor && shape.rows > 0)
            sql += " LIMIT " + std::to_string(shape.rows);
        return sql;
    }

    void prepare(const Shape& shape) {
        if (shape.form == Form::kCursor) return;
        const char* types = shape.form == Form::kParameter ? "(vector, bigint)" : "(vector)";
        connection_.run(std::string("PREPARE s") + types + " AS " + statement(shape, "$1"));
    }

    std::string execution(const Shape& shape, size_t i) const {
        std::string sql = "EXECUTE s(" + query_text(i);
        if (shape.form == Form::kParameter) sql += ", " + std::to_string(shape.rows);
        return sql + ")";
    }

    void run_one(const Shape& shape, size_t i) {
        if (shape.form != Form::kCursor) {
            connection_.run(execution(shape, i));
            return;
        }
        connection_.run("BEGIN");
        connection_.run("DECLARE c CURSOR FOR " + statement(shape, query_text(i)));
        connection_.run("FETCH " + std::to_string(shape.rows) + " FROM c");
        connection_.run("COMMIT");
    }

    std::string describe(const Shape& shape) {
        const Result plan = connection_.run(
            "EXPLAIN (COSTS OFF) " +
            (shape.form == Form::kCursor ? "DECLARE c CURSOR FOR " + statement(shape, query_text(0))
                                         : execution(shape, 0)));
        for (int i = 0; i < PQntuples(plan.get()); ++i)
            if (std::strstr(PQgetvalue(plan.get(), i, 0), "grid_v") != nullptr) return "index";
        return "sort";
    }

    Connection connection_;
    BackendCpu cpu_;
    const Matrix& queries_;
};

void make_table(Connection& connection, const GridTable& table, const Matrix& data) {
    const std::string type = "vector(" + std::to_string(table.dims) + ")";
    connection.run("DROP TABLE IF EXISTS grid, loaded CASCADE");
    connection.run("CREATE UNLOGGED TABLE loaded (id int, v " + type + ")");
    copy_vectors(connection, "loaded", data, 0, table.rows);
    connection.run("CREATE TABLE grid (id int, color int, v " + type + ")");
    if (table.inline_vectors) connection.run("ALTER TABLE grid ALTER v SET STORAGE plain");
    connection.run("INSERT INTO grid SELECT id, (id::bigint * 7919) % 1000, v FROM loaded");
    connection.run("ALTER TABLE grid ADD PRIMARY KEY (id)");
    connection.run("SET maintenance_work_mem = '1GB'");
    connection.run(
        "CREATE INDEX grid_v ON grid USING vectidx (v vector_l2_ops) WITH (ef_construction = 64)");
    connection.run(
        "CREATE VIEW guarded WITH (security_barrier) AS SELECT * FROM grid WHERE color < 500");
    connection.run("VACUUM ANALYZE grid");
}

// Returns whether the chosen plan is good enough.
bool report(Runner& runner, const GridOptions& options, const GridTable& table,
            const Shape& shape) {
    const auto with = [&](const char* settings, std::string* plan) {
        runner.connection().run(settings);
        const double ms = runner.measure(shape, plan);
        runner.connection().run("RESET enable_seqscan; RESET enable_sort; RESET enable_indexscan");
        return ms;
    };
    std::string plan, forced;
    const double chosen = with("RESET enable_seqscan", &plan);
    const double index = with("SET enable_seqscan = off; SET enable_sort = off", &forced);
    const double sort = with("SET enable_indexscan = off", &forced);
    const double best = std::min(index, sort);
    // The chosen plan is one of the two: their own figures are compared, which noise hits alike.
    const double paid = plan == "index" ? index : sort;
    const bool good = paid <= options.allowed * best || paid - best < options.noise_ms;
    std::printf("| %zu | %zu%s | %s | %zu | %.2f | %.3f | %.3f | %s, %.3f | %.2f%s |\n", table.rows,
                table.dims, table.inline_vectors ? " inline" : "",
                kFormNames[static_cast<int>(shape.form)], shape.rows, shape.selectivity, index,
                sort, plan.c_str(), chosen, paid / best, good ? "" : " **");
    std::fflush(stdout);
    return good;
}

std::vector<Shape> shapes_of(const GridOptions& options, const GridTable& table) {
    std::vector<Shape> shapes;
    for (size_t limit : options.limits)
        for (double selectivity : options.selectivities)
            if (static_cast<double>(limit) <= static_cast<double>(table.rows) * selectivity)
                shapes.push_back({Form::kLimit, limit, selectivity});
    shapes.push_back({Form::kLimit, 0, 1.0});
    for (size_t limit : {size_t{10}, size_t{100}}) {
        shapes.push_back({Form::kParameter, limit, 1.0});
        shapes.push_back({Form::kCursor, limit, 1.0});
    }
    shapes.push_back({Form::kJoin, 10, 0.1});
    shapes.push_back({Form::kJoin, 10, 1.0});
    shapes.push_back({Form::kBarrier, 10, 0.5});
    return shapes;
}

// Returns the number of statements whose plan was too dear.
size_t run_grid(const GridOptions& options) {
    {
        Connection admin(options.conninfo, "postgres");
        admin.run("DROP DATABASE IF EXISTS bench_plans");
        admin.run("CREATE DATABASE bench_plans");
    }
    Connection owner(options.conninfo, "bench_plans");
    owner.run("CREATE EXTENSION vectidx");
    owner.run("CREATE TABLE colors AS SELECT i AS color, i AS rank FROM generate_series(0, 999) i");
    owner.run("ALTER TABLE colors ADD PRIMARY KEY (color)");
    owner.run("ANALYZE colors");
    std::printf(
        "| rows | dims | form | rows read | selectivity | index, ms | sort, ms | chosen, ms "
        "| chosen / best |\n|---|---|---|---|---|---|---|---|---|\n");
    size_t bad = 0, all = 0;
    for (size_t dims : options.dims) {
        const size_t most = *std::max_element(options.rows.begin(), options.rows.end());
        Matrix data = generate("mixture", most + options.queries, dims, 1);
        const Matrix queries = take_last_rows(data, options.queries);
        for (size_t rows : options.rows) {
            const bool large = dims * sizeof(float) > 2000;
            for (int plain = 0; plain <= (large && rows <= 10000 ? 1 : 0); ++plain) {
                const GridTable table{rows, dims, plain == 1};
                note(std::to_string(rows) + " rows, " + std::to_string(dims) + " dimensions");
                make_table(owner, table, data);
                Runner runner(options, queries);
                for (const Shape& shape : shapes_of(options, table)) {
                    ++all;
                    bad += report(runner, options, table, shape) ? 0 : 1;
                }
            }
        }
    }
    std::printf("\n%zu of %zu plans cost more than %.1f times the best.\n", bad, all,
                options.allowed);
    return bad;
}

GridOptions parse(int argc, char** argv) {
    GridOptions options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const char* value = argv[i + 1];
        if (name == "--conninfo")
            options.conninfo = value;
        else if (name == "--rows")
            options.rows = parse_numbers<size_t>(value);
        else if (name == "--dims")
            options.dims = parse_numbers<size_t>(value);
        else if (name == "--limits")
            options.limits = parse_numbers<size_t>(value);
        else if (name == "--selectivities")
            options.selectivities = parse_numbers<double>(value);
        else if (name == "--queries")
            options.queries = parse_numbers<size_t>(value).front();
        else if (name == "--session")
            options.session.push_back(value);
        else
            throw std::runtime_error("an unknown option: " + name);
    }
    if (argc % 2 == 0) throw std::runtime_error("each option has a value");
    return options;
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) {
    try {
        return bench::run_grid(bench::parse(argc, argv)) == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "plan_bench: %s\n", error.what());
        return 2;
    }
}
