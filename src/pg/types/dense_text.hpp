// Reads the text form of a dense vector, "[1, 2.5, -3e-4]". No PostgreSQL here.
#pragma once

#include "pg/types/number_text.hpp"

namespace vectidx {

// Reads at most `room` numbers from NUL-terminated text into x. Whitespace may stand around every
// token. A number is what strtof takes; one too small becomes zero or a denormal, as in pgvector
// (PostgreSQL's real refuses it); one whose magnitude is `overflow` or more is out of range, unless
// it is written as an infinity.
TextResult read_dense_text(const char* text, float* x, int room, float overflow);

}  // namespace vectidx
