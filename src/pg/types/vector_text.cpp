#include "pg/types/vector_text.hpp"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace vectidx {

namespace {

// PostgreSQL's scanner_isspace(), whatever the locale.
bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

const char* skip_spaces(const char* p) {
    while (is_space(*p))
        ++p;
    return p;
}

bool ends_number(char c) {
    return c == ',' || c == ']' || is_space(c);
}

struct Number {
    const char* end;  // the start when there is no number
    float value;
    bool overflow;
};

// from_chars is three to four times as fast as strtof; where it stops short (a plus sign,
// hexadecimal, underflow, rubbish) strtof decides. Both round to nearest without passing a double.
Number read_number(const char* start, const char* text_end) {
    float value = 0;
    const auto [end, error] = std::from_chars(start, text_end, value);
    if (error == std::errc() && ends_number(*end)) return {end, value, false};

    errno = 0;
    char* stop;
    value = std::strtof(start, &stop);
    return {stop, value, errno == ERANGE && std::isinf(value)};
}

TextFault fault_of(const char* start, const Number& number) {
    if (number.end == start) return TextFault::NoNumber;
    if (number.overflow) return TextFault::OutOfRange;
    return std::isfinite(number.value) ? TextFault::None : TextFault::NotFinite;
}

}  // namespace

VectorText read_vector_text(const char* text, float* x, int room) {
    const char* text_end = text + std::strlen(text);
    const char* p = skip_spaces(text);
    if (*p != '[') return {TextFault::NoOpening, 0, p, p};
    p = skip_spaces(p + 1);
    if (*p == ']') return {TextFault::Empty, 0, p, p};

    for (int dim = 0;;) {
        p = skip_spaces(p);
        if (dim == room) return {TextFault::TooMany, dim, p, p};
        const Number number = read_number(p, text_end);
        x[dim] = number.value;
        if (const TextFault fault = fault_of(p, number); fault != TextFault::None)
            return {fault, dim, p, number.end};
        ++dim;

        p = skip_spaces(number.end);
        if (*p == ',') {
            ++p;
        } else if (*p == ']') {
            p = skip_spaces(p + 1);
            return {*p == '\0' ? TextFault::None : TextFault::TrailingText, dim, p, p};
        } else {
            return {TextFault::NoSeparator, dim, p, p};
        }
    }
}

}  // namespace vectidx
