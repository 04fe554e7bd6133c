#include "core/construct/part_plan.hpp"

#include <algorithm>
#include <iterator>

namespace vectidx {

namespace {

// Pieces of a leader's rows, of those that fit in a part.
constexpr uint64_t kPiecesOfPart = 4;

// Other leaders that a leader remembers; what a row says of its next leaders, which are the
// weights.
constexpr uint32_t kShared = 48;
constexpr uint32_t kWeights[] = {5, 3, 2};
// Beyond these, hardly any leader moves.
constexpr uint32_t kSweeps = 16;

// A leader's rows are divided by bits that do not decide ties between leaders.
uint32_t mixed(uint32_t hash) {
    return (hash ^ (hash >> 15)) * 0x2C1B3C6Du >> 8;
}

uint32_t gap_of(float nearest, float other) {
    if (!(other > 0.0f)) return 0;
    const float gap = 1.0f - std::max(nearest, 0.0f) / other;
    return static_cast<uint32_t>(std::clamp(gap, 0.0f, 1.0f) * (kGaps - 1));
}

}  // namespace

PartPlan::PartPlan(uint32_t leaders, Arena& arena)
    : arena_(arena),
      leaders_(leaders),
      rows_(arena.alloc<uint64_t>(leaders)),
      dropped_(arena.alloc<bool>(leaders)),
      shared_(arena.alloc<Shared>(size_t{leaders} * kShared)),
      first_item_(arena.alloc<uint32_t>(size_t{leaders} + 1)),
      items_(arena),
      part_rows_(arena),
      affinity_(arena) {
    std::fill_n(shared_, size_t{leaders} * kShared, Shared{kNoNode, 0});
    std::fill_n(rows_, leaders, uint64_t{0});
    std::fill_n(dropped_, leaders, false);
}

size_t PartPlan::bytes(uint32_t leaders) {
    return leaders * (sizeof(uint64_t) + kShared * sizeof(Shared) + sizeof(bool) +
                      sizeof(uint32_t) + 4 * sizeof(Item)) +
           sizeof(PartPlan);
}

void PartPlan::drop_hubs(uint64_t most) {
    for (uint32_t i = 0; i < leaders_; ++i)
        dropped_[i] = rows_[i] > most;
    std::fill_n(rows_, leaders_, uint64_t{0});
}

void PartPlan::count(const NearLeaders& row) {
    const uint32_t own = leader_of(row);
    ++rows_[own];
    uint32_t others = 0;
    for (uint32_t k = 0; k < kPartLeaders && row.leader[k] != kNoNode; ++k) {
        const uint32_t other = row.leader[k];
        if (other == own || dropped_[other]) continue;
        share(own, other, kWeights[others]);
        share(other, own, kWeights[others]);
        if (++others == std::size(kWeights)) break;
    }
}

// Where a leader has no place for another one, the least gives way and leaves its rows, so that one
// that comes often stays.
void PartPlan::share(uint32_t leader, uint32_t other, uint32_t rows) {
    Shared* shared = shared_ + size_t{leader} * kShared;
    Shared* least = shared;
    for (uint32_t i = 0; i < kShared; ++i) {
        if (shared[i].leader == other || shared[i].leader == kNoNode) {
            shared[i].leader = other;
            shared[i].rows += rows;
            return;
        }
        if (shared[i].rows < least->rows) least = &shared[i];
    }
    *least = {other, least->rows + rows};
}

uint32_t PartPlan::leader_of(const NearLeaders& row) const {
    for (uint32_t k = 0; k < kPartLeaders && row.leader[k] != kNoNode; ++k)
        if (!dropped_[row.leader[k]]) return row.leader[k];
    return row.leader[0];
}

const PartPlan::Item& PartPlan::item_of(uint32_t leader, uint32_t hash) const {
    const uint32_t first = first_item_[leader], pieces = first_item_[leader + 1] - first;
    return items_[first + (pieces > 1 ? mixed(hash) % pieces : 0)];
}

// A dropped leader has an item, too: it may be all that a row knows.
void PartPlan::make_items(uint64_t most) {
    const uint64_t piece = std::max<uint64_t>(1, most / kPiecesOfPart);
    for (uint32_t i = 0; i < leaders_; ++i) {
        first_item_[i] = static_cast<uint32_t>(items_.size());
        const uint64_t pieces = rows_[i] > most / 2 ? (rows_[i] + piece - 1) / piece : 1;
        for (uint64_t k = 0; k < pieces; ++k)
            items_.push_back({i, 0, (rows_[i] + pieces - 1) / pieces, 0.0f});
    }
    first_item_[leaders_] = static_cast<uint32_t>(items_.size());
}

void PartPlan::pack(uint32_t parts, uint64_t most,
                    FunctionRef<float(uint32_t, uint32_t)> distance) {
    make_items(most);
    const auto items = static_cast<uint32_t>(items_.size());
    for (parts_ = std::clamp(parts, 1u, items);;) {
        divide(parts_, distance);
        part_rows_.clear();
        std::fill_n(part_rows_.extend(parts_), parts_, uint64_t{0});
        for (const Item& item : items_)
            part_rows_[item.part] += item.rows;
        if (parts_ == items || *std::max_element(part_rows_.begin(), part_rows_.end()) <= most)
            break;
        parts_ = std::min(items, parts_ + std::max(1u, parts_ / 8));
    }
    refine(most);
    std::fill_n(part_rows_.data(), parts_, uint64_t{0});
}

void PartPlan::refine(uint64_t most) {
    affinity_.clear();
    uint64_t* affinity = affinity_.extend(parts_);
    for (uint32_t sweep = 0, moved = 1; sweep < kSweeps && moved > 0; ++sweep) {
        moved = 0;
        for (Item& item : items_) {
            // The pieces of a leader's rows stay where they are.
            if (first_item_[item.leader + 1] - first_item_[item.leader] > 1) continue;
            // Nor is a part given up.
            if (part_rows_[item.part] == item.rows) continue;
            std::fill_n(affinity, parts_, uint64_t{0});
            const Shared* shared = shared_ + size_t{item.leader} * kShared;
            for (uint32_t i = 0; i < kShared && shared[i].leader != kNoNode; ++i)
                affinity[items_[first_item_[shared[i].leader]].part] += shared[i].rows;
            uint32_t best = item.part;
            for (uint32_t part = 0; part < parts_; ++part)
                if (affinity[part] > affinity[best] && part_rows_[part] + item.rows <= most)
                    best = part;
            if (best == item.part) continue;
            part_rows_[item.part] -= item.rows;
            part_rows_[best] += item.rows;
            item.part = best;
            ++moved;
        }
    }
}

// Halves ranges of items until each is a part. Near parts get near numbers.
void PartPlan::divide(uint32_t parts, FunctionRef<float(uint32_t, uint32_t)> distance) {
    const auto items = static_cast<uint32_t>(items_.size());
    auto* order = arena_.alloc<uint32_t>(items);
    for (uint32_t i = 0; i < items; ++i)
        order[i] = i;
    // A range has half as many parts as the one that it comes from, so there are never many.
    Range stack[2 * 32];
    uint32_t waiting = 0;
    stack[waiting++] = {order, items, 0, parts};
    while (waiting > 0) {
        const Range range = stack[--waiting];
        if (range.parts == 1) {
            for (uint32_t i = 0; i < range.size; ++i)
                items_[range.items[i]].part = range.part;
            continue;
        }
        sort_across(range, distance);
        const uint32_t left = range.parts / 2, right = range.parts - left;
        const uint32_t middle = share_of(range, left);
        stack[waiting++] = {range.items + middle, range.size - middle, range.part + left, right};
        stack[waiting++] = {range.items, middle, range.part, left};
    }
    arena_.free(order);
}

// Along the line between two items that are far from each other.
void PartPlan::sort_across(const Range& range, FunctionRef<float(uint32_t, uint32_t)> distance) {
    const auto farthest = [&](uint32_t from) {
        uint32_t best = from;
        float most = -1.0f;
        for (uint32_t i = 0; i < range.size; ++i) {
            const float length = distance(from, items_[range.items[i]].leader);
            if (length > most) best = items_[range.items[i]].leader;
            most = std::max(most, length);
        }
        return best;
    };
    const uint32_t a = farthest(items_[range.items[0]].leader), b = farthest(a);
    for (uint32_t i = 0; i < range.size; ++i) {
        Item& item = items_[range.items[i]];
        item.place = distance(a, item.leader) - distance(b, item.leader);
    }
    std::sort(range.items, range.items + range.size, [this](uint32_t x, uint32_t y) {
        const float at_x = items_[x].place, at_y = items_[y].place;
        return at_x < at_y || (at_x == at_y && x < y);
    });
}

// How many items from the first on are the rows of `left` parts, about. Each side keeps at least as
// many items as it has parts.
uint32_t PartPlan::share_of(const Range& range, uint32_t left) const {
    uint64_t rows = 0, before = 0;
    for (uint32_t i = 0; i < range.size; ++i)
        rows += items_[range.items[i]].rows;
    uint32_t middle = 0;
    for (; middle < range.size - (range.parts - left); ++middle) {
        const uint64_t item = items_[range.items[middle]].rows;
        if (middle >= left && (2 * before + item) * range.parts > 2 * rows * left) break;
        before += item;
    }
    return middle;
}

PartChoice PartPlan::choose(const NearLeaders& row) const {
    const uint32_t own = leader_of(row);
    PartChoice choice{item_of(own, row.hash).part, {kNoPart, kNoPart}, {}};
    uint32_t copies = 0;
    const auto add = [&](uint32_t part, uint32_t gap) {
        if (copies == kMostCopies || part == choice.part) return;
        if (std::find(choice.other, choice.other + copies, part) != choice.other + copies) return;
        choice.other[copies] = part;
        choice.gap[copies++] = gap;
    };
    // Pieces of one leader's rows are as near as can be.
    const uint32_t first = first_item_[own], pieces = first_item_[own + 1] - first;
    for (uint32_t k = 1; k < pieces && copies == 0; ++k)
        add(items_[first + (mixed(row.hash) + k) % pieces].part, 0);
    float nearest = row.distance[0];
    for (uint32_t k = 0; k < kPartLeaders && row.leader[k] != kNoNode; ++k)
        if (row.leader[k] == own) nearest = row.distance[k];
    for (uint32_t k = 0; k < kPartLeaders && row.leader[k] != kNoNode; ++k)
        if (!dropped_[row.leader[k]])
            add(item_of(row.leader[k], row.hash).part, gap_of(nearest, row.distance[k]));
    return choice;
}

void PartPlan::tally(const PartChoice& choice) {
    ++part_rows_[choice.part];
    for (uint32_t k = 0; k < kMostCopies && choice.other[k] != kNoPart; ++k)
        ++gap_rows_[choice.gap[k]];
}

uint32_t PartPlan::copied_gaps(uint64_t copies) const {
    uint64_t rows = gap_rows_[0];
    uint32_t gaps = 1;
    while (gaps < kGaps && rows + gap_rows_[gaps] <= copies)
        rows += gap_rows_[gaps++];
    return gaps;
}

}  // namespace vectidx
