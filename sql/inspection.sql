-- vectidx_check, vectidx_index_stats, vectidx_prewarm, vectidx_recall
SET client_min_messages = warning;
SET vectidx.tombstone_rebuild_pct = 100;  -- tombstones are to be seen
CREATE TABLE items (id int PRIMARY KEY, v vector(3), keep boolean DEFAULT true);
INSERT INTO items SELECT i, ARRAY[i % 10, i / 10, i % 7]::vector FROM generate_series(1, 100) i;
INSERT INTO items SELECT 1000 + i, '[1,1,1]' FROM generate_series(1, 30) i;
INSERT INTO items VALUES (2000, NULL), (2001, '[0,0,0]');
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops);
CREATE INDEX items_cosine ON items USING vectidx (v vector_cosine_ops) WHERE keep;
CREATE INDEX items_ip ON items USING vectidx (((v * '[2,2,2]')::vector(3)) vector_ip_ops) WITH (m = 4, ef_construction = 20);

-- what is in order has nothing to report
SELECT * FROM vectidx_check('items_l2');
SELECT * FROM vectidx_check('items_l2', true);
SELECT * FROM vectidx_check('items_cosine', true);
SELECT * FROM vectidx_check('items_ip', heapallindexed => true);
SELECT * FROM vectidx_check(NULL);

-- nor after changes
INSERT INTO items SELECT i, ARRAY[i % 13, i / 10, i % 7]::vector FROM generate_series(101, 200) i;
UPDATE items SET keep = false WHERE id % 4 = 0;
DELETE FROM items WHERE id % 3 = 0;
VACUUM items;
SELECT * FROM vectidx_check('items_l2', true);
SELECT * FROM vectidx_check('items_cosine', true);
SELECT * FROM vectidx_check('items_ip', true);

-- a row that the index does not have: the catalog says that the index is not ready while it comes
UPDATE pg_index SET indisready = false WHERE indexrelid = 'items_l2'::regclass;
INSERT INTO items VALUES (3000, '[7,7,7]');
UPDATE pg_index SET indisready = true WHERE indexrelid = 'items_l2'::regclass;
SELECT * FROM vectidx_check('items_l2');
SELECT severity, code, block, slot, regexp_replace(message, '\(.*\)', '(...)') FROM vectidx_check('items_l2', true);
DELETE FROM items WHERE id = 3000;
SELECT * FROM vectidx_check('items_l2', true);

-- statistics
SELECT rows = (SELECT count(v) FROM items) AS rows, live_nodes > 90 AS live, tombstones > 20 AS tombstones,
	generation, entry_points > 0 AS entry_points, levels >= 1 AS levels, average_degree > 10 AS average_degree,
	(SELECT sum(n) FROM unnest(degrees) n) = live_nodes + tombstones AS degrees,
	array_lower(degrees, 1) AS lower, pages ->> 'meta' AS meta, (pages ->> 'links')::int > 10 AS links,
	bytes = pg_relation_size('items_l2') AS bytes, round(bytes_per_row) = round(bytes::numeric / rows) AS per_row,
	layout ->> 'dims' AS dims, layout ->> 'own_vector' AS own_vector, options
FROM vectidx_index_stats('items_l2');
SET vectidx.ef_search = 50;
SELECT options FROM vectidx_index_stats('items_ip');
RESET vectidx.ef_search;
CREATE TABLE nothing (v vector(3));
CREATE INDEX nothing_v ON nothing USING vectidx (v vector_l2_ops);
SELECT rows, live_nodes, levels, average_degree, degrees[0], bytes, bytes_per_row FROM vectidx_index_stats('nothing_v');
SELECT * FROM vectidx_check('nothing_v', true);

-- reading ahead
SELECT vectidx_prewarm('items_l2') = pg_relation_size('items_l2') / 8192 AS blocks;

-- recall: of such few rows nearly all are found
SELECT vectidx_recall('items_l2') BETWEEN 0.8 AND 1 AS l2, vectidx_recall('items_cosine') BETWEEN 0.8 AND 1 AS cosine,
	vectidx_recall('items_ip', 20, 5) BETWEEN 0.8 AND 1 AS ip;
SELECT vectidx_recall('nothing_v');
-- a search that keeps one candidate does not find all
CREATE TABLE many AS SELECT i AS id,
	(SELECT array_agg((hashint4extended(i, j) % 1000)::real) FROM generate_series(1, 64) j)::vector(64) AS v
