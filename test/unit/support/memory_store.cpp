// The algorithms over the store in memory, compiled once for all tests.
#include "support/memory_store.hpp"

#include "core/graph/insert.hpp"

namespace vectidx {

template class Inserter<test::MemoryStore>;
template class Search<test::MemoryStore>;

}  // namespace vectidx
