-- The order of the rows of a scan that goes on to its end, since a filter leaves few.
CREATE TABLE items (id int, v vector(16), s sparsevec(5000));
INSERT INTO items SELECT i, vec(i, 16) FROM generate_series(1, 3000) AS i;
-- Of 5,000 dimensions the index has a sketch.
CREATE FUNCTION sparse(id bigint) RETURNS sparsevec LANGUAGE sql IMMUTABLE AS $$
	SELECT ('{' || string_agg(format('%s:%s', i, x), ',' ORDER BY i) || '}/5000')::sparsevec
	FROM (SELECT 1 + abs(hashint8extended(id % 40, k) % 5000) AS i, max(1 + hashint8extended(id, k) % 9) + 0.5 AS x
		FROM generate_series(1, 1 + abs(id % 30)) AS k GROUP BY 1) AS elements
$$;
UPDATE items SET s = sparse(id);
CREATE INDEX items_l1 ON items USING vectidx (v vector_l1_ops) WITH (pending_limit = 500);
CREATE INDEX items_ip ON items USING vectidx (v vector_ip_ops);
CREATE INDEX items_sketch ON items USING vectidx (s sparsevec_l2_ops);
INSERT INTO items SELECT i, vec(i, 16), sparse(i) FROM generate_series(3001, 3400) AS i;
SELECT pending_rows FROM vectidx_index_stats('items_l1');
SET enable_seqscan = off;
SET enable_sort = off;
-- the order of the scan itself
SET vectidx.filter = off;

-- Of 100 queries for the rows of a hundredth: the rows, and the queries whose rows were not in order.
CREATE FUNCTION try_queries(expression text, query text, OUT rows bigint, OUT not_in_order bigint) LANGUAGE plpgsql AS $$
DECLARE
	distances float8[];
BEGIN
	rows := 0;
	not_in_order := 0;
	FOR n IN 1..100 LOOP
		EXECUTE format('SELECT array_agg(d) FROM (SELECT %s %s AS d FROM items WHERE id %% 100 = %s ORDER BY 1 LIMIT 40) AS q (d)',
			expression, replace(query, 'n', (-n)::text), n % 100) INTO distances;
		rows := rows + coalesce(cardinality(distances), 0);
		not_in_order := not_in_order + coalesce(distances <> ARRAY(SELECT unnest(distances) ORDER BY 1), false)::int;
	END LOOP;
END
$$;
SELECT scan_of($$SELECT v <+> vec(1, 16) FROM items WHERE id % 100 = 1 ORDER BY 1 LIMIT 40$$),
	scan_of($$SELECT v <#> vec(1, 16) FROM items WHERE id % 100 = 1 ORDER BY 1 LIMIT 40$$),
	scan_of($$SELECT s <-> sparse(1) FROM items WHERE id % 100 = 1 ORDER BY 1 LIMIT 40$$);
-- all rows: what is found too late comes last
SET vectidx.ef_search = 10;
SELECT rows, not_in_order > 0 AS some_late FROM try_queries('v <+>', 'vec(n, 16)');
SELECT rows, not_in_order > 0 AS some_late FROM try_queries('v <#>', 'vec(n, 16)');
SELECT rows, not_in_order > 0 AS some_late FROM try_queries('s <->', 'sparse(n)');
RESET vectidx.ef_search;
-- or in order: it does not come
SET vectidx.strict_order = on;
SELECT rows BETWEEN 3300 AND 3400 AS nearly_all, not_in_order FROM try_queries('v <+>', 'vec(n, 16)');
SELECT rows BETWEEN 3300 AND 3400 AS nearly_all, not_in_order FROM try_queries('v <#>', 'vec(n, 16)');
SELECT rows BETWEEN 3100 AND 3399 AS some_left_out, not_in_order FROM try_queries('s <->', 'sparse(n)');
SET vectidx.ef_search = 40;
SELECT rows BETWEEN 2000 AND 3399 AS some_left_out, not_in_order FROM try_queries('v <+>', 'vec(n, 16)');
SELECT rows BETWEEN 3300 AND 3400 AS nearly_all, not_in_order FROM try_queries('v <#>', 'vec(n, 16)');
SELECT rows BETWEEN 2000 AND 3399 AS some_left_out, not_in_order FROM try_queries('s <->', 'sparse(n)');
-- without a value to compare with, every order will do
SELECT count(*) FROM (SELECT FROM items ORDER BY v <#> (SELECT NULL::vector)) AS t;
DROP FUNCTION try_queries;
DROP TABLE items;
DROP FUNCTION sparse;
