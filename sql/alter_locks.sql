-- ALTER INDEX ... SET and RESET of every option: queries and writers go on meanwhile.
CREATE TABLE options (name text, value text);
INSERT INTO options VALUES ('m', '20'), ('ef_construction', '300'), ('ef_search', '77'), ('target_recall', '0.9'),
	('parallel_insert_threshold', '1000'), ('tombstone_rebuild_pct', '50'), ('pending_limit', '100'), ('preset', 'fast'),
	('codes', 'off'), ('storage', 'sq8'), ('algorithm', 'vamana'), ('alpha', '1.5'), ('lists', '50');
-- The access methods of the extension vector, which may be there.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_am WHERE amname = 'hnsw') THEN
		CREATE FUNCTION hnswhandler(internal) RETURNS index_am_handler AS '$libdir/vectidx', 'vectidx_hnsw_handler' LANGUAGE c;
		CREATE FUNCTION ivfflathandler(internal) RETURNS index_am_handler AS '$libdir/vectidx', 'vectidx_ivfflat_handler' LANGUAGE c;
		CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER hnswhandler;
		CREATE ACCESS METHOD ivfflat TYPE INDEX HANDLER ivfflathandler;
		CREATE OPERATOR CLASS vector_l2_ops FOR TYPE vector USING hnsw AS
			OPERATOR 1 <-> (vector, vector) FOR ORDER BY float_ops, FUNCTION 1 vectidx_vector_l2_support(internal);
		CREATE OPERATOR CLASS vector_l2_ops FOR TYPE vector USING ivfflat AS
			OPERATOR 1 <-> (vector, vector) FOR ORDER BY float_ops, FUNCTION 1 vectidx_vector_l2_support(internal);
	END IF;
END
$$;
CREATE TABLE items (v vector(3));
CREATE INDEX items_vectidx ON items USING vectidx (v vector_l2_ops);
CREATE INDEX items_hnsw ON items USING hnsw (v vector_l2_ops);
CREATE INDEX items_ivfflat ON items USING ivfflat (v vector_l2_ops);

-- The locks on the index and its table that `command` takes, which an error then undoes.
CREATE FUNCTION locks_of(command text, index regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	locks text;
BEGIN
	BEGIN
		EXECUTE command;
		SELECT string_agg(format('%s on %s', mode, relation::regclass), ', ' ORDER BY mode) INTO locks
		FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN (index, 'items'::regclass);
		RAISE 'enough';
	EXCEPTION WHEN raise_exception THEN
		RETURN coalesce(locks, 'none');
	END;
END
$$;
SET client_min_messages = warning;
SELECT DISTINCT am, locks_of(format('ALTER INDEX items_%s SET (%s = %s)', am, name, value), format('items_%s', am)::regclass) AS set,
	locks_of(format('ALTER INDEX items_%s RESET (%s)', am, name), format('items_%s', am)::regclass) AS reset
FROM unnest(ARRAY['vectidx', 'hnsw', 'ivfflat']) AS am, options
WHERE name <> 'lists' OR am = 'ivfflat' ORDER BY 1;
-- all at once
SELECT locks_of('ALTER INDEX items_vectidx SET (' || string_agg(format('%s = %s', name, value), ', ') || ')', 'items_vectidx') AS set
FROM options WHERE name <> 'lists';
RESET client_min_messages;

-- A change counts for the next statement, of sessions that know the index, too.
CREATE FUNCTION option_of(name text) RETURNS text LANGUAGE sql AS
$$ SELECT options ->> name FROM vectidx_index_stats('items_vectidx') $$;
SELECT option_of('ef_search') AS ef_search, option_of('target_recall') AS target_recall;
BEGIN;
ALTER INDEX items_vectidx SET (ef_search = 55, target_recall = 0.8);
SELECT option_of('ef_search') AS ef_search, option_of('target_recall') AS target_recall;
ROLLBACK;
SELECT option_of('ef_search') AS ef_search, option_of('target_recall') AS target_recall;
ALTER INDEX items_vectidx SET (ef_search = 55);
SELECT option_of('ef_search') AS ef_search;
ALTER INDEX items_vectidx RESET (ef_search);
SELECT option_of('ef_search') AS ef_search;

DROP FUNCTION locks_of(text, regclass), option_of(text);
DROP TABLE items, options;
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN
		DROP ACCESS METHOD hnsw CASCADE;
		DROP ACCESS METHOD ivfflat CASCADE;
		DROP FUNCTION hnswhandler(internal), ivfflathandler(internal);
	END IF;
END
$$;
