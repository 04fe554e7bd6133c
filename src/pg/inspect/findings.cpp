#include "pg/inspect/findings.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace vectidx {

namespace {

constexpr const char* kSeverityNames[] = {"error", "warning", "info"};
constexpr const char* kCodeNames[] = {
    "metapage",    "page",          "orphan_page", "node", "vector", "link",    "neighbor_code",
    "entry_point", "spanning_tree", "chain",       "tid",  "row",    "pending", "directory"};
static_assert(sizeof(kCodeNames) / sizeof(kCodeNames[0]) == kCodes);

}  // namespace

void Findings::report(Severity severity, Code code, Spot spot, const char* format, ...) {
    va_list args;
    va_start(args, format);
    report_args(severity, code, spot, format, args);
    va_end(args);
}

void Findings::error(Code code, Spot spot, const char* format, ...) {
    va_list args;
    va_start(args, format);
    report_args(Severity::Error, code, spot, format, args);
    va_end(args);
}

// In a buffer of its own: there may be millions of them.
void Findings::report_args(Severity severity, Code code, Spot spot, const char* format,
                           va_list args) {
    const auto c = static_cast<uint32_t>(code);
    harmless_ = harmless_ && severity == Severity::Info;
    if (++found_[c] > kMaxPerCode) {
        if (found_[c] == kMaxPerCode + 1) worst_unsaid_[c] = Severity::Info;
        worst_unsaid_[c] = std::min(worst_unsaid_[c], severity);
        return;
    }
    constexpr size_t kMessage = 256;
    auto* message = arena_.alloc<char>(kMessage);
    std::vsnprintf(message, kMessage, format, args);
    kept_.push_back({severity, code, spot, message});
}

void Findings::finish(RowSet& rows) {
    for (uint32_t c = 0; c < kCodes; ++c)
        if (found_[c] > kMaxPerCode)
            kept_.push_back({worst_unsaid_[c],
                             static_cast<Code>(c),
                             {},
                             psprintf("%" PRIu64 " more of this kind", found_[c] - kMaxPerCode)});
    for (const Finding& f : kept_) {
        const Datum values[kColumns] = {
            CStringGetTextDatum(kSeverityNames[static_cast<uint32_t>(f.severity)]),
            CStringGetTextDatum(kCodeNames[static_cast<uint32_t>(f.code)]),
            Int64GetDatum(static_cast<int64>(f.spot.block)),
            Int32GetDatum(f.spot.slot),
            CStringGetTextDatum(f.message),
        };
        const bool nulls[kColumns] = {false, false, f.spot.block == kNoBlock, f.spot.slot < 0,
                                      false};
        rows.add(values, nulls);
    }
}

}  // namespace vectidx