FROM generate_series(1, 2000) i;
CREATE INDEX many_v ON many USING vectidx (v vector_l2_ops) WITH (m = 2, ef_construction = 10);
SET vectidx.ef_search = 1;
SELECT vectidx_recall('many_v') BETWEEN 0.01 AND 0.7 AS low;
SET vectidx.ef_search = 2000;
SELECT vectidx_recall('many_v') > 0.99 AS high;
-- of queries unlike the rows: made of two of them, and those of a table or view
SELECT q, measured, recall > 0.99 AS all_found, worst_tenth > 0.9 AND worst_tenth <= recall AS tenth
FROM unnest(ARRAY['rows', 'between', 'perturbed']) AS q, vectidx_recall_stats('many_v', 50, 10, q);
SELECT i, q, measured > 0 AS measured, recall BETWEEN 0.5 AND 1 AS recall, worst_tenth BETWEEN 0 AND recall AS tenth
FROM unnest(ARRAY['items_l2', 'items_ip', 'items_cosine']) AS i, unnest(ARRAY['rows', 'between', 'perturbed']) AS q,
	vectidx_recall_stats(i::regclass, 30, 5, q);
CREATE TABLE other (id int, note text, b bit(32), h halfvec(8), s sparsevec(20));
INSERT INTO other SELECT i, 'x', hashint4(i)::bit(32), ARRAY(SELECT (hashint4extended(i, j) % 100)::real FROM generate_series(1, 8) AS j)::real[]::halfvec(8),
	format('{%s:1,%s:%s}/20', 1 + i % 7, 8 + i % 11, 1 + i % 5)::sparsevec FROM generate_series(1, 200) AS i;
CREATE INDEX other_b ON other USING vectidx (b bit_hamming_ops);
CREATE INDEX other_h ON other USING vectidx (h halfvec_cosine_ops);
CREATE INDEX other_s ON other USING vectidx (s sparsevec_l2_ops);
SELECT i, q, measured, recall > 0.9 AS recall FROM unnest(ARRAY['other_b', 'other_h', 'other_s']) AS i,
	unnest(ARRAY['rows', 'between', 'perturbed']) AS q, vectidx_recall_stats(i::regclass, 30, 5, q);
CREATE VIEW asked AS SELECT id, 'first' AS note, v FROM many WHERE id <= 20;
SELECT measured, recall > 0.99 AS recall FROM vectidx_recall_stats('many_v', queries => 'asked');
SELECT measured FROM vectidx_recall_stats('many_v', samples => 7, queries => 'public.asked');
SET vectidx.ef_search = 1;
SELECT worst_tenth < recall AS worst_is_worse, recall = vectidx_recall('many_v', queries => 'asked') AS same
FROM vectidx_recall_stats('many_v', queries => 'asked');
RESET vectidx.ef_search;
SELECT * FROM vectidx_recall_stats('nothing_v');
SELECT vectidx_recall('many_v', queries => 'no_table');
SELECT vectidx_recall('many_v', queries => 'other');
SELECT vectidx_recall('many_v', queries => 'a.b.c.d');
SELECT vectidx_recall('many_v', queries => '');
CREATE TABLE asked_short (v vector(3));
SELECT vectidx_recall('many_v', queries => 'asked_short');
INSERT INTO asked_short VALUES (NULL), ('[1,2,3]');
SELECT vectidx_recall('many_v', queries => 'asked_short');

-- a scan that a limit ends early says so to whoever watches it
SET enable_seqscan = off;
SET vectidx.max_scan_tuples = 20;
SET vectidx.target_recall = 0.999;  -- takes more than that
CREATE FUNCTION explain_analyze(query text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE) ' || query LOOP NULL; END LOOP;
END
$$;
SET client_min_messages = notice;
SELECT explain_analyze('SELECT id FROM many ORDER BY v <-> (SELECT v FROM many WHERE id = 7) LIMIT 500');
SELECT explain_analyze('SELECT id FROM many ORDER BY v <-> (SELECT v FROM many WHERE id = 7) LIMIT 1');
SET jit = off;
SET client_min_messages = debug1;
SELECT count(*) FROM (SELECT id FROM many ORDER BY v <-> (SELECT v FROM many WHERE id = 7) LIMIT 500) AS t;
SET client_min_messages = warning;
RESET jit;
RESET vectidx.target_recall;
RESET vectidx.max_scan_tuples;
RESET enable_seqscan;

-- what is no index of ours
SELECT vectidx_prewarm('items');
SELECT vectidx_prewarm('items_pkey');
SELECT vectidx_prewarm(0);
CREATE TABLE parts (v vector(3)) PARTITION BY LIST ((v IS NULL));
CREATE INDEX parts_v ON parts USING vectidx (v vector_l2_ops);
SELECT vectidx_prewarm('parts_v');
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'nothing_v'::regclass;
SELECT * FROM vectidx_check('nothing_v');
SELECT vectidx_recall('items_l2', 0);
SELECT vectidx_recall('items_l2', 10, 1001);

