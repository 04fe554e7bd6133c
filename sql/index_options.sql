-- Settings and index options: defaults, ranges, which one counts, presets, ALTER INDEX.
SELECT '[1]'::vector;  -- loads the library, which defines the settings
SELECT name, setting, vartype, context, min_val, max_val FROM pg_settings WHERE name LIKE 'vectidx.%' ORDER BY 1;

-- out of range
SET vectidx.m = 1;
SET vectidx.m = 101;
SET vectidx.ef_construction = 3;
SET vectidx.ef_construction = 1001;
SET vectidx.ef_search = -1;
SET vectidx.ef_search = 10001;
SET vectidx.target_recall = 0.49;
SET vectidx.target_recall = 1;
SET vectidx.target_recall = 'nan';
SET vectidx.parallel_insert_threshold = 0;
SET vectidx.tombstone_rebuild_pct = 0;
SET vectidx.tombstone_rebuild_pct = 101;
SET vectidx.max_scan_tuples = 0;
SET vectidx.scan_mem_multiplier = 0;
SET vectidx.scan_mem_multiplier = 1001;
SET vectidx.m = 'many';
DO $$
BEGIN
	SET vectidx.nothing = 1;
	IF current_setting('server_version_num')::int >= 150000 THEN
		RAISE INFO 'accepted';  -- prefixes are reserved from PostgreSQL 15 on
	END IF;
EXCEPTION WHEN invalid_name THEN
	NULL;
END
$$;
CREATE TABLE items (id int, v vector(3));
INSERT INTO items SELECT i, vec(i, 3) FROM generate_series(1, 3000) AS i;
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (m = 1);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (m = 101);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (ef_construction = 3);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (ef_construction = 1001);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (ef_search = -2);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (ef_search = 10001);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (target_recall = 0.4999);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (target_recall = 0.9991);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (parallel_insert_threshold = 0);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (tombstone_rebuild_pct = 0);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (tombstone_rebuild_pct = 101);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (preset = 'best');
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (max_scan_tuples = 100);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (fillfactor = 90);
-- the ends of the ranges are in
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops) WITH (m = 2, ef_construction = 4, ef_search = 0, target_recall = 0.5,
	parallel_insert_threshold = 1, tombstone_rebuild_pct = 1, preset = 'none');
SELECT reloptions FROM pg_class WHERE oid = 'items_v'::regclass;
DROP INDEX items_v;
CREATE TABLE few (v vector(3));
CREATE INDEX few_v ON few USING vectidx (v vector_l2_ops) WITH (m = 100, ef_construction = 1000, ef_search = 10000, target_recall = 0.999,
	parallel_insert_threshold = 2147483647, tombstone_rebuild_pct = 100, preset = 'fast');
DROP TABLE few;

-- building: the index option goes before its preset, and that before the setting. The error tells both numbers.
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (ef_construction = 31);
SET vectidx.m = 20;
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (ef_construction = 39);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (m = 5, ef_construction = 9);
SET vectidx.ef_construction = 30;
CREATE INDEX ON items USING vectidx (v vector_l2_ops);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (m = 16);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (preset = 'fast', m = 60);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (preset = 'fast', ef_construction = 10);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (preset = 'high_recall', ef_construction = 50);
-- and the size of the index tells m
CREATE TABLE built (name text, size bigint);
CREATE FUNCTION build(name text, options text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'CREATE INDEX built_v ON items USING vectidx (v vector_l2_ops) ' || options;
	INSERT INTO built VALUES (name, pg_relation_size('built_v'));
	DROP INDEX built_v;
END
$$;
RESET vectidx.m;
RESET vectidx.ef_construction;
SELECT build('8', 'WITH (m = 8)'), build('16', 'WITH (m = 16)'), build('32', 'WITH (m = 32)');
SELECT build('default', ''), build('high_recall', 'WITH (preset = high_recall)'), build('fast', 'WITH (preset = fast)'), build('high_recall, 8', 'WITH (preset = high_recall, m = 8)');
SET vectidx.m = 32;
SELECT build('SET 32', ''), build('SET 32, 8', 'WITH (m = 8)'), build('SET 32, fast', 'WITH (preset = fast)'), build('SET 32, none', 'WITH (preset = none)');
RESET vectidx.m;
SELECT size.name AS m, string_agg(quote_literal(built.name), ' ' ORDER BY built.name) AS built
FROM built AS size JOIN built USING (size) WHERE size.name IN ('8', '16', '32') GROUP BY 1 ORDER BY size.name::int;

-- searching: what was SET goes before the index option, and that before the default. The estimated cost tells ef_search.
CREATE TABLE cost (ef_search int, cost text);
CREATE FUNCTION startup_cost() RETURNS text LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) SELECT FROM items ORDER BY v <-> ''[0,0,0]'' LIMIT 1' INTO plan;
	ASSERT plan #>> '{0,Plan,Plans,0,Node Type}' = 'Index Scan';
	RETURN plan #>> '{0,Plan,Plans,0,Startup Cost}';
