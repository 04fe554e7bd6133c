-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION vectidx UPDATE TO '0.3.0'" to load this file. \quit

CREATE OR REPLACE FUNCTION halfvec_combine(double precision[], double precision[]) RETURNS double precision[]
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

-- The functions themselves check that their caller owns the index or has pg_stat_scan_tables.
GRANT EXECUTE ON FUNCTION vectidx_check(regclass, boolean), vectidx_index_stats(regclass),
    vectidx_prewarm(regclass), vectidx_recall(regclass, integer, integer) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION vectidx_check(regclass, boolean), vectidx_index_stats(regclass),
    vectidx_prewarm(regclass), vectidx_recall(regclass, integer, integer) FROM pg_stat_scan_tables;

COMMENT ON FUNCTION subvector(vector, integer, integer) IS
    'subvector(v, start, count): elements start to start + count - 1, counted from 1; elements outside of v are omitted; an error if none is left';
COMMENT ON FUNCTION vector_combine(double precision[], double precision[]) IS
    'combine function of avg: adds up two states';
COMMENT ON FUNCTION vector_avg(double precision[]) IS
    'final function of avg: the mean, NULL for no vectors';
COMMENT ON AGGREGATE avg(vector) IS
    'elementwise mean; all vectors must have the same dimensions; NULL for no rows';
COMMENT ON AGGREGATE sum(vector) IS
    'elementwise sum; all vectors must have the same dimensions; NULL for no rows; overflow is an error';
COMMENT ON FUNCTION vector(vector, integer, boolean) IS
    'cast to vector(n): returns the vector, which must have n dimensions';
COMMENT ON FUNCTION subvector(halfvec, integer, integer) IS
    'subvector(v, start, count): elements start to start + count - 1, counted from 1; elements outside of v are omitted; an error if none is left';
COMMENT ON FUNCTION halfvec_combine(double precision[], double precision[]) IS
    'combine function of avg: adds up two states';
COMMENT ON FUNCTION halfvec_avg(double precision[]) IS
    'final function of avg: the mean, NULL for no vectors';
COMMENT ON AGGREGATE avg(halfvec) IS
    'elementwise mean; all vectors must have the same dimensions; NULL for no rows';
COMMENT ON AGGREGATE sum(halfvec) IS
    'elementwise sum; all vectors must have the same dimensions; NULL for no rows; overflow is an error';
COMMENT ON FUNCTION halfvec(halfvec, integer, boolean) IS
    'cast to halfvec(n): returns the vector, which must have n dimensions';
COMMENT ON FUNCTION jaccard_distance(bit, bit) IS
    'for two bit strings of equal length: 1 - (bits set in both) / (bits set in at least one); 1 when no bit is set in both';
COMMENT ON FUNCTION sparsevec(sparsevec, integer, boolean) IS
    'cast to sparsevec(n): returns the vector, which must have n dimensions';
COMMENT ON ACCESS METHOD vectidx IS 'graph index (HNSW) for nearest-neighbor search';
COMMENT ON FUNCTION vectidx_merge(regclass) IS
    'vectidx: merges the pending list of an index into its graph; returns the number of rows';
COMMENT ON FUNCTION vectidx_check(regclass, boolean) IS
    'checks a vectidx index; returns one row per problem; with heapallindexed, also checks that the index has every row of its table';
COMMENT ON FUNCTION vectidx_index_stats(regclass) IS
    'statistics of a vectidx index, counted page by page; rows: in the graph and pending; merging: a merge is in progress or was interrupted, so that rows may be counted twice; degrees[n]: nodes with n neighbors';
COMMENT ON FUNCTION vectidx_recall(regclass, integer, integer) IS
    'recall of a vectidx index with the current settings: the share of the k nearest rows that it returns, for a sample of the rows of its table';
