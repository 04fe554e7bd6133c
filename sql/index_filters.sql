-- Filtered searches: any condition, on whatever index. Each query gives the rows that a sort gives.
CREATE TABLE items (id int PRIMARY KEY, a int, b int, h text, tags text[], day int, note text, e vector(8));
INSERT INTO items SELECT i, i % 50, i % 7, 'k' || i % 40, ARRAY['t' || i % 30, 'u' || i % 11], i, CASE WHEN i % 3 > 0 THEN 'n' || i % 5 END, vec(i, 8)
FROM generate_series(1, 4000) AS i;
CREATE INDEX items_e ON items USING vectidx (e vector_l2_ops);
CREATE INDEX items_a ON items (a);
CREATE INDEX items_h ON items USING hash (h);
CREATE INDEX items_tags ON items USING gin (tags);
CREATE INDEX items_day ON items USING brin (day) WITH (pages_per_range = 4);
CREATE INDEX items_b ON items (id) WHERE b = 3;
CREATE INDEX items_note ON items (lower(note));
ANALYZE items;

-- Runs a query for n rows by the filter in each of its modes and by a sort. Says what differs: the number of
-- rows, their order, a row that does not belong there; and with brute force, any row.
CREATE FUNCTION same_rows(condition text, n int DEFAULT 20, query text DEFAULT '[0.3,-0.1,0.2,0.5,0.1,-0.4,0.2,0.1]') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	command text := format('SELECT array_agg(d), array_agg(id) FROM (SELECT id, e <-> %L AS d FROM items WHERE %s ORDER BY e <-> %L LIMIT %s) AS t', query, condition, query, n);
	wanted float8[];
	found float8[];
	ids int[];
	allowed int[];
	mode text;
	result text := '';
BEGIN
	PERFORM set_config('vectidx.filter', 'off', true), set_config('enable_indexscan', 'off', true), set_config('enable_seqscan', 'on', true), set_config('enable_sort', 'on', true);
	EXECUTE command INTO wanted, ids;
	EXECUTE format('SELECT array_agg(id) FROM items WHERE %s', condition) INTO allowed;
	PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true);
	FOREACH mode IN ARRAY ARRAY['auto', 'walk', 'brute', 'codes'] LOOP
		PERFORM set_config('vectidx.filter', mode, true);
		EXECUTE command INTO found, ids;
		IF coalesce(cardinality(found), 0) <> coalesce(cardinality(wanted), 0) THEN
			result := result || format(' %s: %s rows, not %s;', mode, cardinality(found), cardinality(wanted));
		END IF;
		IF (SELECT count(DISTINCT x) FROM unnest(ids) AS x) <> coalesce(cardinality(ids), 0) THEN
			result := result || format(' %s: a row twice;', mode);
		END IF;
		IF NOT coalesce(ids <@ allowed, true) THEN
			result := result || format(' %s: wrong rows;', mode);
		END IF;
		IF mode = 'brute' AND found IS DISTINCT FROM wanted THEN
			result := result || ' brute: not the nearest;';
		END IF;
		IF (SELECT count(*) FROM unnest(found) AS x WHERE x <= wanted[cardinality(wanted)]) < 0.7 * cardinality(wanted) THEN
			result := result || format(' %s: few of the nearest;', mode);
		END IF;
	END LOOP;
	RETURN CASE WHEN result = '' THEN coalesce(cardinality(wanted), 0) || ' rows' ELSE result END;
END
$$;
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END
$$;

-- each kind of index, no index, combinations, and what is NULL
SELECT condition, same_rows(condition) FROM unnest(ARRAY[
	'a = 7', 'a < 5', 'a IN (1, 2, 30)', 'a = ANY (ARRAY[4, NULL, 5])', 'h = ''k3''', 'tags @> ARRAY[''t4'']', 'tags && ARRAY[''t4'', ''u5'']',
	'day BETWEEN 1000 AND 1200', 'b = 3 AND id < 900', 'lower(note) = ''n2''', 'note IS NULL', 'note IS NOT NULL AND a = 3',
	'id % 97 = 5', 'a = 7 AND b = 2', 'a = 7 OR h = ''k3''', 'a = 7 AND (h = ''k7'' OR tags @> ARRAY[''t7''])', 'NOT a < 45',
	'a = 7 AND day > 3900', 'a = -1', 'a IS NULL', 'id = 77', 'id < 3', 'a >= 0', 'a = 7 AND id % 97 = 5',
	'e <-> ''[0.3,-0.1,0.2,0.5,0.1,-0.4,0.2,0.1]'' < 1.2 AND a < 20', 'a = (SELECT 7)', 'a IN (SELECT 7)', 'a = 7 AND 2 = (SELECT 2)', 'a = 7 AND 2 = (SELECT 3)', 'a = 3 OR EXISTS (SELECT FROM items AS i WHERE i.id = items.a AND i.b = 3)']) AS condition;