END
$$;
CREATE FUNCTION ef_search_in_force() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(ef_search::text, ' '), 'by target_recall') FROM cost WHERE cost = startup_cost()
$$;
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops);
BEGIN;
SET LOCAL vectidx.ef_search = 1;
INSERT INTO cost VALUES (1, startup_cost());
SET LOCAL vectidx.ef_search = 40;
INSERT INTO cost VALUES (40, startup_cost());
SET LOCAL vectidx.ef_search = 50;
INSERT INTO cost VALUES (50, startup_cost());
SET LOCAL vectidx.ef_search = 60;
INSERT INTO cost VALUES (60, startup_cost());
COMMIT;
SELECT count(DISTINCT cost) FROM cost;
SELECT ef_search_in_force();
ALTER INDEX items_v SET (ef_search = 50);
SELECT ef_search_in_force();
SET vectidx.ef_search = 60;
SELECT ef_search_in_force();
SET vectidx.ef_search = 0;
SELECT ef_search_in_force();
RESET vectidx.ef_search;
SELECT ef_search_in_force();
BEGIN;
SET LOCAL vectidx.ef_search = 40;
SELECT ef_search_in_force();
ROLLBACK;
SELECT ef_search_in_force();
CREATE FUNCTION with_60() RETURNS text LANGUAGE plpgsql SET vectidx.ef_search = 60 AS $$ BEGIN RETURN ef_search_in_force(); END $$;
SELECT with_60(), ef_search_in_force();
-- a target that is SET goes before the option ef_search; SET both, ef_search counts
SET vectidx.target_recall = 0.9;
SELECT ef_search_in_force();
SET vectidx.ef_search = 60;
SELECT ef_search_in_force();
RESET vectidx.target_recall;
RESET vectidx.ef_search;
-- so with options, and a preset's ef_search counts less than either
ALTER INDEX items_v SET (target_recall = 0.9);
SELECT ef_search_in_force();
ALTER INDEX items_v RESET (ef_search);
SELECT ef_search_in_force();
ALTER INDEX items_v SET (preset = 'fast');
SELECT ef_search_in_force();
ALTER INDEX items_v RESET (target_recall);
SELECT ef_search_in_force();
ALTER INDEX items_v SET (ef_search = 60);
SELECT ef_search_in_force();
ALTER INDEX items_v SET (ef_search = 0);
SELECT ef_search_in_force();
ALTER INDEX items_v RESET (ef_search, preset);
SELECT ef_search_in_force();
-- a setting that comes with the connection counts as SET
ALTER INDEX items_v SET (ef_search = 50);
\c -reuse-previous=on "options='-c vectidx.ef_search=40'"
SELECT ef_search_in_force();
RESET vectidx.ef_search;
SELECT ef_search_in_force();
\c -reuse-previous=on "options='-c vectidx.ef_search=10001'"
SELECT '[1]'::vector;
SHOW vectidx.ef_search;
\c -reuse-previous=on "options=''"
SELECT ef_search_in_force();
-- what a command says goes before what a database says
ALTER DATABASE :"DBNAME" SET vectidx.ef_search = 40;
\c
SELECT ef_search_in_force();
SET vectidx.target_recall = 0.9;
SELECT ef_search_in_force();
SET vectidx.ef_search = 60;
SELECT ef_search_in_force();
ALTER DATABASE :"DBNAME" RESET vectidx.ef_search;
\c
-- the higher the target, the more is searched
ALTER INDEX items_v RESET (ef_search);
CREATE TABLE recall (target float8, cost float8);
DO $$
DECLARE
	target text;
BEGIN
	FOREACH target IN ARRAY ARRAY['0.5', '0.9', '0.99', '0.999'] LOOP
		PERFORM set_config('vectidx.target_recall', target, true);
		INSERT INTO recall VALUES (target::float8, startup_cost()::float8);
	END LOOP;
END
$$;
SELECT bool_and(cost >= before) AS rises, max(cost) > min(cost) AS differs FROM (SELECT cost, lag(cost) OVER (ORDER BY target) AS before FROM recall) AS t;

-- ALTER INDEX says when a change waits for REINDEX
SELECT pg_relation_size('items_v') AS size \gset before_
ALTER INDEX items_v SET (m = 32);
SELECT pg_relation_size('items_v') = :before_size AS same_size;
ALTER INDEX items_v SET (m = 32);
ALTER INDEX items_v SET (ef_construction = 300, ef_search = 20);
ALTER INDEX items_v SET (ef_search = 30, target_recall = 0.9, parallel_insert_threshold = 1000, tombstone_rebuild_pct = 50);
ALTER INDEX items_v RESET (ef_search, target_recall, parallel_insert_threshold, tombstone_rebuild_pct);
-- 32 and 400 are the preset's
ALTER INDEX items_v SET (ef_construction = 400);
ALTER INDEX items_v SET (preset = 'high_recall');
ALTER INDEX items_v RESET (m, ef_construction);
REINDEX INDEX items_v;
SELECT size.name AS m FROM built AS size WHERE size = pg_relation_size('items_v') AND name IN ('8', '16', '32');
ALTER INDEX items_v RESET (preset);
ALTER INDEX items_v SET (m = 101);
ALTER INDEX items_v SET (nothing = 1);
-- a command that fails is forgotten, and another index's is none of ours
ALTER INDEX items_v SET (m = 20, nothing = 1);
CREATE INDEX items_id ON items (id);
ALTER INDEX items_id SET (fillfactor = 70);
ALTER INDEX "items_v" RENAME TO "Items' v";
ALTER INDEX "Items' v" SET (m = 20);
-- what can only fail at the next build does so
ALTER INDEX "Items' v" SET (m = 60, ef_construction = 100);
REINDEX INDEX "Items' v";
SELECT same_as_sort($$SELECT v <-> '[0,0,0]' FROM items ORDER BY v <-> '[0,0,0]' LIMIT 10$$);

DROP TABLE items, built, cost, recall;
DROP FUNCTION build, startup_cost, ef_search_in_force, with_60;
