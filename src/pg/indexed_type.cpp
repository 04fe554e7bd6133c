#include "pg/indexed_type.hpp"

#include "core/format/layout.hpp"

#include "pg/types/dense_vector.hpp"

namespace vectidx {

namespace {

constexpr uint8_t kFloat4Elements = 1;

const float* vector_floats(Datum value, uint32_t dims) {
    const Vector* vector = dense_from<Vector>(value);
    check_expected_dim(static_cast<int32>(dims), vector->dim);
    return vector->x;
}

constexpr IndexedType kVectorL2 = {Metric::L2, kFloat4Elements, kMaxDims, vector_floats};
constexpr IndexedType kVectorIp = {Metric::InnerProduct, kFloat4Elements, kMaxDims, vector_floats};
constexpr IndexedType kVectorCosine = {Metric::Cosine, kFloat4Elements, kMaxDims, vector_floats};

}  // namespace

const IndexedType& indexed_type(Relation index) {
    FmgrInfo* proc = index_getprocinfo(index, 1, kTypeSupport);
    return *reinterpret_cast<const IndexedType*>(
        DatumGetPointer(FunctionCall1(proc, PointerGetDatum(nullptr))));
}

uint32_t index_dims(Relation index, const IndexedType& type) {
    const Form_pg_attribute column = TupleDescAttr(RelationGetDescr(index), 0);
    int32 typmod = column->atttypmod;
    getBaseTypeAndTypmod(column->atttypid, &typmod);  // a domain may declare them
    if (typmod < 0)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("column \"%s\" does not have dimensions", NameStr(column->attname)),
                 errhint("Declare them, as in vector(3), or index an expression that has them, as "
                         "in ((embedding::vector(3))).")));
    const auto dims = static_cast<uint32_t>(typmod);
    if (dims > type.max_dims)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("column \"%s\" has more than %u dimensions, the limit of an index",
                               NameStr(column->attname), type.max_dims)));
    return dims;
}

// The support functions of the operator classes.

VECTIDX_FUNCTION(vectidx_vector_l2_support) {
    PG_RETURN_POINTER(&kVectorL2);
}

VECTIDX_FUNCTION(vectidx_vector_ip_support) {
    PG_RETURN_POINTER(&kVectorIp);
}

VECTIDX_FUNCTION(vectidx_vector_cosine_support) {
    PG_RETURN_POINTER(&kVectorCosine);
}

}  // namespace vectidx
