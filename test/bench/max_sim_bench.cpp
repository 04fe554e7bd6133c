// max_sim_bench: the searches of docs/late-interaction.md, by an index over the arrays and by an
// index over the token vectors of a second table, against the exact order by MaxSim. See README.md,
// "Late interaction".
//
// The documents are made from text vectors. A token vector is text + word + noise / 2, scaled to
// norm 1, each of the three with norm 1: the text is a row of the base file (a row of the query
// file for a query), and the word one of 5,000 other rows, the first of them more often.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "data/vector_file.hpp"
#include "report/progress.hpp"
#include "server/backend_cpu.hpp"
#include "server/connection.hpp"

namespace bench {

namespace {

constexpr size_t kDims = 128, kWords = 5000, kLeastTokens = 20, kMostTokens = 80;

struct MaxSimOptions {
    std::string conninfo, database = "bench_max_sim", type = "vector", base, query;
    size_t documents = 5000, queries = 30, tokens = 32, limit = 10, rounds = 2;
    uint64_t seed = 1;
    double target_recall = 0.95;
    bool load = true, second_table = true;
};

// How many token vectors the index gives per query vector, and how many documents are compared.
struct Effort {
    size_t near, candidates;
};
constexpr Effort kEfforts[] = {{10, 20}, {20, 50}, {50, 50}, {50, 100}, {100, 100}, {200, 200}};

class Tokens {
  public:
    explicit Tokens(const MaxSimOptions& options)
        : options_(options),
          base_(read_vector_file(options.base, options.documents + kWords)),
          query_(read_vector_file(options.query, options.queries)) {
        if (base_.cols < kDims || base_.rows < options.documents + kWords)
            throw std::runtime_error("the base file has too few rows or columns");
    }

    // The array of document i as text. Each has its own seed.
    std::string document(size_t i) const {
        std::mt19937_64 random(options_.seed * 1000003 + i);
        return array(base_.row(i), kLeastTokens + random() % (kMostTokens - kLeastTokens + 1),
                     random);
    }

    std::string query(size_t i) const {
        std::mt19937_64 random(options_.seed * 2000003 + i);
        return array(query_.row(i), options_.tokens, random);
    }

  private:
    using Token = std::vector<double>;

    static void add(Token& token, const Token& part, double weight) {
        double norm2 = 0;
        for (double x : part)
            norm2 += x * x;
        for (size_t d = 0; d < kDims; ++d)
            token[d] += norm2 > 0 ? part[d] * weight / std::sqrt(norm2) : 0;
    }

    std::string array(const float* text, size_t count, std::mt19937_64& random) const {
        std::normal_distribution<double> normal;
        std::uniform_real_distribution<double> uniform;
        std::string out = "{";
        for (size_t i = 0; i < count; ++i) {
            const double u = uniform(random);
            const size_t word = static_cast<size_t>(u * u * kWords);
            const float* row = base_.row(options_.documents + word);
            Token noise(kDims), sum(kDims), token(kDims);
            for (double& x : noise)
                x = normal(random);
            add(sum, Token(text, text + kDims), 1);
            add(sum, Token(row, row + kDims), 1);
            add(sum, noise, 0.5);
            add(token, sum, 1);
            out += i == 0 ? "\"[" : ",\"[";
            for (size_t d = 0; d < kDims; ++d) {
                char number[32];
                std::snprintf(number, sizeof number, d == 0 ? "%.5g" : ",%.5g", token[d]);
                out += number;
            }
            out += "]\"";
        }
        return out + "}";
    }

