#include "engine/engine.hpp"

#include <array>
#include <sstream>
#include <stdexcept>

namespace bench {

namespace {

const std::array<Engine, 3>& all_engines() {
    static const std::array<Engine, 3> engines = {{
        {.name = "vectidx",
         .extension = "vectidx",
         .database = "bench_vectidx",
         .index_clause =
             "USING vectidx (v {opclass}) WITH (m = {m}, ef_construction = {efc}{options})",
         .index_options = "",
         .ef_setting = "vectidx.ef_search",
         .target_setting = "vectidx.target_recall"},
        {.name = "pgvector",
         .extension = "vector",
         .database = "bench_pgvector",
         .index_clause =
             "USING hnsw (v {opclass}) WITH (m = {m}, ef_construction = {efc}{options})",
         .index_options = "",
         .ef_setting = "hnsw.ef_search",
         .target_setting = ""},
        {.name = "hnswlib",
         .extension = "",
         .database = "",
         .index_clause = "",
         .index_options = "",
         .ef_setting = "",
         .target_setting = ""},
    }};
    return engines;
}

const char* opclass(Metric metric) {
    switch (metric) {
        case Metric::kL2:
            return "vector_l2_ops";
        case Metric::kCosine:
            return "vector_cosine_ops";
        case Metric::kInnerProduct:
            return "vector_ip_ops";
    }
    return "";
}

void fill_in(std::string& text, const std::string& name, const std::string& value) {
    const size_t at = text.find(name);
    if (at != std::string::npos) text.replace(at, name.size(), value);
}

}  // namespace

std::string SearchSetting::label() const {
    if (kind == Kind::kNoSearch) return "no search";
    std::ostringstream out;
    out << (kind == Kind::kEf ? "ef " : "target ") << value;
    return out.str();
}

const char* SearchSetting::series() const {
    if (kind == Kind::kNoSearch) return "none";
    return kind == Kind::kEf ? "ef" : "auto";
}

Engine find_engine(const std::string& name) {
    for (const Engine& engine : all_engines()) {
        if (engine.name == name) return engine;
    }
    throw std::runtime_error("unknown engine " + name + ": use vectidx, pgvector or hnswlib");
}

Engine parse_variant(const std::string& text) {
    const size_t equals = text.find('=');
    const size_t colon = text.find(':');
    if (equals == std::string::npos || colon == std::string::npos || colon < equals) {
        throw std::runtime_error("--variant needs NAME=ENGINE:option=value[;...], got " + text);
    }
    Engine engine = find_engine(text.substr(equals + 1, colon - equals - 1));
    if (engine.in_memory()) throw std::runtime_error(engine.name + " has no index options");
    engine.name = text.substr(0, equals);
    engine.database = "bench_" + engine.name;
    std::istringstream options(text.substr(colon + 1));
    for (std::string option; std::getline(options, option, ';');) {
        engine.index_options += ", " + option;
    }
    return engine;
}

std::string create_index_sql(const Engine& engine, Metric metric, const IndexParameters& parameters,
                             const std::string& index, const std::string& table) {
    std::string clause = engine.index_clause;
    fill_in(clause, "{opclass}", opclass(metric));
    fill_in(clause, "{m}", std::to_string(parameters.m));
    fill_in(clause, "{efc}", std::to_string(parameters.ef_construction));
    fill_in(clause, "{options}", engine.index_options);
    return "CREATE INDEX " + index + " ON " + table + " " + clause;
}

const char* distance_operator(Metric metric) {
    switch (metric) {
        case Metric::kL2:
            return "<->";
        case Metric::kCosine:
            return "<=>";
        case Metric::kInnerProduct:
            return "<#>";
    }
    return "";
}

}  // namespace bench
