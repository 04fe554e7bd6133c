#include "server/wal_account.hpp"

namespace bench {

std::string WalAccount::position() {
    return admin_.value("SELECT pg_current_wal_insert_lsn()");
}

void WalAccount::end() {
    const std::string end = position();
    if (end == start_) return;
    bytes_ += admin_.number("SELECT pg_wal_lsn_diff('" + end + "', '" + start_ + "')");
    stretches_.push_back({start_, end});
}

std::optional<std::map<std::string, WalKind>> WalAccount::by_manager() {
    const bool present =
        admin_.number(
            "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_walinspect'") == 1;
    if (!present) return std::nullopt;
    admin_.run("CREATE EXTENSION IF NOT EXISTS pg_walinspect");
    // It reads flushed WAL only. Committing a record of our own flushes all that came before it.
    admin_.run("BEGIN; SET LOCAL synchronous_commit = on");
    admin_.run("SELECT pg_logical_emit_message(true, 'sql_bench', '')");
    admin_.run("COMMIT");
    std::map<std::string, WalKind> kinds;
    for (const Stretch& stretch : stretches_) {
        const Result rows = admin_.run(
            "SELECT \"resource_manager/record_type\", count, record_size, fpi_size "
            "FROM pg_get_wal_stats('" +
            stretch.start + "', '" + stretch.end + "') WHERE count > 0");
        for (int i = 0; i < PQntuples(rows.get()); ++i) {
            WalKind& kind = kinds[PQgetvalue(rows.get(), i, 0)];
            kind.records += std::stoll(PQgetvalue(rows.get(), i, 1));
            kind.record_bytes += std::stoll(PQgetvalue(rows.get(), i, 2));
            kind.page_image_bytes += std::stoll(PQgetvalue(rows.get(), i, 3));
        }
    }
    return kinds;
}

}  // namespace bench
