#include "pg/types/checks.hpp"

#include <cmath>
#include <cstring>

namespace vectidx {

namespace {

// An error message quotes at most this much of a text, which may be a gigabyte.
constexpr int kQuotedBytes = 100;

}  // namespace

void report_corrupt_datum(const char* type, Size size) {
    ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
            errmsg("invalid stored %s: size %zu does not match its dimensions", type, size));
}

void check_same_dim(int a, int b, const char* type) {
    if (a != b)
        ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION),
                errmsg("different %s dimensions %d and %d", type, a, b));
}

bool check_dim(int dim, int most, const char* type, Node* context) {
    if (dim >= 1 && dim <= most) return true;
    if (dim < 1)
        errsave(context, errcode(ERRCODE_DATA_EXCEPTION),
                errmsg("%s must have at least 1 dimension", type));
    else
        errsave(context, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                errmsg("%s cannot have more than %d dimensions", type, most));
    return false;
}

bool check_expected_dim(int32 expected, int dim, Node* context) {
    if (expected == -1 || expected == dim) return true;
    errsave(context, errcode(ERRCODE_DATA_EXCEPTION),
            errmsg("expected %d dimensions, not %d", expected, dim));
    return false;
}

bool check_finite(const float* x, int n, const char* type, Node* context) {
    int i = 0;
    while (i < n && std::isfinite(x[i]))
        ++i;
    if (i == n) return true;
    report_not_finite(x[i], i + 1, type, context);
    return false;
}

void report_not_finite(float value, int element, const char* type, Node* context) {
    report_not_finite(value, psprintf("%d", element), type, context);
}

void report_not_finite(float value, const char* element, const char* type, Node* context) {
    errsave(context, errcode(ERRCODE_DATA_EXCEPTION),
            std::isnan(value) ? errmsg("NaN not allowed in %s", type)
                              : errmsg("infinite value not allowed in %s", type),
            errdetail("It is element %s.", element));
}

int32 dim_typmod(FunctionCallInfo fcinfo, int most, const char* type) {
    int count;
    const int32* typmods = ArrayGetIntegerTypmods(PG_GETARG_ARRAYTYPE_P(0), &count);
    if (count != 1)
        ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid type modifier"),
                errhint("Write %s(n), where n is the number of dimensions.", type));
    if (typmods[0] < 1)
        ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                errmsg("dimensions for type %s must be at least 1", type));
    if (typmods[0] > most)
        ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                errmsg("dimensions for type %s cannot exceed %d", type, most));
    return typmods[0];
}

void release_arg(FunctionCallInfo fcinfo, int n, const void* value) {
    if (PointerGetDatum(value) != PG_GETARG_DATUM(n)) pfree(const_cast<void*>(value));
}

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
