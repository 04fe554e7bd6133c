-- Scans by an index: how they go on and where they end, filters, cursors, rescans, odd queries.
CREATE TABLE items (id int, v vector(8));
INSERT INTO items SELECT i, vec(i, 8) FROM generate_series(1, 1000) AS i;
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops);
CREATE INDEX items_ip ON items USING vectidx (v vector_ip_ops);
CREATE INDEX items_cosine ON items USING vectidx (v vector_cosine_ops);
ANALYZE items;
SET enable_seqscan = off;

-- a scan goes on until there are enough rows, whatever number of candidates it keeps, and gives each once
SET vectidx.ef_search = 10;
PREPARE first(text, int) AS SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY v <-> $1::vector LIMIT $2) AS t;
EXECUTE first('[1,1,1,1,1,1,1,1]', 10);
EXECUTE first('[1,1,1,1,1,1,1,1]', 11);
EXECUTE first('[1,1,1,1,1,1,1,1]', 500);
EXECUTE first('[1,1,1,1,1,1,1,1]', 2000);
SET vectidx.ef_search = 1;
EXECUTE first('[1,1,1,1,1,1,1,1]', 1);
EXECUTE first('[1,1,1,1,1,1,1,1]', 1000);
PREPARE first_ip(text, int) AS SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY v <#> $1::vector LIMIT $2) AS t;
PREPARE first_cosine(text, int) AS SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY v <=> $1::vector LIMIT $2) AS t;
EXECUTE first_ip('[1,1,1,1,1,1,1,1]', 35);
EXECUTE first_ip('[1,1,1,1,1,1,1,1]', 1000);
EXECUTE first_cosine('[1,1,1,1,1,1,1,1]', 35);
EXECUTE first_cosine('[1,1,1,1,1,1,1,1]', 1000);
SET vectidx.ef_search = 0;
EXECUTE first('[1,1,1,1,1,1,1,1]', 10);
EXECUTE first('[1,1,1,1,1,1,1,1]', 1000);

-- so a filter gets its rows: these are all that match
SET vectidx.ef_search = 10;
SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM items WHERE id % 100 = 7 ORDER BY v <-> vec(0, 8) LIMIT 10) AS t;
SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM items WHERE id % 100 = 7 ORDER BY v <#> vec(0, 8) LIMIT 11) AS t;
SELECT id FROM items WHERE v = vec(666, 8) ORDER BY v <=> vec(0, 8) LIMIT 1;
SELECT id FROM items WHERE id > 1000 OR v = vec(0, 8) ORDER BY v <-> vec(0, 8) LIMIT 10;
SELECT count(*) FROM (SELECT FROM items WHERE v <-> vec(5, 8) < 0.001 ORDER BY v <-> vec(5, 8) LIMIT 10) AS t;

-- and the rows come in order, when more candidates are kept than there are rows
SET vectidx.ef_search = 2000;
SELECT op, n, same_as_sort(format('SELECT v %s %L FROM items WHERE id %% %s <> 1 ORDER BY v %1$s %2$L LIMIT 300', op, vec(n, 8), n))
FROM unnest(ARRAY['<->', '<#>', '<=>']) AS op, unnest(ARRAY[2, 3, 10]) AS n;

-- bounds: nodes that are visited, and memory
SET vectidx.ef_search = 10;
SET vectidx.max_scan_tuples = 100;
EXECUTE first('[1,1,1,1,1,1,1,1]', 1000);
SET vectidx.max_scan_tuples = 1;
EXECUTE first('[1,1,1,1,1,1,1,1]', 1000);
SET vectidx.max_scan_tuples = 999;
EXECUTE first('[1,1,1,1,1,1,1,1]', 1000);
RESET vectidx.max_scan_tuples;
SET work_mem = '64kB';
SET vectidx.scan_mem_multiplier = 1;
SELECT count(*) BETWEEN 10 AND 900 AS few FROM (SELECT FROM items ORDER BY v <-> vec(0, 8)) AS t;
SET vectidx.scan_mem_multiplier = 100;
SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> vec(0, 8)) AS t;
RESET vectidx.scan_mem_multiplier;
RESET work_mem;

-- cursors
SET vectidx.ef_search = 2000;
BEGIN;
DECLARE c CURSOR FOR SELECT id, round((v <-> '[1,1,1,1,1,1,1,1]')::numeric, 4) AS distance FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]';
FETCH 3 FROM c;
INSERT INTO items VALUES (1001, '[1,1,1,1,1,1,1,1]');
DELETE FROM items WHERE id <= 900;
FETCH 3 FROM c;
MOVE 490 FROM c;
FETCH 2 FROM c;
MOVE ALL FROM c;
FETCH 1 FROM c;
SELECT id FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 2;
ROLLBACK;
BEGIN;
DECLARE s SCROLL CURSOR FOR SELECT id FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]';
FETCH 3 FROM s;
FETCH BACKWARD 2 FROM s;
FETCH LAST FROM s;
FETCH FIRST FROM s;
DECLARE forward NO SCROLL CURSOR FOR SELECT id FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]';
FETCH 2 FROM forward;
FETCH BACKWARD 1 FROM forward;
ROLLBACK;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 4;
FETCH 2 FROM held;
COMMIT;
FETCH ALL FROM held;
CLOSE held;
-- two scans of one index take turns
BEGIN;
DECLARE a CURSOR FOR SELECT id FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]';
DECLARE b CURSOR FOR SELECT id FROM items ORDER BY v <-> '[-1,-1,-1,-1,-1,-1,-1,-1]';
FETCH 1 FROM a;
FETCH 1 FROM b;
FETCH 1 FROM a;
FETCH 1 FROM b;
COMMIT;

