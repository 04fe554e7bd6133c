-- Equal vectors share a node: ten thousand copies are built, inserted, scanned and deleted, and fast.
SET statement_timeout = '30s';
SET vectidx.ef_construction = 64;
SET vectidx.ef_search = 10000;
SET max_parallel_workers_per_gather = 0;
SET enable_seqscan = off;

-- Temporary, so that no other session's snapshot keeps VACUUM from removing rows.
CREATE TEMP TABLE copies (id int, v vector(16));
INSERT INTO copies SELECT i, vec(1, 16) FROM generate_series(1, 10000) AS i;
CREATE INDEX copies_l2 ON copies USING vectidx (v vector_l2_ops);
CREATE INDEX copies_ip ON copies USING vectidx (v vector_ip_ops);
CREATE INDEX copies_cosine ON copies USING vectidx (v vector_cosine_ops);
CREATE FUNCTION rows_found() RETURNS TABLE (op text, count bigint, ids bigint, lowest int, highest int) LANGUAGE plpgsql AS $$
BEGIN
	FOREACH op IN ARRAY ARRAY['<->', '<#>', '<=>'] LOOP
		EXECUTE format('SELECT count(*), count(DISTINCT id), min(id), max(id) FROM (SELECT id FROM copies ORDER BY v %s %L) AS t', op, vec(2, 16))
			INTO count, ids, lowest, highest;
		RETURN NEXT;
	END LOOP;
END
$$;
SELECT scan_of($$SELECT id FROM copies ORDER BY v <-> '[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]' LIMIT 5$$);
SELECT * FROM rows_found();
-- one node, and the pages of its TIDs
SELECT relname, pg_relation_size(oid) < 25 * 8192 AS small FROM pg_class WHERE relname IN ('copies_l2', 'copies_ip', 'copies_cosine') ORDER BY 1;
-- as many again
INSERT INTO copies SELECT i, vec(1, 16) FROM generate_series(10001, 20000) AS i;
SELECT * FROM rows_found();
SELECT relname, pg_relation_size(oid) < 50 * 8192 AS small FROM pg_class WHERE relname IN ('copies_l2', 'copies_ip', 'copies_cosine') ORDER BY 1;
-- a filter, a limit, a bound on nodes, which these are not
SELECT id FROM copies WHERE id = 777 ORDER BY v <-> vec(2, 16) LIMIT 1;
SET vectidx.max_scan_tuples = 1;
SELECT count(*) FROM (SELECT FROM copies ORDER BY v <-> vec(2, 16) LIMIT 15000) AS t;
RESET vectidx.max_scan_tuples;
-- but the memory of the scan, which notes each row that it gave
SET work_mem = '64kB';
SET vectidx.scan_mem_multiplier = 1;
SELECT count(*) BETWEEN 1000 AND 9999 AS some FROM (SELECT FROM copies ORDER BY v <-> vec(2, 16)) AS t;
RESET vectidx.scan_mem_multiplier;
RESET work_mem;

-- others among them are found, by build and by insert
INSERT INTO copies SELECT 100000 + i, vec(1 + i, 16) FROM generate_series(1, 300) AS i;
SELECT * FROM rows_found();
SELECT count(*) FROM generate_series(1, 300) AS q, LATERAL (SELECT id FROM copies ORDER BY v <-> vec(1 + q, 16) LIMIT 1) AS n WHERE n.id = 100000 + q;
SELECT count(*) FILTER (WHERE id <= 20000) AS copies, count(*) FROM (SELECT id FROM copies ORDER BY v <-> vec(1, 16) LIMIT 20010) AS t;
REINDEX TABLE copies;
SELECT * FROM rows_found();
SELECT count(*) FROM generate_series(1, 300) AS q, LATERAL (SELECT id FROM copies ORDER BY v <-> vec(1 + q, 16) LIMIT 1) AS n WHERE n.id = 100000 + q;

-- delete some, all, and have them back
DELETE FROM copies WHERE id % 2 = 0;
SELECT * FROM rows_found();
VACUUM copies;
SELECT * FROM rows_found();
INSERT INTO copies SELECT i, vec(1, 16) FROM generate_series(2, 2000, 2) AS i;
SELECT * FROM rows_found();
DELETE FROM copies;
VACUUM copies;
SELECT * FROM rows_found();
INSERT INTO copies SELECT i, vec(1, 16) FROM generate_series(1, 1000) AS i;
SELECT * FROM rows_found();

-- equal directions: one node under cosine, while the rows come in the order of the distance
CREATE TEMP TABLE multiples (id int, v vector(3));
INSERT INTO multiples SELECT i, ARRAY[i, 2 * i, 3 * i]::vector FROM generate_series(1, 5000) AS i;
CREATE INDEX multiples_cosine ON multiples USING vectidx (v vector_cosine_ops);
INSERT INTO multiples SELECT i, ARRAY[i, 2 * i, 3 * i]::vector FROM generate_series(5001, 10000) AS i;
SELECT same_as_sort($$SELECT v <=> '[3,2,1]' FROM multiples ORDER BY v <=> '[3,2,1]'$$);
SET enable_seqscan = off;
SELECT count(DISTINCT id) FROM (SELECT id FROM multiples ORDER BY v <=> '[3,2,1]') AS t;
-- many groups of copies
CREATE TEMP TABLE grouped (id int, v vector(3));
INSERT INTO grouped SELECT i, vec(i % 100, 3) FROM generate_series(1, 5000) AS i;
CREATE INDEX grouped_l2 ON grouped USING vectidx (v vector_l2_ops);
INSERT INTO grouped SELECT i, vec(i % 100, 3) FROM generate_series(5001, 10000) AS i;
SELECT count(*), count(DISTINCT v) FROM (SELECT v FROM grouped ORDER BY v <-> vec(7, 3) LIMIT 300) AS t;
SELECT same_as_sort(format('SELECT v <-> %L FROM grouped ORDER BY v <-> %1$L', vec(7, 3)));

DROP TABLE copies, multiples, grouped;
DROP FUNCTION rows_found;
