#include "engine/bench_table.hpp"

#include "server/binary_format.hpp"

namespace bench {

namespace {

constexpr size_t kCopyChunk = 1 << 20;
constexpr int kDeleteStride = 37;  // has no common divisor with 100

}  // namespace

std::string vector_literal(std::span<const float> values) {
    std::string text = "'[";
    for (size_t k = 0; k < values.size(); ++k) {
        if (k > 0) text += ',';
        text += std::to_string(values[k]);
    }
    return text + "]'::vector";
}

BenchTable::BenchTable(Connection& connection, const Engine& engine, const DataSet& set,
                       std::string name)
    : connection_(connection), engine_(engine), set_(set), name_(std::move(name)) {}

void BenchTable::create() {
    drop();
    connection_.run("CREATE TABLE " + name_ + " (id int4 NOT NULL, v vector(" +
                    std::to_string(set_.base.cols) +
                    ")) WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off)");
}

void BenchTable::drop() {
    connection_.run("DROP TABLE IF EXISTS " + name_);
}

void copy_vectors(Connection& connection, const std::string& table, const Matrix& rows,
                  size_t first, size_t last) {
    enum class Part { kHeader, kRows, kDone } part = Part::kHeader;
    connection.copy_in(
        "COPY " + table + " FROM STDIN WITH (FORMAT binary)", [&](std::string& chunk) {
            if (part == Part::kDone) return;
            if (part == Part::kHeader) append_copy_header(chunk);
            part = Part::kRows;
            for (; first < last && chunk.size() < kCopyChunk; ++first) {
                append_copy_row(chunk, static_cast<int32_t>(first), rows.view(first));
            }
            if (first == last) {
                append_copy_trailer(chunk);
                part = Part::kDone;
            }
        });
}

void BenchTable::copy_rows(size_t first, size_t last) {
    copy_vectors(connection_, name_, set_.base, first, last);
}

void BenchTable::analyze() {
    connection_.run("VACUUM (ANALYZE) " + name_);
}

void BenchTable::create_index(const IndexParameters& parameters) {
    connection_.run("DROP INDEX IF EXISTS " + index());
    connection_.run(create_index_sql(engine_, set_.metric, parameters, index(), name_));
}

int64_t BenchTable::index_bytes() {
    return connection_.number("SELECT pg_relation_size(" + quote_literal(index()) + ")");
}

void BenchTable::delete_percent(int percent) {
    connection_.run("DELETE FROM " + name_ + " WHERE id::int8 * " + std::to_string(kDeleteStride) +
                    " % 100 < " + std::to_string(percent));
}

void BenchTable::vacuum() {
    connection_.run("VACUUM (INDEX_CLEANUP ON) " + name_);
}

bool is_deleted(size_t row, int percent) {
    return row * kDeleteStride % 100 < static_cast<size_t>(percent);
}

}  // namespace bench
