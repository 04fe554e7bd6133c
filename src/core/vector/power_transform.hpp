// The form in which the graph has vectors whose distance is L1.
//
// Neighbors by L2 are not those by L1: of text vectors (768-d), the ten nearest by L1 are among the
// 40 nearest by L2 to 86 %, and to 95 % only among 250. Where each value x becomes
// sign(x) |x|^(3/4), they are to 97 % among 40; of SIFT's to 95 % either way. Smaller exponents
// suit text better (1/2: 99 %) and SIFT worse (82 %).
#pragma once

#include <cstddef>

namespace vectidx {

// y[j] = sign(x[j]) |x[j]|^(3/4). The same bits on every CPU. x and y may be the same array.
void power_transform(const float* x, size_t n, float* y);

// The inverse, in place, to some 3e-7 of each value. Returns the sum of |y[j]|^(2/3), for
// power_transform_error().
float inverse_power_transform(float* y, size_t n);

// How far sum |inverse(y + e)[j] - inverse(y)[j]| may be from zero, with e of `length` in Euclid's
// norm. By the inequality of Cauchy and Schwarz, with the slope 4/3 (|y| + |e|)^(1/3).
float power_transform_error(float sum, size_t n, float length);

}  // namespace vectidx
