// The engines under test, as data: what differs between them is in this description only.
#pragma once

#include <string>
#include <vector>

#include "data/matrix.hpp"

namespace bench {

struct Engine {
    std::string name;       // in the reports
    std::string extension;  // as in pg_available_extensions; empty: in memory, no server
    std::string database;   // its own, since both extensions have a type called vector
    // Access method and options of CREATE INDEX; {opclass}, {m}, {efc} and {options} are filled in.
    std::string index_clause;
    std::string index_options;   // more storage parameters: ", name = value"
    std::string ef_setting;      // sets the breadth of a search
    std::string target_setting;  // sets the recall to reach when the breadth is 0; empty: has none

    bool in_memory() const { return extension.empty(); }
};

struct IndexParameters {
    int m = 16;
    int ef_construction = 200;
};

// One point on the trade between speed and recall.
struct SearchSetting {
    // kNoSearch: the same parameter and as many rows, but any rows. What is left is the protocol
    // and the executor, which no index can do without.
    enum class Kind { kEf, kTargetRecall, kNoSearch };

    Kind kind = Kind::kEf;
    double value = 0.0;

    // "ef 40", "target .95" or "no search"
    std::string label() const;
    // "ef" or "auto": the curve it belongs to; or "none".
    const char* series() const;
};

// The engine with this name: vectidx, pgvector or hnswlib. Throws on any other.
Engine find_engine(const std::string& name);

// A variation of an engine, described as NAME=ENGINE:option=value[;option=value...].
Engine parse_variant(const std::string& text);

// CREATE INDEX for a table with a column v.
std::string create_index_sql(const Engine& engine, Metric metric, const IndexParameters& parameters,
                             const std::string& index, const std::string& table);

// The metric's distance operator: <->, <=> or <#>.
const char* distance_operator(Metric metric);

}  // namespace bench
