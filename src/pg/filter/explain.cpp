#include "pg/filter/explain.hpp"

#include <algorithm>

namespace vectidx {

namespace {

int64 whole(double x) {
    return static_cast<int64>(std::clamp(x, 0.0, 1e15));
}

const char* text_of(const StringInfoData& text) {
    return text.data;
}

const char* then_of(const StringInfoData& text) {
    return text.len > 0 ? ", then " : "";
}

void explain_start(const FilterRun& run, ExplainState* output) {
    const PlanNotes& notes = run.notes();
    const FilterRule rule(notes.mode, notes.prices);
    const bool walks = rule.start(notes.wanted) == FilterRule::Choice::Walk;
    const int64 nodes = whole(rule.walk(notes.wanted)), rows = whole(notes.prices.listed);
    const char* list = run.has_bitmap() ? "bitmap" : "table";
    if (output->format != EXPLAIN_FORMAT_TEXT) {
        ExplainPropertyText("Start", walks ? "walk" : list, output);
        ExplainPropertyText("List", list, output);
        if (!output->costs) return;
        ExplainPropertyInteger("Expected Nodes", nullptr, nodes, output);
        ExplainPropertyInteger("Expected Rows", nullptr, rows, output);
        return;
    }
    StringInfoData text;
    initStringInfo(&text);
    if (walks) appendStringInfoString(&text, "walk");
    if (walks && output->costs) appendStringInfo(&text, ", " INT64_FORMAT " nodes expected", nodes);
    appendStringInfo(&text, "%s%s", walks ? "; else " : "", list);
    if (output->costs) appendStringInfo(&text, ", " INT64_FORMAT " rows expected", rows);
    ExplainPropertyText("Start", text_of(text), output);
}

void explain_used(const FilterCounts& counts, ExplainState* output) {
    if (output->format != EXPLAIN_FORMAT_TEXT) {
        ExplainPropertyUInteger("Walks", nullptr, counts.walks, output);
        ExplainPropertyUInteger("Nodes", nullptr, counts.expanded, output);
        ExplainPropertyUInteger("Brute Force Runs", nullptr, counts.exact, output);
        ExplainPropertyUInteger("Rows Measured", nullptr, counts.measured, output);
        ExplainPropertyUInteger("Code Searches", nullptr, counts.codes, output);
        ExplainPropertyUInteger("Code Rows", nullptr, counts.candidates, output);
        ExplainPropertyUInteger("Nodes Read", nullptr, counts.read, output);
        ExplainPropertyUInteger("Table Tests", nullptr, counts.table_tests, output);
        ExplainPropertyUInteger("Bitmap Tests", nullptr, counts.list_tests, output);
        ExplainPropertyUInteger("Bitmaps", nullptr, counts.lists, output);
        ExplainPropertyUInteger("Bitmap Rows", nullptr, counts.listed, output);
        ExplainPropertyUInteger("Lossy Pages", nullptr, counts.whole_pages, output);
        ExplainPropertyUInteger("Bitmap Memory", "kB", (counts.list_bytes + 1023) / 1024, output);
        return;
    }
    StringInfoData text;
    initStringInfo(&text);
    if (counts.walks > 0) appendStringInfo(&text, "walk " UINT64_FORMAT " nodes", counts.expanded);
    if (counts.codes > 0)
        appendStringInfo(&text, "%scodes (" UINT64_FORMAT " rows, " UINT64_FORMAT " nodes read)",
                         then_of(text), counts.candidates, counts.read);
    if (counts.exact > 0)
        appendStringInfo(&text, "%sbrute force " UINT64_FORMAT " rows", then_of(text),
                         counts.measured);
    ExplainPropertyText("Used", text.len > 0 ? text_of(text) : "nothing", output);
    resetStringInfo(&text);
    appendStringInfo(&text, UINT64_FORMAT " table, " UINT64_FORMAT " bitmap", counts.table_tests,
                     counts.list_tests);
    ExplainPropertyText("Tests", text_of(text), output);
    if (counts.lists == 0) return;
    resetStringInfo(&text);
    if (counts.whole_pages > 0)
        appendStringInfo(&text, "lossy, " UINT64_FORMAT " rows and " UINT64_FORMAT " pages, ",
                         counts.listed, counts.whole_pages);
    else
        appendStringInfo(&text, "exact, " UINT64_FORMAT " rows, ", counts.listed);
    appendStringInfo(&text, UINT64_FORMAT " kB",
                     static_cast<uint64_t>((counts.list_bytes + 1023) / 1024));
    ExplainPropertyText("Bitmap", text_of(text), output);
}

}  // namespace

void explain_run(const FilterRun& run, bool executed, ExplainState* output) {
    explain_start(run, output);
    if (executed) explain_used(run.counts(), output);
}

}  // namespace vectidx
