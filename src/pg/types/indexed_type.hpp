// The type and the metric that an operator class indexes.
#pragma once

#include "pg/postgres.hpp"

#include "core/vector/metric.hpp"

namespace vectidx {

// MetaHeader::element_type
constexpr uint8_t kFloat4Elements = 1;  // vector
constexpr uint8_t kHalfElements = 2;    // halfvec
constexpr uint8_t kSparseElements = 3;  // sparsevec
constexpr uint8_t kBitElements = 4;     // bit
constexpr uint8_t kFloat4Arrays = 5;    // vector[]
constexpr uint8_t kHalfArrays = 6;      // halfvec[]

// The form in which the graph has vectors that are not dense.
struct Embedding {
    // From the dimensions of the column: those in the graph, and MetaHeader::embedding_error.
    uint32_t (*dims)(uint32_t dims);
    float (*error)(uint32_t dims);
    // A checksum of the value where there is such an error, since vectors that differ may then
    // have the same form.
    uint32_t (*checksum)(Datum value);
};

// The result of support function 1 of an operator class.
struct IndexedType {
    Metric metric;
    uint8_t element_type;  // MetaHeader::element_type
    uint32_t max_dims;     // of an index
    // The floats or bits of a datum; may be the stored value itself.
    // Detoasts and decodes in the current memory context. ERROR data_exception when it does not
    // have `dims` dimensions.
    VectorView (*vector)(Datum value, uint32_t dims);
    const Embedding* embedding;  // of what `vector` gives, or nullptr: the vector itself
    bool arrays = false;         // a value is an array; `vector` is called for its elements
};

// The datums of a value for each of which IndexedType::vector is called: the value itself, or the
// elements of an array.
struct ValueVectors {
    Datum* datums;
    int count;
};

// A value as the graph has it.
struct IndexedValue {
    VectorView vector;         // [graph_dims()]
    uint32_t source_checksum;  // checksum of the value, where it is not that of the vector; else 0
};

constexpr uint16 kTypeSupport = 1;
constexpr uint16 kSupportFunctions = 1;
constexpr uint16 kDistanceStrategy = 1;

const IndexedType& indexed_type(Relation index);

// The dimensions that the column declares. ERROR when it declares none, or too many for an index.
uint32_t index_dims(Relation index, const IndexedType& type);

// The dimensions of the vectors in the graph, for a column with `dims` dimensions.
inline uint32_t graph_dims(const IndexedType& type, uint32_t dims) {
    return type.embedding != nullptr ? type.embedding->dims(dims) : dims;
}
inline float embedding_error(const IndexedType& type, uint32_t dims) {
    return type.embedding != nullptr ? type.embedding->error(dims) : 0.0f;
}

// Of a datum that is not toasted, in the current memory context. ERROR data_exception for an array
// with more than one dimension, null_value_not_allowed for a null element.
ValueVectors vectors_of(const IndexedType& type, Datum value);

// From one of vectors_of(), as IndexedType::vector.
IndexedValue indexed_value(const IndexedType& type, Datum value, uint32_t dims);

}  // namespace vectidx
