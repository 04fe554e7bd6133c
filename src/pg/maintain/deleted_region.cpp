#include "pg/maintain/deleted_region.hpp"

#include <algorithm>

#include "core/base/random.hpp"

#include "pg/construct/progress.hpp"
#include "pg/memory.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/pages/node_store.hpp"

namespace vectidx {

namespace {

constexpr double kLargeShare = 0.05;    // of the nodes
constexpr uint32_t kSampled = 100;      // tombstones,
constexpr uint32_t kMostDraws = 4000;   // for which so many nodes are looked at,
constexpr uint32_t kMostNeighbors = 8;  // and so many neighbors of each

class RegionSample {
  public:
    RegionSample(Relation index, IndexState& state, Arena& arena)
        : store_(index, state, WriteMode::Logged, arena),
          nodes_(uint64_t{store_.header().fill_group} * store_.layout().group_nodes),
          random_(store_.header().generation) {}

    // The share of the sampled tombstones that lie among tombstones; 0 when the graph was replaced
    // meanwhile.
    double share() {
        uint32_t tombstones = 0, among = 0;
        for (uint32_t draw = 0; draw < kMostDraws && tombstones < kSampled && nodes_ > 0; ++draw) {
            delay_for_vacuum();
            NodeId neighbors[kMaxDegree];
            uint32_t count = 0;
            const bool read = store_.read_links(static_cast<NodeId>(random_.below(nodes_)),
                                                [&](const NodeView& node) {
                                                    if (node.live()) return;
                                                    count = node.degree();
                                                    std::copy_n(node.ids(), count, neighbors);
                                                });
            if (!read) return 0.0;
            if (count == 0) continue;
            ++tombstones;
            among += is_among(neighbors, count);
        }
        return tombstones > 0 ? static_cast<double>(among) / tombstones : 0.0;
    }

  private:
    bool is_among(NodeId* neighbors, uint32_t count) {
        for (uint32_t i = 0; i < std::min(count, kMostNeighbors); ++i) {
            std::swap(neighbors[i], neighbors[i + random_.below(count - i)]);
            bool live = true;
            store_.read_links(neighbors[i], [&](const NodeView& node) { live = node.live(); });
            if (live) return false;
        }
        return true;
    }

    NodeStore store_;
    uint64_t nodes_;  // in groups that are full
    Random random_;
};

}  // namespace

bool has_deleted_region(Relation index, const MetaHeader& header) {
    const auto tombstones = static_cast<double>(header.tombstones);
    const double large = kLargeShare * (static_cast<double>(header.live_nodes) + tombstones);
    if (header.tombstones == 0 || tombstones < large) return false;
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx deleted region", ALLOCSET_SMALL_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    IndexState& state = load_state(index, kMetaBlock, context);
    Arena arena = context_arena(context);
    const double share = RegionSample(index, state, arena).share();
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
    return share * tombstones >= large;
}

}  // namespace vectidx
