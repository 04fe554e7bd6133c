// PostgreSQL's headers for C++. The only file that includes them: everything in src/pg starts here.
#pragma once

// postgres.h comes first.
// clang-format off
extern "C" {
#include <postgres.h>

#include <access/amapi.h>
#include <access/amvalidate.h>
#include <access/detoast.h>
#include <access/generic_xlog.h>
#include <access/genam.h>
#include <access/heaptoast.h>
#include <access/relation.h>
#include <access/reloptions.h>
#include <access/relscan.h>
#include <access/table.h>
#include <access/tableam.h>
#include <access/xact.h>
#include <access/xlog.h>
#include <access/xloginsert.h>
#include <catalog/index.h>
#include <catalog/namespace.h>
#include <catalog/pg_am.h>
#include <catalog/pg_class.h>
#include <catalog/pg_database.h>
#include <catalog/pg_amop.h>
#include <catalog/pg_amproc.h>
#include <catalog/pg_authid.h>
#include <catalog/pg_opclass.h>
#include <catalog/pg_operator.h>
#include <catalog/pg_opfamily.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_statistic.h>
#include <catalog/objectaccess.h>
#include <catalog/pg_type.h>
#include <catalog/storage.h>
#include <commands/defrem.h>
#include <commands/explain.h>
#include <commands/progress.h>
#include <commands/vacuum.h>
#include <common/shortest_dec.h>
#include <executor/executor.h>
#include <executor/nodeIndexscan.h>
#include <executor/spi.h>
#include <fmgr.h>
#include <funcapi.h>
#include <lib/bloomfilter.h>
#include <lib/stringinfo.h>
#include <libpq/pqformat.h>
#include <mb/pg_wchar.h>
#include <miscadmin.h>
#include <nodes/extensible.h>
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <nodes/pathnodes.h>
#include <nodes/pg_list.h>
#include <nodes/tidbitmap.h>
#include <optimizer/clauses.h>
#include <optimizer/cost.h>
#include <optimizer/optimizer.h>
#include <optimizer/pathnode.h>
#include <optimizer/paths.h>
#include <optimizer/plancat.h>
#include <optimizer/planner.h>
#include <optimizer/restrictinfo.h>
#include <optimizer/tlist.h>
#include <parser/parsetree.h>
#include <pgstat.h>
#include <postmaster/autovacuum.h>
#include <postmaster/bgworker.h>
#include <storage/buf_internals.h>
#include <storage/buffile.h>
#include <storage/bufmgr.h>
#include <storage/indexfsm.h>
#include <storage/ipc.h>
#include <storage/lmgr.h>
#include <storage/pmsignal.h>
#include <storage/procarray.h>
#include <storage/procsignal.h>
#include <tcop/pquery.h>
#include <tcop/tcopprot.h>
#include <utils/acl.h>
#include <utils/array.h>
#include <utils/builtins.h>
#include <utils/datum.h>
#include <utils/float.h>
#include <utils/fmgrprotos.h>
#include <utils/fmgroids.h>
#include <utils/guc.h>
#include <utils/index_selfuncs.h>
#include <utils/lsyscache.h>
#include <utils/memutils.h>
#include <utils/numeric.h>
#include <utils/portal.h>
#include <utils/resowner.h>
#include <utils/regproc.h>
#include <utils/rel.h>
#include <utils/selfuncs.h>
#include <utils/snapmgr.h>
#include <utils/spccache.h>
#include <utils/syscache.h>
#include <utils/timestamp.h>
#include <utils/tuplesort.h>
#include <utils/typcache.h>
#include <utils/varbit.h>
#if PG_VERSION_NUM >= 160000
#include <nodes/multibitmapset.h>
#include <varatt.h>
#endif
#if PG_VERSION_NUM >= 180000
#include <commands/explain_format.h>
#include <commands/explain_state.h>
#endif
}
// clang-format on

#if PG_VERSION_NUM < 140000 || PG_VERSION_NUM >= 190000
#error "vectidx supports PostgreSQL 14 to 18"
#endif
#if SIZEOF_VOID_P != 8
#error "vectidx needs a 64-bit PostgreSQL"
#endif
#ifdef WORDS_BIGENDIAN
#error "vectidx keeps its pages in little-endian order and is not tested on big-endian machines"
#endif

// postgres.h redirects the stdio names to its own port; C++ headers included later want the
// originals.
#undef vsnprintf
#undef snprintf
#undef vsprintf
#undef sprintf
#undef vfprintf
#undef fprintf
#undef vprintf
#undef printf
#undef strerror
#undef strerror_r
#undef gettext
#undef dgettext
#undef ngettext
#undef dngettext

// From 16 on, a caller such as COPY (ON_ERROR ignore) may ask for an input error as a value, by its
// `context`; where it does not, or cannot, errsave does not return.
#if PG_VERSION_NUM < 160000
#define errsave(context, ...)        \
    do {                             \
        (void)(context);             \
        ereport(ERROR, __VA_ARGS__); \
    } while (0)
#endif

// PostgreSQL 14 does not say how the name of a library ends.
#ifndef DLSUFFIX
#define DLSUFFIX ".so"
#endif

// PostgreSQL before 16 exports every symbol; we export by name (see test/lint/symbols.sh).
#define VECTIDX_EXPORT extern "C" __attribute__((visibility("default")))

// The SQL-callable function `name`:  VECTIDX_FUNCTION(name) { ... PG_RETURN_...; }
#define VECTIDX_FUNCTION(name)                                                      \
    extern "C" __attribute__((visibility("default")))                               \
    const Pg_finfo_record* pg_finfo_##name(void);                                   \
    extern "C" __attribute__((visibility("default"))) Datum name(PG_FUNCTION_ARGS); \
    const Pg_finfo_record* pg_finfo_##name(void) {                                  \
        static const Pg_finfo_record record = {1};                                  \
        return &record;                                                             \
    }                                                                               \
    Datum name([[maybe_unused]] PG_FUNCTION_ARGS)
