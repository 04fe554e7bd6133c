// vectidx_prewarm(index regclass) -> bigint: reads an index into shared buffers.
#include "pg/inspect/index_argument.hpp"
#include "pg/storage/page.hpp"

namespace vectidx {

// Returns the number of blocks. They are read in the order of the file, which is also the order of
// the disk; where they do not all fit, the last ones stay.
VECTIDX_FUNCTION(vectidx_prewarm) {
    const IndexArgument argument = open_index_argument(PG_GETARG_OID(0));
    const BlockNumber blocks = RelationGetNumberOfBlocks(argument.index);
    for (BlockNumber block = 0; block < blocks; ++block) {
        CHECK_FOR_INTERRUPTS();
        // Not read_buffer(): a hint for every block would forget those that searches use.
        ReleaseBuffer(ReadBuffer(argument.index, block));
    }
    close_index_argument(argument);
    PG_RETURN_INT64(blocks);
}

}  // namespace vectidx
