// hybrid_bench: what the statements of docs/hybrid.md cost, against each of their two legs alone,
// and how well BM25 as a sparsevec does. See README.md, "Hybrid search".
//
// The data is what scripts/demo.sh leaves: the descriptions of all Debian packages. The questions
// are summaries of packages, as a search of all of their words or of any of them.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "report/progress.hpp"
#include "server/backend_cpu.hpp"
#include "server/connection.hpp"

namespace bench {

namespace {

struct HybridOptions {
    std::string conninfo, database = "demo";
    size_t queries = 30;
    size_t rounds = 3;      // of which the cheapest counts
    double allowed = 1.2;   // the statement, to its slower leg
    double noise_ms = 0.2;  // what is below the clock's and the machine's noise
};

struct Statement {
    const char* name;
    const char* sql;  // $1: the text of the question, $2: its vector
};

// Both legs by themselves, then the statements of docs/hybrid.md.
constexpr Statement kStatements[] = {
    {"words",
     "SELECT id FROM package, websearch_to_tsquery('english', $1) AS query WHERE words @@ query "
     "AND $2 IS NOT NULL ORDER BY ts_rank_cd(words, query) DESC, id LIMIT 50"},
    {"near", "SELECT id FROM package WHERE $1 <> '' ORDER BY embedding <=> $2 LIMIT 50"},
    {"rrf",
     "SELECT id, sum(1 / (60 + place)::float8) AS score FROM (SELECT id, row_number() OVER (ORDER "
     "BY distance, id) AS place FROM (SELECT id, embedding <=> $2 AS distance FROM package ORDER "
     "BY embedding <=> $2 LIMIT 50) AS near UNION ALL SELECT id, row_number() OVER (ORDER BY rank "
     "DESC, id) FROM (SELECT id, ts_rank_cd(words, query) AS rank FROM package, "
     "websearch_to_tsquery('english', $1) AS query WHERE words @@ query ORDER BY rank DESC, id "
     "LIMIT 50) AS matching) AS legs GROUP BY id ORDER BY score DESC, id LIMIT 10"},
    {"weighted",
     "SELECT id, max(0.6 * (1 - (embedding <=> $2)) + 0.4 * ts_rank_cd(words, query, 32)) AS score "
     "FROM websearch_to_tsquery('english', $1) AS query, LATERAL ((SELECT id, embedding, words "
     "FROM package ORDER BY embedding <=> $2 LIMIT 50) UNION ALL (SELECT id, embedding, words FROM "
     "package WHERE words @@ query ORDER BY ts_rank_cd(words, query) DESC, id LIMIT 50)) AS legs "
     "GROUP BY id ORDER BY score DESC, id LIMIT 10"},
};
constexpr size_t kWords = 0, kNear = 1, kLegs = 2, kAll = 4;

struct Question {
    std::string words, embedding;
    int64_t matches;
};

std::vector<Question> questions_of(Connection& connection, const HybridOptions& options,
                                   const std::string& between) {
    const Result rows = connection.run(
        "SELECT words, embed(words), (SELECT count(*) FROM package AS p WHERE p.words @@ "
        "websearch_to_tsquery('english', s.words)) FROM (SELECT (SELECT string_agg(word, ' " +
        between +
        " ' ORDER BY place) FROM (SELECT word, place FROM regexp_split_to_table(summary, "
        "'[^A-Za-z]+') WITH ORDINALITY AS t (word, place) WHERE to_tsvector('english', word) <> '' "
        "AND lower(word) <> 'or' ORDER BY place LIMIT 3) AS first) AS words FROM package ORDER BY "
        "hashtext(name) LIMIT " +
        std::to_string(options.queries) + ") AS s WHERE embed(words) IS NOT NULL");
    std::vector<Question> questions;
    for (int i = 0; i < PQntuples(rows.get()); ++i)
        questions.push_back({PQgetvalue(rows.get(), i, 0), PQgetvalue(rows.get(), i, 1),
                             std::strtoll(PQgetvalue(rows.get(), i, 2), nullptr, 10)});
    return questions;
}

class Runner {
  public:
    Runner(const HybridOptions& options, Connection& connection)
        : options_(options), connection_(connection), cpu_(connection) {
        connection_.run(
            "SET jit = off; SET max_parallel_workers_per_gather = 0; "
            "SET plan_cache_mode = force_generic_plan");
        for (const Statement& statement : kStatements)
            connection_.run(std::string("PREPARE ") + statement.name + "(text, vector) AS " +
                            statement.sql);
    }

