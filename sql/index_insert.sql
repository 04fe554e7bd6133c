-- Inserts into an index.
SET vectidx.ef_search = 5000;  -- more than there are rows: the results are exact
SET vectidx.ef_construction = 64;
SET vectidx.background_worker = off;  -- rows wait on the pending list while it calibrates

-- into an empty index, row by row
CREATE TABLE items (id int, v vector(8)) WITH (autovacuum_enabled = off);  -- which would change sizes
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops);
CREATE INDEX items_ip ON items USING vectidx (v vector_ip_ops) WITH (m = 4);
CREATE INDEX items_cosine ON items USING vectidx (v vector_cosine_ops) WITH (m = 32);
DO $$
DECLARE
	op text;
	result text;
BEGIN
	FOR n IN 1 .. 60 LOOP
		INSERT INTO items VALUES (n, vec(n, 8));
		FOREACH op IN ARRAY ARRAY['<->', '<#>', '<=>'] LOOP
			result := same_as_sort(format('SELECT v %s %L FROM items ORDER BY v %1$s %2$L', op, vec(-n, 8)));
			IF result <> n || ' rows as sorted' THEN
				RAISE INFO '% % rows: %', op, n, result;
			END IF;
		END LOOP;
	END LOOP;
END
$$;
-- several rows, a query, COPY, a conflict, a trigger's change
INSERT INTO items VALUES (61, vec(61, 8)), (62, vec(62, 8)), (63, NULL), (64, '[0,0,0,0,0,0,0,0]');
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(65, 1000) AS i;
COPY items FROM stdin;
1001	[1,2,3,4,5,6,7,8]
1002	[8,7,6,5,4,3,2,1]
1003	\N
\.
CREATE FUNCTION double_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := NEW.v + NEW.v; RETURN NEW; END $$;
CREATE TRIGGER double_it BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION double_it();
INSERT INTO items VALUES (1004, '[10,10,10,10,10,10,10,10]') RETURNING id, v;
DROP TRIGGER double_it ON items;
DROP FUNCTION double_it;
CREATE UNIQUE INDEX items_id ON items (id);
INSERT INTO items VALUES (1, '[1,1,1,1,1,1,1,1]'), (1005, '[2,2,2,2,2,2,2,2]') ON CONFLICT DO NOTHING;
INSERT INTO items VALUES (1, '[3,3,3,3,3,3,3,3]') ON CONFLICT (id) DO UPDATE SET v = excluded.v;
SELECT op, same_as_sort(format('SELECT v %s %L FROM items WHERE v <> %L ORDER BY v %1$s %2$L', op, vec(0, 8), '[0,0,0,0,0,0,0,0]'))
FROM unnest(ARRAY['<->', '<#>', '<=>']) AS op;
SET enable_seqscan = off;
SELECT id FROM items ORDER BY v <-> '[20,20,20,20,20,20,20,20]' LIMIT 2;
SELECT id FROM items ORDER BY v <-> '[3,3,3,3,3,3,3,3]' LIMIT 1;
SELECT count(*) FILTER (WHERE id IN (63, 1003)) AS nulls, count(*) FILTER (WHERE id = 64) AS zero FROM (SELECT id FROM items ORDER BY v <-> vec(0, 8)) AS t;
SELECT count(*) FILTER (WHERE id IN (63, 1003)) AS nulls, count(*) FILTER (WHERE id = 64) AS zero FROM (SELECT id FROM items ORDER BY v <=> vec(0, 8)) AS t;

-- what was rolled back is not there, nor in the way
BEGIN;
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(2001, 2100) AS i;
SAVEPOINT a;
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(2101, 2200) AS i;
ROLLBACK TO a;
INSERT INTO items VALUES (2300, vec(2101, 8));
SELECT id FROM items ORDER BY v <-> vec(2101, 8) LIMIT 1;
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> vec(0, 8)) AS t WHERE id > 2000;
ROLLBACK;
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> vec(0, 8)) AS t WHERE id > 2000;
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(2001, 2100) AS i;
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> vec(0, 8)) AS t WHERE id > 2000;

-- every row is found by its own vector, after inserts only, with few neighbors to a node
CREATE TABLE grown (id int, v vector(3));
CREATE INDEX ON grown USING vectidx (v vector_l2_ops) WITH (m = 2, ef_construction = 4);
INSERT INTO grown SELECT i, vec(i, 3) FROM generate_series(1, 2000) AS i;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM grown ORDER BY v <-> '[0,0,0]') AS t;
SELECT count(*) FROM grown AS q, LATERAL (SELECT id FROM grown ORDER BY v <-> q.v LIMIT 1) AS n WHERE q.id <= 100 AND n.id = q.id;
REINDEX TABLE grown;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM grown ORDER BY v <-> '[0,0,0]') AS t;

-- equal vectors share a node: the index grows by pages of TIDs at most
SELECT pg_relation_size('items_l2') AS l2, pg_relation_size('items_ip') AS ip, pg_relation_size('items_cosine') AS cosine \gset before_
INSERT INTO items SELECT 10000 + id, v FROM items WHERE id BETWEEN 2 AND 200;
INSERT INTO items SELECT 20000 + id, v FROM items WHERE id BETWEEN 2 AND 200;
SELECT pg_relation_size('items_l2') <= :before_l2 + 6 * 8192 AS l2, pg_relation_size('items_ip') <= :before_ip + 6 * 8192 AS ip,
	pg_relation_size('items_cosine') <= :before_cosine + 6 * 8192 AS cosine;
SELECT count(DISTINCT id), count(DISTINCT v) FROM (SELECT id, v FROM items WHERE id % 10000 = 77 ORDER BY v <-> vec(77, 8) LIMIT 3) AS t;
-- others do not
INSERT INTO items SELECT 30000 + i, vec(30000 + i, 8) FROM generate_series(1, 600) AS i;
SELECT pg_relation_size('items_l2') > :before_l2 + 12 * 8192 AS l2, pg_relation_size('items_ip') > :before_ip + 12 * 8192 AS ip,
	pg_relation_size('items_cosine') > :before_cosine + 12 * 8192 AS cosine;

-- inner product: ever longer vectors than the index has seen
CREATE TABLE longer (id int, v vector(4));
INSERT INTO longer SELECT i, vec(i, 4) FROM generate_series(1, 50) AS i;
CREATE INDEX ON longer USING vectidx (v vector_ip_ops);
INSERT INTO longer SELECT i, vec(i, 4) * array_fill(i, ARRAY[4])::vector FROM generate_series(51, 150) AS i;
INSERT INTO longer SELECT i, vec(i, 4) * array_fill(1000 * i, ARRAY[4])::vector FROM generate_series(151, 200) AS i;
RESET enable_seqscan;
SELECT same_as_sort(format('SELECT v <#> %L FROM longer ORDER BY v <#> %1$L', vec(0, 4)));

-- errors leave the index as it was
INSERT INTO items VALUES (40001, '[1,2,3]');
INSERT INTO items VALUES (40001, vec(40001, 8)), (40002, vec(40002, 9));
INSERT INTO items SELECT i, CASE WHEN i < 40050 THEN vec(i, 8) ELSE (1 / (i - 40050))::text::vector END FROM generate_series(40001, 40100) AS i;
COPY items FROM stdin;
40001	[1,2,3,4,5,6,7,8]
40002	[1,2,3,4,5,6,7]
\.
SELECT same_as_sort(format('SELECT v <-> %L FROM items WHERE v IS NOT NULL ORDER BY v <-> %1$L', vec(40001, 8)));
DROP TABLE items, grown, longer;
