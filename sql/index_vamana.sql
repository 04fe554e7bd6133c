-- Graphs by alpha-pruning: WITH (algorithm = 'vamana', alpha = ...)
\pset format unaligned
SET enable_seqscan = off;
SET enable_sort = off;
SET client_min_messages = notice;

-- values that there are not
CREATE TABLE items (id int, v vector(8));
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (algorithm = 'nsg');
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (algorithm = '');
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (algorithm = 'vamana', alpha = 0.99);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (algorithm = 'vamana', alpha = 2.01);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (algorithm = 'vamana', alpha = 'much');
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (algorithm = 'vamana', ef_construction = 31);

-- an index that begins empty
CREATE FUNCTION kind(index regclass) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s %s, generation %s, %s live, %s tombstones, %s pending', options ->> 'algorithm', options ->> 'alpha',
		generation, live_nodes, tombstones, pending_rows) FROM vectidx_index_stats(index)
$$;
CREATE FUNCTION nearest_50() RETURNS text LANGUAGE sql AS
	$$ SELECT $q$SELECT v <-> vec(-1, 8) FROM items ORDER BY v <-> vec(-1, 8) LIMIT 50$q$ $$;
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops) WITH (algorithm = vamana, ef_search = 200);
SELECT kind('items_v');
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(1, 500) AS i;
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <-> '[1,2,3,4,5,6,7,8]' LIMIT 3;

-- one that is built; the ends of alpha's range
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(501, 2000) AS i;
INSERT INTO items SELECT 3000 + i, vec(i % 10, 8) FROM generate_series(1, 300) AS i;
REINDEX INDEX items_v;
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
CREATE INDEX items_1 ON items USING vectidx (v vector_ip_ops) WITH (algorithm = 'vamana', alpha = 1, ef_construction = 40);
CREATE INDEX items_2 ON items USING vectidx (v vector_cosine_ops) WITH (algorithm = 'vamana', alpha = 2.0, preset = 'fast');
SELECT kind('items_1'), kind('items_2');
SELECT same_as_sort('SELECT v <#> vec(-1, 8) FROM items ORDER BY v <#> vec(-1, 8) LIMIT 5');
SELECT same_as_sort('SELECT v <=> vec(-1, 8) FROM items ORDER BY v <=> vec(-1, 8) LIMIT 5');
SELECT * FROM vectidx_check('items_v', true) UNION ALL SELECT * FROM vectidx_check('items_1', true) UNION ALL SELECT * FROM vectidx_check('items_2', true);
DROP INDEX items_1, items_2;

-- the algorithm stays over deletes, VACUUM's rebuild, the pending list and its merge
DELETE FROM items WHERE id % 2 = 0;
VACUUM items;
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
ALTER INDEX items_v SET (pending_limit = 10000);
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(4001, 4400) AS i;
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
SELECT vectidx_merge('items_v');
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(5001, 7000) AS i;
SELECT vectidx_merge('items_v');
SELECT kind('items_v');
SELECT same_as_sort(nearest_50());
SELECT * FROM vectidx_check('items_v', true) WHERE severity <> 'info';

-- beyond maintenance_work_mem, in parts
CREATE TABLE large AS SELECT i AS id, vec(i, 64) AS v FROM generate_series(1, 5000) AS i;
SET maintenance_work_mem = '2MB';
SET client_min_messages = warning;
CREATE INDEX large_v ON large USING vectidx ((v::vector(64)) vector_l2_ops) WITH (algorithm = 'vamana', ef_construction = 40);
SET client_min_messages = notice;
RESET maintenance_work_mem;
SELECT kind('large_v');
SELECT * FROM vectidx_check('large_v', true);
DROP TABLE large;

-- a change takes effect at REINDEX; alpha is of vamana only
ALTER INDEX items_v SET (alpha = 1.4);
ALTER INDEX items_v SET (alpha = 1.4);
SELECT kind('items_v');
ALTER INDEX items_v SET (algorithm = 'hnsw');
ALTER INDEX items_v SET (alpha = 1.5);
REINDEX INDEX items_v;
SELECT kind('items_v');
ALTER INDEX items_v SET (algorithm = 'vamana');
ALTER INDEX items_v SET (alpha = 3);
SELECT kind('items_v');
REINDEX INDEX items_v;
SELECT kind('items_v');
ALTER INDEX items_v RESET (alpha);
REINDEX INDEX CONCURRENTLY items_v;
SELECT kind('items_v'), reloptions FROM pg_class WHERE oid = 'items_v'::regclass;
SELECT same_as_sort(nearest_50());

-- tables of other kinds
CREATE UNLOGGED TABLE unlogged AS SELECT i AS id, vec(i, 8)::vector(8) AS v FROM generate_series(1, 300) AS i;
CREATE INDEX unlogged_v ON unlogged USING vectidx (v vector_l2_ops) WITH (algorithm = 'vamana');
SELECT kind('unlogged_v');
DROP TABLE items, unlogged;
DROP FUNCTION kind, nearest_50;
