#include "pg/inspect/mixed_query.hpp"

#include <algorithm>
#include <cmath>

#include "pg/types/dense_vector.hpp"
#include "pg/types/sparsevec.hpp"

namespace vectidx {

namespace {

constexpr float kMoved = 0.25f;  // of the distance

float either_sign(float x, Random* random) {
    return (random->next() & 1) != 0 ? x : -x;
}

template <class T>
Datum dense_between(Datum a, Datum b) {
    const T *from = dense_from<T>(a), *to = dense_from<T>(b);
    const float *x = floats_of(from), *y = floats_of(to);
    T* query = new_dense<T>(from->dim);
    float* room = float_room(query);
    for (int i = 0; i < from->dim; ++i)
        room[i] = 0.5f * x[i] + 0.5f * y[i];
    store_or_report(room, query);
    return PointerGetDatum(query);
}

// A random corner of the cube whose diagonal is as long as the way to go.
template <class T>
Datum dense_perturbed(Datum a, Datum b, Random* random) {
    const T *from = dense_from<T>(a), *to = dense_from<T>(b);
    const float *x = floats_of(from), *y = floats_of(to);
    const int dim = from->dim;
    double distance2 = 0.0;
    for (int i = 0; i < dim; ++i)
        distance2 += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
    const auto step = static_cast<float>(kMoved * std::sqrt(distance2 / dim));
    T* query = new_dense<T>(dim);
    float* room = float_room(query);
    for (int i = 0; i < dim; ++i)
        room[i] = x[i] + either_sign(step, random);
    store_or_report(room, query);
    return PointerGetDatum(query);
}

Datum sparse_between(Datum a, Datum b) {
    const SparseVector *x = sparse_from(a), *y = sparse_from(b);
    auto* indices = static_cast<int32*>(palloc(sizeof(int32) * (x->count + y->count + 1)));
    auto* values = static_cast<float*>(palloc(sizeof(float) * (x->count + y->count + 1)));
    int count = 0;
    for (int i = 0, j = 0; (i < x->count || j < y->count) && count < kSparseMaxCount;) {
        const int32 left = i < x->count ? x->indices[i] : kSparseMaxDim;
        const int32 right = j < y->count ? y->indices[j] : kSparseMaxDim;
        float value = 0.0f;
        if (left <= right) value += 0.5f * x->values()[i++];
        if (right <= left) value += 0.5f * y->values()[j++];
        indices[count] = std::min(left, right);
        values[count] = value;
        count += value != 0.0f;
    }
    SparseVector* query = new_sparse(x->dim, count);
    std::copy_n(indices, count, query->indices);
    std::copy_n(values, count, query->values());
    return PointerGetDatum(query);
}

Datum sparse_perturbed(Datum a, Random* random) {
    const SparseVector* x = sparse_from(a);
    SparseVector* query = new_sparse(x->dim, x->count);
    std::copy_n(x->indices, x->count, query->indices);
    for (int i = 0; i < x->count; ++i)
        query->values()[i] = x->values()[i] * (1.0f + either_sign(kMoved, random));
    return PointerGetDatum(query);
}

Datum bits_between(Datum a, Datum b, Random* random) {
    VarBit* query = DatumGetVarBitPCopy(a);
    const bits8* y = VARBITS(DatumGetVarBitP(b));
    for (int i = 0; i < static_cast<int>(VARBITBYTES(query)); ++i) {
        const auto mask = static_cast<bits8>(random->next());
        VARBITS(query)[i] = (VARBITS(query)[i] & mask) | (y[i] & ~mask);
    }
    return PointerGetDatum(query);
}

Datum bits_perturbed(Datum a, Datum b, Random* random) {
    VarBit* query = DatumGetVarBitPCopy(a);
    const bits8* y = VARBITS(DatumGetVarBitP(b));
    int differ = 0;
    for (int i = 0; i < static_cast<int>(VARBITBYTES(query)); ++i)
        differ += __builtin_popcount(VARBITS(query)[i] ^ y[i]);
    for (int flips = differ / 4; flips > 0; --flips) {
        const auto at = random->below(static_cast<uint64_t>(VARBITLEN(query)));
        VARBITS(query)[at / BITS_PER_BYTE] ^= HIGHBIT >> (at % BITS_PER_BYTE);
    }
    return PointerGetDatum(query);
}

}  // namespace

Datum query_between(const IndexedType& type, Datum a, Datum b, Random* random) {
    switch (type.element_type) {
        case kHalfElements:
            return dense_between<HalfVector>(a, b);
        case kSparseElements:
            return sparse_between(a, b);
        case kBitElements:
            return bits_between(a, b, random);
        default:
            return dense_between<Vector>(a, b);
    }
}

Datum perturbed_query(const IndexedType& type, Datum a, Datum b, Random* random) {
    switch (type.element_type) {
        case kHalfElements:
            return dense_perturbed<HalfVector>(a, b, random);
        case kSparseElements:
            return sparse_perturbed(a, random);
        case kBitElements:
            return bits_perturbed(a, b, random);
        default:
            return dense_perturbed<Vector>(a, b, random);
    }
}

}  // namespace vectidx
