// The errors of input functions. `type` is the SQL name of the type.
#pragma once

#include "pg/postgres.hpp"

#include "pg/types/number_text.hpp"

namespace vectidx {

// The text [start, end), cut at a character when it is long, from palloc.
const char* quotable(const char* start, const char* end);

// Reports a fault Syntax or OutOfRange of a text to `context` (errsave).
void report_text(Node* context, const char* type, const char* text, const TextResult& read);

// ERROR invalid_binary_representation; `detail` says why.
[[noreturn]] void refuse_binary(const char* type, const char* detail);

}  // namespace vectidx
