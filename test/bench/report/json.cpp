#include "report/json.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "report/equal_recall.hpp"

namespace bench {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const SearchPoint& point);
Json to_json(const VacuumResult& vacuum);
Json to_json(const EngineResult& engine);
Json to_json(const EqualRecallRow& row);
Json to_json(const SetResult& set);

template <class Item>
Json to_json(const std::vector<Item>& items) {
    Json json = Json::array();
    for (const Item& item : items)
        json.push_back(to_json(item));
    return json;
}

Json to_json(const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json to_json(const SearchPoint& point) {
    const SearchSetting& setting = point.setting;
    return {
        {setting.kind == SearchSetting::Kind::kTargetRecall ? "target_recall" : setting.series(),
         setting.value},
        {"recall", point.recall},
        {"rows", point.rows},
        {"cpu_ms", to_json(point.cpu_ms)},
        {"cpu_ms_min", to_json(point.cpu_ms_min)},
        {"cpu_ms_max", to_json(point.cpu_ms_max)},
        {"wall_p50_ms", point.wall_p50_ms},
        {"wall_p99_ms", point.wall_p99_ms},
        {"buffers", to_json(point.buffers)}};
}

Json to_json(const BuildResult& build) {
    return {{"wall_s", build.wall_s},
            {"cpu_s", to_json(build.cpu_s)},
            {"bytes", build.bytes},
            {"bytes_per_row", build.bytes_per_row}};
}

Json to_json(const InsertResult& insert) {
    Json json = {{"rows", insert.rows},
                 {"rows_per_s", insert.rows_per_s},
                 {"wall_p50_ms", insert.wall_p50_ms},
                 {"wall_p99_ms", insert.wall_p99_ms},
                 {"cpu_ms_per_row", to_json(insert.cpu_ms)},
                 {"wal_bytes_per_row", to_json(insert.wal_bytes)}};
    if (!insert.wal_by_manager) return json;
    for (const auto& [manager, kind] : *insert.wal_by_manager) {
        json["wal"][manager] = {{"records", kind.records},
                                {"record_bytes", kind.record_bytes},
                                {"page_image_bytes", kind.page_image_bytes}};
    }
    return json;
}

Json to_json(const CopyResult& copy) {
    return {{"rows", copy.rows},
            {"rows_per_s", copy.rows_per_s},
            {"cpu_ms_per_row", to_json(copy.cpu_ms)},
            {"index_bytes", copy.index_bytes},
            {"search_after", to_json(copy.search)}};
}

Json to_json(const MixedResult& mixed) {
    return {{"writers", mixed.writers},         {"rows", mixed.rows},
            {"rows_per_s", mixed.rows_per_s},   {"queries", mixed.queries},
            {"wall_p50_ms", mixed.wall_p50_ms}, {"wall_p99_ms", mixed.wall_p99_ms},
            {"wall_max_ms", mixed.wall_max_ms}};
}

Json to_json(const VacuumResult& vacuum) {
    return {{"deleted_percent", vacuum.deleted_percent},
            {"wall_s", vacuum.wall_s},
            {"cpu_s", to_json(vacuum.cpu_s)},
            {"index_bytes", vacuum.index_bytes},
            {"search_before", to_json(vacuum.before)},
            {"search_after", to_json(vacuum.after)}};
}

Json to_json(const EngineResult& engine) {
    Json json = {{"engine", engine.name}, {"version", engine.version}, {"errors", engine.errors}};
    if (engine.build) json["build"] = to_json(*engine.build);
    json["search"] = to_json(engine.search);
    if (engine.insert) json["insert"] = to_json(*engine.insert);
    if (engine.growth) {
        json["growth"] = {{"grown", to_json(engine.growth->grown)},
                          {"at_once", to_json(engine.growth->at_once)}};
    }
    if (engine.copy) json["copy"] = to_json(*engine.copy);
    if (engine.mixed) json["mixed"] = to_json(*engine.mixed);
    json["vacuum"] = to_json(engine.vacuum);
    return json;
}

Json to_json(const EqualRecallRow& row) {
    return {{"recall", row.recall},
            {"measure", row.measure},
            {"curve", row.curve},
            {"cost", cost_text(row.cost)},
            {"ratio_to_pgvector", ratio_text(row.cost, row.pgvector)},
            {"ratio_to_hnswlib", ratio_text(row.cost, row.hnswlib)}};
}

Json to_json(const SetResult& set) {
    return {{"name", set.name},
            {"metric", set.metric},
            {"rows", set.rows},
            {"dims", set.dims},
            {"queries", set.queries},
            {"k", set.k},
            {"load_before", set.load_before},
            {"load_after", set.load_after},
            {"engines", to_json(set.engines)},
            {"equal_recall", to_json(compare_at_equal_recall(set))}};
}

Json to_json(const Environment& environment) {
    return {{"cpu", environment.cpu},
            {"cores", environment.cores},
            {"ram_gib", environment.ram_gib},
            {"kernel", environment.kernel},
            {"compiler", environment.compiler},
            {"native_reference", environment.native_reference},
            {"postgresql", environment.postgresql},
            {"settings", environment.settings}};
}

Json to_json(const Options& options) {
    return {{"m", options.index.m},
            {"ef_construction", options.index.ef_construction},
            {"insert_ef_construction", options.insert_ef_construction},
            {"rounds", options.rounds},
            {"buffer_sample", options.buffer_sample},
            {"build_repeats", options.build_repeats},
            {"maintenance_work_mem", options.maintenance_work_mem},
            {"max_parallel_maintenance_workers", options.workers},
            {"session_settings", options.session_settings},
            {"seed", options.seed}};
}

std::ofstream open_for_writing(const std::string& folder, const std::string& name) {
    std::filesystem::create_directories(folder);
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    std::ofstream out(path);
    if (!out) throw std::runtime_error("cannot write " + path.string());
    return out;
}

}  // namespace

void write_json(const std::string& folder, const Environment& environment, const Options& options,
                const std::vector<SetResult>& sets) {
    const Json json = {{"started", environment.started},
                       {"environment", to_json(environment)},
                       {"options", to_json(options)},
                       {"sets", to_json(sets)}};
    open_for_writing(folder, "results.json") << json.dump(2) << "\n";
}

void write_plot_data(const std::string& folder, const SetResult& set) {
    std::ofstream out = open_for_writing(folder, set.name + ".dat");
    const char* separator = "";  // two blank lines part gnuplot's blocks
    for (const EngineResult& engine : set.engines) {
        for (const std::string series : {"auto", "ef"}) {
            std::string points;
            for (const SearchPoint& point : engine.search) {
                if (point.setting.series() != series || !point.cpu_ms) continue;
                points += std::to_string(point.recall) + " " +
                          std::to_string(1000.0 / *point.cpu_ms) + " " +
                          (point.buffers ? std::to_string(*point.buffers) : "-") + "\n";
            }
            if (points.empty()) continue;
            out << separator << '"' << engine.name << ' ' << series << "\"\n" << points;
            separator = "\n\n";
        }
    }
}

}  // namespace bench
