// What a graph in the making leaves behind when it is broken off: blocks that nothing refers to, of
// which no record knows what they hold. A crash may have torn them.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// After an attempt that was broken off, whenever that was: overwrites all unused blocks, logged.
// REQUIRES: the exclusive graph lock.
void clean_up_attempt(Relation index);

// The same at once, by whoever caught the error: what the attempt added at the end of the file,
// which had `blocks_before` blocks, is cut off. REQUIRES: the exclusive graph lock, since before
// the attempt.
void give_back_attempt(Relation index, BlockNumber blocks_before);

}  // namespace vectidx