-- rescans: one scan for each outer row, NULL among them
SELECT scan_of('SELECT q.id, n.id FROM items AS q, LATERAL (SELECT id FROM items ORDER BY v <-> q.v LIMIT 3) AS n WHERE q.id <= 20');
CREATE TEMP TABLE neighbors AS
SELECT q.id, n.id AS neighbor, n.distance FROM items AS q, LATERAL (SELECT id, v <-> q.v AS distance FROM items ORDER BY v <-> q.v LIMIT 3) AS n
WHERE q.id <= 200;
SELECT count(*), count(*) FILTER (WHERE neighbor = id) AS own, count(*) FILTER (WHERE distance = 0) AS zero FROM neighbors;
SET enable_indexscan = off;
SELECT count(*) FROM (
	SELECT q.id, n.id FROM items AS q, LATERAL (SELECT id FROM items ORDER BY v <-> q.v LIMIT 3) AS n WHERE q.id <= 200
	EXCEPT SELECT id, neighbor FROM neighbors) AS t;
RESET enable_indexscan;
SELECT q.id, count(n.id), min(n.id) FILTER (WHERE n.distance = 0) FROM (VALUES (1, vec(10, 8)), (2, NULL), (3, vec(20, 8)), (4, NULL)) AS q (id, v)
LEFT JOIN LATERAL (SELECT id, v <-> q.v AS distance FROM items ORDER BY v <-> q.v LIMIT 5) AS n ON true GROUP BY 1 ORDER BY 1;
-- an outer row that ends its scan early does not disturb the next
SELECT q.id, (SELECT id FROM items WHERE id <> q.id ORDER BY v <-> q.v LIMIT 1) = (SELECT neighbor FROM neighbors WHERE neighbors.id = q.id AND distance > 0 ORDER BY distance LIMIT 1) AS same
FROM items AS q WHERE q.id <= 5 ORDER BY 1;

-- a query that is NULL: all rows, in any order
SELECT count(*), count(DISTINCT id), count(distance) FROM
	(SELECT id, v <-> (SELECT NULL::vector) AS distance FROM items ORDER BY v <-> (SELECT NULL::vector)) AS t;
EXECUTE first(NULL, 10);
SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> NULL LIMIT 5) AS t;
-- zero vectors as queries, which have no cosine
SELECT same_as_sort($$SELECT v <-> '[0,0,0,0,0,0,0,0]' FROM items ORDER BY v <-> '[0,0,0,0,0,0,0,0]' LIMIT 50$$);
SELECT same_as_sort($$SELECT v <#> '[0,0,0,0,0,0,0,0]' FROM items ORDER BY v <#> '[0,0,0,0,0,0,0,0]' LIMIT 50$$);
SELECT same_as_sort($$SELECT v <=> '[0,0,0,0,0,0,0,0]' FROM items ORDER BY v <=> '[0,0,0,0,0,0,0,0]' LIMIT 50$$);
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY v <=> '[0,0,0,0,0,0,0,0]') AS t;
-- other dimensions than the index has, a value that is no vector
SELECT id FROM items ORDER BY v <-> '[1,2,3]' LIMIT 1;
SELECT id FROM items ORDER BY v <=> (SELECT '[1,2,3]'::vector) LIMIT 1;
SELECT id FROM items ORDER BY v <-> '[1,2,nan]' LIMIT 1;
-- a query that is stored out of line
CREATE TABLE queries (id int, v vector(8), long vector(4000));
INSERT INTO queries VALUES (1, vec(77, 8), vec(77, 4000));
SELECT id FROM items ORDER BY v <-> (SELECT v FROM queries) LIMIT 1;
SELECT id FROM items ORDER BY v <-> (SELECT subvector(long, 1, 8) FROM queries) LIMIT 1;

-- descending, and other columns first, is not the index's order
SELECT scan_of($$SELECT id FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]' DESC LIMIT 1$$);
SELECT scan_of($$SELECT id FROM items ORDER BY id % 2, v <-> '[1,1,1,1,1,1,1,1]' LIMIT 1$$);
SELECT scan_of($$SELECT id FROM items ORDER BY '[1,1,1,1,1,1,1,1]' <-> v LIMIT 1$$);
-- the top of a union, of an inner query, of a view
SELECT id FROM ((SELECT id FROM items ORDER BY v <-> vec(1, 8) LIMIT 1) UNION ALL (SELECT id FROM items ORDER BY v <=> vec(2, 8) LIMIT 1)) AS t;
CREATE VIEW nearest AS SELECT id, v <-> '[1,1,1,1,1,1,1,1]' AS distance FROM items ORDER BY 2;
SELECT id FROM nearest LIMIT 2;
DROP VIEW nearest;
DROP TABLE items, queries, neighbors;
