#include "pg/am/array_scan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>

#include "pg/am/options.hpp"
#include "pg/am/scan_limits.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/pages/pending_list.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// The best rows whose gains tell what gains such rows have, at least.
constexpr uint32_t kSample = 10;
// Rows that are measured before the next look, at least.
constexpr uint32_t kStep = 8;
// Rows wanted where nobody says how many.
constexpr uint32_t kUnknownRows = 10;

constexpr float kFarGain = -std::numeric_limits<float>::infinity();

// The key from which on a search tells rows from those that it did not meet: that of row 2 *
// length, or of the last. A search expands about twice as many nodes as it was asked for.
float floor_of(const Array<ProbeHit>& hits, uint32_t length, Array<float>* keys) {
    keys->clear();
    for (const ProbeHit& hit : hits)
        keys->push_back(hit.key);
    if (keys->empty()) return 0.0f;
    float* at = keys->begin() + std::min<size_t>(2 * size_t{length}, keys->size()) - 1;
    std::nth_element(keys->begin(), at, keys->end());
    return *at;
}

}  // namespace

ArrayScan::ArrayScan(IndexScanDesc scan, ScanState* s, const IndexedType& type)
    : scan_(scan),
      s_(s),
      context_(CurrentMemoryContext),
      arena_(context_arena(context_)),
      probes_(nullptr),
      probe_count_(0),
      whole_(scan->indexRelation, type, Datum{0}, context_),
      rows_(arena_),
      order_(arena_),
      measured_(arena_),
      gains_(arena_),
      ready_(arena_),
      late_(arena_),
      last_(-kInfinite) {
    const SearchOptions options = search_options(scan->indexRelation);
    strict_order_ = options.strict_order;
    recall_ = options.target_recall;
    max_bytes_ = options.scan_mem_multiplier > 0
                     ? static_cast<size_t>(work_mem * 1024.0 * options.scan_mem_multiplier)
                     : SIZE_MAX;
    length_ = std::max(kFirstProbeRows, options.ef_search);
    if (!s->null_query) {
        const ValueVectors query = vectors_of(type, s->order.sk_argument);
        s->null_query = query.count == 0;  // as the operator: the distance is NULL
        probe_count_ = static_cast<uint32_t>(query.count);
        probes_ = arena_.alloc<ArrayProbe>(std::max(1u, probe_count_));
        for (uint32_t i = 0; i < probe_count_; ++i)
            new (probes_ + i) ArrayProbe(scan->indexRelation, type, query.datums[i], context_);
    }
    measure_pending();
    if (s->null_query) take_all();
}

// What leaves the list later is in the graph. Returns false when the list changed meanwhile.
bool ArrayScan::read_pending(Array<HeapTid>* tids) {
    Relation index = scan_->indexRelation;
    const IndexState& state = index_state(index);
    const MetaHeader seen = state.meta().header;
    PageReader reader(index, kMetaBlock, seen);
    return read_waiting_rows(reader, seen, state.layout.words, arena_,
                             [&](const PendingEntry& entry) { tids->push_back(entry.tid); });
}

// Rows of the pending list are all measured. Their vectors may be on the list in part, so they say
// nothing of the gains that rows have.
void ArrayScan::measure_pending() {
    Array<HeapTid> tids(arena_);
    while (!read_pending(&tids)) {
        CHECK_FOR_INTERRUPTS();
        TEST_POINT("scan-restart");
        tids.clear();
    }
    TEST_POINT("scan-pending-done");
    for (const HeapTid& tid : tids) {
        GainedRow& row = rows_.find(tid);
        if (row.listed) continue;
        row.listed = true;
        measure(&row);
    }
}

void ArrayScan::measure(GainedRow* row) {
    if (s_->null_query) {
        row->state = GainedRow::Measured;
        ready_.push({0.0, row->tid});
        return;
    }
    double distance = 0.0;
    const bool visible = s_->rows->measure_row(row->tid, &distance);
    ++s_->report.refined;
    row->state = visible ? GainedRow::Measured : GainedRow::Gone;
    row->distance = std::isnan(distance) ? kInfinite : distance;
    if (visible) ready_.push({row->distance, row->tid});
}

bool ArrayScan::next(HeapTid* tid, double* distance) {
    for (;;) {
        while ((complete_ || given_ < wanted_) && !ready_.empty()) {
            const Given row = ready_.pop();
            if (row.key < last_) {
                if (!strict_order_) late_.push(row);
                ++s_->report.late;
                continue;
            }
            last_ = row.key;
            ++given_;
            *tid = row.tid;
            *distance = row.key;
            return true;
        }
        if (complete_) {
            if (late_.empty()) return false;
            const Given row = late_.pop();
            *tid = row.tid;
            *distance = row.key;
            return true;
        }
        constexpr uint32_t kMost = UINT32_MAX / 4;
        const uint32_t first = rows_wanted(s_) > 0 ? rows_wanted(s_) : kUnknownRows;
        wanted_ = wanted_ == 0 ? first : 2 * std::min(std::max(wanted_, given_), kMost);
        settle();
    }
}

// Measures the rows of a batch.
void ArrayScan::settle() {
    while (!complete_) {
        if (expanded_ == 0.0) search();
        if (measure_enough()) return;
        if (rows_.bytes() > max_bytes_) {
            report_early_end(scan_->indexRelation, &s_->report);
            complete_ = true;
            return;
        }
        take_more();
    }
}

