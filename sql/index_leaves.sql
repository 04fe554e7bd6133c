-- Graphs from overlapping leaves: WITH (algorithm = 'leaves')
\pset format unaligned
SET enable_seqscan = off;
SET enable_sort = off;
SET client_min_messages = notice;

CREATE FUNCTION kind(index regclass) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s %s, generation %s, %s live, %s tombstones, %s pending', options ->> 'algorithm', options ->> 'alpha',
		generation, live_nodes, tombstones, pending_rows) FROM vectidx_index_stats(index)
$$;
CREATE FUNCTION nearest_50() RETURNS text LANGUAGE sql AS
	$$ SELECT $q$SELECT v <-> vec(-1, 8) FROM items ORDER BY v <-> vec(-1, 8) LIMIT 50$q$ $$;

-- an index that begins empty
CREATE TABLE items (id int, v vector(8));
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops) WITH (algorithm = leaves, ef_search = 200);
SELECT kind('items_v');
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(1, 500) AS i;
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <-> '[1,2,3,4,5,6,7,8]' LIMIT 3;

-- few rows are one leaf; more are several
REINDEX INDEX items_v;
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
SELECT * FROM vectidx_check('items_v', true);
DROP INDEX items_v;
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(501, 12000) AS i;
INSERT INTO items SELECT 20000 + i, vec(i % 10, 8) FROM generate_series(1, 300) AS i;
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops) WITH (algorithm = leaves, ef_search = 200);
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
CREATE INDEX items_ip ON items USING vectidx (v vector_ip_ops) WITH (algorithm = 'leaves', storage = full);
CREATE INDEX items_cosine ON items USING vectidx (v vector_cosine_ops) WITH (algorithm = 'leaves', preset = 'fast', storage = sq8, codes = off);
CREATE INDEX items_l1 ON items USING vectidx (v vector_l1_ops) WITH (algorithm = 'leaves', m = 2, ef_construction = 4, ef_search = 200);
SELECT kind('items_ip'), kind('items_cosine'), kind('items_l1');
SELECT same_as_sort('SELECT v <#> vec(-1, 8) FROM items ORDER BY v <#> vec(-1, 8) LIMIT 5');
SELECT same_as_sort('SELECT v <=> vec(-1, 8) FROM items ORDER BY v <=> vec(-1, 8) LIMIT 5');
SELECT same_as_sort('SELECT v <+> vec(-1, 8) FROM items ORDER BY v <+> vec(-1, 8) LIMIT 5');
SELECT * FROM vectidx_check('items_v', true) UNION ALL SELECT * FROM vectidx_check('items_ip', true)
	UNION ALL SELECT * FROM vectidx_check('items_cosine', true) UNION ALL SELECT * FROM vectidx_check('items_l1', true);
DROP INDEX items_ip, items_cosine, items_l1;

-- the algorithm stays over deletes, VACUUM's rebuild, the pending list and its merge
DELETE FROM items WHERE id % 2 = 0;
VACUUM items;
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
ALTER INDEX items_v SET (pending_limit = 10000);
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(30001, 30400) AS i;
SELECT same_as_sort(nearest_50());
SELECT vectidx_merge('items_v');
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
SELECT * FROM vectidx_check('items_v', true) WHERE severity <> 'info';

-- other types: more dimensions, halves, sketches, bits
CREATE TABLE wide AS SELECT i AS id, vec(i, 100)::vector(100) AS v, vec(i, 100)::halfvec(100) AS h,
	vec(i, 1000)::vector::sparsevec(1000) AS s, binary_quantize(vec(i, 128))::bit(128) AS b FROM generate_series(1, 1000) AS i;
CREATE INDEX wide_v ON wide USING vectidx (v vector_ip_ops) WITH (algorithm = 'leaves', ef_search = 200);
CREATE INDEX wide_h ON wide USING vectidx (h halfvec_l1_ops) WITH (algorithm = 'leaves', ef_search = 200);
CREATE INDEX wide_s ON wide USING vectidx (s sparsevec_l2_ops) WITH (algorithm = 'leaves', ef_search = 400);
CREATE INDEX wide_b ON wide USING vectidx (b bit_hamming_ops) WITH (algorithm = 'leaves', ef_search = 200);
CREATE INDEX wide_j ON wide USING vectidx (b bit_jaccard_ops) WITH (algorithm = 'leaves', ef_search = 200);
SELECT same_as_sort('SELECT v <#> vec(-1, 100) FROM wide ORDER BY v <#> vec(-1, 100) LIMIT 10');
SELECT same_as_sort('SELECT h <+> vec(-1, 100)::halfvec FROM wide ORDER BY h <+> vec(-1, 100)::halfvec LIMIT 10');
SELECT same_as_sort('SELECT s <-> vec(-1, 1000)::sparsevec FROM wide ORDER BY s <-> vec(-1, 1000)::sparsevec LIMIT 10');
SELECT same_as_sort('SELECT b <~> binary_quantize(vec(-1, 128)) FROM wide ORDER BY b <~> binary_quantize(vec(-1, 128)) LIMIT 10');
SELECT same_as_sort('SELECT b <%> binary_quantize(vec(-1, 128)) FROM wide ORDER BY b <%> binary_quantize(vec(-1, 128)) LIMIT 10');
SELECT c.relname, kind(c.oid), f.* FROM pg_class AS c LEFT JOIN LATERAL vectidx_check(c.oid, true) AS f ON true WHERE c.relname ~ '^wide_' ORDER BY 1;
DROP TABLE wide;

-- beyond maintenance_work_mem, in parts
CREATE TABLE large AS SELECT i AS id, vec(i, 64) AS v FROM generate_series(1, 2000) AS i;
SET maintenance_work_mem = '1MB';
SET client_min_messages = warning;
CREATE INDEX large_v ON large USING vectidx ((v::vector(64)) vector_l2_ops) WITH (algorithm = 'leaves', ef_construction = 40);
SET client_min_messages = notice;
RESET maintenance_work_mem;
SELECT kind('large_v');
SELECT * FROM vectidx_check('large_v', true);
DROP TABLE large;

-- a change takes effect at REINDEX
ALTER INDEX items_v SET (algorithm = 'hnsw');
SELECT kind('items_v');
REINDEX INDEX items_v;
SELECT kind('items_v');
ALTER INDEX items_v SET (algorithm = 'leaves');
REINDEX INDEX CONCURRENTLY items_v;
SELECT kind('items_v'), reloptions FROM pg_class WHERE oid = 'items_v'::regclass;
SELECT same_as_sort(nearest_50());

-- tables of other kinds
CREATE UNLOGGED TABLE unlogged AS SELECT i AS id, vec(i, 8)::vector(8) AS v FROM generate_series(1, 300) AS i;
CREATE INDEX unlogged_v ON unlogged USING vectidx (v vector_l2_ops) WITH (algorithm = 'leaves');
SELECT kind('unlogged_v');
DROP TABLE items, unlogged;
DROP FUNCTION kind, nearest_50;
