// Input of halfvec, see type_io.hpp.
#include "dense_check.hpp"
#include "type_io.hpp"

FUZZ_TYPE(halfvec, vectidx::kDenseMaxDim, vectidx::fuzz::check_dense<vectidx::HalfVector>)
