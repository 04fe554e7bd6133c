#include "server/binary_format.hpp"

#include <bit>
#include <cstring>
#include <endian.h>

namespace bench {

namespace {

constexpr size_t kVectorHeader = 2 * sizeof(int16_t);

template <class Word>
void append_bytes(std::string& out, Word big_endian) {
    char bytes[sizeof(Word)];
    std::memcpy(bytes, &big_endian, sizeof(Word));
    out.append(bytes, sizeof(Word));
}

}  // namespace

void append_int16(std::string& out, int16_t value) {
    append_bytes(out, htobe16(static_cast<uint16_t>(value)));
}

void append_int32(std::string& out, int32_t value) {
    append_bytes(out, htobe32(static_cast<uint32_t>(value)));
}

void append_vector(std::string& out, std::span<const float> values) {
    append_int16(out, static_cast<int16_t>(values.size()));
    append_int16(out, 0);
    const size_t start = out.size();
    out.resize(start + values.size() * sizeof(float));
    char* to = out.data() + start;
    for (float value : values) {
        const uint32_t word = htobe32(std::bit_cast<uint32_t>(value));
        std::memcpy(to, &word, sizeof(word));
        to += sizeof(word);
    }
}

void append_copy_header(std::string& out) {
    out.append("PGCOPY\n\377\r\n\0", 11);
    append_int32(out, 0);  // flags
    append_int32(out, 0);  // no header extension
}

void append_copy_row(std::string& out, int32_t id, std::span<const float> values) {
    append_int16(out, 2);  // fields
    append_int32(out, sizeof(int32_t));
    append_int32(out, id);
    append_int32(out, static_cast<int32_t>(kVectorHeader + values.size() * sizeof(float)));
    append_vector(out, values);
}

void append_copy_trailer(std::string& out) {
    append_int16(out, -1);
}

int32_t read_int32(const char* bytes) {
    uint32_t word;
    std::memcpy(&word, bytes, sizeof(word));
    return static_cast<int32_t>(be32toh(word));
}

int64_t read_int64(const char* bytes) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof(word));
    return static_cast<int64_t>(be64toh(word));
}

}  // namespace bench