    // CPU in milliseconds of each statement, in turns.
    std::vector<double> measure(const Question& question) {
        std::string values = "(";
        values.append(quote_literal(question.words)).append(", ");
        values.append(quote_literal(question.embedding)).append(")");
        std::vector<double> best(kAll, 1e9);
        for (size_t round = 0; round < options_.rounds; ++round)
            for (size_t i = 0; i < kAll; ++i) {
                const std::string execute = std::string("EXECUTE ") + kStatements[i].name + values;
                const auto before = cpu_.thread_seconds();
                connection_.run(execute);
                const auto spent = elapsed(before, cpu_.thread_seconds());
                if (!spent) throw std::runtime_error("the server's CPU time cannot be read");
                best[i] = std::min(best[i], *spent * 1000.0);
            }
        return best;
    }

    // Whether each leg of the statement uses its index.
    bool by_indexes(const Statement& statement, const Question& question) {
        const Result lines = connection_.run(std::string("EXPLAIN (COSTS OFF) EXECUTE ") +
                                             statement.name + "(" + quote_literal(question.words) +
                                             ", " + quote_literal(question.embedding) + ")");
        bool near = false, words = false;
        for (int i = 0; i < PQntuples(lines.get()); ++i) {
            const std::string line = PQgetvalue(lines.get(), i, 0);
            near = near || line.find("Index Scan using package_embedding_idx") != line.npos;
            words = words || line.find("Bitmap Index Scan on package_words_idx") != line.npos;
        }
        return near && words;
    }

  private:
    const HybridOptions& options_;
    Connection& connection_;
    BackendCpu cpu_;
};

double at(std::vector<double> values, double share) {
    if (values.empty()) return 0.0;
    std::sort(values.begin(), values.end());
    return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

// Prints a line per fused statement; returns how many questions missed the bound.
size_t report(Runner& runner, const HybridOptions& options, const char* kind,
              const std::vector<Question>& questions) {
    std::vector<std::vector<double>> costs(kAll);
    std::vector<double> matches;
    for (const Question& question : questions) {
        const std::vector<double> spent = runner.measure(question);
        for (size_t i = 0; i < kAll; ++i)
            costs[i].push_back(spent[i]);
        matches.push_back(static_cast<double>(question.matches));
    }
    size_t all_beyond = 0;
    for (size_t i = kLegs; i < kAll; ++i) {
        std::vector<double> of_slower, of_sum;
        size_t beyond = 0, elsewhere = 0;
        for (size_t q = 0; q < questions.size(); ++q) {
            const double words = costs[kWords][q], near = costs[kNear][q];
            of_slower.push_back(costs[i][q] / std::max(words, near));
            of_sum.push_back(costs[i][q] / (words + near));
            beyond +=
                costs[i][q] > options.allowed * std::max(words, near) + options.noise_ms ? 1 : 0;
            elsewhere += runner.by_indexes(kStatements[i], questions[q]) ? 0 : 1;
        }
        std::printf(
            "| %s | %s | %.0f | %.2f | %.2f | %.2f | %.2f, %.2f | %.2f, %.2f | %zu | %zu |\n", kind,
            kStatements[i].name, at(matches, 0.5), at(costs[kWords], 0.5), at(costs[kNear], 0.5),
            at(costs[i], 0.5), at(of_slower, 0.5), at(of_slower, 0.9), at(of_sum, 0.5),
            at(of_sum, 0.9), beyond, elsewhere);
        std::fflush(stdout);
        all_beyond += beyond + elsewhere;
    }
    return all_beyond;
}

size_t run_hybrid(const HybridOptions& options) {
    Connection connection(options.conninfo, options.database);
    Runner runner(options, connection);
    std::printf(
        "| question | statement | rows with the words | words leg, ms | near leg, ms "
        "| statement, ms | of the slower leg: median, p90 | of the sum: median, p90 | beyond %.1f "
        "| without an index |\n|---|---|---|---|---|---|---|---|---|---|\n",
        options.allowed);
    size_t beyond = 0;
    for (const auto& [kind, between] : {std::pair("all words", ""), std::pair("any word", "or")}) {
        note(kind);
        const std::vector<Question> questions = questions_of(connection, options, between);
        beyond += report(runner, options, kind, questions);
    }
    return beyond;
}

HybridOptions parse(int argc, char** argv) {
    HybridOptions options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i], value = argv[i + 1];
        if (name == "--conninfo")
            options.conninfo = value;
        else if (name == "--database")
            options.database = value;
        else if (name == "--queries")
            options.queries = std::stoul(value);
        else if (name == "--rounds")
            options.rounds = std::stoul(value);
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
        return bench::run_hybrid(bench::parse(argc, argv)) == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "hybrid_bench: %s\n", error.what());
        return 2;
    }
}
