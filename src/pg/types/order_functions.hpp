// The SQL functions of a total order, for btree and the operators < <= = <> >= >.
#pragma once

#include "pg/postgres.hpp"

// T_cmp(T, T) -> integer, and T_{lt,le,eq,ne,ge,gt}(T, T) -> boolean. compare(fcinfo) is -1, 0
// or 1.
#define VECTIDX_ORDER_FUNCTIONS(type, compare) \
    VECTIDX_FUNCTION(vectidx_##type##_cmp) {   \
        PG_RETURN_INT32(compare(fcinfo));      \
    }                                          \
    VECTIDX_FUNCTION(vectidx_##type##_lt) {    \
        PG_RETURN_BOOL(compare(fcinfo) < 0);   \
    }                                          \
    VECTIDX_FUNCTION(vectidx_##type##_le) {    \
        PG_RETURN_BOOL(compare(fcinfo) <= 0);  \
    }                                          \
    VECTIDX_FUNCTION(vectidx_##type##_eq) {    \
        PG_RETURN_BOOL(compare(fcinfo) == 0);  \
    }                                          \
    VECTIDX_FUNCTION(vectidx_##type##_ne) {    \
        PG_RETURN_BOOL(compare(fcinfo) != 0);  \
    }                                          \
    VECTIDX_FUNCTION(vectidx_##type##_ge) {    \
        PG_RETURN_BOOL(compare(fcinfo) >= 0);  \
    }                                          \
    VECTIDX_FUNCTION(vectidx_##type##_gt) {    \
        PG_RETURN_BOOL(compare(fcinfo) > 0);   \
    }
