// Trouble is a value in core: only src/pg turns it into an ereport.
#pragma once

#include <cstdint>

namespace vectidx {

enum class Status : uint8_t {
    Ok,
    Corrupt,      // bytes that no writer of ours produces
    OutOfMemory,  // an allocation failed where it could be reported
    Canceled,     // poll() asked to stop
    Failed,       // a library refused; the text is in its own out parameter
};

}  // namespace vectidx
