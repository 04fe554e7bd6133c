-- What the planner chooses: the index where it saves work, never without an order, other ways where they are cheaper.
SET max_parallel_workers_per_gather = 0;
CREATE TABLE items (id int PRIMARY KEY, color int, v vector(64));
INSERT INTO items SELECT i, i % 1000, vec(i, 4) || array_fill(0, ARRAY[60])::vector FROM generate_series(1, 20000) AS i;
CREATE INDEX items_color ON items (color);
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops) WITH (ef_construction = 40);
CREATE INDEX items_cosine ON items USING vectidx (v vector_cosine_ops) WITH (ef_construction = 40);
VACUUM ANALYZE items;
CREATE FUNCTION q() RETURNS vector LANGUAGE sql IMMUTABLE AS $$ SELECT vec(0, 4) || array_fill(0, ARRAY[60])::vector $$;

-- an order and a limit
SELECT scan_of('SELECT id FROM items ORDER BY v <-> q() LIMIT 1');
SELECT scan_of('SELECT id FROM items ORDER BY v <-> q() LIMIT 10');
SELECT scan_of('SELECT id FROM items ORDER BY v <-> q() LIMIT 100');
SELECT scan_of('SELECT id FROM items ORDER BY v <-> q() LIMIT 5 OFFSET 20');
SELECT scan_of('SELECT id FROM items ORDER BY v <=> q() LIMIT 10');
-- every row, or most of them: a sort reads each once
SELECT scan_of('SELECT id FROM items ORDER BY v <-> q()');
SELECT scan_of('SELECT id FROM items ORDER BY v <-> q() LIMIT 19000');
-- an operator that the index does not have
SELECT scan_of('SELECT id FROM items ORDER BY v <#> q() LIMIT 10');
SELECT scan_of('SELECT id FROM items ORDER BY v <+> q() LIMIT 10');

-- filters: few rows by their own index, many by ours
SELECT scan_of('SELECT id FROM items WHERE id = 7 ORDER BY v <-> q() LIMIT 10');
SELECT scan_of('SELECT id FROM items WHERE id BETWEEN 7 AND 17 ORDER BY v <-> q() LIMIT 10');
SELECT scan_of('SELECT id FROM items WHERE color = 7 ORDER BY v <-> q() LIMIT 10') IN ('Bitmap Heap Scan, Bitmap Index Scan items_color', 'Index Scan items_color');
SELECT scan_of('SELECT id FROM items WHERE color < 900 ORDER BY v <-> q() LIMIT 10');
SELECT scan_of('SELECT id FROM items WHERE color >= 300 ORDER BY v <-> q() LIMIT 10');
SELECT scan_of('SELECT id FROM items WHERE id > 0 AND v IS NOT NULL ORDER BY v <-> q() LIMIT 10');
-- the filter in the plan
PREPARE filtered(vector) AS SELECT id FROM items WHERE color < 900 ORDER BY v <-> $1 LIMIT 10;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE filtered(NULL);
RESET plan_cache_mode;

-- never without an order or a bound, whatever is forbidden
SELECT scan_of('SELECT id FROM items WHERE v = q()'), scan_of('SELECT v FROM items'), scan_of('SELECT v FROM items LIMIT 5');
SET enable_seqscan = off;
SELECT scan_of('SELECT id FROM items WHERE v = q()');
SELECT scan_of('SELECT v FROM items LIMIT 5');
SELECT scan_of('SELECT v FROM items WHERE v IS NULL');
SELECT scan_of('SELECT id FROM items WHERE v <-> q() < 1');
SELECT scan_of('SELECT max(v <-> q()) FROM items');
CREATE TABLE marked (id int, v vector(3));
INSERT INTO marked SELECT i, vec(i, 3) FROM generate_series(1, 100) AS i;
CREATE INDEX marked_v ON marked USING vectidx (v vector_l2_ops) WHERE id > 50;
ANALYZE marked;
SELECT scan_of('SELECT id FROM marked WHERE id > 50');
SELECT count(*) FROM marked WHERE id > 50;
SELECT scan_of('SELECT count(*) FROM marked WHERE id > 50');
SET enable_bitmapscan = off;
SELECT count(*) FROM marked WHERE id > 50;
RESET enable_bitmapscan;
SELECT scan_of($$SELECT id FROM marked WHERE id > 50 ORDER BY v <-> '[1,1,1]' LIMIT 5$$);
RESET enable_seqscan;

-- no bitmap, no index-only scan, no scan backwards, no parallel scan
SELECT prop, pg_index_has_property('items_l2', prop) AS index, pg_index_column_has_property('items_l2', 1, prop) AS col
FROM unnest(ARRAY['clusterable', 'index_scan', 'bitmap_scan', 'backward_scan', 'asc', 'desc', 'nulls_first', 'nulls_last', 'orderable',
	'distance_orderable', 'returnable', 'search_array', 'search_nulls']) AS prop;
SELECT prop, pg_indexam_has_property(oid, prop) FROM pg_am, unnest(ARRAY['can_order', 'can_unique', 'can_multi_col', 'can_exclude', 'can_include']) AS prop
WHERE amname = 'vectidx';

-- a small table is sorted
CREATE TABLE small (id int, v vector(3));
INSERT INTO small SELECT i, vec(i, 3) FROM generate_series(1, 20) AS i;
CREATE INDEX small_v ON small USING vectidx (v vector_l2_ops);
ANALYZE small;
SELECT scan_of($$SELECT id FROM small ORDER BY v <-> '[1,1,1]' LIMIT 5$$);

-- a generic plan, a join
PREPARE nearest(vector) AS SELECT id FROM items ORDER BY v <-> $1 LIMIT 10;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE nearest(NULL);
RESET plan_cache_mode;
SELECT scan_of('SELECT s.id, n.id FROM small AS s, LATERAL (SELECT id FROM items ORDER BY v <-> (s.v || array_fill(0, ARRAY[61])::vector) LIMIT 3) AS n');
-- EXPLAIN ANALYZE counts what was fetched
SET vectidx.filter = off;
DO $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json, ANALYZE, BUFFERS) SELECT id FROM items WHERE color >= 500 ORDER BY v <-> q() LIMIT 7' INTO plan;
	RAISE INFO '%, % rows, some removed: %, buffers: %', plan #>> '{0,Plan,Plans,0,Node Type}',
		(plan #>> '{0,Plan,Plans,0,Actual Rows}')::float, (plan #>> '{0,Plan,Plans,0,Rows Removed by Filter}')::float > 0,
		(plan #>> '{0,Plan,Plans,0,Shared Hit Blocks}')::int + (plan #>> '{0,Plan,Plans,0,Shared Read Blocks}')::int > 5;
END
$$;
-- scans are counted
BEGIN;
SELECT pg_stat_get_xact_numscans('items_l2'::regclass) AS scans, pg_stat_get_xact_tuples_returned('items_l2'::regclass) AS entries \gset before_
SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> q() LIMIT 10) AS t;
SELECT pg_stat_get_xact_numscans('items_l2'::regclass) - :before_scans AS scans,
	pg_stat_get_xact_tuples_returned('items_l2'::regclass) - :before_entries BETWEEN 10 AND 20 AS entries;
COMMIT;

DROP TABLE items, marked, small;
DROP FUNCTION q;
