
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
