// Input of sparsevec, see type_io.hpp.
#include <cmath>

#include "pg/types/sparsevec.hpp"

#include "type_io.hpp"

namespace vectidx::fuzz {
namespace {

int32 check_sparse(const void* value) {
    const auto* vector = static_cast<const SparseVector*>(value);
    require(vector->count >= 0 && vector->count <= kSparseMaxCount && vector->unused == 0);
    require(VARSIZE(vector) == sparse_size(vector->count));
    for (int32 i = 0; i < vector->count; ++i) {
        require(vector->indices[i] > (i > 0 ? vector->indices[i - 1] : -1));
        require(vector->indices[i] < vector->dim);
        require(std::isfinite(vector->values()[i]) && vector->values()[i] != 0.0f);
    }
    return vector->dim;
}

}  // namespace
}  // namespace vectidx::fuzz

FUZZ_TYPE(sparsevec, vectidx::kSparseMaxDim, vectidx::fuzz::check_sparse)
