-- inspection: each function checks that its caller owns the index or has pg_stat_scan_tables

CREATE FUNCTION vectidx_check(
    index regclass, heapallindexed boolean DEFAULT false,
    OUT severity text, OUT code text, OUT block bigint, OUT slot integer, OUT message text
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'vectidx_check' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION vectidx_check(regclass, boolean) IS
    'checks a vectidx index; returns one row per problem; with heapallindexed, also checks that the index has every row of its table';

CREATE FUNCTION vectidx_index_stats(
    index regclass,
    OUT "rows" bigint, OUT pending_rows bigint, OUT merging boolean, OUT live_nodes bigint, OUT tombstones bigint, OUT generation bigint,
    OUT entry_points integer, OUT levels integer, OUT average_degree double precision,
    OUT degrees bigint[], OUT pages jsonb, OUT bytes bigint, OUT bytes_per_row double precision,
    OUT layout jsonb, OUT options jsonb
) RETURNS record
    AS 'MODULE_PATHNAME', 'vectidx_index_stats' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION vectidx_index_stats(regclass) IS
    'statistics of a vectidx index, counted page by page; rows: in the graph and pending; merging: a merge is in progress or was interrupted, so that rows may be counted twice; degrees[n]: nodes with n neighbors';

CREATE FUNCTION vectidx_prewarm(index regclass) RETURNS bigint
    AS 'MODULE_PATHNAME', 'vectidx_prewarm' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION vectidx_prewarm(regclass) IS
    'reads a vectidx index into shared buffers; returns the number of blocks';

CREATE FUNCTION vectidx_recall(
    index regclass, samples integer DEFAULT 100, k integer DEFAULT 10, queries text DEFAULT 'rows'
) RETURNS double precision
    AS 'MODULE_PATHNAME', 'vectidx_recall' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION vectidx_recall(regclass, integer, integer, text) IS
    'recall of a vectidx index with the current settings: the share of the k nearest rows that it returns, the mean over queries; queries: rows of its table, each without itself (rows), such rows moved at random (perturbed), the middle of two (between), or those in a table, which is named; NULL without a query';

CREATE FUNCTION vectidx_recall_stats(
    index regclass, samples integer DEFAULT 100, k integer DEFAULT 10, queries text DEFAULT 'rows',
    OUT measured bigint, OUT recall double precision, OUT worst_tenth double precision
) RETURNS record
    AS 'MODULE_PATHNAME', 'vectidx_recall_stats' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION vectidx_recall_stats(regclass, integer, integer, text) IS
    'recall of a vectidx index as vectidx_recall measures it: the number of queries, their mean recall, and the mean of the tenth with the lowest';
