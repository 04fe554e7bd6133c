// What a graph in the making leaves behind when it is broken off: blocks that nothing refers to, of
// which no record knows what they hold. A crash may have torn them.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// After an attempt that was broken off, whenever that was: overwrites all unused blocks, logged.
// REQUIRES: the exclusive graph lock.
void clean_up_attempt(Relation index);

// The same at once, by whoever caught the error: what is unused at the end of the file is cut off,
// where the table's settings allow it. REQUIRES: the exclusive graph lock.
void give_back_attempt(Relation index);

}  // namespace vectidx