// All searches, to their present length.
void ArrayScan::search() {
    expanded_ = 1.0;
    for (uint32_t i = 0; i < probe_count_; ++i) {
        CHECK_FOR_INTERRUPTS();
        probes_[i].run(length_, &s_->report);
        expanded_ += probes_[i].expanded();
        all_known_ = all_known_ || probes_[i].at_end();
        // Its memory, for the time it takes to search again.
        if (MemoryContextMemAllocated(context_, true) > static_cast<Size>(work_mem) * 1024)
            probes_[i].forget();
    }
    rank();
}

void ArrayScan::rank() {
    rows_.restart();
    for (uint32_t i = 0; i < probe_count_; ++i) {
        const ArrayProbe& probe = probes_[i];
        const float floor = floor_of(probe.hits(), length_, &gains_);
        const auto unit = static_cast<float>(probe.unit());
        rows_.begin_search();
        for (const ProbeHit& hit : probe.hits())
            rows_.add(hit.tid, (floor - hit.key) * unit);
    }
    Array<GainedRow>& rows = rows_.rows();
    order_.clear();
    next_ = 0;
    for (uint32_t i = 0; i < rows.size(); ++i)
        if (rows[i].state == GainedRow::Met) order_.push_back(i);
    std::sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) {
        return rows[a].gain != rows[b].gain ? rows[a].gain > rows[b].gain
                                            : number_of(rows[a].tid) < number_of(rows[b].tid);
    });
}

// Whether so many rows were measured that *least is known: the gain below which hardly any row is
// among the best; 0 where many of the best have none.
bool ArrayScan::has_enough(float* least) {
    const uint32_t sample = std::max(wanted_, kSample);
    measured_.clear();
    gains_.clear();
    for (const GainedRow& row : rows_.rows())
        if (row.state == GainedRow::Measured && !row.listed)
            measured_.push_back({row.distance, row.tid});
    if (measured_.size() < 2 * size_t{sample}) return false;
    std::nth_element(measured_.begin(), measured_.begin() + sample, measured_.end(),
                     [](const Given& a, const Given& b) { return a.key < b.key; });
    uint32_t once = 0, twice = 0;
    for (uint32_t i = 0; i < sample; ++i) {
        const GainedRow& row = rows_.find(measured_[i].tid);
        gains_.push_back(row.gain);
        once += row.met == 1;
        twice += row.met == 2;
    }
    // What a batch misses comes late in the next.
    const float missed = (given_ > 0 ? 0.1f : 1.0f) * (1.0f - recall_);
    *least = least_gain(gains_.data(), sample, deviations_for(1.0f - missed));
    const float known = static_cast<float>(sample);
    const float not_met = rows_not_met(probe_count_, once, twice);
    if (not_met > 1.0f + 2.0f * missed * (known + not_met)) *least = 0.0f;
    return true;
}

// Whether longer lists cost less than to measure the rows down to this gain. A search doubles its
// work; a row costs about an expansion for each vector of the query.
bool ArrayScan::lists_pay(float least) const {
    const Array<GainedRow>& rows = const_cast<RowGains&>(rows_).rows();
    const auto end = std::partition_point(order_.begin() + next_, order_.end(),
                                          [&](uint32_t i) { return rows[i].gain >= least; });
    return static_cast<double>(end - (order_.begin() + next_)) * probe_count_ > expanded_;
}

// Returns false where the lists are too short for the batch.
bool ArrayScan::measure_enough() {
    for (;;) {
        float least = kFarGain;
        const bool enough = has_enough(&least);
        const bool at_end = next_ == order_.size();
        if (enough && (at_end ? least > 0.0f : gain_at(next_) < least)) return true;
        if (at_end) {
            complete_ = all_known_;
            return complete_;
        }
        if (!all_known_ && enough && (least <= 0.0f || lists_pay(least))) return false;
        const size_t most =
            next_ + std::max({kStep, wanted_ / 4, enough ? 0u : 2 * std::max(wanted_, kSample)});
        for (; next_ < std::min(most, order_.size()); ++next_)
            measure(&rows_.rows()[order_[next_]]);
    }
}

// Longer lists, or all rows where that costs no more.
void ArrayScan::take_more() {
    const double nodes = probe_count_ > 0 ? probes_[0].nodes() : 0.0;
    const double listed = scan_->indexRelation->rd_rel->reltuples;
    const double rows = listed > 0.0 ? listed : nodes;
    const bool blind = std::none_of(probes_, probes_ + probe_count_,
                                    [](const ArrayProbe& probe) { return probe.has_direction(); });
    if (blind || 2.0 * expanded_ >= nodes + rows * probe_count_) return take_all();
    length_ = 2 * std::min(length_, UINT32_MAX / 8);
    search();
}

void ArrayScan::take_all() {
    for (uint32_t i = 0; i < probe_count_; ++i)
        probes_[i].forget();
    whole_.run(UINT32_MAX, &s_->report);
    for (const ProbeHit& hit : whole_.hits()) {
        GainedRow& row = rows_.find(hit.tid);
        if (row.state == GainedRow::Met) measure(&row);
    }
    whole_.forget();
    complete_ = true;
}

}  // namespace vectidx
