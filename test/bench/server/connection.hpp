// One libpq connection. Every failed command throws SqlError.
#pragma once

#include <functional>
#include <libpq-fe.h>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace bench {

// What libpq said, on one line.
struct SqlError : std::runtime_error {
    explicit SqlError(const std::string& message);
};

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultDeleter>;

class Connection {
  public:
    // `database` overrides the one in conninfo.
    Connection(const std::string& conninfo, const std::string& database);

    // Simple query protocol; the results are text.
    Result run(const std::string& sql);
    // The first column of the first row; empty when there is no row or it is null.
    std::string value(const std::string& sql);
    int64_t number(const std::string& sql);

    // Prepares a statement and returns its name.
    std::string prepare(const std::string& sql);
    // Parameters in binary; the results are binary too.
    Result run_prepared(const std::string& statement, std::span<const std::string> parameters);

    // COPY ... FROM STDIN. `next` fills its argument, and leaves it empty at the end.
    void copy_in(const std::string& sql, const std::function<void(std::string& chunk)>& next);

    int backend_pid() const { return PQbackendPID(connection_.get()); }
    // True when the server is reached by a socket file, hence runs on this machine.
    bool is_local() const;

  private:
    struct Closer {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };

    Result checked(PGresult* result);

    std::unique_ptr<PGconn, Closer> connection_;
    int statements_ = 0;
};

std::string quote_literal(const std::string& text);

}  // namespace bench
