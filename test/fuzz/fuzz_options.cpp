// Index options and settings: whatever is accepted, a build and a search get figures within range.
#include <climits>
#include <iterator>

#include "pg/am/options.hpp"

#include "input.hpp"
#include "server.hpp"

namespace vectidx {

namespace fuzz {
namespace {

// The parsers of the access methods, by which an index tells whose it is.
constexpr amoptions_function kParsers[] = {parse_options, parse_hnsw_options,
                                           parse_ivfflat_options};

void change_settings(Input& input) {
    for (uint32_t changes = input.below(8); changes > 0; --changes) {
        const auto number = input.take<uint8_t>();
        const auto value = input.take<uint32_t>();
        set_setting(number, value, static_cast<GucSource>(input.below(PGC_S_SESSION + 1)));
    }
    // Their ranges in the server; -1 stands for maintenance_work_mem.
    maintenance_work_mem = static_cast<int>(1024 + input.below(INT_MAX - 1023));
    const auto automatic = static_cast<int>(input.below(INT_MAX - 1023));
    autovacuum_work_mem = automatic == 0 ? -1 : automatic + 1023;
    fuzz_autovacuum = (input.take<uint8_t>() & 1) != 0;
}

void run(Input& input) {
    change_settings(input);
    const IndexAmRoutine routine{kParsers[input.take<uint8_t>() % std::size(kParsers)]};
    const FormData_pg_class row{input.take<float>()};
    RelationData relation{nullptr, &routine, &row};
    // As values that the server allocates: an error jumps over destructors.
    auto* text = static_cast<char*>(palloc(input.left() + 1));
    const size_t length = input.left();
    input.take_bytes(text, length);
    text[length] = '\0';
    const bool has_options = length > 0;
    if (has_options && !without_error([&] {
            relation.rd_options = routine.amoptions(PointerGetDatum(text), true);
        }))
        return;
    const BuildOptions build = build_options(&relation);
    require(build.m >= 2 && build.m <= 100);
    require(build.ef_construction >= 4 && build.ef_construction <= 1000);
    const bool vamana = build.algorithm == Algorithm::Vamana;
    require(vamana || build.algorithm == Algorithm::Hnsw || build.algorithm == Algorithm::Leaves);
    require(vamana ? build.alpha >= kMinAlpha && build.alpha <= kMaxAlpha : build.alpha == 0.0f);
    require(build.storage >= Storage::Half && build.storage <= Storage::Full);
    require(build.parallel_insert_threshold >= 1 && build.parallel_insert_threshold <= INT_MAX);
    const SearchOptions search = search_options(&relation);
    require(search.ef_search <= 10000);
    require(search.target_recall >= 0.5f && search.target_recall <= 0.999f);
    // 0: no limit.
    require(search.max_scan_tuples <= INT_MAX);
    require(search.scan_mem_multiplier >= 0 && search.scan_mem_multiplier <= 1000);
    const int pct = tombstone_rebuild_pct(&relation);
    require(pct >= 1 && pct <= 100);
    require(pending_limit(&relation) <= 1000000);
    const MaintenanceOptions maintenance =
        maintenance_options(&relation, LOG, MaintenanceRole::Vacuum);
    require(maintenance.parallel_threshold == build.parallel_insert_threshold);
    require(maintenance.memory >= size_t{1} << 20 && maintenance.memory <= size_t{INT_MAX} * 1024);
}

}  // namespace
}  // namespace fuzz
}  // namespace vectidx

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    vectidx::define_options();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    vectidx::fuzz::Input input(data, size);
    vectidx::fuzz::run(input);
    vectidx::fuzz::free_all();
    return 0;
}