-- LIMIT 1, more than there are rows, all
SELECT n, same_rows('a < 5', n) FROM unnest(ARRAY[1, 100, 399, 400, 401, 5000]) AS n;

-- plans
SET enable_seqscan = off;
SET enable_sort = off;
SELECT plan_of($$SELECT id FROM items WHERE a < 10 AND day < 3000 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$);
SELECT plan_of($$SELECT id FROM items WHERE b = 1 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$);
SET vectidx.filter = walk;
SELECT plan_of($$SELECT id FROM items WHERE b <> 1 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$);
SET vectidx.filter = brute;
SELECT plan_of($$SELECT ctid, tableoid::regclass, items FROM items WHERE h IN ('k1', 'k2') OR tags @> ARRAY['t1'] ORDER BY 1 - (e <-> '[1,0,0,0,0,0,0,0]') DESC LIMIT 5$$);
-- nobody reads the distance: it is not computed
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM items WHERE a = 1 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5;
-- what is left to PostgreSQL
RESET vectidx.filter;
SELECT plan_of($$SELECT id FROM items WHERE a = 1 + (random() * 0)::int ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$);
SELECT count(*) FROM plan_of($$SELECT id FROM items WHERE a = 1 AND (SELECT random() + b) < 9 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$) AS line WHERE line LIKE '%Custom Scan%';
SELECT plan_of($$SELECT id FROM items WHERE a = 1 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5 FOR UPDATE$$);
SELECT plan_of($$SELECT id FROM items WHERE e <-> '[1,0,0,0,0,0,0,0]' < 1 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$);
SELECT plan_of($$SELECT id FROM items WHERE b <> 1 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$);
SET vectidx.filter = off;
SELECT plan_of($$SELECT id FROM items WHERE a < 10 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$);

-- what EXPLAIN ANALYZE says
SET vectidx.filter = brute;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT id FROM items WHERE a = 7 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5 \g (tuples_only=on) | sed -e 's/rows=\([0-9]*\)\.00/rows=\1/' -e '/Index Searches/d' -e 's/[0-9]* kB/N kB/'
CREATE FUNCTION explained(query text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) ' || query INTO plan;
	RETURN plan #> '{0,Plan,Plans,0}';
END
$$;
SELECT plan ->> 'Custom Plan Provider' AS node, plan ->> 'Start' AS start, plan ->> 'List' AS list, plan ->> 'Expected Rows' AS expected, plan ->> 'Walks' AS walks,
	plan ->> 'Brute Force Runs' AS runs, plan ->> 'Rows Measured' AS measured, plan ->> 'Bitmap Rows' AS listed, plan ->> 'Lossy Pages' AS lossy
FROM explained($$SELECT id FROM items WHERE a = 7 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$) AS plan;
SET vectidx.filter = walk;
SELECT plan ->> 'Start' AS start, plan ->> 'Walks' AS walks, (plan ->> 'Nodes')::int > 5 AS nodes, (plan ->> 'Table Tests')::int > 5 AS tests, plan ->> 'Bitmaps' AS bitmaps
FROM explained($$SELECT id FROM items WHERE a = 7 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$) AS plan;
SET vectidx.filter = codes;
SELECT plan ->> 'Start' AS start, plan ->> 'Walks' AS walks, plan ->> 'Code Searches' AS searches, plan ->> 'Code Rows' AS rows, (plan ->> 'Nodes Read')::int BETWEEN 5 AND 80 AS nodes,
	plan ->> 'Brute Force Runs' AS runs, plan ->> 'Bitmap Rows' AS listed
