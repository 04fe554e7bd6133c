// Distances between values of PostgreSQL's type bit.
#include "pg/postgres.hpp"

#include "core/simd/bit_kernels.hpp"

namespace vectidx {

namespace {

// The first two arguments, which have the same length. The unused bits of the last byte are zero.
struct BitPair {
    const uint8_t* a;
    const uint8_t* b;
    size_t bytes;
};

// ERROR data_exception when the lengths differ.
BitPair bit_pair_args(FunctionCallInfo fcinfo) {
    VarBit* a = PG_GETARG_VARBIT_P(0);
    VarBit* b = PG_GETARG_VARBIT_P(1);
    if (VARBITLEN(a) != VARBITLEN(b))
        ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION),
                errmsg("different bit lengths %d and %d", VARBITLEN(a), VARBITLEN(b)));
    return {VARBITS(a), VARBITS(b), static_cast<size_t>(VARBITBYTES(a))};
}

}  // namespace

// hamming_distance(bit, bit) -> float8; operator <~>
VECTIDX_FUNCTION(vectidx_hamming_distance) {
    const auto [a, b, bytes] = bit_pair_args(fcinfo);
    PG_RETURN_FLOAT8(static_cast<double>(bit_kernels().hamming(a, b, bytes)));
}

// jaccard_distance(bit, bit) -> float8; operator <%>: 1 - |a and b| / |a or b|, and 1 when no bit
// is set in both.
VECTIDX_FUNCTION(vectidx_jaccard_distance) {
    const auto [a, b, bytes] = bit_pair_args(fcinfo);
    const Overlap overlap = bit_kernels().overlap(a, b, bytes);
    if (overlap.both == 0) PG_RETURN_FLOAT8(1.0);
    PG_RETURN_FLOAT8(1.0 - static_cast<double>(overlap.both) / static_cast<double>(overlap.either));
}

}  // namespace vectidx
