#include "pg/types/indexed_type.hpp"

#include "core/base/checksum.hpp"
#include "core/layout/layout.hpp"
#include "core/vector/sketch.hpp"

#include "pg/pgvector_method.hpp"
#include "pg/types/array_elements.hpp"
#include "pg/types/checks.hpp"
#include "pg/types/dense_vector.hpp"
#include "pg/types/sparsevec.hpp"

namespace vectidx {

namespace {

// pgvector's limit.
constexpr uint32_t kMaxBits = 64000;

template <class T>
VectorView dense_view(Datum value, uint32_t dims) {
    const T* vector = dense_from<T>(value);
    check_expected_dim(static_cast<int32>(dims), vector->dim);
    return VectorView(floats_of(vector));
}

template <bool kRoots>
VectorView sparse_view(Datum value, uint32_t dims) {
    const SparseVector* vector = sparse_from(value);
    check_expected_dim(static_cast<int32>(dims), vector->dim);
    // A damaged page must not write elsewhere.
    check_indices(vector->indices, vector->count, vector->dim);
    auto* floats = static_cast<float*>(palloc(sketch_dims(dims) * sizeof(float)));
    sketch(vector->view(), dims, kRoots, floats);
    return VectorView(floats);
}

uint32_t sparse_checksum(Datum value) {
    const SparseVector* vector = sparse_from(value);
    return checksum32(vector->indices, VARSIZE(vector) - sparse_size(0), 0);
}

constexpr Embedding kSketch = {sketch_dims, sketch_error, sparse_checksum};

constexpr IndexedType sparsevec_type(Metric metric) {
    return {metric, kSparseElements, kSparseMaxDim,
            metric == Metric::L1 ? sparse_view<true> : sparse_view<false>, &kSketch};
}

constexpr IndexedType vector_type(Metric metric) {
    return {metric, kFloat4Elements, kMaxDims, dense_view<Vector>, nullptr};
}

constexpr IndexedType halfvec_type(Metric metric) {
    return {metric, kHalfElements, kMaxDims, dense_view<HalfVector>, nullptr};
}

constexpr IndexedType vector_array_type(Metric metric) {
    return {metric, kFloat4Arrays, kMaxDims, dense_view<Vector>, nullptr, true};
}

constexpr IndexedType halfvec_array_type(Metric metric) {
    return {metric, kHalfArrays, kMaxDims, dense_view<HalfVector>, nullptr, true};
}

// The unused bits of the last byte are zero in every value.
VectorView bit_view(Datum value, uint32_t dims) {
    const VarBit* bits = DatumGetVarBitP(value);
    if (VARBITLEN(bits) != static_cast<int32>(dims))
        ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
                        errmsg("different bit lengths %u and %d", dims, VARBITLEN(bits))));
    return VectorView(reinterpret_cast<const uint8_t*>(VARBITS(bits)));
}

constexpr Embedding kBytes = {
    [](uint32_t dims) { return (dims + BITS_PER_BYTE - 1) / BITS_PER_BYTE; },
    [](uint32_t) { return 0.0f; }, nullptr};

constexpr IndexedType bit_type(Metric metric) {
    return {metric, kBitElements, kMaxBits, bit_view, &kBytes};
}

// Without the schema, which format_type() adds in CREATE INDEX from PostgreSQL 17 on, since that
// empties the search path.
const char* bare_type_name(Oid type) {
    const Oid element = get_element_type(type);
    if (OidIsValid(element)) type = element;
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for type %u", type);
    const char* name = pstrdup(NameStr(reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typname));
    ReleaseSysCache(tuple);
    return name;
}

// What follows the dimensions in the type of a column.
const char* brackets_of(Oid type) {
    return OidIsValid(get_element_type(type)) ? "[]" : "";
}

}  // namespace

const IndexedType& indexed_type(Relation index) {
    FmgrInfo* proc = index_getprocinfo(index, 1, kTypeSupport);
    return *reinterpret_cast<const IndexedType*>(
        DatumGetPointer(FunctionCall1(proc, PointerGetDatum(nullptr))));
}

ValueVectors vectors_of(const IndexedType& type, Datum value) {
    ValueVectors vectors;
    if (!type.arrays) {
        vectors.datums = static_cast<Datum*>(palloc(sizeof(Datum)));
        vectors.datums[0] = value;
        vectors.count = 1;
        return vectors;
    }
    ArrayType* array = DatumGetArrayTypeP(value);
    array_length(array);
    deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT, &vectors.datums, nullptr,
                      &vectors.count);
    return vectors;
}

IndexedValue indexed_value(const IndexedType& type, Datum value, uint32_t dims) {
    const VectorView vector = type.vector(value, dims);
    return {vector, embedding_error(type, dims) > 0 ? type.embedding->checksum(value) : 0};
}