    const MaxSimOptions& options_;
    Matrix base_, query_;
};

void load(const MaxSimOptions& options, const Tokens& tokens) {
    {
        Connection postgres(options.conninfo, "postgres");
        postgres.run("DROP DATABASE IF EXISTS " + options.database);
        postgres.run("CREATE DATABASE " + options.database);
    }
    Connection connection(options.conninfo, options.database);
    const std::string type = options.type + "(" + std::to_string(kDims) + ")";
    connection.run("CREATE EXTENSION vectidx; SET maintenance_work_mem = '2GB'");
    connection.run("CREATE TABLE passage (id bigint PRIMARY KEY, tokens " + type +
                   "[] NOT NULL); ALTER TABLE passage ALTER tokens SET STORAGE EXTERNAL; CREATE "
                   "TABLE passage_token (passage_id bigint NOT NULL, token " +
                   type + " NOT NULL)");
    size_t next = 0;
    const std::string index = options.type + "_maxsim_ops";
    connection.copy_in("COPY passage FROM STDIN", [&](std::string& chunk) {
        if (next == options.documents) return;
        chunk = std::to_string(next) + "\t" + tokens.document(next) + "\n";
        ++next;
    });
    note("building the index over arrays");
    connection.run("CREATE INDEX passage_nearest ON passage USING vectidx (tokens " + index + ")");
    connection.run("VACUUM ANALYZE passage");
    if (!options.second_table) return;
    connection.run(
        "INSERT INTO passage_token SELECT id, token FROM passage, unnest(tokens) AS token");
    note("building the index over token vectors");
    connection.run("CREATE INDEX passage_token_nearest ON passage_token USING vectidx (token " +
                   options.type + "_ip_ops)");
    connection.run("CREATE INDEX ON passage_token (passage_id)");
    connection.run("VACUUM ANALYZE passage_token");
}

// The statement of docs/late-interaction.md.
std::string search_sql(const Effort& effort, size_t limit) {
    return "SELECT id, tokens @# $1 AS distance FROM (SELECT passage_id FROM (SELECT passage_id, "
           "place, max(score - lowest) AS gain FROM (SELECT passage_id, place, score, min(score) "
           "OVER (PARTITION BY place) AS lowest FROM unnest($1) WITH ORDINALITY AS wanted (token, "
           "place), LATERAL (SELECT passage_id, -(passage_token.token <#> wanted.token) AS score "
           "FROM passage_token ORDER BY passage_token.token <#> wanted.token LIMIT " +
           std::to_string(effort.near) +
           ") AS near) AS found GROUP BY passage_id, place) AS best GROUP BY passage_id ORDER BY "
           "sum(gain) DESC, passage_id LIMIT " +
           std::to_string(effort.candidates) +
           ") AS candidate JOIN passage ON id = passage_id ORDER BY distance, id LIMIT " +
           std::to_string(limit);
}

class Runner {
  public:
    Runner(const MaxSimOptions& options, Connection& connection)
        : options_(options), connection_(connection), cpu_(connection) {
        connection_.run(
            "SET jit = off; SET max_parallel_workers_per_gather = 0; SET random_page_cost = 1.1; "
            "SET plan_cache_mode = force_generic_plan; SET vectidx.target_recall = " +
            std::to_string(options.target_recall));
    }

    void prepare(const std::string& name, const std::string& sql) {
        connection_.run("PREPARE " + name + "(" + options_.type + "[]) AS " + sql);
    }

    // The rows of the statement, and the milliseconds of CPU of its cheapest run.
    std::set<std::string> run(const std::string& name, const std::string& query, double* ms) {
        const std::string execute = "EXECUTE " + name + "(" + quote_literal(query) + ")";
        std::set<std::string> found;
        double best = 1e9;
        for (size_t round = 0; round < options_.rounds; ++round) {
            const auto before = cpu_.thread_seconds();
            const Result rows = connection_.run(execute);
            const auto spent = elapsed(before, cpu_.thread_seconds());
            if (!spent) throw std::runtime_error("the server's CPU time cannot be read");
            best = std::min(best, *spent * 1000.0);
            found.clear();
            for (int i = 0; i < PQntuples(rows.get()); ++i)
                found.insert(PQgetvalue(rows.get(), i, 0));
        }
        *ms += best;
        return found;
    }

    void aim_at(double recall) {
        connection_.run("SET vectidx.target_recall = " + std::to_string(recall));
    }

    bool by_array_index(const std::string& name, const std::string& query) {
        return explain(name, query).find("Index Scan using passage_nearest") != std::string::npos;
    }

    bool by_indexes(const std::string& name, const std::string& query) {
        const std::string plan = explain(name, query);
        return plan.find("Index Scan using passage_token_nearest") != std::string::npos &&
               plan.find("Index Scan using passage_pkey") != std::string::npos;
    }

  private:
    std::string explain(const std::string& name, const std::string& query) {
        const Result lines = connection_.run("EXPLAIN (COSTS OFF) EXECUTE " + name + "(" +
                                             quote_literal(query) + ")");
        std::string plan;
        for (int i = 0; i < PQntuples(lines.get()); ++i)
            plan += PQgetvalue(lines.get(), i, 0) + std::string("\n");
        return plan;
    }

