// Threads for pure arithmetic on memory that the caller owns.
//
// A worker calls nothing of PostgreSQL, allocates nothing of its memory, and has every signal
// blocked; all workers are joined before parallel_for() returns, so the caller may leave by longjmp
// afterwards but not before.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/function_ref.hpp"

namespace vectidx {

// Trouble is a value in core: only src/pg turns it into an ereport.
enum class Status : uint8_t {
    Ok,
    Corrupt,      // bytes that no writer of ours produces
    OutOfMemory,  // an allocation failed where it could be reported
    Canceled,     // poll() asked to stop
    Failed,       // a library refused; the text is in its own out parameter
};

// Asked by the calling thread every few milliseconds; `done` is the number of finished items.
// Returns true to stop early. It must return: no ereport.
using Poll = FunctionRef<bool(size_t done)>;

// Work on items [first, last). `worker` is below the number of threads. Returns false to give up.
using Body = FunctionRef<bool(size_t first, size_t last, unsigned worker)>;

enum class Parallel { Done, Stopped, Failed };

// Runs `body` over [0, count) in chunks, in `threads` workers beside the calling thread, or in the
// calling thread when threads is 1 or none can be started.
Parallel parallel_for(unsigned threads, size_t count, size_t chunk, Body body, Poll poll);

}  // namespace vectidx
