// The cache of ground truths: a file per data set, named by a hash of everything it depends on.

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "data/ground_truth.hpp"
#include "report/progress.hpp"

namespace bench {

namespace {

constexpr uint64_t kFormat = 1;

// FNV-1a over 32-bit words.
uint64_t hash_values(uint64_t hash, const Matrix& matrix) {
    for (float value : matrix.values) {
        hash = (hash ^ std::bit_cast<uint32_t>(value)) * 0x100000001B3ull;
    }
    return hash;
}

uint64_t hash_of(const DataSet& set) {
    uint64_t hash = 0xCBF29CE484222325ull;
    for (uint64_t number : {kFormat, static_cast<uint64_t>(set.metric), uint64_t{set.base.rows},
                            uint64_t{set.base.cols}, uint64_t{set.queries.rows}}) {
        hash = (hash ^ number) * 0x100000001B3ull;
    }
    return hash_values(hash_values(hash, set.base), set.queries);
}

template <class T>
void read_array(std::ifstream& in, std::vector<T>& values) {
    in.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(T)));
}

template <class T>
void write_array(std::ofstream& out, const std::vector<T>& values) {
    out.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(T)));
}

}  // namespace

GroundTruth load_ground_truth(const DataSet& set, const ExactDistance& distance,
                              const std::string& cache_folder) {
    if (cache_folder.empty()) return compute_ground_truth(set, distance);
    std::ostringstream name;
    name << set.name << '-' << std::hex << hash_of(set) << ".truth";
    const std::filesystem::path path = std::filesystem::path(cache_folder) / name.str();

    GroundTruth truth;
    truth.depth = std::min(kTruthDepth, set.base.rows);
    truth.rows.resize(set.queries.rows * truth.depth);
    truth.distances.resize(set.queries.rows * truth.depth);
    std::ifstream in(path, std::ios::binary);
    read_array(in, truth.rows);
    read_array(in, truth.distances);
    if (in) {
        note(set.name + ": ground truth from the cache");
        return truth;
    }

    truth = compute_ground_truth(set, distance);
    std::filesystem::create_directories(cache_folder);
    const std::filesystem::path unfinished = path.string() + ".part";
    {
        std::ofstream out(unfinished, std::ios::binary);
        write_array(out, truth.rows);
        write_array(out, truth.distances);
        if (!out) throw std::runtime_error("cannot write " + unfinished.string());
    }
    std::filesystem::rename(unfinished, path);
    return truth;
}

}  // namespace bench
