// Checks an operator class of the access method (amvalidate).
#include "pg/postgres.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/scan_bound.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

struct OperatorClass {
    const char* name;
    const char* method;  // vectidx, or a name of pgvector's
};

// Returns false, for the caller to return.
bool complain(const OperatorClass& opclass, const char* what) {
    ereport(INFO, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                   errmsg("operator class \"%s\" of access method %s %s", opclass.name,
                          opclass.method, what)));
    return false;
}

// Strategy 1 orders by a distance, strategy 2 selects what is within one.
bool valid_operators(const OperatorClass& opclass, CatCList* operators) {
    bool valid = true;
    for (int i = 0; i < operators->n_members; ++i) {
        auto* form = reinterpret_cast<Form_pg_amop>(GETSTRUCT(&operators->members[i]->tuple));
        if (form->amopstrategy == kWithinStrategy) {
            if (form->amoppurpose != AMOP_SEARCH || form->amoprighttype != RECORDOID ||
                get_op_rettype(form->amopopr) != BOOLOID)
                valid = complain(
                    opclass, "contains an operator of strategy 2 that is not a search by a record");
            continue;
        }
        if (form->amopstrategy != kDistanceStrategy)
            valid = complain(opclass, "contains an operator with an invalid strategy number");
        if (form->amoppurpose != AMOP_ORDER ||
            !opfamily_can_sort_type(form->amopsortfamily, get_op_rettype(form->amopopr)))
            valid =
                complain(opclass,
                         "contains an operator that is not a FOR ORDER BY operator of a sortable "
                         "type");
    }
    return valid;
}

bool valid_functions(const OperatorClass& opclass, CatCList* functions, Oid type,
                     bool* has_support) {
    bool valid = true;
    for (int i = 0; i < functions->n_members; ++i) {
        auto* form = reinterpret_cast<Form_pg_amproc>(GETSTRUCT(&functions->members[i]->tuple));
        const bool ours =
            form->amprocnum == kTypeSupport &&
            check_amproc_signature(form->amproc, INTERNALOID, true, 1, 1, INTERNALOID);
        if (!ours)
            valid = complain(opclass, "contains a function with a wrong number or signature");
        *has_support = *has_support || (ours && form->amproclefttype == type);
    }
    return valid;
}

}  // namespace

extern "C" bool vectidx_validate(Oid opclass) {
    HeapTuple tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for operator class %u", opclass);
    auto* form = reinterpret_cast<Form_pg_opclass>(GETSTRUCT(tuple));
    const OperatorClass own = {pstrdup(NameStr(form->opcname)), get_am_name(form->opcmethod)};
    const Oid family = form->opcfamily, type = form->opcintype;
    ReleaseSysCache(tuple);

    CatCList* operators = SearchSysCacheList1(AMOPSTRATEGY, ObjectIdGetDatum(family));
    CatCList* functions = SearchSysCacheList1(AMPROCNUM, ObjectIdGetDatum(family));
    bool has_support = false;
    bool valid = valid_operators(own, operators);
    valid = valid_functions(own, functions, type, &has_support) && valid;
    if (!has_support) valid = complain(own, "has no support function");
    ReleaseCatCacheList(functions);
    ReleaseCatCacheList(operators);
    return valid;
}

}  // namespace vectidx
