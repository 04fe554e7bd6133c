// Index options and settings: whatever is accepted, a build and a search get figures within range.
#include <string>

#include "pg/am/alter_notice.hpp"
#include "pg/am/options.hpp"

#include "input.hpp"
#include "server.hpp"

namespace vectidx {

// The hooks of the server are not here.
void watch_alter_index() {}
void note_new_options(const bytea*) {}

namespace fuzz {
namespace {

void run(Input& input) {
    for (uint32_t changes = input.below(8); changes > 0; --changes) {
        const auto number = input.take<uint8_t>();
        const auto value = input.take<uint32_t>();
        set_setting(number, value, static_cast<GucSource>(input.below(4)));
    }
    std::string text(input.left(), '\0');
    input.take_bytes(text.data(), text.size());
    text = text.c_str();
    RelationData relation{nullptr};
    if (!without_error(
            [&] { relation.rd_options = parse_options(PointerGetDatum(text.c_str()), true); }))
        return;
    const BuildOptions build = build_options(&relation);
    require(build.m >= 2 && build.m <= 100);
    require(build.ef_construction >= 4 && build.ef_construction <= 1000);
    require(build.parallel_insert_threshold >= 1);
    const SearchOptions search = search_options(&relation);
    require(search.ef_search <= 10000);
    require(search.target_recall >= 0.5f && search.target_recall <= 0.999f);
    const int pct = tombstone_rebuild_pct(&relation);
    require(pct >= 1 && pct <= 100);
    require(max_scan_tuples >= 1 && scan_mem_multiplier >= 1);
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