namespace {

// Each has pgvector's words for an index of its access methods.
void report_other_type(Relation index, const FormData_pg_attribute* column) {
    const char* method = pgvector_method_name(index);
    const char* name = NameStr(column->attname);
    const char* type = format_type_be(column->atttypid);
    ereport(
        ERROR,
        (errcode(ERRCODE_DATATYPE_MISMATCH),
         method != nullptr
             ? errmsg("type not supported for %s index", method)
             : errmsg("column \"%s\" has type %s, which the index does not support", name, type),
         method != nullptr ? errdetail("Column \"%s\" has type %s.", name, type) : 0,
         errhint("Index an expression, as in ((embedding::%s(3)%s)).",
                 bare_type_name(index->rd_opcintype[0]), brackets_of(index->rd_opcintype[0]))));
}

void report_no_dimensions(Relation index, const FormData_pg_attribute* column) {
    const char* type = bare_type_name(index->rd_opcintype[0]);
    const char* brackets = brackets_of(index->rd_opcintype[0]);
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             pgvector_method_name(index) != nullptr
                 ? errmsg("column does not have dimensions")
                 : errmsg("column \"%s\" does not have dimensions", NameStr(column->attname)),
             errhint("Declare them, as in %s(3)%s, or index an expression that has them, as in "
                     "((embedding::%s(3)%s)).",
                     type, brackets, type, brackets)));
}

void report_too_many_dimensions(Relation index, const FormData_pg_attribute* column,
                                uint32_t most) {
    const char* method = pgvector_method_name(index);
    ereport(ERROR,
            (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
             method != nullptr
                 ? errmsg("column cannot have more than %u dimensions for %s index", most, method)
                 : errmsg("column \"%s\" has more than %u dimensions, the limit of an index",
                          NameStr(column->attname), most)));
}

}  // namespace

uint32_t index_dims(Relation index, const IndexedType& type) {
    const Form_pg_attribute column = TupleDescAttr(RelationGetDescr(index), 0);
    int32 typmod = column->atttypmod;
    // A domain may declare them.
    if (getBaseTypeAndTypmod(column->atttypid, &typmod) != index->rd_opcintype[0])
        report_other_type(index, column);
    if (typmod < 0) report_no_dimensions(index, column);
    const auto dims = static_cast<uint32_t>(typmod);
    if (dims > type.max_dims) report_too_many_dimensions(index, column, type.max_dims);
    return dims;
}

// A support function of an operator class.
#define VECTIDX_SUPPORT(name, type)                \
    VECTIDX_FUNCTION(name) {                       \
        static constexpr IndexedType kType = type; \
        PG_RETURN_POINTER(&kType);                 \
    }

VECTIDX_SUPPORT(vectidx_vector_l2_support, vector_type(Metric::L2))
VECTIDX_SUPPORT(vectidx_vector_ip_support, vector_type(Metric::InnerProduct))
VECTIDX_SUPPORT(vectidx_vector_cosine_support, vector_type(Metric::Cosine))
VECTIDX_SUPPORT(vectidx_vector_l1_support, vector_type(Metric::L1))
VECTIDX_SUPPORT(vectidx_halfvec_l2_support, halfvec_type(Metric::L2))
VECTIDX_SUPPORT(vectidx_halfvec_ip_support, halfvec_type(Metric::InnerProduct))
VECTIDX_SUPPORT(vectidx_halfvec_cosine_support, halfvec_type(Metric::Cosine))
VECTIDX_SUPPORT(vectidx_halfvec_l1_support, halfvec_type(Metric::L1))
VECTIDX_SUPPORT(vectidx_sparsevec_l2_support, sparsevec_type(Metric::L2))
VECTIDX_SUPPORT(vectidx_sparsevec_ip_support, sparsevec_type(Metric::InnerProduct))
VECTIDX_SUPPORT(vectidx_sparsevec_cosine_support, sparsevec_type(Metric::Cosine))
VECTIDX_SUPPORT(vectidx_sparsevec_l1_support, sparsevec_type(Metric::L1))
VECTIDX_SUPPORT(vectidx_vector_maxsim_support, vector_array_type(Metric::InnerProduct))
VECTIDX_SUPPORT(vectidx_vector_maxsim_cosine_support, vector_array_type(Metric::Cosine))
VECTIDX_SUPPORT(vectidx_halfvec_maxsim_support, halfvec_array_type(Metric::InnerProduct))
VECTIDX_SUPPORT(vectidx_halfvec_maxsim_cosine_support, halfvec_array_type(Metric::Cosine))
VECTIDX_SUPPORT(vectidx_bit_hamming_support, bit_type(Metric::Hamming))
VECTIDX_SUPPORT(vectidx_bit_jaccard_support, bit_type(Metric::Jaccard))

}  // namespace vectidx
