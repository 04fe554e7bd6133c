#include "pg/types/number_text.hpp"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace vectidx {

namespace {

// PostgreSQL's scanner_isspace(), whatever the locale.
bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool ends_number(char c) {
    return c == ',' || c == ']' || c == '}' || is_space(c);
}

}  // namespace

const char* skip_spaces(const char* p) {
    while (is_space(*p))
        ++p;
    return p;
}

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

}  // namespace vectidx
