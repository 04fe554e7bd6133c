// What a check finds, as rows (severity, code, block, slot, message).
#pragma once

#include "pg/postgres.hpp"

#include <cstdarg>

#include "core/format/page.hpp"

#include "pg/inspect/row_set.hpp"

namespace vectidx {

enum class Severity : uint8_t {
    Error,    // what the index says is wrong, or will be
    Warning,  // it answers, but not as well as it should
    Info,     // left over by something that was broken off; harmless
};

enum class Code : uint8_t {
    Metapage,
    Page,
    OrphanPage,
    Node,
    Vector,
    Link,
    NeighborCode,
    EntryPoint,
    Tether,
    Chain,
    Tid,
    Row,
};
constexpr uint32_t kCodes = static_cast<uint32_t>(Code::Row) + 1;

// Where something was found. No block: a matter of the whole index.
struct Spot {
    BlockNo block = kNoBlock;
    int slot = -1;
};

class Findings {
  public:
    explicit Findings(RowSet& rows) : rows_(rows) {}

    // After kMaxPerCode rows of one code the others are only counted.
    void report(Severity severity, Code code, Spot spot, const char* format, ...)
        __attribute__((format(printf, 5, 6)));
    void error(Code code, Spot spot, const char* format, ...) __attribute__((format(printf, 4, 5)));
    // Adds a row for each code that was found more often than there are rows for it.
    void finish();

  private:
    static constexpr uint64_t kMaxPerCode = 100;

    void report_args(Severity severity, Code code, Spot spot, const char* format, va_list args)
        __attribute__((format(printf, 5, 0)));
    void add(Severity severity, Code code, Spot spot, const char* message);

    RowSet& rows_;
    uint64_t found_[kCodes] = {};
    Severity worst_unsaid_[kCodes] = {};
};

}  // namespace vectidx
