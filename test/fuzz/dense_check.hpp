// What must hold for any vector or halfvec.
#pragma once

#include <cmath>

#include "pg/types/dense_vector.hpp"

#include "input.hpp"

namespace vectidx::fuzz {

template <class T>
int32 check_dense(const void* value) {
    const auto* vector = static_cast<const T*>(value);
    const int32 dim = vector->dim;
    require(dim >= 1 && VARSIZE(vector) == dense_size<T>(dim) && vector->unused == 0);
    for (int32 i = 0; i < dim; ++i)
        require(std::isfinite(to_float(vector->x[i])));
    return dim;
}

}  // namespace vectidx::fuzz
