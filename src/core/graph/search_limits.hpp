// How far a search goes, and how far it went.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/layout/calibration.hpp"
#include "core/layout/node.hpp"

namespace vectidx {

class NodeFilter;

struct SearchLimits {
    // Rows of the first batch, >= 1; each batch after it ends at twice as many rows.
    uint32_t batch = 10;
    // Rows that may be given beyond the first batch while the last one is inexact: the executor
    // asks for them to know its place, and a second batch for their sake would cost more than all.
    uint32_t confirming = 0;
    // Automatic: batches end by the rules of the calibration for this recall. Without a calibration
    // they end where the frontier is farther than the batch's last row, see `epsilon`.
    const Calibration* calibration = nullptr;
    float target_recall = 0.0f;
    float epsilon = 0.0f;  // > -1
    // Without a calibration: whether a search that finds nothing better for long may end its batch.
    bool ends_when_idle = false;
    // Results whose keys are certainly larger are not wanted.
    float within = std::numeric_limits<float>::infinity();
    // With RowDistances: 0 where a batch is made of the nearest by traversal keys. Else it is not
    // settled, either, before it reaches beyond its last row's final key by so many standard
    // deviations of the traversal keys.
    float deviations = 0.0f;
    uint32_t max_expansions = UINT32_MAX;  // over all
    uint32_t max_tested = UINT32_MAX;      // nodes with rows among them
    size_t max_bytes = SIZE_MAX;           // of the search's own memory
    uint32_t max_kept = UINT32_MAX;        // bytes of vectors kept to be refined, by 32-bit places
    bool strict_order = false;             // see above
    NodeFilter* filter = nullptr;          // of the rows that are wanted; nullptr: all are
    // All nodes that are wanted are known beforehand (Search::add_listed); their neighbors are not.
    // REQUIRES: no calibration.
    bool listed = false;
    // Rows up to this lower bound were given by a search before: nearer ones are late.
    float given = -std::numeric_limits<float>::infinity();
    NodeId exclude = kNoNode;  // a node to pretend away
};

struct SearchCounters {
    uint32_t expanded = 0;
    uint32_t refined = 0;
    uint32_t late = 0;         // results found too late to be in order
    uint32_t tested = 0;       // nodes whose rows the filter was asked about,
    uint32_t accepted = 0;     // and those with rows that pass
    bool ended_early = false;  // a limit ended the search before the graph did
};

}  // namespace vectidx
