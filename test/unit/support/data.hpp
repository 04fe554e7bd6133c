// Made-up vectors for tests, the same on every platform.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/base/random.hpp"
#include "core/vector/metric.hpp"

namespace vectidx::test {

struct Vectors {
    size_t n = 0;
    size_t d = 0;
    std::vector<float> values;

    Vectors() = default;
    Vectors(size_t n_, size_t d_) : n(n_), d(d_), values(n_ * d_) {}
    float* operator[](size_t i) { return values.data() + i * d; }
    const float* operator[](size_t i) const { return values.data() + i * d; }
};

// Uniform in [0, 1).
inline double uniform(Random& random) {
    return static_cast<double>(random.next() >> 11) * 0x1p-53;
}

// Normal, by Box and Muller.
inline double gauss(Random& random) {
    return std::sqrt(-2.0 * std::log(1.0 - uniform(random))) *
           std::cos(2.0 * M_PI * uniform(random));
}

inline Vectors gaussian(size_t n, size_t d, uint64_t seed) {
    Random random(seed);
    Vectors v(n, d);
    for (float& x : v.values)
        x = static_cast<float>(gauss(random));
    return v;
}

// Points about centers that are themselves spread over few directions, as embeddings are. The
// centers depend on `shape`, the points on `seed`: queries are drawn with another seed.
inline Vectors clustered(size_t n, size_t d, uint64_t seed, uint64_t shape = 1) {
    const size_t centers = 40, directions = d < 24 ? d : 24;
    const Vectors basis = gaussian(directions, d, shape), middle = gaussian(centers, d, shape + 1);
    Random random(seed + 1000);
    Vectors v(n, d);
    for (size_t i = 0; i < n; ++i) {
        const float* c = middle[random.below(centers)];
        for (size_t j = 0; j < d; ++j)
            v[i][j] = c[j] + 0.1f * static_cast<float>(gauss(random));
        for (size_t k = 0; k < directions; ++k) {
            const auto along = static_cast<float>(0.4 * gauss(random));
            for (size_t j = 0; j < d; ++j)
                v[i][j] += along * basis[k][j];
        }
    }
    return v;
}

// ---- bit strings: the first d bytes of a row of d floats

inline void set_bits(Vectors& v, size_t i, const std::vector<uint8_t>& bytes) {
    std::memcpy(v[i], bytes.data(), v.d);
}
inline std::vector<uint8_t> bits_of(const Vectors& v, size_t i) {
    std::vector<uint8_t> bytes(v.d);
    std::memcpy(bytes.data(), v[i], v.d);
    return bytes;
}

// A row as the metric takes it.
inline VectorView view_of(Metric metric, const float* row) {
    return compares_bits(metric) ? VectorView(reinterpret_cast<const uint8_t*>(row))
                                 : VectorView(row);
}

// A byte of which every bit is set with a probability of `share` / 256.
inline uint8_t random_bits(Random& random, uint64_t share) {
    uint8_t byte = 0;
    for (int bit = 0; bit < 8; ++bit)
        byte = static_cast<uint8_t>(byte << 1 | (random.below(256) < share ? 1 : 0));
    return byte;
}

// Strings of d bytes about centers, of which a quarter of the bits are set: as many bytes of a
// second center as chance will have, and some bits turned over. `seed` and `shape` as above.
inline Vectors clustered_bits(size_t n, size_t d, uint64_t seed, uint64_t shape = 1) {
    const size_t centers = 40;
    Random shapes(shape), random(seed + 1000);
    std::vector<uint8_t> middle(centers * d), row(d);
    for (uint8_t& byte : middle)
        byte = random_bits(shapes, 64);
    Vectors v(n, d);
    for (size_t i = 0; i < n; ++i) {
        const uint8_t* first = middle.data() + random.below(centers) * d;
        const uint8_t* second = middle.data() + random.below(centers) * d;
        const uint64_t share = random.below(128);
        for (size_t j = 0; j < d; ++j)
            row[j] = static_cast<uint8_t>((random.below(256) < share ? second[j] : first[j]) ^
                                          random_bits(random, 10));
        set_bits(v, i, row);
    }
    return v;
}

// What suits the metric.
inline Vectors clustered_for(Metric metric, size_t n, size_t d, uint64_t seed) {
    return compares_bits(metric) ? clustered_bits(n, d, seed) : clustered(n, d, seed);
}

}  // namespace vectidx::test
