#include "pg/within.hpp"

#include <cmath>
#include <limits>

extern "C" {
Datum vectidx_l2_distance(PG_FUNCTION_ARGS);
Datum vectidx_vector_negative_inner_product(PG_FUNCTION_ARGS);
Datum vectidx_cosine_distance(PG_FUNCTION_ARGS);
Datum vectidx_l1_distance(PG_FUNCTION_ARGS);
Datum vectidx_halfvec_l2_distance(PG_FUNCTION_ARGS);
Datum vectidx_halfvec_negative_inner_product(PG_FUNCTION_ARGS);
Datum vectidx_halfvec_cosine_distance(PG_FUNCTION_ARGS);
Datum vectidx_halfvec_l1_distance(PG_FUNCTION_ARGS);
Datum vectidx_sparsevec_l2_distance(PG_FUNCTION_ARGS);
Datum vectidx_sparsevec_negative_inner_product(PG_FUNCTION_ARGS);
Datum vectidx_sparsevec_cosine_distance(PG_FUNCTION_ARGS);
Datum vectidx_sparsevec_l1_distance(PG_FUNCTION_ARGS);
Datum vectidx_hamming_distance(PG_FUNCTION_ARGS);
Datum vectidx_jaccard_distance(PG_FUNCTION_ARGS);
}

namespace vectidx {

namespace {

void refuse_row(Oid type) {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("the row must have a value of type %s and a double precision",
                           format_type_be(type))));
}

void check_row(HeapTupleHeader row, Oid type) {
    TupleDesc columns =
        lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
    const bool fits = columns->natts == 2 &&
                      getBaseType(TupleDescAttr(columns, 0)->atttypid) == type &&
                      TupleDescAttr(columns, 1)->atttypid == FLOAT8OID;
    ReleaseTupleDesc(columns);
    if (!fits) refuse_row(type);
}

// The type on the left side of the operator.
Oid left_type(FunctionCallInfo fcinfo) {
    Oid* types = nullptr;
    int count = 0;
    get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
    return types[0];
}

Datum compare(PGFunction distance, FunctionCallInfo fcinfo) {
    WithinPair pair{};
    if (!read_within_pair(PG_GETARG_HEAPTUPLEHEADER(1), left_type(fcinfo), &pair)) PG_RETURN_NULL();
    const Datum found = DirectFunctionCall2(distance, PG_GETARG_DATUM(0), pair.value);
    PG_RETURN_BOOL(float8_le(DatumGetFloat8(found), pair.distance));
}

}  // namespace

bool read_within_pair(HeapTupleHeader row, Oid type, WithinPair* pair) {
    check_row(row, type);
    bool no_value, no_distance;
    pair->value = GetAttributeByNum(row, 1, &no_value);
    const Datum distance = GetAttributeByNum(row, 2, &no_distance);
    if (no_value || no_distance) return false;
    pair->distance = DatumGetFloat8(distance);
    return true;
}

// The functions of SQL.

VECTIDX_FUNCTION(vectidx_vector_l2_within) {
    return compare(vectidx_l2_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_vector_ip_within) {
    return compare(vectidx_vector_negative_inner_product, fcinfo);
}

VECTIDX_FUNCTION(vectidx_vector_cosine_within) {
    return compare(vectidx_cosine_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_vector_l1_within) {
    return compare(vectidx_l1_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_halfvec_l2_within) {
    return compare(vectidx_halfvec_l2_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_halfvec_ip_within) {
    return compare(vectidx_halfvec_negative_inner_product, fcinfo);
}

VECTIDX_FUNCTION(vectidx_halfvec_cosine_within) {
    return compare(vectidx_halfvec_cosine_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_halfvec_l1_within) {
    return compare(vectidx_halfvec_l1_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_sparsevec_l2_within) {
    return compare(vectidx_sparsevec_l2_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_sparsevec_ip_within) {
    return compare(vectidx_sparsevec_negative_inner_product, fcinfo);
}

VECTIDX_FUNCTION(vectidx_sparsevec_cosine_within) {
    return compare(vectidx_sparsevec_cosine_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_sparsevec_l1_within) {
    return compare(vectidx_sparsevec_l1_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_bit_hamming_within) {
    return compare(vectidx_hamming_distance, fcinfo);
}

VECTIDX_FUNCTION(vectidx_bit_jaccard_within) {
    return compare(vectidx_jaccard_distance, fcinfo);
}

// The largest distance d for which scale * d + offset may be at most `value`, or at least where
// scale is negative, in spite of rounding.
VECTIDX_FUNCTION(vectidx_distance_bound) {
    const double value = PG_GETARG_FLOAT8(0);
    const double scale = PG_GETARG_FLOAT8(1), offset = PG_GETARG_FLOAT8(2);
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    // NaN is greater than all numbers.
    if (std::isnan(value)) PG_RETURN_FLOAT8(scale > 0 ? value : -kInfinite);
    const double exact = (value - offset) / scale;
    if (!std::isfinite(exact)) PG_RETURN_FLOAT8(std::isnan(exact) ? kInfinite : exact);
    constexpr double kRounding = 8 * std::numeric_limits<double>::epsilon();
    const double lost = kRounding * ((std::fabs(value) + std::fabs(offset)) / std::fabs(scale));
    PG_RETURN_FLOAT8(exact + lost + std::numeric_limits<double>::min());
}

}  // namespace vectidx
