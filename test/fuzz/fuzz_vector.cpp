// Input of vector, see type_io.hpp.
#include "dense_check.hpp"
#include "type_io.hpp"

FUZZ_TYPE(vector, vectidx::kDenseMaxDim, vectidx::fuzz::check_dense<vectidx::Vector>)
