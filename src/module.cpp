// The shared library's entry: magic block and _PG_init. Nothing else.
#include "pg/postgres.hpp"

#include "pg/am/bound_paths.hpp"
#include "pg/am/drop_unused_sort_key.hpp"
#include "pg/am/options.hpp"
#include "pg/am/row_limit.hpp"
#include "pg/am/scan_report.hpp"
#include "pg/filter/filter_path.hpp"
#include "pg/test_point.hpp"

// Before 16, PG_MODULE_MAGIC does not export what it defines.
VECTIDX_EXPORT const Pg_magic_struct* Pg_magic_func(void);
VECTIDX_EXPORT void _PG_init(void);

extern "C" {
PG_MODULE_MAGIC;
}

void _PG_init(void) {
    vectidx::define_test_points();
    vectidx::define_options();
    vectidx::drop_unused_sort_keys();
    vectidx::hand_bounds_to_scans();
    vectidx::filter_ordered_scans();
    vectidx::watch_row_limits();
    vectidx::explain_scans();
}
