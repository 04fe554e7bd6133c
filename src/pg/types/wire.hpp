// Numbers in network byte order, for the binary forms.
#pragma once

#include "pg/postgres.hpp"

#include <bit>
#include <cstring>

#include "core/simd/half.hpp"

namespace vectidx {

inline void get_wire(const char* wire, float* to) {
    uint32 bits;
    std::memcpy(&bits, wire, sizeof bits);
    *to = std::bit_cast<float>(pg_ntoh32(bits));
}

inline void get_wire(const char* wire, Half* to) {
    uint16 bits;
    std::memcpy(&bits, wire, sizeof bits);
    to->bits = pg_ntoh16(bits);
}

inline void get_wire(const char* wire, int32* to) {
    uint32 bits;
    std::memcpy(&bits, wire, sizeof bits);
    *to = static_cast<int32>(pg_ntoh32(bits));
}

inline void put_wire(float from, char* wire) {
    const uint32 bits = pg_hton32(std::bit_cast<uint32>(from));
    std::memcpy(wire, &bits, sizeof bits);
}

inline void put_wire(Half from, char* wire) {
    const uint16 bits = pg_hton16(from.bits);
    std::memcpy(wire, &bits, sizeof bits);
}

inline void put_wire(int32 from, char* wire) {
    const uint32 bits = pg_hton32(static_cast<uint32>(from));
    std::memcpy(wire, &bits, sizeof bits);
}

// Reads n numbers from `wire`; returns what comes behind them.
template <class T>
const char* get_wire_array(const char* wire, int n, T* to) {
    for (int i = 0; i < n; ++i, wire += sizeof(T))
        get_wire(wire, to + i);
    return wire;
}

// Writes n numbers to `wire`; returns what comes behind them.
template <class T>
char* put_wire_array(const T* from, int n, char* wire) {
    for (int i = 0; i < n; ++i, wire += sizeof(T))
        put_wire(from[i], wire);
    return wire;
}

}  // namespace vectidx
