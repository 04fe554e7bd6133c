#include "server/connection.hpp"

#include <algorithm>

namespace bench {

namespace {

std::string on_one_line(std::string message) {
    while (!message.empty() && message.back() == '\n')
        message.pop_back();
    std::replace(message.begin(), message.end(), '\n', ' ');
    return message;
}

}  // namespace

SqlError::SqlError(const std::string& message) : std::runtime_error(on_one_line(message)) {}

Connection::Connection(const std::string& conninfo, const std::string& database) {
    const char* keywords[] = {"dbname", "dbname", "application_name", nullptr};
    // The first dbname is expanded as a connection string, the second one then overrides it.
    const char* values[] = {conninfo.c_str(), database.c_str(), "sql_bench", nullptr};
    connection_.reset(PQconnectdbParams(keywords, values, 1));
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        throw SqlError(PQerrorMessage(connection_.get()));
    }
    // Notices of DROP ... IF EXISTS and the like are of no interest here.
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
}

Result Connection::checked(PGresult* result) {
    Result owned(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) {
        return owned;
    }
    throw SqlError(PQerrorMessage(connection_.get()));
}

Result Connection::run(const std::string& sql) {
    return checked(PQexec(connection_.get(), sql.c_str()));
}

std::string Connection::value(const std::string& sql) {
    const Result result = run(sql);
    if (PQntuples(result.get()) == 0) return "";
    return PQgetvalue(result.get(), 0, 0);
}

int64_t Connection::number(const std::string& sql) {
    return std::stoll(value(sql));
}

std::string Connection::prepare(const std::string& sql) {
    std::string name = "s";
    name += std::to_string(++statements_);
    checked(PQprepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr));
    return name;
}

Result Connection::run_prepared(const std::string& statement,
                                std::span<const std::string> parameters) {
    constexpr size_t kMost = 4;
    const char* values[kMost];
    int lengths[kMost];
    const int formats[kMost] = {1, 1, 1, 1};
    if (parameters.size() > kMost) throw SqlError("too many parameters");
    for (size_t i = 0; i < parameters.size(); ++i) {
        values[i] = parameters[i].data();
        lengths[i] = static_cast<int>(parameters[i].size());
    }
    return checked(PQexecPrepared(connection_.get(), statement.c_str(),
                                  static_cast<int>(parameters.size()), values, lengths, formats,
                                  1));
}

void Connection::copy_in(const std::string& sql,
                         const std::function<void(std::string& chunk)>& next) {
    run(sql);
    for (std::string chunk;; chunk.clear()) {
        next(chunk);
        if (chunk.empty()) break;
        if (PQputCopyData(connection_.get(), chunk.data(), static_cast<int>(chunk.size())) != 1) {
            break;  // the reason comes with the result
        }
    }
    PQputCopyEnd(connection_.get(), nullptr);
    Result end = checked(PQgetResult(connection_.get()));
    while (PGresult* rest = PQgetResult(connection_.get()))
        PQclear(rest);
}

bool Connection::is_local() const {
    const char* host = PQhost(connection_.get());
    return host == nullptr || host[0] == '\0' || host[0] == '/' || host[0] == '@';
}

std::string quote_literal(const std::string& text) {
    std::string quoted = "'";
    for (char c : text) {
        if (c == '\'') quoted += '\'';
        quoted += c;
    }
    return quoted + "'";
}

}  // namespace bench
