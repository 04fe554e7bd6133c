-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION vectidx UPDATE TO '0.3.0'" to load this file. \quit

CREATE OR REPLACE FUNCTION halfvec_combine(double precision[], double precision[]) RETURNS double precision[]
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

-- The functions themselves check that their caller owns the index or has pg_stat_scan_tables.
GRANT EXECUTE ON FUNCTION vectidx_check(regclass, boolean), vectidx_index_stats(regclass),
    vectidx_prewarm(regclass), vectidx_recall(regclass, integer, integer) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION vectidx_check(regclass, boolean), vectidx_index_stats(regclass),
    vectidx_prewarm(regclass), vectidx_recall(regclass, integer, integer) FROM pg_stat_scan_tables;
