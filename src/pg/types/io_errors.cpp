#include "pg/types/io_errors.hpp"

#include <cstring>

namespace vectidx {

namespace {

// An error message quotes at most this much of a text, which may be a gigabyte.
constexpr int kQuotedBytes = 100;

}  // namespace

const char* quotable(const char* start, const char* end) {
    const int length = static_cast<int>(end - start);
    if (length <= kQuotedBytes) return pnstrdup(start, length);
    return psprintf("%.*s...", pg_mbcliplen(start, length, kQuotedBytes), start);
}

void report_text(Node* context, const char* type, const char* text, const TextResult& read) {
    Assert(read.fault == TextFault::Syntax || read.fault == TextFault::OutOfRange);
    if (read.fault == TextFault::OutOfRange) {
        errsave(context, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                errmsg("\"%s\" is out of range for type %s", quotable(read.at, read.end), type));
        return;
    }
    const int character = pg_mbstrlen_with_len(text, static_cast<int>(read.at - text)) + 1;
    errsave(context, errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
            errmsg("invalid input syntax for type %s: \"%s\"", type,
                   quotable(text, text + std::strlen(text))),
            errdetail("Expected %s at character %d.", read.expected, character));
}

void refuse_binary(const char* type, const char* detail) {
    ereport(ERROR, errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
            errmsg("invalid binary representation of type %s", type),
            errdetail_internal("%s", detail));
}

}  // namespace vectidx
