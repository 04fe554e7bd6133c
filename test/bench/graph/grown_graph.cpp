#include "graph/grown_graph.hpp"

#include <bit>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace bench {

namespace {

using vectidx::HeapTid;
using vectidx::RawGraph;
using vectidx::test::BuildParams;
using vectidx::test::Graph;
using vectidx::test::kNoLeaves;
using vectidx::test::Vectors;

constexpr const char* kNames[] = {"built", "inserted", "churned", "rebuilt"};

Vectors part_of(const Matrix& matrix, size_t first, size_t last) {
    Vectors v;
    v.n = last - first;
    v.d = matrix.cols;
    v.values.assign(matrix.row(first), matrix.row(first) + v.n * v.d);
    return v;
}

std::string kept_name(const std::string& folder, const std::string& set, const Vectors& v,
                      const BuildParams& params) {
    uint64_t hash = 0xCBF29CE484222325ull;
    for (float value : v.values)
        hash = (hash ^ std::bit_cast<uint32_t>(value)) * 0x100000001B3ull;
    char parameters[64];
    std::snprintf(parameters, sizeof(parameters), "-%u-%u-%016llx.hnsw", params.m,
                  params.ef_construction, static_cast<unsigned long long>(hash));
    return folder + "/" + set + parameters;
}

template <class Stream, class F>
void for_arrays(const RawGraph& raw, Stream& stream, F&& f) {
    f(stream, reinterpret_cast<char*>(raw.ids), size_t{raw.rows} * raw.stride * sizeof(uint32_t));
    f(stream, reinterpret_cast<char*>(raw.count), size_t{raw.rows});
    f(stream, reinterpret_cast<char*>(raw.level), size_t{raw.rows});
}

bool read_kept(const std::string& name, RawGraph& raw) {
    std::ifstream file(name, std::ios::binary);
    if (!file) return false;
    for_arrays(raw, file, [](std::ifstream& in, char* bytes, size_t count) {
        in.read(bytes, static_cast<std::streamsize>(count));
    });
    return file.good();
}

void keep(const std::string& name, const RawGraph& raw) {
    std::ofstream file(name, std::ios::binary);
    for_arrays(raw, file, [](std::ofstream& out, const char* bytes, size_t count) {
        out.write(bytes, static_cast<std::streamsize>(count));
    });
}

// Takes the TIDs of rows before `first` away, as VACUUM does.
void delete_rows(Graph& graph, size_t first) {
    auto& store = graph.store();
    for (vectidx::NodeId id = 0; id < store.size(); ++id) {
        const vectidx::NodeView node = store.view(id);
        std::vector<HeapTid> live;
        const auto add = [&](HeapTid tid) {
            if (vectidx::test::row_of(tid) >= first) live.push_back(tid);
        };
        for (uint32_t k = 0; k < node.header().tid_count; ++k)
            add(node.tids()[k]);
        for (HeapTid tid : store.overflow(id))
            add(tid);
        const uint32_t checksum = node.header().source_checksum;
        store.remove_tids(id);
        for (HeapTid tid : live)
            store.add_tid(id, tid, checksum);
    }
}

}  // namespace

State parse_state(const std::string& word) {
    for (size_t i = 0; i < std::size(kNames); ++i)
        if (word == kNames[i]) return static_cast<State>(i);
    throw std::runtime_error("no state '" + word + "': use built, inserted, churned or rebuilt");
}

const char* state_name(State state) {
    return kNames[static_cast<size_t>(state)];
}

size_t deleted_rows(State state, size_t rows) {
    return state == State::Churned || state == State::Rebuilt ? rows / 3 : 0;
}

vectidx::Metric metric_of(Metric metric) {
    switch (metric) {
        case Metric::kCosine:
            return vectidx::Metric::Cosine;
        case Metric::kInnerProduct:
            return vectidx::Metric::InnerProduct;
        case Metric::kL2:
            break;
    }
    return vectidx::Metric::L2;
}

Vectors vectors_of(const Matrix& matrix) {
    return part_of(matrix, 0, matrix.rows);
}

std::unique_ptr<Graph> grown_graph(const DataSet& set, State state, BuildParams params,
                                   const std::string& folder) {
    const Matrix& base = set.base;
    const size_t n = base.rows;
    const size_t first = state == State::Rebuilt ? deleted_rows(state, n) : 0;
    const size_t last = state == State::Inserted  ? n - n / 5
                        : state == State::Churned ? n - n / 3
                                                  : n;
    const Vectors built = part_of(base, first, last);
    const bool keeps = !folder.empty() && params.one_leaf_rows == kNoLeaves;
    const std::string name = keeps ? kept_name(folder, set.name, built, params) : "";
    bool taken = false;
    if (keeps)
        params.kept = [&](RawGraph& raw) {
            taken = read_kept(name, raw);
            return taken;
        };
    auto graph = std::make_unique<Graph>(
        metric_of(set.metric), built,
        vectidx::choose_layout(static_cast<uint32_t>(base.cols), params.m), params, first);
    if (keeps && !taken) keep(name, graph->raw());
    if (state == State::Churned) delete_rows(*graph, deleted_rows(state, n));
    for (size_t row = last; row < n; ++row)
        graph->insert(base.row(row), row, params.m, params.ef_construction);
    return graph;
}

}  // namespace bench
