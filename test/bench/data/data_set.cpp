#include "data/data_set.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "data/synthetic.hpp"
#include "data/vector_file.hpp"

namespace bench {

namespace {

constexpr size_t kDefaultQueries = 1000;

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);)
        parts.push_back(part);
    return parts;
}

size_t smaller_limit(size_t a, size_t b) {
    if (a == 0) return b;
    return b == 0 ? a : std::min(a, b);
}

}  // namespace

Metric parse_metric(const std::string& word) {
    if (word == "l2") return Metric::kL2;
    if (word == "cosine") return Metric::kCosine;
    if (word == "ip") return Metric::kInnerProduct;
    throw std::runtime_error("unknown metric '" + word + "': use l2, cosine or ip");
}

const char* metric_name(Metric metric) {
    switch (metric) {
        case Metric::kL2:
            return "l2";
        case Metric::kCosine:
            return "cosine";
        case Metric::kInnerProduct:
            return "ip";
    }
    return "?";
}

DataSetSpec parse_file_spec(const std::string& text) {
    DataSetSpec spec;
    for (const std::string& part : split(text, ',')) {
        const size_t equals = part.find('=');
        if (equals == std::string::npos) throw std::runtime_error("expected key=value: " + part);
        const std::string key = part.substr(0, equals);
        const std::string value = part.substr(equals + 1);
        if (key == "name") {
            spec.name = value;
        } else if (key == "base") {
            spec.base_file = value;
        } else if (key == "query") {
            spec.query_file = value;
        } else if (key == "metric") {
            spec.metric = parse_metric(value);
        } else if (key == "limit") {
            spec.rows = std::stoull(value);
        } else {
            throw std::runtime_error("unknown key in --set: " + key);
        }
    }
    if (spec.name.empty() || spec.base_file.empty() || spec.query_file.empty()) {
        throw std::runtime_error("--set needs name=, base= and query=");
    }
    return spec;
}

DataSetSpec parse_synthetic_spec(const std::string& text) {
    const std::vector<std::string> parts = split(text, ':');
    if (parts.size() < 3 || parts.size() > 4) {
        throw std::runtime_error("--synthetic needs KIND:ROWS:DIMS[:METRIC], got " + text);
    }
    DataSetSpec spec;
    spec.generator = parts[0];
    spec.rows = std::stoull(parts[1]);
    spec.dims = std::stoull(parts[2]);
    if (parts.size() == 4) spec.metric = parse_metric(parts[3]);
    spec.name = parts[0] + "-" + parts[1] + "x" + parts[2];
    return spec;
}

DataSet load_data_set(const DataSetSpec& spec, size_t row_limit, size_t query_limit,
                      uint64_t seed) {
    DataSet set;
    set.name = spec.name;
    set.metric = spec.metric;
    const size_t rows = smaller_limit(spec.rows, row_limit);
    if (!spec.generator.empty()) {
        const size_t queries = query_limit == 0 ? kDefaultQueries : query_limit;
        Matrix all = generate(spec.generator, rows + queries, spec.dims, seed);
        set.queries = take_last_rows(all, queries);
        set.base = std::move(all);
        return set;
    }
    set.base = read_vector_file(spec.base_file, rows);
    set.queries = read_vector_file(spec.query_file, query_limit);
    if (set.base.cols != set.queries.cols) {
        throw std::runtime_error(spec.name + ": base and query dimensions differ");
    }
    return set;
}

}  // namespace bench
