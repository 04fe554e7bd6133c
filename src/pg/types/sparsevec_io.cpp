// sparsevec in and out: text, binary, type modifier.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pg/types/checks.hpp"
#include "pg/types/sparsevec.hpp"
#include "pg/types/vector_text.hpp"
#include "pg/types/wire.hpp"

namespace vectidx {

namespace {

// Room for the elements of a text: one more than it has commas, and no more than a vector may have.
int elements_in(const char* text) {
    int room = 1;
    for (; *text != '\0' && room < kSparseMaxCount; ++text)
        room += *text == ',';
    return room;
}

// The element's index as it was given, also where it is saturated.
const char* index_given(const SparseElement& element) {
    if (!element.saturated()) return psprintf("%d", element.index + 1);
    const char* digits = element.text + std::strspn(element.text, "+-");
    return quotable(element.text, digits + std::strspn(digits, "0123456789"));
}

// A saturated index is beyond every vector; check_indices() would not know what was given.
bool check_saturated(const SparseElement* elements, int n, int dim, Node* context) {
    const SparseElement* end = elements + n;
    const SparseElement* found = std::find_if(
        elements, end, [](const SparseElement& element) { return element.saturated(); });
    if (found == end) return true;
    errsave(
        context, errcode(ERRCODE_DATA_EXCEPTION), errmsg("sparsevec index out of bounds"),
        errdetail("It is index %s of a sparsevec with %d dimensions.", index_given(*found), dim));
    return false;
}

// Reports why `text` is no vector. REQUIRES: read.fault != None; elements is what was read.
void report_sparse(Node* context, const char* text, const TextResult& read,
                   const SparseElement* elements) {
    switch (read.fault) {
        case TextFault::TooMany:
            errsave(
                context, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                errmsg("sparsevec cannot have more than %d non-zero elements", kSparseMaxCount));
            return;
        case TextFault::NotFinite:
            report_not_finite(elements[read.count].value, index_given(elements[read.count]),
                              kSparseName, context);
            return;
        default:
            report_text(context, kSparseName, text, read);
    }
}

bool before(const SparseElement& a, const SparseElement& b) {
    return a.index < b.index;
}

}  // namespace

// sparsevec_in(cstring, oid, integer) -> sparsevec
VECTIDX_FUNCTION(vectidx_sparsevec_in) {
    const char* text = PG_GETARG_CSTRING(0);
    const int32 typmod = PG_GETARG_INT32(2);

    const int room = elements_in(text);
    auto* elements = static_cast<SparseElement*>(palloc(sizeof(SparseElement) * room));
    int32 dim;
    const TextResult read = read_sparse_text(text, elements, room, &dim);
    if (read.fault != TextFault::None) {
        report_sparse(fcinfo->context, text, read, elements);
        return Datum{0};
    }
    if (!check_dim(dim, kSparseMaxDim, kSparseName, fcinfo->context)) return Datum{0};
    if (!check_expected_dim(typmod, dim, fcinfo->context)) return Datum{0};
    if (!check_saturated(elements, read.count, dim, fcinfo->context)) return Datum{0};

    if (!std::is_sorted(elements, elements + read.count, before))
        std::sort(elements, elements + read.count, before);
    SparseVector* vector = new_sparse(dim, read.count);
    float* values = vector->values();
    for (int i = 0; i < read.count; ++i) {
        vector->indices[i] = elements[i].index;
        values[i] = elements[i].value;
    }
    if (!check_indices(vector->indices, read.count, dim, fcinfo->context)) return Datum{0};
    pfree(elements);
    PG_RETURN_POINTER(vector);
}

// sparsevec_out(sparsevec) -> cstring. The digits are the fewest that read back as the same
// numbers.
VECTIDX_FUNCTION(vectidx_sparsevec_out) {
    const SparseVector* vector = sparse_arg(fcinfo, 0);
    const float* values = vector->values();

    // Both lengths count a NUL, whose places a colon and a comma take.
    constexpr Size kIntegerLen = 12;
    const Size length =
        (kIntegerLen + FLOAT_SHORTEST_DECIMAL_LEN) * vector->count + kIntegerLen + 4;
    auto* text = static_cast<char*>(palloc(length));
    char* p = text;
    *p++ = '{';
    for (int i = 0; i < vector->count; ++i) {
        if (i > 0) *p++ = ',';
        p += pg_ltoa(vector->indices[i] + 1, p);
        *p++ = ':';
        p += float_to_shortest_decimal_bufn(values[i], p);
    }
    *p++ = '}';
    *p++ = '/';
    pg_ltoa(vector->dim, p);
    PG_RETURN_CSTRING(text);
}

// sparsevec_typmod_in(cstring[]) -> integer: sparsevec(n) has the type modifier n.
VECTIDX_FUNCTION(vectidx_sparsevec_typmod_in) {
    PG_RETURN_INT32(dim_typmod(fcinfo, kSparseMaxDim, kSparseName));
}

// The binary form begins with this, then follow int32[count], the indices from 0, and
// float4[count]; all in network byte order.
struct SparseWireHeader {
    int32 dim;
    int32 count;
    int32 unused;  // 0
};

// sparsevec_recv(internal, oid, integer) -> sparsevec
VECTIDX_FUNCTION(vectidx_sparsevec_recv) {
    auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const int32 typmod = PG_GETARG_INT32(2);

    // As in dense_recv(), a short datum is bad data, not a protocol violation.
    const Size length = message->len - message->cursor;
    if (length < sizeof(SparseWireHeader)) refuse_binary(kSparseName, "The header is incomplete.");
    const auto dim = static_cast<int32>(pq_getmsgint(message, sizeof(int32)));
    const auto count = static_cast<int32>(pq_getmsgint(message, sizeof(int32)));
    const auto unused = static_cast<int32>(pq_getmsgint(message, sizeof(int32)));
    check_dim(dim, kSparseMaxDim, kSparseName);
    check_sparse_count(count, dim);
    check_expected_dim(typmod, dim);
    if (unused != 0)
        refuse_binary(kSparseName, "The four bytes after the number of elements must be zero.");

    const Size bytes = (sizeof(int32) + sizeof(float)) * count;
    if (length - sizeof(SparseWireHeader) < bytes)
        refuse_binary(kSparseName, "Elements are missing.");
    SparseVector* vector = new_sparse(dim, count);
    float* values = vector->values();
    const char* wire = pq_getmsgbytes(message, static_cast<int>(bytes));
    get_wire_array(get_wire_array(wire, count, vector->indices), count, values);
    check_indices(vector->indices, count, dim);
    for (int i = 0; i < count; ++i) {
        if (!std::isfinite(values[i]))
            report_not_finite(values[i], vector->indices[i] + 1, kSparseName);
        if (values[i] == 0) refuse_binary(kSparseName, "An element is zero.");
    }
    PG_RETURN_POINTER(vector);
}

// sparsevec_send(sparsevec) -> bytea
VECTIDX_FUNCTION(vectidx_sparsevec_send) {
    const SparseVector* vector = sparse_arg(fcinfo, 0);

    const Size size = VARHDRSZ + sizeof(SparseWireHeader) +
                      (sizeof(int32) + sizeof(float)) * static_cast<Size>(vector->count);
    auto* message = static_cast<bytea*>(palloc(size));
    SET_VARSIZE(message, size);
    const int32 header[] = {vector->dim, vector->count, vector->unused};
    static_assert(sizeof header == sizeof(SparseWireHeader));
    char* wire = put_wire_array(header, 3, VARDATA(message));
    wire = put_wire_array(vector->indices, vector->count, wire);
    put_wire_array(vector->values(), vector->count, wire);
    PG_RETURN_BYTEA_P(message);
}

}  // namespace vectidx
