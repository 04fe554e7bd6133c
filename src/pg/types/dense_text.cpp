#include "pg/types/dense_text.hpp"

#include <cmath>
#include <cstring>

namespace vectidx {

namespace {

TextResult syntax(int count, const char* at, const char* expected) {
    return {TextFault::Syntax, count, at, at, expected};
}

TextFault fault_of(const Number& number, float overflow) {
    const bool finite = std::isfinite(number.value);
    if (number.overflow || (finite && std::fabs(number.value) >= overflow))
        return TextFault::OutOfRange;
    return finite ? TextFault::None : TextFault::NotFinite;
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

}  // namespace vectidx
