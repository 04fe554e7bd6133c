-- CREATE INDEX USING vectidx: the operator classes, what is indexed, errors.

SET vectidx.ef_search = 2000;  -- more than there are rows: the results are exact

-- the three classes; NULLs and, under cosine, zero vectors are not indexed
CREATE TABLE items (id int, v vector(8));
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(1, 500) AS i;
INSERT INTO items VALUES (501, NULL), (502, '[0,0,0,0,0,0,0,0]'), (503, '[-0,0,0,0,0,0,0,0]'), (504, NULL);
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops);
CREATE INDEX items_ip ON items USING vectidx (v vector_ip_ops);
CREATE INDEX items_cosine ON items USING vectidx (v vector_cosine_ops);
SELECT relname, reltuples FROM pg_class WHERE relname LIKE 'items%' ORDER BY 1;
SELECT amname, opcname, opcdefault, amvalidate(opc.oid) FROM pg_opclass AS opc JOIN pg_am AS am ON am.oid = opcmethod
WHERE amname = 'vectidx' ORDER BY 2;

SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <#> '[1,1,1,1,1,1,1,1]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <=> '[1,1,1,1,1,1,1,1]' LIMIT 5;
SELECT scan_of($$SELECT id FROM items ORDER BY v <+> '[1,1,1,1,1,1,1,1]' LIMIT 5$$);
SELECT id, round((v <-> '[1,1,1,1,1,1,1,1]')::numeric, 4) AS distance FROM items
ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 5;
SELECT id, round((v <#> '[1,1,1,1,1,1,1,1]')::numeric, 4) AS distance FROM items
ORDER BY v <#> '[1,1,1,1,1,1,1,1]' LIMIT 5;
SELECT id, round((v <=> '[1,1,1,1,1,1,1,1]')::numeric, 4) AS distance FROM items
ORDER BY v <=> '[1,1,1,1,1,1,1,1]' LIMIT 5;
SELECT count(*), count(*) FILTER (WHERE id > 500) AS odd FROM (SELECT id FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]') AS t;
SELECT count(*), count(*) FILTER (WHERE id > 500) AS odd FROM (SELECT id FROM items ORDER BY v <#> '[1,1,1,1,1,1,1,1]') AS t;
SELECT count(*), count(*) FILTER (WHERE id > 500) AS odd FROM (SELECT id FROM items ORDER BY v <=> '[1,1,1,1,1,1,1,1]') AS t;
RESET enable_seqscan;
SELECT op, same_as_sort(format('SELECT v %s %L FROM items WHERE id <= 500 ORDER BY v %1$s %2$L LIMIT 400', op, vec(id, 8)))
FROM unnest(ARRAY['<->', '<#>', '<=>']) AS op, unnest(ARRAY[1, 1001]) AS id;

-- tables of few rows, and none
CREATE TABLE few (id int, v vector(3));
CREATE INDEX few_v ON few USING vectidx (v vector_l2_ops);
SELECT same_as_sort($$SELECT v <-> '[1,2,3]' FROM few ORDER BY v <-> '[1,2,3]'$$);
INSERT INTO few VALUES (1, NULL), (2, NULL);
REINDEX INDEX few_v;
SET enable_seqscan = off;
SELECT count(*) FROM (SELECT FROM few ORDER BY v <-> '[1,2,3]' LIMIT 5) AS t;
RESET enable_seqscan;
DO $$
DECLARE
	result text;
BEGIN
	DELETE FROM few;
	FOR n IN 1 .. 50 LOOP
		INSERT INTO few SELECT n, vec(n, 3);
		REINDEX INDEX few_v;
		result := same_as_sort($q$SELECT v <-> '[1,2,3]' FROM few ORDER BY v <-> '[1,2,3]'$q$);
		IF result <> n || ' rows as sorted' THEN
			RAISE INFO '% rows: %', n, result;
		END IF;
	END LOOP;
END
$$;

-- one thread and several build graphs that answer alike
SELECT same_as_sort($$SELECT v <-> '[1,1,1,1,1,1,1,1]' FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 50$$);
DROP INDEX items_l2;
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops) WITH (parallel_insert_threshold = 100000);
SELECT same_as_sort($$SELECT v <-> '[1,1,1,1,1,1,1,1]' FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 50$$);
DROP INDEX items_l2;
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops) WITH (parallel_insert_threshold = 1);
SELECT same_as_sort($$SELECT v <-> '[1,1,1,1,1,1,1,1]' FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 50$$);

-- several indexes in one transaction, undone and repeated
BEGIN;
SAVEPOINT a;
CREATE INDEX again ON items USING vectidx (v vector_l2_ops) WITH (m = 4);
ROLLBACK TO a;
CREATE INDEX again ON items USING vectidx (v vector_l2_ops) WITH (m = 5);
INSERT INTO items VALUES (505, '[9,9,9,9,9,9,9,9]');
SELECT id FROM items ORDER BY v <-> '[9,9,9,9,9,9,9,9]' LIMIT 1;
ROLLBACK;
SELECT id FROM items ORDER BY v <-> '[9,9,9,9,9,9,9,9]' LIMIT 1;

-- a table that is made, indexed, filled, emptied in place and filled again in one transaction
BEGIN;
CREATE TABLE fresh (id int, v vector(3));
INSERT INTO fresh SELECT i, vec(i, 3) FROM generate_series(1, 40) AS i;
CREATE INDEX fresh_v ON fresh USING vectidx (v vector_l2_ops);
SELECT same_as_sort($$SELECT v <-> '[1,2,3]' FROM fresh ORDER BY v <-> '[1,2,3]'$$);
TRUNCATE fresh;
SELECT same_as_sort($$SELECT v <-> '[1,2,3]' FROM fresh ORDER BY v <-> '[1,2,3]'$$);
INSERT INTO fresh SELECT i, vec(i, 3) FROM generate_series(41, 90) AS i;
SELECT same_as_sort($$SELECT v <-> '[1,2,3]' FROM fresh ORDER BY v <-> '[1,2,3]'$$);
COMMIT;
SELECT same_as_sort($$SELECT v <-> '[1,2,3]' FROM fresh ORDER BY v <-> '[1,2,3]'$$);

-- columns that were dropped or changed their type
ALTER TABLE fresh ADD COLUMN gone int DEFAULT 7, ADD COLUMN w vector(2);
ALTER TABLE fresh DROP COLUMN gone;
UPDATE fresh SET w = subvector(v, 1, 2);
CREATE INDEX fresh_w ON fresh USING vectidx (w vector_ip_ops);
SELECT same_as_sort($$SELECT w <#> '[1,2]' FROM fresh ORDER BY w <#> '[1,2]'$$);
ALTER TABLE fresh ALTER COLUMN v TYPE vector(4) USING v || '[1]'::vector;
SELECT same_as_sort($$SELECT v <-> '[1,2,3,4]' FROM fresh ORDER BY v <-> '[1,2,3,4]'$$);
-- the index keeps its dimensions where PostgreSQL keeps the index
ALTER TABLE fresh ALTER COLUMN v TYPE vector;
INSERT INTO fresh VALUES (100, '[1,2,3]');
INSERT INTO fresh VALUES (100, '[1,2,3,4]');
SELECT same_as_sort($$SELECT v <-> '[1,2,3,4]' FROM fresh ORDER BY v <-> '[1,2,3,4]'$$);
REINDEX INDEX fresh_v;

-- a domain's dimensions count
CREATE DOMAIN direction AS vector(3) CHECK (vector_norm(value) < 10);
CREATE TABLE domains (id int, v direction);
INSERT INTO domains SELECT i, vec(i, 3) FROM generate_series(1, 30) AS i;
CREATE INDEX ON domains USING vectidx (v vector_l2_ops);
SELECT same_as_sort($$SELECT v <-> '[1,2,3]' FROM domains ORDER BY v <-> '[1,2,3]'$$);
INSERT INTO domains VALUES (31, '[10,0,0]');
INSERT INTO domains VALUES (31, '[1,0]');

-- errors
CREATE TABLE wrong (id int, v vector, a real[]);
INSERT INTO wrong VALUES (1, '[1,2,3]');
CREATE INDEX ON wrong USING vectidx (v vector_l2_ops);
CREATE INDEX ON wrong USING vectidx ((subvector(v, 1, 2)) vector_l2_ops);
CREATE INDEX ON wrong USING vectidx ((v::vector(2)) vector_l2_ops);
CREATE INDEX ON wrong USING vectidx (v);
CREATE INDEX ON wrong USING vectidx (v vector_ops);
CREATE INDEX ON wrong USING vectidx (id vector_l2_ops);
CREATE INDEX ON wrong USING vectidx (a vector_l2_ops);
CREATE TABLE too_wide (v vector(16001));

DROP TABLE items, few, fresh, domains, wrong;
DROP DOMAIN direction;