    const MaxSimOptions& options_;
    Connection& connection_;
    BackendCpu cpu_;
};

// The queries with their exact answers.
struct Truth {
    std::vector<std::string> queries;
    std::vector<std::set<std::string>> rows;
    double ms = 0;  // for all
};

Truth find_truth(const MaxSimOptions& options, const Tokens& tokens, Runner& runner) {
    note("exact order");
    // "+ 0" asks for an order without an index.
    runner.prepare("exact", "SELECT id FROM passage ORDER BY (tokens @# $1) + 0, id LIMIT " +
                                std::to_string(options.limit));
    Truth truth;
    for (size_t i = 0; i < options.queries; ++i) {
        truth.queries.push_back(tokens.query(i));
        truth.rows.push_back(runner.run("exact", truth.queries.back(), &truth.ms));
    }
    return truth;
}

// Runs the statement for each query; the end of a line of a table.
std::string measure(const std::string& name, const Truth& truth, Runner& runner) {
    double ms = 0;
    size_t hits = 0, wanted = 0;
    for (size_t i = 0; i < truth.queries.size(); ++i) {
        wanted += truth.rows[i].size();
        for (const std::string& id : runner.run(name, truth.queries[i], &ms))
            hits += truth.rows[i].count(id);
    }
    const double count = static_cast<double>(truth.queries.size());
    char line[100];
    std::snprintf(line, sizeof line, "%.3f | %.1f | %.3f",
                  static_cast<double>(hits) / static_cast<double>(wanted), ms / count,
                  ms / truth.ms);
    return line;
}

void search_arrays(const MaxSimOptions& options, const Truth& truth, Runner& runner) {
    std::printf(
        "\n| index over arrays, target_recall | recall | CPU, ms | of the exact order | "
        "by the index |\n|---|---|---|---|---|\n");
    runner.prepare("arrays", "SELECT id FROM passage ORDER BY tokens @# $1 LIMIT " +
                                 std::to_string(options.limit));
    for (const double recall : {0.8, 0.9, 0.95, 0.99}) {
        runner.aim_at(recall);
        std::printf("| %g | %s | %s |\n", recall, measure("arrays", truth, runner).c_str(),
                    runner.by_array_index("arrays", truth.queries[0]) ? "yes" : "no");
        std::fflush(stdout);
    }
    runner.aim_at(options.target_recall);
}

void search_tokens(const MaxSimOptions& options, const Truth& truth, Runner& runner) {
    std::printf(
        "\n| token vectors per query vector | documents compared | recall | CPU, ms | "
        "of the exact order | by indexes |\n|---|---|---|---|---|---|\n");
    for (const Effort& effort : kEfforts) {
        const std::string name =
            "near" + std::to_string(effort.near) + "_" + std::to_string(effort.candidates);
        runner.prepare(name, search_sql(effort, options.limit));
        std::printf("| %zu | %zu | %s | %s |\n", effort.near, effort.candidates,
                    measure(name, truth, runner).c_str(),
                    runner.by_indexes(name, truth.queries[0]) ? "yes" : "no");
        std::fflush(stdout);
    }
}

void search(const MaxSimOptions& options, const Tokens& tokens) {
    Connection connection(options.conninfo, options.database);
    Runner runner(options, connection);
    const Truth truth = find_truth(options, tokens, runner);
    std::printf(
        "%zu documents, %s token vectors of type %s(%zu), %zu per query; exact order: %.1f "
        "ms of CPU\n",
        options.documents, connection.value("SELECT sum(cardinality(tokens)) FROM passage").c_str(),
        options.type.c_str(), kDims, options.tokens,
        truth.ms / static_cast<double>(options.queries));
    search_arrays(options, truth, runner);
    if (options.second_table) search_tokens(options, truth, runner);
}

MaxSimOptions parse(int argc, char** argv) {
    MaxSimOptions options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i], value = argv[i + 1];
        if (name == "--conninfo")
            options.conninfo = value;
        else if (name == "--database")
            options.database = value;
        else if (name == "--type")
            options.type = value;
        else if (name == "--base")
            options.base = value;
        else if (name == "--query")
            options.query = value;
        else if (name == "--documents")
            options.documents = std::stoul(value);
        else if (name == "--queries")
            options.queries = std::stoul(value);
        else if (name == "--tokens")
            options.tokens = std::stoul(value);
        else if (name == "--limit")
            options.limit = std::stoul(value);
        else if (name == "--rounds")
            options.rounds = std::stoul(value);
        else if (name == "--target-recall")
            options.target_recall = std::stod(value);
        else if (name == "--seed")
            options.seed = std::stoul(value);
        else if (name == "--load")
            options.load = value == "on";
        else if (name == "--second-table")
            options.second_table = value == "on";
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
        const bench::MaxSimOptions options = bench::parse(argc, argv);
        const bench::Tokens tokens(options);
        if (options.load) bench::load(options, tokens);
        bench::search(options, tokens);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "max_sim_bench: %s\n", error.what());
        return 2;
    }
}
