#include "pg/types/vector_text.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace vectidx {

namespace {

// PostgreSQL's scanner_isspace(), whatever the locale.
bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool ends_number(char c) {
    return c == ',' || c == ']' || c == '}' || is_space(c);
}

const char* skip_spaces(const char* p) {
    while (is_space(*p))
        ++p;
    return p;
}

struct Number {
    const char* end;  // the start when there is no number
    float value;
    bool overflow;   // too large for single precision
    bool underflow;  // not zero, but rounds to it
};

// Reads a number as strtof does, from a NUL-terminated text of which text_end is the end; one too
// small for single precision becomes zero or a denormal. Expects LC_NUMERIC to be C.
//
// from_chars is three to four times as fast as strtof; where it stops short (a plus sign,
// hexadecimal, underflow, rubbish) strtof decides. Both round to nearest without passing a double.
Number read_number(const char* start, const char* text_end) {
    float value = 0;
    const auto [end, error] = std::from_chars(start, text_end, value);
    if (error == std::errc() && ends_number(*end)) return {end, value, false, false};

    errno = 0;
    char* stop;
    value = std::strtof(start, &stop);
    return {stop, value, errno == ERANGE && std::isinf(value), errno == ERANGE && value == 0};
}

TextResult syntax(int count, const char* at, const char* expected) {
    return {TextFault::Syntax, count, at, at, expected};
}

TextFault fault_of(const Number& number, float overflow) {
    const bool finite = std::isfinite(number.value);
    if (number.overflow || (finite && std::fabs(number.value) >= overflow))
        return TextFault::OutOfRange;
    return finite ? TextFault::None : TextFault::NotFinite;
}

// What integers are saturated at. One more than the least, because indices are counted from 0
// afterwards.
constexpr int32_t kLeast = std::numeric_limits<int32_t>::min() + 1;
constexpr int32_t kMost = std::numeric_limits<int32_t>::max();

// Reads an integer into *to, saturated; returns its end, or `p` when there is none.
const char* read_integer(const char* p, int32_t* to) {
    char* end;
    *to = static_cast<int32_t>(std::clamp<long>(std::strtol(p, &end, 10), kLeast, kMost));
    return end;
}

TextFault fault_of(const Number& number) {
    if (number.overflow || number.underflow) return TextFault::OutOfRange;
    return std::isfinite(number.value) ? TextFault::None : TextFault::NotFinite;
}

// Reads "index : value" at `at`; the result ends behind the value.
TextResult read_element(const char* at, const char* text_end, int count, SparseElement* element) {
    int32_t index;
    const char* p = read_integer(at, &index);
    if (p == at) return syntax(count, at, "an index");
    p = skip_spaces(p);
    if (*p != ':') return syntax(count, p, "\":\"");
    p = skip_spaces(p + 1);
    const Number number = read_number(p, text_end);
    if (number.end == p) return syntax(count, p, "a number");
    *element = {index - 1, number.value, at};
    return {fault_of(number), count, p, number.end, nullptr};
}

// Reads "/ dimensions" at p, to the end of the text.
TextResult read_dimensions(const char* p, int count, int32_t* dim) {
    p = skip_spaces(p);
    if (*p != '/') return syntax(count, p, "\"/\"");
    p = skip_spaces(p + 1);
    const char* end = read_integer(p, dim);
    if (end == p) return syntax(count, p, "the number of dimensions");
    p = skip_spaces(end);
    if (*p != '\0') return syntax(count, p, "the end");
    return {TextFault::None, count, p, p, nullptr};
}

}  // namespace

TextResult read_dense_text(const char* text, float* x, int room, float overflow) {
    const char* text_end = text + std::strlen(text);
    const char* p = skip_spaces(text);
    if (*p != '[') return syntax(0, p, "\"[\"");
    p = skip_spaces(p + 1);
    if (*p == ']') return {TextFault::Empty, 0, p, p, nullptr};

    for (int dim = 0;;) {
        p = skip_spaces(p);
        if (dim == room) return {TextFault::TooMany, dim, p, p, nullptr};
        const Number number = read_number(p, text_end);
        if (number.end == p) return syntax(dim, p, "a number");
        x[dim] = number.value;
        if (const TextFault fault = fault_of(number, overflow); fault != TextFault::None)
            return {fault, dim, p, number.end, nullptr};
        ++dim;

        p = skip_spaces(number.end);
        if (*p == ',') {
            ++p;
        } else if (*p == ']') {
            p = skip_spaces(p + 1);
            if (*p != '\0') return syntax(dim, p, "the end");
            return {TextFault::None, dim, p, p, nullptr};
        } else {
            return syntax(dim, p, "\",\" or \"]\"");
        }
    }
}

bool SparseElement::saturated() const {
    return index == kLeast - 1 || index == kMost - 1;
}

TextResult read_sparse_text(const char* text, SparseElement* elements, int room, int32_t* dim) {
    const char* text_end = text + std::strlen(text);
    const char* p = skip_spaces(text);
    if (*p != '{') return syntax(0, p, "\"{\"");
    p = skip_spaces(p + 1);
    if (*p == '}') return read_dimensions(p + 1, 0, dim);

    for (int count = 0, seen = 0;; ++seen) {
        p = skip_spaces(p);
        if (seen == room) return {TextFault::TooMany, count, p, p, nullptr};
        const TextResult read = read_element(p, text_end, count, elements + count);
        if (read.fault != TextFault::None) return read;
        if (elements[count].value != 0) ++count;

        p = skip_spaces(read.end);
        if (*p == '}') return read_dimensions(p + 1, count, dim);
        if (*p != ',') return syntax(count, p, "\",\" or \"}\"");
        ++p;
    }
}

}  // namespace vectidx
