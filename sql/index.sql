-- The functions of the tests index_*, which need this one to run first, and that they can fail.

-- Numbers between -1 and 1 that are the same everywhere.
CREATE FUNCTION vec(id bigint, dims int) RETURNS vector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(hashint8extended(id, i) % 100003 / 100003.0)::vector FROM generate_series(1, dims) AS i
$$;

-- Whether a query that returns distances in order returns the same by the index as by a sort. Its plan
-- by the index must have an ordered index scan, the one by the sort none.
CREATE FUNCTION same_as_sort(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan_by_index text;
	plan_by_sort text;
	by_index float8[];
	by_sort float8[];
BEGIN
	PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true);
	EXECUTE 'EXPLAIN (FORMAT json, COSTS off) ' || query INTO plan_by_index;
	EXECUTE 'SELECT array_agg(d) FROM (' || query || ') AS q(d)' INTO by_index;
	PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_sort', 'on', true),
		set_config('enable_indexscan', 'off', true);
	EXECUTE 'EXPLAIN (FORMAT json, COSTS off) ' || query INTO plan_by_sort;
	EXECUTE 'SELECT array_agg(d) FROM (' || query || ') AS q(d)' INTO by_sort;
	PERFORM set_config('enable_indexscan', 'on', true);
	RETURN CASE WHEN plan_by_index NOT LIKE '%"Order By"%' THEN 'no ordered index scan'
		WHEN plan_by_sort LIKE '%"Order By"%' THEN 'no sort'
		WHEN by_index IS NOT DISTINCT FROM by_sort THEN coalesce(cardinality(by_sort), 0) || ' rows as sorted'
		ELSE format('%s rows, sorted %s, not the same', cardinality(by_index), cardinality(by_sort)) END;
END
$$;

-- Whether it does, and returns some.
CREATE FUNCTION same_distances(query text) RETURNS boolean LANGUAGE sql AS $$
	SELECT same_as_sort(query) ~ '^[1-9][0-9]* rows as sorted$'
$$;

-- The type of the node that scans a table in the plan of a query, with the index and the filter.
CREATE FUNCTION scan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json, COSTS off) ' || query INTO plan;
	RETURN (SELECT string_agg(concat_ws(' ', node ->> 'Node Type', node ->> 'Index Name',
			CASE WHEN node ? 'Order By' THEN 'in order' END), ', ')
		FROM jsonb_path_query(plan, 'strict $.** ? (@."Relation Name" != null || @."Node Type" == "Bitmap Index Scan")') AS node);
END
$$;

CREATE TABLE items (id int, v vector(3));
INSERT INTO items SELECT i, vec(i, 3) FROM generate_series(1, 100) AS i;
SELECT vec(1, 3), vec(2, 3), vec(1, 3) = vec(1, 4)::real[]::vector;
SELECT same_as_sort($$SELECT v <-> '[1,1,1]' FROM items ORDER BY v <-> '[1,1,1]' LIMIT 10$$);
SELECT scan_of($$SELECT FROM items ORDER BY v <-> '[1,1,1]' LIMIT 10$$);
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops);
SELECT same_as_sort($$SELECT v <-> '[1,1,1]' FROM items ORDER BY v <-> '[1,1,1]' LIMIT 10$$);
SELECT same_as_sort($$SELECT v <#> '[1,1,1]' FROM items ORDER BY v <#> '[1,1,1]' LIMIT 10$$);
-- a random number differs
SELECT same_as_sort($$SELECT (v <-> '[1,1,1]') + random() FROM items ORDER BY v <-> '[1,1,1]' LIMIT 10$$);
SELECT same_distances($$SELECT v <-> '[1,1,1]' FROM items ORDER BY v <-> '[1,1,1]' LIMIT 10$$);
SELECT same_distances($$SELECT v <-> '[1,1,1]' FROM items ORDER BY v <-> '[1,1,1]' LIMIT 0$$);
-- one row of ten is missed
SET vectidx.max_scan_tuples = 9;
SELECT same_as_sort($$SELECT v <-> '[1,1,1]' FROM items ORDER BY v <-> '[1,1,1]' LIMIT 10$$);
SELECT same_distances($$SELECT v <-> '[1,1,1]' FROM items ORDER BY v <-> '[1,1,1]' LIMIT 10$$);
RESET vectidx.max_scan_tuples;
SET enable_seqscan = off;
SELECT scan_of($$SELECT FROM items ORDER BY v <-> '[1,1,1]' LIMIT 10$$);
DROP TABLE items;
