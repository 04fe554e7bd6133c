// Searches by a list of rows and the codes of a directory: only rows on the list come, all of them
// when all are asked for, and the nearest of them first.
#include <gtest/gtest.h>
#include <memory>
#include <set>

#include "core/graph/listed_entries.hpp"

#include "support/graph_case.hpp"
#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::Built;
using test::GraphCase;
using test::Scan;
using test::Scanned;
using test::Scanner;

constexpr size_t kRows = 2000;

constexpr GraphCase kCases[] = {
    {Metric::L2, 64, VectorPlacement::Inline, "L2"},
    {Metric::L2, 64, VectorPlacement::Split, "L2Split"},
    {Metric::InnerProduct, 64, VectorPlacement::OutOfLine, "InnerProductOutOfLine"},
    {Metric::Cosine, 64, VectorPlacement::Inline, "Cosine"},
    {Metric::L1, 64, VectorPlacement::Split, "L1Split"},
    {Metric::L2, 64, {VectorPlacement::Inline, Storage::Full}, "L2Full"},
};

struct List {
    const std::set<size_t>* rows;
    bool contains(const HeapTid& tid) const { return rows->contains(test::row_of(tid)); }
};

class ListFilter final : public NodeFilter {
  public:
    std::set<size_t> rows;
    List list{&rows};
    uint32_t leaves_at = UINT32_MAX;

    bool count(const SearchResult& node, uint32_t most, uint32_t* passing) override {
        *passing = 0;
        for (uint32_t i = 0; i < node.tid_count && *passing < most; ++i)
            *passing += rows.contains(test::row_of(node.tids[i]));
        return true;
    }
    bool goes_on(const FilterProgress& progress) override { return progress.expanded < leaves_at; }
};

// The directory of a graph in memory.
struct Pages {
    DirectoryLayout layout;
    std::vector<std::vector<uint64_t>> pages;

    explicit Pages(Built& b) {
        test::MemoryStore& store = b.graph.store();
        const NodeLayout& nodes = store.layout();
        MetaHeader h{};
        h.format = kIndexFormat;
        layout = directory_layout(h, nodes);
        pages.assign(directory_pages(layout, store.size()), std::vector<uint64_t>(kPageSize / 8));
        std::vector<float> vector(nodes.padded), center(nodes.padded);
        std::vector<uint64_t> code(layout.words);
        for (NodeId id = 0; id < store.size(); ++id) {
            const NodeView node = store.view(id);
            std::vector<uint8_t> own(nodes.own_bytes());
            if (nodes.placement() == VectorPlacement::OutOfLine)
                store.read_traversal(id, [&](const uint8_t* piece, uint32_t from, uint32_t count) {
                    std::copy_n(piece, count, own.data() + from);
                });
            else
                std::copy_n(node.own(), own.size(), own.data());
            traversal_from_bytes(nodes, own.data(), node.header().scale,
                                 VectorBuffer(vector.data()));
            const NeighborTerms terms =
                encode_link(nodes, VectorBuffer(center.data()), VectorBuffer(vector.data()),
                            -node.header().norm2, code.data());
            char* page = reinterpret_cast<char*>(pages[id / layout.per_page].data());
            EntryRows rows = rows_of(node);
            if (!store.overflow(id).empty()) rows.flags |= kEntryMore;
            set_entry_rows(layout, page, id % layout.per_page, rows);
            set_entry_code(layout, page, id % layout.per_page, terms, code.data());
        }
    }
};

