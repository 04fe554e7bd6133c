#include "engine/sql_target.hpp"

#include "server/binary_format.hpp"
#include "server/explain.hpp"

namespace bench {

SqlTarget::SqlTarget(Connection& connection, const Engine& engine, const DataSet& set,
                     const BenchTable& table)
    : connection_(connection), engine_(engine), cpu_(connection), index_(table.index()) {
    const std::string select = "SELECT id FROM " + table.name() + " ORDER BY v " +
                               distance_operator(set.metric) + " $1::vector LIMIT " +
                               std::to_string(set.k);
    search_statement_ = connection_.prepare(select);
    scan_statement_ =
        connection_.prepare("SELECT id FROM " + table.name() +
                            " WHERE $1::vector IS NOT NULL LIMIT " + std::to_string(set.k));
    explain_statement_ = connection_.prepare(
        "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, COSTS OFF, FORMAT JSON) " + select);
    insert_statement_ =
        connection_.prepare("INSERT INTO " + table.name() + " VALUES ($1::int4, $2::vector)");
}

void SqlTarget::apply(const SearchSetting& setting) {
    searching_ = setting.kind != SearchSetting::Kind::kNoSearch;
    if (!searching_) return;
    std::string sql = "SET " + engine_.ef_setting + " = ";
    if (setting.kind == SearchSetting::Kind::kEf) {
        sql += std::to_string(static_cast<int>(setting.value));
    } else {
        sql += "0; SET " + engine_.target_setting + " = " + std::to_string(setting.value);
    }
    connection_.run(sql);
}

void SqlTarget::search(std::span<const float> query, std::vector<int32_t>& found) {
    parameters_[0].clear();
    append_vector(parameters_[0], query);
    const Result rows = connection_.run_prepared(searching_ ? search_statement_ : scan_statement_,
                                                 {parameters_, 1});
    found.clear();
    for (int i = 0; i < PQntuples(rows.get()); ++i) {
        found.push_back(read_int32(PQgetvalue(rows.get(), i, 0)));
    }
}

void SqlTarget::insert(int32_t id, std::span<const float> row) {
    parameters_[0].clear();
    append_int32(parameters_[0], id);
    parameters_[1].clear();
    append_vector(parameters_[1], row);
    connection_.run_prepared(insert_statement_, {parameters_, 2});
}

std::optional<double> SqlTarget::buffers(std::span<const float> query) {
    if (!searching_) return std::nullopt;
    parameters_[0].clear();
    append_vector(parameters_[0], query);
    const Result rows = connection_.run_prepared(explain_statement_, {parameters_, 1});
    const PlanReport report = parse_plan(PQgetvalue(rows.get(), 0, 0));
    if (report.index_name != index_) throw SqlError("the planner did not use " + index_);
    return static_cast<double>(report.buffers);
}

}  // namespace bench
