-- The order of the rows of a scan that goes on to its end, since a filter leaves few.
CREATE TABLE items (id int, v vector(16));
INSERT INTO items SELECT i, vec(i, 16) FROM generate_series(1, 3000) AS i;
CREATE INDEX ON items USING vectidx (v vector_l1_ops);
SET enable_seqscan = off;
SET enable_sort = off;

-- Of 100 queries for the rows of a hundredth: the rows, and the queries whose rows were not in order.
CREATE FUNCTION try_queries(OUT rows bigint, OUT not_in_order bigint) LANGUAGE plpgsql AS $$
DECLARE
	distances float8[];
BEGIN
	rows := 0;
	not_in_order := 0;
	FOR n IN 1..100 LOOP
		EXECUTE format('SELECT array_agg(d) FROM (SELECT v <+> %L FROM items WHERE id %% 100 = %s ORDER BY v <+> %1$L LIMIT 40) AS q (d)',
			vec(-n, 16), n % 100) INTO distances;
		rows := rows + cardinality(distances);
		not_in_order := not_in_order + (distances <> ARRAY(SELECT unnest(distances) ORDER BY 1))::int;
	END LOOP;
END
$$;
SELECT scan_of($$SELECT id FROM items WHERE id % 100 = 1 ORDER BY v <+> '[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]' LIMIT 40$$);
-- all rows: what is found too late comes last
SELECT rows, not_in_order > 0 AS some_late FROM try_queries();
-- or in order: it does not come
SET vectidx.strict_order = on;
SELECT rows BETWEEN 2700 AND 2999 AS some_left_out, not_in_order FROM try_queries();
DROP FUNCTION try_queries;
DROP TABLE items;
