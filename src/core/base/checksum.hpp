// A 32-bit checksum against random damage; not a cryptographic hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace vectidx {

// FNV-1a (Fowler, Noll, Vo) over 64-bit words. `seed` chains several pieces.
inline uint32_t checksum32(const void* data, size_t bytes, uint32_t seed) {
    const auto* at = static_cast<const unsigned char*>(data);
    uint64_t hash = 0xCBF29CE484222325ull ^ seed;
    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint64_t word;
        std::memcpy(&word, at, 8);
        hash = (hash ^ word) * 0x100000001B3ull;
        hash ^= hash >> 32;
    }
    for (; bytes > 0; --bytes, ++at)
        hash = (hash ^ *at) * 0x100000001B3ull;
    // One more multiplication: what the last word changed must reach the bits that are kept.
    return static_cast<uint32_t>((hash * 0x9E3779B97F4A7C15ull) >> 32);
}

}  // namespace vectidx
