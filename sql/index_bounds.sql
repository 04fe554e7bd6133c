-- Bounds that a query states reach the scan (pg/am/bound_paths.hpp): the same rows, in the same order, as without the index.
SET max_parallel_workers_per_gather = 0;
SET vectidx.ef_search = 1000;  -- more than there are rows: the results are exact

-- How a query's rows come, by the index and without it: the condition of the index, the number of rows, and whether they are the
-- same in the same order (by distance, the query's first column).
CREATE FUNCTION bounded(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan text;
	by_index float8[];
	by_sort float8[];
	in_order boolean := query LIKE '%ORDER BY%';
BEGIN
	PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true);
	EXECUTE 'EXPLAIN (FORMAT json, COSTS off) ' || query INTO plan;
	EXECUTE 'SELECT array_agg(d) FROM (' || query || ') AS q(d)' INTO by_index;
	PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_sort', 'on', true), set_config('enable_indexscan', 'off', true);
	EXECUTE 'SELECT array_agg(d) FROM (' || query || ') AS q(d)' INTO by_sort;
	PERFORM set_config('enable_indexscan', 'on', true);
	IF NOT in_order THEN
		by_index := (SELECT array_agg(d ORDER BY d) FROM unnest(by_index) AS d);
		by_sort := (SELECT array_agg(d ORDER BY d) FROM unnest(by_sort) AS d);
	END IF;
	RETURN concat_ws(', ', CASE WHEN plan LIKE '%"Index Cond"%' THEN 'bounded' ELSE 'not bounded' END,
		CASE WHEN plan LIKE '%"Order By"%' THEN 'in order' END, coalesce(cardinality(by_sort), 0) || ' rows',
		CASE WHEN by_index IS DISTINCT FROM by_sort THEN format('NOT THE SAME: %s', by_index) END);
END
$$;

-- Every form over one column: a bound of about a third of the rows, negative, infinite and NaN bounds.
CREATE FUNCTION every_form(relation text, op text, query text) RETURNS TABLE (condition text, ordered text, alone text) LANGUAGE plpgsql AS $$
DECLARE
	d text := format('(v %s %s)', op, query);
	middle float8;
	form text;
	form_bound text;
BEGIN
	EXECUTE format('SELECT percentile_disc(0.3) WITHIN GROUP (ORDER BY %s) FROM %I WHERE v IS NOT NULL', d, relation) INTO middle;
	FOR form, form_bound IN
		SELECT f, b FROM (VALUES (1, 'd < b'), (2, 'd <= b'), (3, 'b > d'), (4, 'b >= d'), (5, 'd BETWEEN -3 AND b'), (6, '1 - d > 1 - b'),
			(7, 'd * -1 >= -(b)'), (8, '-d > -(b)'), (9, '(d - 1) / 2 <= (b - 1) / 2')) AS forms(n, f),
			(VALUES (1, 'middle'), (2, '-0.25'), (3, '0'), (4, '''Infinity'''), (5, '''-Infinity'''), (6, '''NaN''')) AS bounds(m, b)
		ORDER BY n, m
	LOOP
		condition := replace(form, 'b', form_bound);
		form := replace(replace(replace(form, 'BETWEEN', 'BTW'), 'd', d), 'b', CASE form_bound WHEN 'middle' THEN middle::text ELSE form_bound END || '::float8');
		form := replace(form, 'BTW', 'BETWEEN');
		ordered := bounded(format('SELECT %s FROM %I WHERE %s ORDER BY %1$s', d, relation, form));
		alone := bounded(format('SELECT %s FROM %I WHERE %s', d, relation, form));
		RETURN NEXT;
	END LOOP;
END
$$;

CREATE TABLE bounded_vector (id int, v vector(4));
INSERT INTO bounded_vector SELECT i, vec(i, 4) FROM generate_series(1, 200) AS i;
INSERT INTO bounded_vector SELECT 1000 + i, vec(i % 5, 4) FROM generate_series(1, 40) AS i;
INSERT INTO bounded_vector VALUES (2001, NULL), (2002, NULL);
CREATE INDEX ON bounded_vector USING vectidx (v vector_l2_ops);
CREATE INDEX ON bounded_vector USING vectidx (v vector_ip_ops);
CREATE INDEX ON bounded_vector USING vectidx (v vector_cosine_ops);
CREATE INDEX ON bounded_vector USING vectidx (v vector_l1_ops);
CREATE TABLE bounded_halfvec (id int, v halfvec(4));
INSERT INTO bounded_halfvec SELECT id, v FROM bounded_vector;
CREATE INDEX ON bounded_halfvec USING vectidx (v halfvec_l2_ops);
CREATE INDEX ON bounded_halfvec USING vectidx (v halfvec_ip_ops);
CREATE INDEX ON bounded_halfvec USING vectidx (v halfvec_cosine_ops);
CREATE INDEX ON bounded_halfvec USING vectidx (v halfvec_l1_ops);
-- The vectors themselves, and sketches.
CREATE TABLE bounded_sparse (id int, v sparsevec(4));
INSERT INTO bounded_sparse SELECT id, v FROM bounded_vector;
CREATE INDEX ON bounded_sparse USING vectidx (v sparsevec_l2_ops);
CREATE INDEX ON bounded_sparse USING vectidx (v sparsevec_ip_ops);
CREATE INDEX ON bounded_sparse USING vectidx (v sparsevec_cosine_ops);
CREATE INDEX ON bounded_sparse USING vectidx (v sparsevec_l1_ops);
CREATE TABLE bounded_sketch (id int, v sparsevec(5000));
INSERT INTO bounded_sketch SELECT id, replace(v::text, '/4', '/5000')::sparsevec FROM bounded_sparse;
CREATE INDEX ON bounded_sketch USING vectidx (v sparsevec_l2_ops);
CREATE INDEX ON bounded_sketch USING vectidx (v sparsevec_ip_ops);
CREATE INDEX ON bounded_sketch USING vectidx (v sparsevec_cosine_ops);
CREATE INDEX ON bounded_sketch USING vectidx (v sparsevec_l1_ops);
CREATE TABLE bounded_bit (id int, v bit(40));
INSERT INTO bounded_bit SELECT i, (hashint8extended(i, 1)::bit(20) || hashint8extended(i, 2)::bit(20))::bit(40) FROM generate_series(1, 200) AS i;
INSERT INTO bounded_bit VALUES (1001, NULL);
CREATE INDEX ON bounded_bit USING vectidx (v bit_hamming_ops);
CREATE INDEX ON bounded_bit USING vectidx (v bit_jaccard_ops);
ANALYZE bounded_vector, bounded_halfvec, bounded_sparse, bounded_sketch, bounded_bit;

SELECT * FROM every_form('bounded_vector', '<->', $$'[0.3,0.1,-0.2,0.5]'$$);
SELECT * FROM every_form('bounded_vector', '<=>', $$'[0.3,0.1,-0.2,0.5]'$$);

-- All types and metrics: forms by what came of them.
SELECT relation, op, count(*) AS forms, count(*) FILTER (WHERE ordered LIKE 'bounded, in order, %') AS in_order,
	count(*) FILTER (WHERE alone LIKE 'bounded, %') AS alone, count(*) FILTER (WHERE f.ordered LIKE '%SAME%' OR f.alone LIKE '%SAME%') AS wrong
FROM (VALUES ('vector', ARRAY['<->', '<#>', '<=>', '<+>'], $$'[0.3,0.1,-0.2,0.5]'$$), ('halfvec', ARRAY['<->', '<#>', '<=>', '<+>'], $$'[0.3,0.1,-0.2,0.5]'$$),
		('sparse', ARRAY['<->', '<#>', '<=>', '<+>'], $$'{1:0.3,2:0.1,3:-0.2,4:0.5}/4'$$), ('sketch', ARRAY['<->', '<#>', '<=>', '<+>'], $$'{1:0.3,2:0.1,3:-0.2,4:0.5}/5000'$$),
		('bit', ARRAY['<~>', '<%>'], $$B'1010011100010101101001110001010110100111'$$)) AS types(relation, ops, query),
	unnest(ops) AS op, every_form('bounded_' || relation, op, query) AS f
GROUP BY 1, 2 ORDER BY relation, op COLLATE "C";

-- Parameters, in a generic plan: NULL, and every other kind of bound.
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
PREPARE near(vector, float8) AS SELECT id, v <-> $1 < $2 AS near FROM bounded_vector WHERE v <-> $1 < $2 ORDER BY v <-> $1 LIMIT 3;
EXPLAIN (COSTS OFF) EXECUTE near(NULL, NULL);
EXECUTE near('[0.3,0.1,-0.2,0.5]', 0.45);
EXECUTE near('[0.3,0.1,-0.2,0.5]', 0);
EXECUTE near('[0.3,0.1,-0.2,0.5]', -1);
EXECUTE near('[0.3,0.1,-0.2,0.5]', 'NaN');
EXECUTE near('[0.3,0.1,-0.2,0.5]', 'Infinity');
EXECUTE near('[0.3,0.1,-0.2,0.5]', NULL);
EXECUTE near(NULL, 1);
EXECUTE near('[1,2]', 1);
PREPARE alike(vector, float8) AS SELECT count(*) FROM (SELECT FROM bounded_vector WHERE 1 - (v <=> $1) >= $2 ORDER BY v <=> $1) AS t;
EXPLAIN (COSTS OFF) EXECUTE alike(NULL, NULL);
EXECUTE alike('[0.3,0.1,-0.2,0.5]', 0.5);
EXECUTE alike('[0.3,0.1,-0.2,0.5]', 'NaN');
EXECUTE alike('[0,0,0,0]', 0.5);
PREPARE alone(vector, float8) AS SELECT count(*) FROM bounded_vector WHERE v <-> $1 < $2;
EXPLAIN (COSTS OFF) EXECUTE alone(NULL, NULL);
EXECUTE alone('[0.3,0.1,-0.2,0.5]', 0.8);
EXECUTE alone('[0.3,0.1,-0.2,0.5]', NULL);
EXECUTE alone(NULL, 0.8);
RESET plan_cache_mode;

-- Single precision, two bounds, a bound of another value, a subquery, LATERAL, what is not a bound.
EXPLAIN (COSTS OFF) SELECT id FROM bounded_vector WHERE v <-> '[1,1,1,1]' < 0.8::real AND 0.7::real >= v <-> '[1,1,1,1]' ORDER BY '[1,1,1,1]' <-> v;
EXPLAIN (COSTS OFF) SELECT id FROM bounded_vector WHERE v <-> '[1,0,1,1]' < 0.8 ORDER BY v <-> '[1,1,1,1]';
SELECT scan_of('SELECT id FROM bounded_vector WHERE v <-> (SELECT v FROM bounded_vector WHERE id = 7) < 0.4');
SELECT n.a, n.b FROM bounded_vector AS x, LATERAL (SELECT x.id AS a, y.id AS b FROM bounded_vector AS y WHERE y.v <-> x.v < 0.5 ORDER BY y.v <-> x.v) AS n
	WHERE x.id IN (12, 17) AND n.b < 1000 ORDER BY 1, 2;
EXPLAIN (COSTS OFF) SELECT id FROM bounded_vector WHERE v <-> '[1,1,1,1]' > 0.8 AND v <-> '[1,1,1,1]' < random() AND v <-> v < 1 ORDER BY v <-> '[1,1,1,1]';
EXPLAIN (COSTS OFF) SELECT id FROM bounded_vector WHERE ((v <-> '[1,1,1,1]') + 1e20) - 1e20 < 1 ORDER BY v <-> '[1,1,1,1]';
RESET enable_seqscan;

-- A zero vector has no direction. To `1 - distance > s` it is near, as NaN is greater than all numbers.
INSERT INTO bounded_vector VALUES (3001, '[0,0,0,0]');
SELECT bounded($$SELECT v <=> '[1,1,1,1]' FROM bounded_vector WHERE 1 - (v <=> '[1,1,1,1]') > 0.9$$);
SELECT bounded($$SELECT v <=> '[1,1,1,1]' FROM bounded_vector WHERE v <=> '[1,1,1,1]' < 0.1$$);
SELECT bounded($$SELECT v <=> '[1,1,1,1]' FROM bounded_vector WHERE v <=> '[1,1,1,1]' <= 'NaN'$$);

-- Few rows within the bound end the scan, whatever LIMIT asks for.
RESET vectidx.ef_search;
CREATE TABLE bounded_many (id int, v vector(4));
INSERT INTO bounded_many SELECT i, vec(i, 4) FROM generate_series(1, 5000) AS i;
CREATE INDEX ON bounded_many USING vectidx (v vector_l2_ops);
ANALYZE bounded_many;
BEGIN;
SELECT count(*) FROM (SELECT FROM bounded_many WHERE v <-> '[0.3,0.1,-0.2,0.5]' < 0.2 ORDER BY v <-> '[0.3,0.1,-0.2,0.5]' LIMIT 100) AS t;
SELECT pg_stat_get_xact_tuples_returned('bounded_many_v_idx'::regclass) < 100 AS ended;
COMMIT;
-- ... and need no order.
EXPLAIN (COSTS OFF) SELECT id FROM bounded_many WHERE v <-> '[0.3,0.1,-0.2,0.5]' < 0.1;

-- The operators by themselves.
SELECT '[1,2]'::vector @<-> ROW('[1,3]'::vector, 1::float8) AS within, '[1,2]'::vector @<-> ROW('[1,3]'::vector, 0.9::float8) AS beyond,
	'[1,2]'::vector @<-> ROW(NULL::vector, 1::float8) AS no_value, '[1,2]'::vector @<-> ROW('[1,3]'::vector, NULL::float8) AS no_distance;
SELECT '[1,2]'::vector @<-> ROW(1, 2);
SELECT '[1,2]'::vector @<-> ROW('[1,3]'::halfvec, 1::float8);
EXPLAIN (COSTS OFF) SELECT FROM bounded_many WHERE v @<-> ROW('[1,1,1,1]'::vector, 0.1::float8) ORDER BY v <-> '[0,0,0,1]' LIMIT 1;
SELECT opcname FROM pg_opclass JOIN pg_am AS am ON am.oid = opcmethod WHERE amname = 'vectidx' AND NOT amvalidate(pg_opclass.oid);

DROP TABLE bounded_vector, bounded_halfvec, bounded_sparse, bounded_sketch, bounded_bit, bounded_many;
DROP FUNCTION bounded, every_form;