class ListedTest : public ::testing::TestWithParam<GraphCase> {
  protected:
    ListedTest()
        : b_(built()), pages_(b_), scanner_(b_.graph.store(), b_.graph.space(), b_.vectors) {
        scanner_.limits.listed = true;
        scanner_.limits.filter = &filter_;
        scanner_.limits.target_recall = 0.95f;
        scanner_.list = [this](const RotatedQuery& query,
                               Arena& arena) -> const Array<SearchCandidate>& {
            entries_ = std::make_unique<ListedEntries>(
                pages_.layout, b_.graph.store().layout().choice.code_bits, query, arena);
            for (size_t i = 0; i < pages_.pages.size(); ++i)
                entries_->add_page(reinterpret_cast<const char*>(pages_.pages[i].data()),
                                   static_cast<NodeId>(i * pages_.layout.per_page), &filter_.list);
            return entries_->candidates();
        };
    }
    static Built& built() {
        static test::BuiltGraphs all;
        return test::built(all, GetParam(), kRows, 20);
    }

    // Checks that min(k, rows) rows of the list come; returns the recall.
    double run(size_t k) {
        size_t hits = 0, wanted = 0;
        for (size_t i = 0; i < b_.queries.n; ++i) {
            std::vector<double> distances;
            for (size_t row : filter_.rows)
                distances.push_back(test::operator_distance(GetParam().metric, b_.queries[i],
                                                            b_.vectors[row], b_.vectors.d));
            std::sort(distances.begin(), distances.end());
            const size_t most = std::min(k, distances.size());
            const Scan scan = scanner_.run(b_.queries[i], k);
            EXPECT_EQ(scan.rows.size(), most);
            EXPECT_EQ(scan.bound_violations, 0u);
            std::set<size_t> rows;
            for (const Scanned& s : scan.rows) {
                EXPECT_TRUE(filter_.rows.contains(s.row));
                EXPECT_TRUE(rows.insert(s.row).second);
                const double last = distances[most - 1];
                hits += s.distance <= last + 1e-6 * std::fabs(last);
            }
            read_ += scan.counters.expanded;
            wanted += most;
        }
        return wanted == 0 ? 1.0 : static_cast<double>(hits) / static_cast<double>(wanted);
    }
    void list_every(size_t step) {
        filter_.rows.clear();
        for (size_t row = 0; row < kRows; row += step)
            filter_.rows.insert(row);
    }
    void list_first(size_t count) {
        filter_.rows.clear();
        for (size_t row = 0; row < count; ++row)
            filter_.rows.insert(row * 7 % kRows);
    }

    Built& b_;
    Pages pages_;
    ListFilter filter_;
    std::unique_ptr<ListedEntries> entries_;
    Scanner scanner_;
    uint64_t read_ = 0;
};

TEST_P(ListedTest, GivesTheNearestOfTheList) {
    constexpr size_t k = 10;
    for (size_t count : {size_t{0}, size_t{1}, k - 1, k}) {
        list_first(count);
        EXPECT_EQ(run(k), 1.0) << count;
    }
    for (size_t step : {100, 10, 2, 1}) {
        list_every(step);
        EXPECT_GE(run(k), 0.97) << step;
    }
}

TEST_P(ListedTest, GivesAllOfTheList) {
    for (size_t step : {100, 3, 1}) {
        list_every(step);
        run(kRows);
    }
}

TEST_P(ListedTest, ReadsFewNodes) {
    list_every(2);
    run(10);
    EXPECT_LT(read_, b_.queries.n * kRows / 4);
}

TEST_P(ListedTest, LeavesWhenTheFilterSays) {
    list_every(1);
    filter_.leaves_at = 32;
    const Scan scan = scanner_.run(b_.queries[0], kRows);
    EXPECT_LT(scan.rows.size(), kRows);
}

TEST_P(ListedTest, GivesLateWhatIsNearerThanRowsBefore) {
    list_every(1);
    const Scan all = scanner_.run(b_.queries[0], kRows);
    scanner_.limits.given = std::numeric_limits<float>::max() / 4;
    const Scan late = scanner_.run(b_.queries[0], kRows);
    EXPECT_EQ(late.rows.size(), all.rows.size());
    EXPECT_GT(late.counters.late, kRows / 2);
}

INSTANTIATE_TEST_SUITE_P(Cases, ListedTest, ::testing::ValuesIn(kCases), test::case_name);

}  // namespace
}  // namespace vectidx
