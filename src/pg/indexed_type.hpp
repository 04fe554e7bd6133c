// What an operator class says of the type and the metric that it indexes.
#pragma once

#include "pg/postgres.hpp"

#include "core/format/metric.hpp"

namespace vectidx {

// The result of support function 1 of an operator class.
struct IndexedType {
    Metric metric;
    uint8_t element_type;  // MetaHeader::element_type
    uint32_t max_dims;     // of an index
    // The floats of a datum; may be the stored value itself. Detoasts and decodes in the current
    // memory context. ERROR data_exception when it does not have `dims` dimensions.
    const float* (*floats)(Datum value, uint32_t dims);
};

constexpr uint16 kTypeSupport = 1;
constexpr uint16 kSupportFunctions = 1;
constexpr uint16 kDistanceStrategy = 1;

const IndexedType& indexed_type(Relation index);

// The dimensions that the column declares. ERROR when it declares none, or too many for an index.
uint32_t index_dims(Relation index, const IndexedType& type);

}  // namespace vectidx
