-- Kinds of indexes and of tables: partial, expression, partitions, unlogged, temporary, concurrent builds; what is refused.
SET vectidx.ef_search = 2000;  -- more than there are rows: the results are exact
CREATE TABLE items (id int, color text, v vector(8), anything vector, reals real[]);
INSERT INTO items SELECT i, (ARRAY['red', 'green', 'blue'])[i % 3 + 1], vec(i, 8), vec(i, 5), vec(i, 4)::real[] FROM generate_series(1, 600) AS i;

-- partial
CREATE INDEX items_red ON items USING vectidx (v vector_l2_ops) WHERE color = 'red';
SELECT same_as_sort(format('SELECT v <-> %L FROM items WHERE color = ''red'' ORDER BY v <-> %1$L', vec(0, 8)));
SELECT same_as_sort(format('SELECT v <-> %L FROM items WHERE color = ''blue'' ORDER BY v <-> %1$L', vec(0, 8)));
SELECT reltuples FROM pg_class WHERE oid = 'items_red'::regclass;
UPDATE items SET color = 'red' WHERE id = 1;
UPDATE items SET color = 'white' WHERE id = 3;
INSERT INTO items (id, color, v) VALUES (601, 'red', vec(601, 8)), (602, 'black', vec(602, 8));
SELECT same_as_sort(format('SELECT v <-> %L FROM items WHERE color = ''red'' ORDER BY v <-> %1$L', vec(0, 8)));
DROP INDEX items_red;
-- a predicate that lets the column be of several dimensions
CREATE TABLE mixed (id int, v vector);
INSERT INTO mixed SELECT i, vec(i, 3 + i % 2) FROM generate_series(1, 200) AS i;
CREATE INDEX ON mixed USING vectidx ((v::vector(3)) vector_l2_ops) WHERE vector_dims(v) = 3;
CREATE INDEX ON mixed USING vectidx ((v::vector(4)) vector_l2_ops) WHERE vector_dims(v) = 4;
SELECT same_as_sort($$SELECT v::vector(3) <-> '[1,2,3]' FROM mixed WHERE vector_dims(v) = 3 ORDER BY v::vector(3) <-> '[1,2,3]'$$);
SELECT same_as_sort($$SELECT v::vector(4) <-> '[1,2,3,4]' FROM mixed WHERE vector_dims(v) = 4 ORDER BY v::vector(4) <-> '[1,2,3,4]'$$);
INSERT INTO mixed VALUES (201, '[1,2,3]'), (202, '[1,2,3,4]'), (203, '[1,2,3,4,5]');
SELECT same_as_sort($$SELECT v::vector(3) <-> '[1,2,3]' FROM mixed WHERE vector_dims(v) = 3 ORDER BY v::vector(3) <-> '[1,2,3]'$$);

