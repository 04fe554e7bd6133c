-- Updates, deletes and VACUUM of an indexed table.
SET vectidx.ef_search = 5000;  -- more than there are rows: the results are exact
SET vectidx.ef_construction = 64;

-- Temporary, so that no other session's snapshot keeps VACUUM from removing rows.
CREATE TEMP TABLE items (id int, note int, v vector(8));
INSERT INTO items SELECT i, 0, vec(i, 8) FROM generate_series(1, 1000) AS i;
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops);
CREATE INDEX items_note ON items (note);
CREATE FUNCTION all_rows() RETURNS text LANGUAGE sql AS $$ SELECT same_as_sort(format('SELECT v <-> %L FROM items ORDER BY v <-> %1$L', vec(0, 8))) $$;
SELECT all_rows();

-- an update of another column adds a TID to the row's node; the index on that column keeps it from being HOT
SELECT pg_relation_size('items_l2') AS size \gset before_
BEGIN;
UPDATE items SET note = id;
SELECT pg_stat_get_xact_tuples_updated('items'::regclass) AS updated, pg_stat_get_xact_tuples_hot_updated('items'::regclass) AS hot;
COMMIT;
-- 1,000 nodes would be 90 pages
SELECT pg_relation_size('items_l2') <= :before_size + 20 * 8192 AS only_tids;
SELECT all_rows();
-- so does one that writes the same vector again
UPDATE items SET v = (v::text)::vector;
SELECT pg_relation_size('items_l2') <= :before_size + 20 * 8192 AS only_tids;
SELECT all_rows();
-- VACUUM takes the TIDs of old rows away
DO $$
BEGIN
	FOR i IN 1 .. 5 LOOP
		UPDATE items SET note = note + 2000;
	END LOOP;
END
$$;
SELECT all_rows();
VACUUM items;
SELECT all_rows();
SELECT reltuples FROM pg_class WHERE oid = 'items_l2'::regclass;
SELECT count(DISTINCT note) FROM (SELECT note FROM items WHERE note > 10000 ORDER BY v <-> vec(0, 8)) AS t;
-- an update of the vector makes a node
VACUUM items;
SELECT pg_relation_size('items_l2') AS size \gset before_
UPDATE items SET v = vec(id + 5000, 8);
SELECT pg_relation_size('items_l2') > :before_size + 80 * 8192 AS nodes;
SELECT all_rows();
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> vec(5001, 8) LIMIT 1) AS t WHERE id = 1;
VACUUM items;
SELECT all_rows();
-- to NULL and back
UPDATE items SET v = NULL WHERE id <= 10;
SET enable_seqscan = off;
SELECT count(*), min(id) FROM (SELECT id FROM items ORDER BY v <-> vec(0, 8)) AS t;
RESET enable_seqscan;
UPDATE items SET v = vec(id, 8) WHERE id <= 10;
SELECT all_rows();
-- what is rolled back leaves no trace
BEGIN;
UPDATE items SET v = vec(id + 9000, 8);
DELETE FROM items WHERE id % 2 = 0;
SELECT all_rows();
ROLLBACK;
SELECT all_rows();
VACUUM items;
SELECT all_rows();

-- deleted rows do not count towards a LIMIT, before VACUUM and after
SET enable_seqscan = off;
SET vectidx.ef_search = 10;
SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> vec(0, 8) LIMIT 20) AS t;
DELETE FROM items WHERE id IN (SELECT id FROM items ORDER BY v <-> vec(0, 8) LIMIT 900);
SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> vec(0, 8) LIMIT 20) AS t;
VACUUM items;
SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> vec(0, 8) LIMIT 20) AS t;
SELECT reltuples FROM pg_class WHERE oid = 'items_l2'::regclass;
RESET vectidx.ef_search;
SET vectidx.ef_search = 5000;
RESET enable_seqscan;
SELECT all_rows();

-- vectors that come back live in their nodes again
CREATE TEMP TABLE kept AS SELECT * FROM items;
SELECT pg_relation_size('items_l2') AS size \gset before_
DELETE FROM items;
SELECT all_rows();
VACUUM items;
SELECT all_rows();
INSERT INTO items SELECT * FROM kept;
SELECT all_rows();
SELECT pg_relation_size('items_l2') <= :before_size AS no_larger;
-- a graph of tombstones takes new vectors
DELETE FROM items;
VACUUM items;
INSERT INTO items SELECT i, 0, vec(i, 8) FROM generate_series(20001, 20300) AS i;
SELECT all_rows();
-- many rounds
DO $$
BEGIN
	FOR i IN 1 .. 10 LOOP
		DELETE FROM items WHERE id % 10 = i % 10;
		INSERT INTO items SELECT i * 1000 + n, 0, vec(i * 1000 + n, 8) FROM generate_series(1, 30) AS n;
		UPDATE items SET v = vec(id + i, 8) WHERE id % 10 = (i + 5) % 10;
	END LOOP;
END
$$;
SELECT all_rows();
VACUUM items;
SELECT all_rows();

-- VACUUM in its other forms
CREATE TABLE plain (id int, v vector(8));
INSERT INTO plain SELECT i, vec(i, 8) FROM generate_series(1, 500) AS i;
CREATE INDEX plain_l2 ON plain USING vectidx (v vector_l2_ops);
CREATE INDEX plain_ip ON plain USING vectidx (v vector_ip_ops);
CREATE INDEX plain_cosine ON plain USING vectidx (v vector_cosine_ops);
CREATE FUNCTION plain_rows() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT op || ' ' || same_as_sort(format('SELECT v %s %L FROM plain ORDER BY v %1$s %2$L', op, vec(0, 8))) FROM unnest(ARRAY['<->', '<#>', '<=>']) AS op
$$;
DELETE FROM plain WHERE id % 3 = 0;
VACUUM (INDEX_CLEANUP off) plain;
SELECT plain_rows();
SET min_parallel_index_scan_size = 0;
VACUUM (PARALLEL 2, INDEX_CLEANUP on) plain;
RESET min_parallel_index_scan_size;
SELECT plain_rows();
DELETE FROM plain WHERE id % 3 = 1;
VACUUM (FREEZE, ANALYZE) plain;
SELECT plain_rows();
INSERT INTO plain SELECT i, vec(i, 8) FROM generate_series(501, 700) AS i;
SELECT plain_rows();
VACUUM FULL plain;
SELECT plain_rows();
CREATE INDEX plain_id ON plain (id);
CLUSTER plain USING plain_id;
SELECT plain_rows();
TRUNCATE plain;
SELECT plain_rows();
VACUUM plain;
INSERT INTO plain SELECT i, vec(i, 8) FROM generate_series(1, 100) AS i;
SELECT plain_rows();

DROP TABLE items, kept, plain;
DROP FUNCTION all_rows, plain_rows;
