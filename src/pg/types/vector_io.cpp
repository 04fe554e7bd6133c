// vector in and out: text, binary, type modifier.
#include "pg/postgres.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "pg/types/vector.hpp"
#include "pg/types/vector_text.hpp"

namespace vectidx {

namespace {

// An error message quotes at most this much of a text, which may be a gigabyte.
constexpr int kQuotedBytes = 100;

// The text [start, end), cut at a character when it is long, from palloc.
const char* quotable(const char* start, const char* end) {
    const int length = static_cast<int>(end - start);
    if (length <= kQuotedBytes) return pnstrdup(start, length);
    return psprintf("%.*s...", pg_mbcliplen(start, length, kQuotedBytes), start);
}

// What a text that is no vector misses, as the DETAIL of a syntax error.
int syntax_detail(const char* text, const VectorText& read) {
    const int position = pg_mbstrlen_with_len(text, static_cast<int>(read.at - text)) + 1;
    switch (read.fault) {
        case TextFault::NoOpening:
            return errdetail("A vector begins with \"[\".");
        case TextFault::NoNumber:
            return errdetail("Expected a number at character %d.", position);
        case TextFault::NoSeparator:
            return errdetail("Expected \",\" or \"]\" at character %d.", position);
        default:
            return errdetail("Unexpected text after \"]\" at character %d.", position);
    }
}

// Reports why `text` is no vector. REQUIRES: read.fault != None; x is what was read.
void report_text(Node* context, const char* text, const VectorText& read, const float* x) {
    switch (read.fault) {
        case TextFault::Empty:
            check_dim(0, context);
            return;
        case TextFault::TooMany:
            check_dim(kVectorMaxDim + 1, context);
            return;
        case TextFault::NotFinite:
            check_finite(x, read.dim + 1, context);
            return;
        case TextFault::OutOfRange:
            errsave(context, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                    errmsg("\"%s\" is out of range for type vector", quotable(read.at, read.end)));
            return;
        default:
            errsave(context, errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("invalid input syntax for type vector: \"%s\"",
                           quotable(text, text + std::strlen(text))),
                    syntax_detail(text, read));
    }
}

[[noreturn]] void refuse_binary(const char* detail) {
    ereport(ERROR, errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
            errmsg("invalid binary representation of type vector"),
            errdetail_internal("%s", detail));
}

}  // namespace

// vector_in(cstring, oid, integer) -> vector
VECTIDX_FUNCTION(vectidx_vector_in) {
    const char* text = PG_GETARG_CSTRING(0);
    const int32 typmod = PG_GETARG_INT32(2);

    float x[kVectorMaxDim];
    const VectorText read = read_vector_text(text, x, kVectorMaxDim);
    if (read.fault != TextFault::None) {
        report_text(fcinfo->context, text, read, x);
        return Datum{0};
    }
    if (!check_expected_dim(typmod, read.dim, fcinfo->context)) return Datum{0};

    Vector* vector = new_vector(read.dim);
    std::copy_n(x, read.dim, vector->x);
    PG_RETURN_POINTER(vector);
}

// vector_out(vector) -> cstring. The digits are the fewest that read back as the same numbers.
VECTIDX_FUNCTION(vectidx_vector_out) {
    const Vector* vector = vector_arg(fcinfo, 0);

    // FLOAT_SHORTEST_DECIMAL_LEN counts a NUL, whose place the comma takes.
    auto* text = static_cast<char*>(palloc(FLOAT_SHORTEST_DECIMAL_LEN * vector->dim + 3));
    char* p = text;
    *p++ = '[';
    for (int i = 0; i < vector->dim; ++i) {
        if (i > 0) *p++ = ',';
        p += float_to_shortest_decimal_bufn(vector->x[i], p);
    }
    *p++ = ']';
    *p = '\0';
    PG_RETURN_CSTRING(text);
}

// vector_typmod_in(cstring[]) -> integer: vector(n) has the type modifier n.
VECTIDX_FUNCTION(vectidx_vector_typmod_in) {
    int count;
    const int32* typmods = ArrayGetIntegerTypmods(PG_GETARG_ARRAYTYPE_P(0), &count);
    if (count != 1)
        ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid type modifier"),
                errhint("Write vector(n), where n is the number of dimensions."));
    if (typmods[0] < 1)
        ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                errmsg("dimensions for type vector must be at least 1"));
    if (typmods[0] > kVectorMaxDim)
        ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                errmsg("dimensions for type vector cannot exceed %d", kVectorMaxDim));
    PG_RETURN_INT32(typmods[0]);
}

// vector(vector, integer, boolean) -> vector: the length coercion of vector(n).
VECTIDX_FUNCTION(vectidx_vector) {
    check_expected_dim(PG_GETARG_INT32(1), vector_dim(PG_GETARG_DATUM(0)));
    return PG_GETARG_DATUM(0);
}

// The binary form begins with this, then follow float4[dim]; all in network byte order.
struct WireHeader {
    uint16 dim;
    uint16 unused;  // 0
};

// vector_recv(internal, oid, integer) -> vector
VECTIDX_FUNCTION(vectidx_vector_recv) {
    auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const int32 typmod = PG_GETARG_INT32(2);

    // The length is checked here because pq_getmsgbytes would call a short datum a protocol
    // violation, which suggests a broken connection instead of bad data.
    const Size length = message->len - message->cursor;
    if (length < sizeof(WireHeader)) refuse_binary("The header is incomplete.");
    const int dim = pq_getmsgint(message, sizeof(WireHeader::dim));
    const int unused = pq_getmsgint(message, sizeof(WireHeader::unused));
    check_dim(dim);
    check_expected_dim(typmod, dim);
    if (unused != 0) refuse_binary("The two bytes after the number of dimensions must be zero.");

    const Size bytes = sizeof(float) * dim;
    if (length - sizeof(WireHeader) < bytes) refuse_binary("Elements are missing.");
    Vector* vector = new_vector(dim);
    const char* wire = pq_getmsgbytes(message, static_cast<int>(bytes));
    for (int i = 0; i < dim; ++i, wire += sizeof(float)) {
        uint32 bits;
        std::memcpy(&bits, wire, sizeof bits);
        vector->x[i] = std::bit_cast<float>(pg_ntoh32(bits));
    }
    check_finite(vector->x, dim);
    PG_RETURN_POINTER(vector);
}

// vector_send(vector) -> bytea
VECTIDX_FUNCTION(vectidx_vector_send) {
    const Vector* vector = vector_arg(fcinfo, 0);

    const Size size = VARHDRSZ + sizeof(WireHeader) + sizeof(float) * vector->dim;
    auto* message = static_cast<bytea*>(palloc(size));
    SET_VARSIZE(message, size);
    const WireHeader header = {pg_hton16(vector->dim), pg_hton16(vector->unused)};
    char* wire = VARDATA(message);
    std::memcpy(wire, &header, sizeof header);
    wire += sizeof header;
    for (int i = 0; i < vector->dim; ++i, wire += sizeof(float)) {
        const uint32 bits = pg_hton32(std::bit_cast<uint32>(vector->x[i]));
        std::memcpy(wire, &bits, sizeof bits);
    }
    PG_RETURN_BYTEA_P(message);
}

}  // namespace vectidx
