// The findings of a check, as rows (severity, code, block, slot, message).
#pragma once

#include "pg/postgres.hpp"

#include <cstdarg>

#include "core/base/array.hpp"
#include "core/layout/page.hpp"

#include "pg/inspect/row_set.hpp"

namespace vectidx {

enum class Severity : uint8_t {
    Error,    // what the index says is wrong, or will be
    Warning,  // it answers, but not as well as it should
    Info,     // left over by interrupted work; harmless
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
    SpanningTree,
    Chain,
    Tid,
    Row,
    Pending,
    Directory,
};
constexpr uint32_t kCodes = static_cast<uint32_t>(Code::Directory) + 1;

// Where something was found. No block: a matter of the whole index.
struct Spot {
    BlockNo block = kNoBlock;
    int slot = -1;
};

class Findings {
  public:
    static constexpr int kColumns = 5;  // of the rows it gives

    explicit Findings(Arena& arena) : arena_(arena), kept_(arena) {}

    // After kMaxPerCode rows of one code the others are only counted.
    void report(Severity severity, Code code, Spot spot, const char* format, ...)
        __attribute__((format(printf, 5, 6)));
    void error(Code code, Spot spot, const char* format, ...) __attribute__((format(printf, 4, 5)));
    // Whether there is nothing but Severity::Info.
    bool harmless() const { return harmless_; }
    // Gives all, with a row for each code that was found more often than there are rows for it.
    void finish(RowSet& rows);

  private:
    static constexpr uint64_t kMaxPerCode = 100;

    void report_args(Severity severity, Code code, Spot spot, const char* format, va_list args)
        __attribute__((format(printf, 5, 0)));

    struct Finding {
        Severity severity;
        Code code;
        Spot spot;
        const char* message;
    };

    Arena& arena_;
    Array<Finding> kept_;
    bool harmless_ = true;
    uint64_t found_[kCodes] = {};
    Severity worst_unsaid_[kCodes] = {};
};

}  // namespace vectidx
