// vector and halfvec in and out: text, binary, type modifier.
#include "pg/postgres.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "pg/types/dense_vector.hpp"
#include "pg/types/vector_text.hpp"
#include "pg/types/wire.hpp"

namespace vectidx {

namespace {

// The least magnitude that the element type cannot hold.
template <class T>
constexpr float kOverflow = std::numeric_limits<float>::infinity();
template <>
constexpr float kOverflow<HalfVector> = kHalfOverflow;

// Reports why `text` is no vector. REQUIRES: read.fault != None; x is what was read.
template <class T>
void report_dense(Node* context, const char* text, const TextResult& read, const float* x) {
    switch (read.fault) {
        case TextFault::Empty:
            check_dense_dim<T>(0, context);
            return;
        case TextFault::TooMany:
            check_dense_dim<T>(kDenseMaxDim + 1, context);
            return;
        case TextFault::NotFinite:
            report_not_finite(x[read.count], read.count + 1, kTypeName<T>, context);
            return;
        default:
            report_text(context, kTypeName<T>, text, read);
    }
}

template <class T>
Datum dense_in(FunctionCallInfo fcinfo) {
    const char* text = PG_GETARG_CSTRING(0);
    const int32 typmod = PG_GETARG_INT32(2);

    float x[kDenseMaxDim];
    const TextResult read = read_dense_text(text, x, kDenseMaxDim, kOverflow<T>);
    if (read.fault != TextFault::None) {
        report_dense<T>(fcinfo->context, text, read, x);
        return Datum{0};
    }
    if (!check_expected_dim(typmod, read.count, fcinfo->context)) return Datum{0};

    T* vector = new_dense<T>(read.count);
    store_or_report(x, vector);
    PG_RETURN_POINTER(vector);
}

// The digits are the fewest that read back as the same single-precision numbers.
template <class T>
Datum dense_out(FunctionCallInfo fcinfo) {
    const T* vector = dense_arg<T>(fcinfo, 0);

    // FLOAT_SHORTEST_DECIMAL_LEN counts a NUL, whose place the comma takes.
    auto* text = static_cast<char*>(palloc(FLOAT_SHORTEST_DECIMAL_LEN * vector->dim + 3));
    char* p = text;
    *p++ = '[';
    for (int i = 0; i < vector->dim; ++i) {
        if (i > 0) *p++ = ',';
        p += float_to_shortest_decimal_bufn(to_float(vector->x[i]), p);
    }
    *p++ = ']';
    *p = '\0';
    PG_RETURN_CSTRING(text);
}

// The binary form begins with this, then follow the elements; all in network byte order.
struct WireHeader {
    uint16 dim;
    uint16 unused;  // 0
};

template <class T>
Datum dense_recv(FunctionCallInfo fcinfo) {
    auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const int32 typmod = PG_GETARG_INT32(2);

    // The length is checked here because pq_getmsgbytes would call a short datum a protocol
    // violation, which suggests a broken connection instead of bad data.
    const Size length = message->len - message->cursor;
    if (length < sizeof(WireHeader)) refuse_binary(kTypeName<T>, "The header is incomplete.");
    const int dim = pq_getmsgint(message, sizeof(WireHeader::dim));
    const int unused = pq_getmsgint(message, sizeof(WireHeader::unused));
    check_dense_dim<T>(dim);
    check_expected_dim(typmod, dim);
    if (unused != 0)
        refuse_binary(kTypeName<T>, "The two bytes after the number of dimensions must be zero.");

    const Size bytes = sizeof(typename T::Element) * dim;
    if (length - sizeof(WireHeader) < bytes) refuse_binary(kTypeName<T>, "Elements are missing.");
    T* vector = new_dense<T>(dim);
    get_wire_array(pq_getmsgbytes(message, static_cast<int>(bytes)), dim, vector->x);
    for (int i = 0; i < dim; ++i)
        if (const float x = to_float(vector->x[i]); !std::isfinite(x))
            report_not_finite(x, i + 1, kTypeName<T>);
    PG_RETURN_POINTER(vector);
}

template <class T>
Datum dense_send(FunctionCallInfo fcinfo) {
    const T* vector = dense_arg<T>(fcinfo, 0);

    const Size size = VARHDRSZ + sizeof(WireHeader) + sizeof(typename T::Element) * vector->dim;
    auto* message = static_cast<bytea*>(palloc(size));
    SET_VARSIZE(message, size);
    const WireHeader header = {pg_hton16(vector->dim), pg_hton16(vector->unused)};
    std::memcpy(VARDATA(message), &header, sizeof header);
    put_wire_array(vector->x, vector->dim, VARDATA(message) + sizeof header);
    PG_RETURN_BYTEA_P(message);
}

}  // namespace

// T_in(cstring, oid, integer) -> T; T is vector or halfvec.
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_in, vectidx_halfvec_in, dense_in<T>(fcinfo))

// T_out(T) -> cstring
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_out, vectidx_halfvec_out, dense_out<T>(fcinfo))

// T_typmod_in(cstring[]) -> integer: T(n) has the type modifier n.
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_typmod_in, vectidx_halfvec_typmod_in,
                        Int32GetDatum(dim_typmod(fcinfo, kDenseMaxDim, kTypeName<T>)))

// T_recv(internal, oid, integer) -> T
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_recv, vectidx_halfvec_recv, dense_recv<T>(fcinfo))

// T_send(T) -> bytea
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_send, vectidx_halfvec_send, dense_send<T>(fcinfo))

}  // namespace vectidx