-- expressions
CREATE INDEX items_cast ON items USING vectidx ((anything::vector(5)) vector_ip_ops);
CREATE INDEX items_array ON items USING vectidx ((reals::vector(4)) vector_cosine_ops);
CREATE INDEX items_sub ON items USING vectidx ((subvector(v, 1, 2)::vector(2)) vector_l2_ops);
SELECT same_as_sort($$SELECT anything::vector(5) <#> '[1,2,3,4,5]' FROM items WHERE anything IS NOT NULL ORDER BY anything::vector(5) <#> '[1,2,3,4,5]'$$);
SELECT same_as_sort($$SELECT reals::vector(4) <=> '[1,2,3,4]' FROM items WHERE reals IS NOT NULL ORDER BY reals::vector(4) <=> '[1,2,3,4]'$$);
SELECT same_as_sort($$SELECT subvector(v, 1, 2)::vector(2) <-> '[1,2]' FROM items ORDER BY subvector(v, 1, 2)::vector(2) <-> '[1,2]'$$);
INSERT INTO items (id, anything) VALUES (603, '[1,2,3]');
INSERT INTO items (id, reals) VALUES (603, '{1,2,NULL,4}');
INSERT INTO items (id, v, anything, reals) VALUES (603, vec(603, 8), vec(603, 5), vec(603, 4)::real[]);
SELECT same_as_sort($$SELECT reals::vector(4) <=> '[1,2,3,4]' FROM items WHERE reals IS NOT NULL ORDER BY reals::vector(4) <=> '[1,2,3,4]'$$);
DROP INDEX items_cast, items_array, items_sub;
CREATE FUNCTION failing(int) RETURNS real[] LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN ARRAY[1000 / ($1 - 300), 1]; END $$;
CREATE INDEX items_fail ON items USING vectidx ((failing(id)::vector(2)) vector_l2_ops);
DELETE FROM items WHERE id = 300;
CREATE INDEX items_fail ON items USING vectidx ((failing(id)::vector(2)) vector_l2_ops);
INSERT INTO items (id) VALUES (300);
DROP INDEX items_fail;
DROP FUNCTION failing;

-- concurrent builds and rebuilds
CREATE INDEX CONCURRENTLY items_v ON items USING vectidx (v vector_l2_ops);
CREATE FUNCTION all_rows() RETURNS text LANGUAGE sql AS $$
	SELECT same_as_sort(format('SELECT v <-> %L FROM items WHERE v IS NOT NULL ORDER BY v <-> %1$L', vec(0, 8)))
$$;
SELECT all_rows();
REINDEX INDEX items_v;
SELECT all_rows();
REINDEX INDEX CONCURRENTLY items_v;
SELECT all_rows();
REINDEX TABLE CONCURRENTLY items;
SELECT all_rows(), indisvalid FROM pg_index WHERE indexrelid = 'items_v'::regclass;
DROP INDEX CONCURRENTLY items_v;
CREATE INDEX CONCURRENTLY items_v ON items USING vectidx (anything vector_l2_ops);
SELECT indisvalid FROM pg_index WHERE indexrelid = 'items_v'::regclass;
DROP INDEX items_v;
BEGIN;
CREATE INDEX CONCURRENTLY items_v ON items USING vectidx (v vector_l2_ops);
ROLLBACK;
CREATE INDEX IF NOT EXISTS items_v ON items USING vectidx (v vector_l2_ops);
CREATE INDEX IF NOT EXISTS items_v ON items USING vectidx (v vector_l2_ops);
SELECT pg_get_indexdef('items_v'::regclass);

-- partitions
CREATE TABLE parts (id int, v vector(8)) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (101);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (101) TO (201);
INSERT INTO parts SELECT i, vec(i, 8) FROM generate_series(1, 200) AS i;
CREATE INDEX parts_v ON parts USING vectidx (v vector_l2_ops) WITH (m = 8);
CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM (201) TO (301);
CREATE TABLE parts_4 (id int, v vector(8));
INSERT INTO parts_4 SELECT i, vec(i, 8) FROM generate_series(301, 400) AS i;
CREATE INDEX ON parts_4 USING vectidx (v vector_l2_ops);
ALTER TABLE parts ATTACH PARTITION parts_4 FOR VALUES FROM (301) TO (401);
INSERT INTO parts SELECT i, vec(i, 8) FROM generate_series(201, 300) AS i;
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'parts_v'::regclass ORDER BY inhrelid::regclass::text;
SELECT same_as_sort(format('SELECT v <-> %L FROM parts ORDER BY v <-> %1$L LIMIT 300', vec(0, 8)));
SELECT same_as_sort(format('SELECT v <-> %L FROM parts WHERE id BETWEEN 150 AND 350 ORDER BY v <-> %1$L LIMIT 300', vec(0, 8)));
UPDATE parts SET id = 400 - id WHERE id < 50;
SELECT same_as_sort(format('SELECT v <-> %L FROM parts ORDER BY v <-> %1$L LIMIT 300', vec(0, 8)));
REINDEX INDEX parts_v;
ALTER TABLE parts DETACH PARTITION parts_2;
SELECT same_as_sort(format('SELECT v <-> %L FROM parts ORDER BY v <-> %1$L LIMIT 200', vec(0, 8)));

-- unlogged and temporary tables, materialized views
CREATE UNLOGGED TABLE quick (id int, v vector(8));
CREATE INDEX quick_empty ON quick USING vectidx (v vector_ip_ops);
INSERT INTO quick SELECT i, vec(i, 8) FROM generate_series(1, 300) AS i;
CREATE INDEX quick_v ON quick USING vectidx (v vector_l2_ops);
SELECT relname, pg_relation_size(oid, 'init') > 0 AS init FROM pg_class WHERE relname IN ('quick_empty', 'quick_v') ORDER BY 1;
SELECT op, same_as_sort(format('SELECT v %s %L FROM quick ORDER BY v %1$s %2$L', op, vec(0, 8))) FROM unnest(ARRAY['<->', '<#>']) AS op;
ALTER TABLE quick SET LOGGED;
SELECT op, same_as_sort(format('SELECT v %s %L FROM quick ORDER BY v %1$s %2$L', op, vec(0, 8))) FROM unnest(ARRAY['<->', '<#>']) AS op;
ALTER TABLE quick SET UNLOGGED;
INSERT INTO quick SELECT i, vec(i, 8) FROM generate_series(301, 400) AS i;
SELECT op, same_as_sort(format('SELECT v %s %L FROM quick ORDER BY v %1$s %2$L', op, vec(0, 8))) FROM unnest(ARRAY['<->', '<#>']) AS op;
CREATE TEMP TABLE brief (id int, v vector(8)) ON COMMIT DELETE ROWS;
CREATE INDEX ON brief USING vectidx (v vector_l2_ops);
BEGIN;
INSERT INTO brief SELECT i, vec(i, 8) FROM generate_series(1, 100) AS i;
SELECT same_as_sort(format('SELECT v <-> %L FROM brief ORDER BY v <-> %1$L', vec(0, 8)));
COMMIT;
SELECT same_as_sort(format('SELECT v <-> %L FROM brief ORDER BY v <-> %1$L', vec(0, 8)));
BEGIN;
INSERT INTO brief SELECT i, vec(i, 8) FROM generate_series(1, 50) AS i;
SELECT same_as_sort(format('SELECT v <-> %L FROM brief ORDER BY v <-> %1$L', vec(0, 8)));
COMMIT;
CREATE MATERIALIZED VIEW matched AS SELECT id, v FROM items WHERE v IS NOT NULL;
CREATE INDEX ON matched USING vectidx (v vector_cosine_ops);
SELECT same_as_sort(format('SELECT v <=> %L FROM matched ORDER BY v <=> %1$L', vec(0, 8)));
INSERT INTO items (id, v) SELECT i, vec(i, 8) FROM generate_series(701, 800) AS i;
REFRESH MATERIALIZED VIEW matched;
SELECT same_as_sort(format('SELECT v <=> %L FROM matched ORDER BY v <=> %1$L', vec(0, 8)));
DROP MATERIALIZED VIEW matched;
-- a generated column, a schema that is not in the path
CREATE TABLE generated (id int, v vector(3), n vector(3) GENERATED ALWAYS AS (l2_normalize(v)) STORED);
CREATE INDEX ON generated USING vectidx (n vector_ip_ops);
INSERT INTO generated SELECT i, vec(i, 3) FROM generate_series(1, 100) AS i;
SELECT same_as_sort($$SELECT n <#> '[1,2,3]' FROM generated ORDER BY n <#> '[1,2,3]'$$);
SET search_path = '';
SELECT count(*) FROM (SELECT id FROM public.items WHERE v IS NOT NULL ORDER BY v OPERATOR(public.<->) '[0,0,0,0,0,0,0,0]') AS t;
RESET search_path;

-- refused
CREATE UNIQUE INDEX ON items USING vectidx (v vector_l2_ops);
CREATE INDEX ON items USING vectidx (v vector_l2_ops, v vector_ip_ops);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) INCLUDE (id);
CREATE INDEX ON items USING vectidx (v vector_l2_ops DESC);
CREATE INDEX ON items USING vectidx (v vector_l2_ops NULLS FIRST);
\set VERBOSITY sqlstate
ALTER TABLE items ADD EXCLUDE USING vectidx (v vector_l2_ops WITH =);
ALTER TABLE items ADD EXCLUDE USING vectidx (v vector_l2_ops WITH <->);
\set VERBOSITY default
CLUSTER items USING items_v;
-- and an access method cannot go while indexes use it
DROP ACCESS METHOD vectidx;
DROP OPERATOR CLASS vector_l2_ops USING vectidx;

DROP TABLE items, mixed, parts, parts_2, quick, brief, generated;
DROP FUNCTION all_rows;
