#include "server/explain.hpp"

#include <nlohmann/json.hpp>

namespace bench {

namespace {

std::string find_index_name(const nlohmann::json& node) {
    if (node.contains("Index Name")) return node["Index Name"];
    if (!node.contains("Plans")) return "";
    for (const nlohmann::json& child : node["Plans"]) {
        const std::string name = find_index_name(child);
        if (!name.empty()) return name;
    }
    return "";
}

}  // namespace

PlanReport parse_plan(const std::string& json) {
    const nlohmann::json top = nlohmann::json::parse(json).at(0).at("Plan");
    PlanReport report;
    report.buffers =
        top.at("Shared Hit Blocks").get<int64_t>() + top.at("Shared Read Blocks").get<int64_t>();
    report.index_name = find_index_name(top);
    return report;
}

}  // namespace bench
