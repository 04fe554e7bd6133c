#include "core/construct/batch_insert.hpp"

#include <algorithm>
#include <new>

#include "core/base/thread_arena.hpp"

namespace vectidx {

namespace {

constexpr uint32_t kBatch = 256;

// A row on its way in. Its memory is its own, because different threads take it through the steps.
struct BatchRow {
    ThreadArena memory;
    Inserter<GraphImage>* inserter;
    StoredVector vector;
    int16_t* values;  // [padded]
    NodeId id;        // of an equal node, or of its own
    bool equal;
};

class Batch {
  public:
    Batch(GraphImage& image, const Rows& rows, const VectorSpace& space, const InsertParams& params,
          unsigned threads, Poll poll, Arena& arena)
        : image_(image),
          rows_(rows),
          space_(space),
          params_(params),
          threads_(threads),
          poll_(poll),
          batch_(arena.alloc<BatchRow>(kBatch)) {
        for (uint32_t i = 0; i < kBatch; ++i) {
            new (&batch_[i]) BatchRow();
            batch_[i].values = arena.alloc<int16_t>(image.layout().words);
        }
    }

    Status run();
    void release() {
        for (uint32_t i = 0; i < kBatch; ++i)
            batch_[i].memory.release();
    }

  private:
    using StepFn = void (Batch::*)(uint32_t i);

    Status insert_rows(uint32_t first, uint32_t count);
    // One step for one row. Returns false when there is no memory.
    bool attempt(StepFn step, uint32_t i) {
        return batch_[i].memory.attempt([&] { (this->*step)(i); });
    }
    Status in_threads(StepFn step, uint32_t count);
    void find(uint32_t i);
    void choose(uint32_t i);
    void link(uint32_t i);

    GraphImage& image_;
    const Rows& rows_;
    const VectorSpace& space_;
    InsertParams params_;
    unsigned threads_;
    Poll poll_;
    BatchRow* batch_;
    uint32_t first_ = 0;  // row of the batch
};

Status Batch::run() {
    for (uint32_t first = 0; first < rows_.size(); first += kBatch) {
        if (poll_(first)) return Status::Canceled;
        const Status status = insert_rows(first, std::min(kBatch, rows_.size() - first));
        if (status != Status::Ok) return status;
    }
    return Status::Ok;
}

Status Batch::insert_rows(uint32_t first, uint32_t count) {
    first_ = first;
    for (uint32_t i = 0; i < count; ++i)
        batch_[i].memory.reset();
    Status status = in_threads(&Batch::find, count);
    if (status != Status::Ok) return status;
    NodeId next = image_.nodes();
    for (uint32_t i = 0; i < count; ++i)
        if (!batch_[i].equal) batch_[i].id = next++;
    status = in_threads(&Batch::choose, count);
    if (status != Status::Ok) return status;
    for (uint32_t i = 0; i < count; ++i) {
        if (!attempt(&Batch::link, i)) return Status::OutOfMemory;
        // Reads of an image do not fail; nodes may contradict one another.
        if (batch_[i].inserter->failed()) return Status::Corrupt;
    }
    return Status::Ok;
}

Status Batch::in_threads(StepFn step, uint32_t count) {
    const Parallel result = parallel_for(
        threads_, count, 4,
        [&](size_t from, size_t to, unsigned) {
            for (size_t i = from; i < to; ++i)
                if (!attempt(step, static_cast<uint32_t>(i))) return false;
            return true;
        },
        [&](size_t) { return poll_(first_); });
    if (result == Parallel::Stopped) return Status::Canceled;
    return result == Parallel::Done ? Status::Ok : Status::OutOfMemory;
}

void Batch::find(uint32_t i) {
    BatchRow& b = batch_[i];
    const Row& row = rows_.row(first_ + i);
    rows_.values(first_ + i, b.values);
    b.vector = {b.values, row.scale, row.norm2, row.source_checksum, row.flags};
    Arena& arena = b.memory.arena();
    b.inserter = new (arena.alloc<Inserter<GraphImage>>(1))
        Inserter<GraphImage>(image_, space_, params_, arena);
    b.id = b.inserter->find(b.vector);
    b.equal = b.id != kNoNode;
}

// Neighbors among the graph's nodes and the earlier rows of the batch.
void Batch::choose(uint32_t i) {
    BatchRow& b = batch_[i];
    if (b.equal) return;
    Sibling siblings[kBatch];
    uint32_t count = 0;
    for (uint32_t j = 0; j < i; ++j)
        if (!batch_[j].equal)
            siblings[count++] = {batch_[j].inserter->traversal(), batch_[j].id,
                                 batch_[j].vector.norm2};
    b.inserter->choose(siblings, count);
}

// Makes the node and the links to it; heap TIDs beyond the first are noted.
void Batch::link(uint32_t i) {
    BatchRow& b = batch_[i];
    const Row& row = rows_.row(first_ + i);
    // Rows that differ from each other differ from the node's first row.
    const uint32_t source_checksum =
        (row.flags & kSharedNode) != 0 ? ~row.source_checksum : row.source_checksum;
    if (b.equal)
        image_.add_tid(b.id, row.tid, source_checksum);
    else
        b.inserter->link(b.inserter->append(row.tid));
    for (uint32_t more = row.more; more != kNoMore; more = rows_.more(more).next)
        image_.add_tid(b.id, rows_.more(more).tid, source_checksum);
}

}  // namespace

Status insert_batch(GraphImage& image, const Rows& rows, const VectorSpace& space,
                    const InsertParams& params, unsigned threads, Poll poll, Arena& arena) {
    // Nothing of `arena` is taken while the threads' arenas have memory: it may leave by longjmp,
    // and nobody would give that back.
    image.reserve_extra_tids(rows.tids());
    Batch batch(image, rows, space, params, threads, poll, arena);
    const Status status = batch.run();
    batch.release();
    return status;
}

size_t batch_bytes(const NodeLayout& layout, const InsertParams& params) {
    // Per candidate: what is kept of it, its traversal form, and for many of them the floats.
    const size_t candidate =
        sizeof(InsertCandidate) + 2 * size_t{layout.padded} + sizeof(float) * size_t{layout.padded};
    return kBatch * (size_t{256} * 1024 + 2 * params.ef_construction * candidate);
}

}  // namespace vectidx
