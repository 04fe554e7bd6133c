-- halfvec under btree: sorting, unique keys, index scans, merge joins.

CREATE TABLE sorted (id int, v halfvec);
INSERT INTO sorted SELECT i, ARRAY[i % 7, -i]::halfvec FROM generate_series(1, 500) AS i;
INSERT INTO sorted VALUES (501, NULL), (502, '[3]'), (503, '[3,-3,0]');
CREATE INDEX sorted_v ON sorted (v);
ANALYZE sorted;

SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM sorted WHERE v = '[3,-17]';
SELECT id FROM sorted WHERE v = '[3,-17]';
EXPLAIN (COSTS OFF) SELECT id, v FROM sorted WHERE v > '[3,-17]' AND v <= '[3,-3,0]' ORDER BY v;
SELECT id, v FROM sorted WHERE v > '[3,-17]' AND v <= '[3,-3,0]' ORDER BY v;
SELECT id, v FROM sorted WHERE v < '[0,-490]' ORDER BY v DESC;
SELECT count(*) FROM sorted WHERE v >= '[3]' AND v < '[4]';
SELECT id FROM sorted WHERE v IS NULL;
RESET enable_seqscan;
RESET enable_bitmapscan;

-- the index, the sort and real[] agree
SELECT array_agg(id ORDER BY v, id) = array_agg(id ORDER BY v::real[], id) AS same_as_arrays FROM sorted;
SET enable_sort = off;
SET enable_seqscan = off;
SELECT array_agg(id) = (SELECT array_agg(id ORDER BY v, id) FROM sorted) AS same_as_sorted
FROM (SELECT id FROM sorted ORDER BY v) AS scanned;
RESET enable_sort;
RESET enable_seqscan;

-- distinct, grouping, joins
SELECT count(DISTINCT subvector(v, 1, 1)) FROM sorted;
SELECT subvector(v, 1, 1) AS first, count(*) FROM sorted GROUP BY 1 ORDER BY 1;
SET enable_nestloop = off;
SELECT count(*) FROM sorted a JOIN sorted b USING (v);
RESET enable_nestloop;

-- unique keys; 0 and -0 are equal
CREATE TABLE keys (v halfvec(2) PRIMARY KEY);
INSERT INTO keys VALUES ('[1,2]'), ('[0,1]');
INSERT INTO keys VALUES ('[1,2]');
INSERT INTO keys VALUES ('[-0,1]');
INSERT INTO keys VALUES ('[1,2]') ON CONFLICT DO NOTHING;
SELECT count(*) FROM keys;

-- a sort detoasts short vectors at every comparison, and frees them
CREATE TABLE short AS SELECT ARRAY[i * 7919 % 50021, i]::halfvec AS v FROM generate_series(1, 50000) AS i;
BEGIN;
DECLARE by_v CURSOR FOR SELECT v FROM short ORDER BY v;
FETCH 1 FROM by_v;
SELECT sum(total_bytes) < 25000000 AS small FROM pg_backend_memory_contexts;
COMMIT;

-- no hash
CREATE INDEX ON keys USING hash (v);
DROP TABLE keys, short, sorted;