-- who may: the owner of the index and pg_stat_scan_tables, without a grant
CREATE ROLE regress_vectidx_user;
SET ROLE regress_vectidx_user;
SELECT * FROM vectidx_check('items_l2');
SELECT vectidx_index_stats('items_l2');
SELECT vectidx_prewarm('items_l2');
SELECT vectidx_recall('items_l2') > 0.5 AS recall;
SELECT vectidx_check('parts_v');
SELECT vectidx_prewarm('items_pkey');
RESET ROLE;
ALTER TABLE items OWNER TO regress_vectidx_user;
ALTER TABLE parts OWNER TO regress_vectidx_user;
SET ROLE regress_vectidx_user;
SELECT count(*) FROM vectidx_check('items_l2', true);
SELECT rows = (SELECT count(v) FROM items) AS rows FROM vectidx_index_stats('items_l2');
SELECT vectidx_prewarm('items_l2') = pg_relation_size('items_l2') / 8192 AS blocks;
SELECT vectidx_recall('items_l2') > 0.5 AS recall;
-- of a partitioned index, too: its partitions' indexes are meant
RESET ROLE;
CREATE TABLE part PARTITION OF parts FOR VALUES IN (false);
ALTER TABLE part OWNER TO regress_vectidx_user;
SET ROLE regress_vectidx_user;
INSERT INTO parts VALUES ('[1,2,3]');
SELECT vectidx_check('parts_v');
SELECT count(*) FROM vectidx_check('part_v_idx', true);
SELECT rows FROM vectidx_index_stats('part_v_idx');
SELECT vectidx_prewarm('part_v_idx') > 0 AS blocks, vectidx_recall('part_v_idx') AS recall;
RESET ROLE;
-- the index of a partition that is another's
ALTER TABLE part OWNER TO CURRENT_USER;
SET ROLE regress_vectidx_user;
SELECT vectidx_check('part_v_idx');
RESET ROLE;
-- who may no longer, in a statement prepared while it might
SET ROLE regress_vectidx_user;
PREPARE look AS SELECT count(*) FROM vectidx_check('items_l2');
EXECUTE look;
RESET ROLE;
ALTER TABLE items OWNER TO CURRENT_USER;
SET ROLE regress_vectidx_user;
EXECUTE look;
DEALLOCATE look;
RESET ROLE;
-- a grant is not enough
GRANT EXECUTE ON FUNCTION vectidx_prewarm(regclass) TO regress_vectidx_user;
SET ROLE regress_vectidx_user;
SELECT vectidx_prewarm('items_l2');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION vectidx_prewarm(regclass) FROM regress_vectidx_user;
GRANT pg_stat_scan_tables TO regress_vectidx_user;
SET ROLE regress_vectidx_user;
SELECT count(*) FROM vectidx_check('items_l2', true);
RESET ROLE;

-- expressions of an index run with the rights of the table's owner, not the caller's
CREATE FUNCTION whose(vector) RETURNS vector LANGUAGE plpgsql IMMUTABLE AS
$$ BEGIN RAISE WARNING 'as %', current_user; RETURN $1; END $$;
CREATE TABLE trap (v vector(3));
ALTER TABLE trap OWNER TO regress_vectidx_user;
CREATE INDEX trap_v ON trap USING vectidx ((whose(v)::vector(3)) vector_l2_ops);
INSERT INTO trap VALUES ('[1,2,3]');
SELECT * FROM vectidx_check('trap_v', true);
SELECT vectidx_recall('trap_v');

-- declarations of another version of the extension
CREATE FUNCTION old_stats(regclass, OUT a bigint, OUT b bigint) LANGUAGE c AS '$libdir/vectidx', 'vectidx_index_stats';
CREATE FUNCTION old_check(regclass, boolean, OUT a text, OUT b text) RETURNS SETOF record LANGUAGE c
	AS '$libdir/vectidx', 'vectidx_check';
SELECT old_stats('trap_v');
SELECT old_check('trap_v', true);
DROP FUNCTION old_stats(regclass), old_check(regclass, boolean);

DROP VIEW asked;
DROP FUNCTION explain_analyze(text);
DROP TABLE items, nothing, many, parts, trap, other, asked_short;
DROP FUNCTION whose(vector);
DROP ROLE regress_vectidx_user;