FROM explained($$SELECT id FROM items WHERE a = 7 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$) AS plan;
CREATE FUNCTION explained_text(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query;
END
$$;
SELECT regexp_replace(trim(line), '[0-9]+ nodes', 'N nodes') AS used FROM explained_text($$SELECT id FROM items WHERE a = 7 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$) AS line WHERE line LIKE '%Used%';
DROP FUNCTION explained_text;
-- rows of the list that do not fit as candidates, and all rows: the table has the rest
SET work_mem = '64kB';
SELECT plan ->> 'Code Searches' AS searches, plan ->> 'Brute Force Runs' AS runs FROM explained($$SELECT id FROM items WHERE a < 45 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$) AS plan;
RESET work_mem;
-- without codes there is no directory
CREATE INDEX items_e_bare ON items USING vectidx (e vector_l2_ops) WITH (codes = off);
SELECT relname, (pages ->> 'directory')::int > 0 AS directory, pages ->> 'directory_map' AS map FROM pg_class, vectidx_index_stats(oid) WHERE relname IN ('items_e', 'items_e_bare') ORDER BY relname;
DROP INDEX items_e_bare;
RESET vectidx.filter;
SELECT count(*) FROM items WHERE id IN (SELECT id FROM items WHERE a < 10 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5);

-- generic plans: the default estimate is far too high
SET plan_cache_mode = force_generic_plan;
PREPARE below(int, vector, int) AS SELECT id FROM items WHERE a < $1 AND b = $3 ORDER BY e <-> $2 LIMIT 6;
EXPLAIN (COSTS OFF) EXECUTE below(1, NULL, 1);
SELECT count(*) AS rows FROM (SELECT id FROM items WHERE a < 1 AND b = 1) AS t \gset
CREATE TEMP TABLE got AS EXECUTE below(1, '[1,0,0,0,0,0,0,0]', 1);
SELECT count(*) = least(6, :rows) AS all_there, bool_and(a < 1 AND b = 1) AS right_ones FROM got JOIN items USING (id);
EXECUTE below(0, '[1,0,0,0,0,0,0,0]', 1);
-- also where the plan knows neither how many rows pass nor how many are wanted
PREPARE since(int, vector, int) AS SELECT id FROM items WHERE day >= $1 ORDER BY e <-> $2 LIMIT $3;
EXPLAIN (COSTS OFF) EXECUTE since(998, NULL, 6);
SELECT count(*) AS rows FROM items WHERE day >= 998 \gset
CREATE TEMP TABLE rows_since AS EXECUTE since(998, '[1,0,0,0,0,0,0,0]', 6);
SELECT count(*) = least(6, :rows) AS all_there, bool_and(day >= 998) AS right_ones FROM rows_since JOIN items USING (id);
RESET plan_cache_mode;

-- rescans: the list is made anew where it depends on the outer row, and kept where not
CREATE TABLE queries (n int, a int, q vector(8));
INSERT INTO queries SELECT i, i % 4, vec(-i, 8) FROM generate_series(1, 8) AS i;
CREATE FUNCTION lateral_rows(mode text) RETURNS TABLE (query int, ids int[]) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('vectidx.filter', mode, true), set_config('enable_indexscan', (mode <> 'off')::text, true), set_config('enable_sort', (mode = 'off')::text, true);
	RETURN QUERY SELECT n, array_agg(t.id ORDER BY t.d) FROM queries, LATERAL (SELECT id, e <-> q AS d FROM items WHERE items.a = queries.a AND day > 500 ORDER BY e <-> q LIMIT 3) AS t GROUP BY n ORDER BY n;
END
$$;
SELECT count(*) AS same FROM lateral_rows('brute') AS brute JOIN lateral_rows('off') AS sorted USING (query, ids);
SELECT count(*) AS queries, min(cardinality(ids)), max(cardinality(ids)) FROM lateral_rows('auto');
SET vectidx.filter = brute;
SELECT jsonb_path_query(plan, 'strict $.**."Brute Force Runs"') AS runs, jsonb_path_query(plan, 'strict $.**."Bitmaps"') AS bitmaps
FROM explained('SELECT * FROM queries, LATERAL (SELECT id FROM items WHERE items.a = 3 ORDER BY e <-> q LIMIT 3) AS t LIMIT 24') AS plan;
SELECT jsonb_path_query(plan, 'strict $.**."Brute Force Runs"') AS runs, jsonb_path_query(plan, 'strict $.**."Bitmaps"') AS bitmaps
FROM explained('SELECT * FROM queries, LATERAL (SELECT id FROM items WHERE items.a = queries.a ORDER BY e <-> q LIMIT 3) AS t LIMIT 24') AS plan;
RESET vectidx.filter;

-- cursors, OFFSET, WITH TIES
BEGIN;
DECLARE near CURSOR FOR SELECT id FROM items WHERE a = 7 ORDER BY e <-> '[1,0,0,0,0,0,0,0]';
CREATE TEMP TABLE fetched (at serial, id int);
CREATE FUNCTION fetch_all() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	row record;
	near refcursor := 'near';
BEGIN
	LOOP
		FETCH near INTO row;
		EXIT WHEN NOT FOUND;
		INSERT INTO fetched (id) VALUES (row.id);
	END LOOP;
	RETURN (SELECT count(*) FROM fetched);
END
$$;
SELECT fetch_all();
SELECT count(DISTINCT id) AS rows FROM fetched JOIN items USING (id) WHERE a = 7;
ROLLBACK;
-- WHERE CURRENT OF finds the row, and a cursor that scrolls gives the same rows again
BEGIN;
DECLARE near SCROLL CURSOR FOR SELECT id FROM items WHERE a = 7 ORDER BY e <-> '[1,0,0,0,0,0,0,0]';
MOVE 2 FROM near;
FETCH near \gset third_
MOVE BACKWARD 2 FROM near;
FETCH near \gset second_
MOVE FORWARD ALL FROM near;
FETCH ABSOLUTE 3 FROM near \gset again_
SELECT :third_id = :again_id AND :second_id <> :third_id AS same;
CLOSE near;
DECLARE near CURSOR FOR SELECT id FROM items WHERE a = 7 ORDER BY e <-> '[1,0,0,0,0,0,0,0]';
MOVE 2 FROM near;
FETCH near \gset third_
UPDATE items SET note = 'current' WHERE CURRENT OF near;
SELECT id = :third_id AS same FROM items WHERE note = 'current';
FETCH near \gset fourth_
DELETE FROM items WHERE CURRENT OF near;
SELECT count(*) FROM items WHERE id = :fourth_id;
ROLLBACK;
SET vectidx.filter = brute;
SELECT array_agg(d) = (SELECT array_agg(d) FROM (SELECT (e <-> '[1,0,0,0,0,0,0,0]') + 0 AS d FROM items WHERE a = 7 ORDER BY 1 OFFSET 10 LIMIT 10) AS t) AS same
FROM (SELECT e <-> '[1,0,0,0,0,0,0,0]' AS d FROM items WHERE a = 7 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' OFFSET 10 LIMIT 10) AS t;
INSERT INTO items SELECT 4000 + i, 60, 0, 'x', '{}', 0, NULL, '[2,2,2,2,2,2,2,2]' FROM generate_series(1, 12) AS i;
SELECT count(*) FROM (SELECT id FROM items WHERE a = 60 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' FETCH FIRST 3 ROWS WITH TIES) AS t;
RESET vectidx.filter;
SELECT count(*) FROM (SELECT id FROM items WHERE a = 60 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' FETCH FIRST 3 ROWS WITH TIES) AS t;

-- no value to compare with, vectors that are not in the index, rows that changed
SELECT count(*) FROM (SELECT id FROM items WHERE a = 7 ORDER BY e <-> NULL LIMIT 5) AS t;
UPDATE items SET e = NULL WHERE id = 7;
UPDATE items SET b = 100 WHERE a = 8;
UPDATE items SET a = 9 WHERE a = 8 AND id < 1000;
DELETE FROM items WHERE a = 9 AND id > 3000;
SELECT condition, same_rows(condition || ' AND e IS NOT NULL', 500) FROM unnest(ARRAY['a = 7', 'a = 8', 'a = 9', 'b = 100']) AS condition;

-- little memory: the list is lossy, the rows are the same
SET work_mem = '64kB';
SELECT condition, same_rows(condition, 100) FROM unnest(ARRAY['a < 25', 'tags && ARRAY[''t4'', ''u5'', ''u6'']', 'id % 2 = 0', 'day > 100']) AS condition;
-- limits end a search of the graph, and not the query
SET vectidx.max_scan_tuples = 20;
SET vectidx.scan_mem_multiplier = 0.1;
UPDATE items SET e = '[1,1,1,1,1,1,1,1]' WHERE a IN (20, 21, 22, 23, 24, 25, 26, 27);
SELECT condition, same_rows(condition, 5000) FROM unnest(ARRAY['a = 20', 'a BETWEEN 20 AND 27', 'id % 3 = 0']) AS condition;
RESET vectidx.max_scan_tuples;
SELECT condition, same_rows(condition, 5000) FROM unnest(ARRAY['a = 20', 'a BETWEEN 20 AND 27', 'id % 3 = 0']) AS condition;
RESET vectidx.scan_mem_multiplier;
RESET work_mem;

-- views, CTEs, a security barrier, a table that inherits
CREATE VIEW low AS SELECT * FROM items WHERE a < 10;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM items WHERE a < 10;
CREATE TABLE more_items (extra int) INHERITS (items);
INSERT INTO more_items SELECT i, i % 50, 1, 'y', '{}', i, NULL, vec(i, 8), 0 FROM generate_series(5001, 5400) AS i;
CREATE INDEX more_items_e ON more_items USING vectidx (e vector_l2_ops);
ANALYZE more_items;
SET vectidx.filter = brute;
SELECT array_agg(id) = (SELECT array_agg(id) FROM (SELECT id FROM items WHERE a < 10 AND e IS NOT NULL ORDER BY (e <-> '[1,0,0,0,0,0,0,0]') + 0 LIMIT 9) AS t) AS same
FROM (SELECT id FROM low ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 9) AS t;
SELECT array_agg(id) = (SELECT array_agg(id) FROM (SELECT id FROM items WHERE a < 10 AND e IS NOT NULL ORDER BY (e <-> '[1,0,0,0,0,0,0,0]') + 0 LIMIT 9) AS t) AS same
FROM (SELECT id FROM barrier ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 9) AS t;
WITH near AS MATERIALIZED (SELECT id, e FROM items WHERE a < 10 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 9)
SELECT count(*), bool_and(a < 10) FROM near JOIN items USING (id);
RESET vectidx.filter;
DROP TABLE more_items;
DROP VIEW low, barrier;

-- partitions
CREATE TABLE parts (id int, a int, e vector(8)) PARTITION BY LIST (a);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES IN (0, 1, 2);
CREATE TABLE parts_3 PARTITION OF parts FOR VALUES IN (3, 4, 5);
CREATE INDEX ON parts USING vectidx (e vector_l2_ops);
CREATE INDEX ON parts (id);
INSERT INTO parts SELECT i, i % 6, vec(i, 8) FROM generate_series(1, 3000) AS i;
ANALYZE parts;
SELECT plan_of($$SELECT id FROM parts WHERE id < 600 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 5$$);
SET vectidx.filter = brute;
SELECT array_agg(id) = (SELECT array_agg(id) FROM (SELECT id FROM parts WHERE id < 600 ORDER BY (e <-> '[1,0,0,0,0,0,0,0]') + 0 LIMIT 9) AS t) AS same
FROM (SELECT id FROM parts WHERE id < 600 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 9) AS t;
RESET vectidx.filter;
DROP TABLE parts;

-- a partial index of vectors, and one of an expression
CREATE TABLE partly (id int, a int, e vector(8));
INSERT INTO partly SELECT i, i % 10, vec(i, 8) FROM generate_series(1, 2000) AS i;
CREATE INDEX partly_e ON partly USING vectidx (e vector_l2_ops) WHERE a < 5;
CREATE INDEX partly_l ON partly USING vectidx ((subvector(e, 1, 4)::vector(4)) vector_cosine_ops);
CREATE INDEX partly_id ON partly (id);
ANALYZE partly;
SET vectidx.filter = brute;
SELECT array_agg(id) = (SELECT array_agg(id) FROM (SELECT id FROM partly WHERE a < 5 AND id < 300 ORDER BY (e <-> '[1,0,0,0,0,0,0,0]') + 0 LIMIT 9) AS t) AS same
FROM (SELECT id FROM partly WHERE a < 5 AND id < 300 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 9) AS t;
SELECT array_agg(id) = (SELECT array_agg(id) FROM (SELECT id FROM partly WHERE id < 300 ORDER BY (subvector(e, 1, 4) <=> '[1,0,0,1]') + 0 LIMIT 9) AS t) AS same
FROM (SELECT id FROM partly WHERE id < 300 ORDER BY subvector(e, 1, 4)::vector(4) <=> '[1,0,0,1]' LIMIT 9) AS t;
RESET vectidx.filter;
DROP TABLE partly;

-- row-level security: a function that tells what it sees
CREATE TABLE secrets (id int, owner text, e vector(8));
INSERT INTO secrets SELECT i, CASE WHEN i % 10 = 0 THEN 'vectidx_reader' ELSE 'else' END, vec(i, 8) FROM generate_series(1, 1000) AS i;
CREATE INDEX secrets_e ON secrets USING vectidx (e vector_l2_ops);
CREATE INDEX secrets_id ON secrets (id);
CREATE FUNCTION tell(id int) RETURNS boolean LANGUAGE plpgsql STABLE COST 0.0001 AS $$
BEGIN
	PERFORM set_config('vectidx_test.seen', (current_setting('vectidx_test.seen')::int + (id % 10 <> 0)::int)::text, false);
	RETURN true;
END
$$;
SET vectidx_test.seen = 0;
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secrets USING (owner = CURRENT_USER);
CREATE ROLE vectidx_reader;
GRANT SELECT ON secrets TO vectidx_reader;
ANALYZE secrets;
SET ROLE vectidx_reader;
SET vectidx.filter = walk;
SELECT count(*), bool_and(id % 10 = 0) FROM (SELECT id FROM secrets WHERE tell(id) AND id < 700 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 10) AS t;
SET vectidx.filter = brute;
SELECT count(*), bool_and(id % 10 = 0) FROM (SELECT id FROM secrets WHERE tell(id) AND id < 700 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 10) AS t;
RESET vectidx.filter;
SELECT count(*), bool_and(id % 10 = 0) FROM (SELECT id FROM secrets WHERE tell(id) ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 10) AS t;
SELECT current_setting('vectidx_test.seen') AS hidden_rows_seen;
RESET ROLE;
DROP TABLE secrets;
DROP FUNCTION tell;
DROP ROLE vectidx_reader;

-- an index of sketches, one of bits, equal vectors
CREATE TABLE sparse (id int, a int, s sparsevec(5000), b bit(64));
INSERT INTO sparse SELECT i, i % 20, format('{%s:1,%s:2,%s:1.5}/5000', 1 + i % 900, 1000 + i % 700, 2000 + i % 13)::sparsevec, (hashint8extended(i % 400, 1))::bit(64) FROM generate_series(1, 1500) AS i;
CREATE INDEX sparse_s ON sparse USING vectidx (s sparsevec_l2_ops);
CREATE INDEX sparse_b ON sparse USING vectidx (b bit_hamming_ops);
CREATE INDEX sparse_a ON sparse (a);
ANALYZE sparse;
CREATE FUNCTION sparse_rows(mode text, expression text, n int) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
	result float8[];
BEGIN
	PERFORM set_config('vectidx.filter', mode, true), set_config('enable_indexscan', (mode <> 'off')::text, true), set_config('enable_sort', (mode = 'off')::text, true);
	EXECUTE format('SELECT array_agg(d) FROM (SELECT %s AS d FROM sparse WHERE a = 7 ORDER BY %s LIMIT %s) AS t', expression, expression, n) INTO result;
	RETURN result;
END
$$;
SELECT mode, sparse_rows(mode, $$s <-> '{7:1,1001:2,2003:1}/5000'$$, 75) = sparse_rows('off', $$s <-> '{7:1,1001:2,2003:1}/5000'$$, 75) AS sketch,
	sparse_rows(mode, format('b <~> %L', repeat('01', 32)), 75) = sparse_rows('off', format('b <~> %L', repeat('01', 32)), 75) AS bits
FROM unnest(ARRAY['brute', 'walk', 'auto']) AS mode;
DROP TABLE sparse, items, queries, got;
DROP FUNCTION same_rows, plan_of, explained, lateral_rows, sparse_rows;
