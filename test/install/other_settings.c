/* A library that defines one of pgvector's settings, for beside_pgvector.sh. */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

static int ef_search;

void
_PG_init(void)
{
	DefineCustomIntVariable("hnsw.ef_search", "theirs", NULL, &ef_search, 40, 1, 1000, PGC_USERSET, 0, NULL, NULL,
							NULL);
}
