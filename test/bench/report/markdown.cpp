#include "report/markdown.hpp"

#include <algorithm>

#include "report/equal_recall.hpp"
#include "report/markdown_table.hpp"

namespace bench {

namespace {

std::string megabytes(int64_t bytes) {
    return fixed(static_cast<double>(bytes) / 1e6, 1);
}

void write_build(std::ostream& out, const SetResult& set) {
    MarkdownTable table({"engine", "wall s", "CPU s", "MB", "bytes/row"});
    for (const EngineResult& engine : set.engines) {
        if (!engine.build) continue;
        const BuildResult& build = *engine.build;
        table.add({engine.name, fixed(build.wall_s, 2), fixed(build.cpu_s, 2),
                   megabytes(build.bytes), fixed(build.bytes_per_row, 0)});
    }
    table.write(out, "Build");
}

void write_search(std::ostream& out, const SetResult& set) {
    MarkdownTable table({"engine", "setting", "recall@" + std::to_string(set.k), "rows", "CPU ms",
                         "wall p50 ms", "wall p99 ms", "buffers"});
    for (const EngineResult& engine : set.engines) {
        for (const SearchPoint& point : engine.search) {
            table.add({engine.name, point.setting.label(), fixed(point.recall, 4),
                       fixed(point.rows, 2), fixed(point.cpu_ms, 4), fixed(point.wall_p50_ms, 3),
                       fixed(point.wall_p99_ms, 3), fixed(point.buffers, 1)});
        }
    }
    table.write(out, "Search");
}

void write_equal_recall(std::ostream& out, const SetResult& set) {
    MarkdownTable table({"curve", "recall", "measure", "cost", "/ pgvector", "/ hnswlib"});
    for (const EqualRecallRow& row : compare_at_equal_recall(set)) {
        table.add({row.curve, fixed(row.recall, 2), row.measure, cost_text(row.cost),
                   ratio_text(row.cost, row.pgvector), ratio_text(row.cost, row.hnswlib)});
    }
    table.write(out, "At equal recall (interpolated)");
}

// Per inserted row: WAL records, bytes of full-page images.
struct WalPerRow {
    std::optional<double> records;
    std::optional<double> image_bytes;
};

WalPerRow wal_per_row(const InsertResult& insert) {
    if (!insert.wal_by_manager) return {};
    double records = 0.0;
    double image_bytes = 0.0;
    for (const auto& [manager, kind] : *insert.wal_by_manager) {
        records += static_cast<double>(kind.records);
        image_bytes += static_cast<double>(kind.page_image_bytes);
    }
    const auto rows = static_cast<double>(insert.rows);
    return {records / rows, image_bytes / rows};
}

void write_insert(std::ostream& out, const SetResult& set) {
    MarkdownTable table({"engine", "rows", "rows/s", "wall p50 ms", "wall p99 ms", "CPU ms/row",
                         "WAL bytes/row", "of it page images", "WAL records/row"});
    for (const EngineResult& engine : set.engines) {
        if (!engine.insert) continue;
        const InsertResult& insert = *engine.insert;
        const WalPerRow wal = wal_per_row(insert);
        table.add({engine.name, std::to_string(insert.rows), fixed(insert.rows_per_s, 0),
                   fixed(insert.wall_p50_ms, 3), fixed(insert.wall_p99_ms, 3),
                   fixed(insert.cpu_ms, 3), fixed(insert.wal_bytes, 0), fixed(wal.image_bytes, 0),
                   fixed(wal.records, 1)});
    }
    table.write(out, "INSERT, one row per transaction");
}

void write_growth(std::ostream& out, const SetResult& set) {
    MarkdownTable table({"engine", "setting", "recall grown", "recall at once", "CPU ms grown",
                         "CPU ms at once", "buffers grown", "buffers at once"});
    for (const EngineResult& engine : set.engines) {
        if (!engine.growth) continue;
        const auto& [grown, at_once] = *engine.growth;
        for (size_t i = 0; i < std::min(grown.size(), at_once.size()); ++i) {
            table.add({engine.name, grown[i].setting.label(), fixed(grown[i].recall, 4),
                       fixed(at_once[i].recall, 4), fixed(grown[i].cpu_ms, 4),
                       fixed(at_once[i].cpu_ms, 4), fixed(grown[i].buffers, 1),
                       fixed(at_once[i].buffers, 1)});
        }
    }
    table.write(out, "Last 20 % inserted, against built at once");
}

void write_copy(std::ostream& out, const SetResult& set) {
    MarkdownTable table({"engine", "rows", "rows/s", "CPU ms/row", "index MB", "setting",
                         "recall after", "CPU ms after", "buffers after"});
    for (const EngineResult& engine : set.engines) {
        if (!engine.copy) continue;
        const CopyResult& copy = *engine.copy;
        for (const SearchPoint& after : copy.search) {
            table.add({engine.name, std::to_string(copy.rows), fixed(copy.rows_per_s, 0),
                       fixed(copy.cpu_ms, 3), megabytes(copy.index_bytes), after.setting.label(),
                       fixed(after.recall, 4), fixed(after.cpu_ms, 4), fixed(after.buffers, 1)});
        }
    }
    table.write(out, "COPY into an indexed table");
}

void write_mixed(std::ostream& out, const SetResult& set) {
    MarkdownTable table({"engine", "writers", "rows", "rows/s", "queries", "wall p50 ms",
                         "wall p99 ms", "wall max ms"});
    for (const EngineResult& engine : set.engines) {
        if (!engine.mixed) continue;
        const MixedResult& mixed = *engine.mixed;
        table.add({engine.name, std::to_string(mixed.writers), std::to_string(mixed.rows),
                   fixed(mixed.rows_per_s, 0), std::to_string(mixed.queries),
                   fixed(mixed.wall_p50_ms, 2), fixed(mixed.wall_p99_ms, 2),
                   fixed(mixed.wall_max_ms, 1)});
    }
    table.write(out, "Search while others insert");
}

void write_vacuum(std::ostream& out, const SetResult& set) {
    MarkdownTable table({"engine", "deleted", "VACUUM s", "CPU s", "index MB", "setting",
                         "recall before", "rows before", "recall after", "CPU ms after",
                         "buffers after"});
    for (const EngineResult& engine : set.engines) {
        for (const VacuumResult& vacuum : engine.vacuum) {
            for (size_t i = 0; i < std::min(vacuum.before.size(), vacuum.after.size()); ++i) {
                const SearchPoint& before = vacuum.before[i];
                const SearchPoint& after = vacuum.after[i];
                table.add({engine.name, std::to_string(vacuum.deleted_percent) + " %",
                           fixed(vacuum.wall_s, 2), fixed(vacuum.cpu_s, 2),
                           megabytes(vacuum.index_bytes), after.setting.label(),
                           fixed(before.recall, 4), fixed(before.rows, 2), fixed(after.recall, 4),
                           fixed(after.cpu_ms, 4), fixed(after.buffers, 1)});
            }
        }
    }
    table.write(out, "VACUUM after DELETE");
}

}  // namespace

void write_markdown(std::ostream& out, const Environment& environment) {
    out << "# Benchmark of " << environment.started << "\n\n"
        << environment.cpu << ", " << environment.cores << " cores, "
        << fixed(environment.ram_gib, 0) << " GiB, " << environment.kernel << "; PostgreSQL "
        << environment.postgresql;
    for (const auto& [name, value] : environment.settings)
        out << ", " << name << " " << value;
    out << "; hnswlib compiled for " << (environment.native_reference ? "this CPU" : "any CPU")
        << ".\n";
}

void write_markdown(std::ostream& out, const SetResult& set) {
    out << "\n## " << set.name << ": " << set.rows << " x " << set.dims << ", " << set.metric
        << ", " << set.queries << " queries for " << set.k << " rows\n";
    for (const EngineResult& engine : set.engines) {
        if (!engine.version.empty()) out << "\n" << engine.name << " " << engine.version << "\n";
        for (const std::string& error : engine.errors) {
            out << "\n**" << engine.name << " failed:** " << error << "\n";
        }
    }
    write_build(out, set);
    write_search(out, set);
    write_equal_recall(out, set);
    write_insert(out, set);
    write_growth(out, set);
    write_copy(out, set);
    write_mixed(out, set);
    write_vacuum(out, set);
}

}  // namespace bench
