
-- access methods under pgvector's names

CREATE FUNCTION hnswhandler(internal) RETURNS index_am_handler
    AS 'MODULE_PATHNAME', 'vectidx_hnsw_handler' LANGUAGE C;
COMMENT ON FUNCTION hnswhandler(internal) IS
    'vectidx under the name hnsw, with the settings hnsw.*';

CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER hnswhandler;
COMMENT ON ACCESS METHOD hnsw IS 'vectidx, under the name that clients of pgvector know';

CREATE FUNCTION ivfflathandler(internal) RETURNS index_am_handler
    AS 'MODULE_PATHNAME', 'vectidx_ivfflat_handler' LANGUAGE C;
COMMENT ON FUNCTION ivfflathandler(internal) IS
    'vectidx under the name ivfflat, with the option lists and the settings ivfflat.*';

CREATE ACCESS METHOD ivfflat TYPE INDEX HANDLER ivfflathandler;
COMMENT ON ACCESS METHOD ivfflat IS 'vectidx, under the name that clients of pgvector know';

-- pgvector's support functions that say what type an operator class is for: under these names for scripts that
-- mention them; the operator classes here have functions of their own.
CREATE FUNCTION hnsw_halfvec_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_l2_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_halfvec_support(internal) IS 'vectidx: halfvec_l2_ops, under a name of pgvector';
CREATE FUNCTION hnsw_bit_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_bit_hamming_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_bit_support(internal) IS 'vectidx: bit_hamming_ops, under a name of pgvector';
CREATE FUNCTION hnsw_sparsevec_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_sparsevec_l2_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_sparsevec_support(internal) IS 'vectidx: sparsevec_l2_ops, under a name of pgvector';
CREATE FUNCTION ivfflat_halfvec_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_halfvec_l2_support' LANGUAGE C;
COMMENT ON FUNCTION ivfflat_halfvec_support(internal) IS 'vectidx: halfvec_l2_ops, under a name of pgvector';
CREATE FUNCTION ivfflat_bit_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'vectidx_bit_hamming_support' LANGUAGE C;
COMMENT ON FUNCTION ivfflat_bit_support(internal) IS 'vectidx: bit_hamming_ops, under a name of pgvector';
