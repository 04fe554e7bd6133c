-- sparsevec under btree: sorting, unique keys, index scans, merge joins.

CREATE TABLE sorted (id int, v sparsevec);
INSERT INTO sorted SELECT i, ARRAY[i % 3 - 1, 0, i % 5 - 2, -i % 7]::sparsevec FROM generate_series(1, 500) AS i;
INSERT INTO sorted VALUES (501, NULL), (502, '{}/2'), (503, '{1:1,3:-2}/5');
CREATE INDEX sorted_v ON sorted (v);
ANALYZE sorted;

SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM sorted WHERE v = '{1:1,3:-2}/5';
SELECT id FROM sorted WHERE v = '{1:1,3:-2}/5';
SELECT count(*) FROM sorted WHERE v >= '{}/2' AND v < '{1:1}/1';
SELECT id FROM sorted WHERE v IS NULL;
RESET enable_seqscan;
RESET enable_bitmapscan;

-- the index, the sort and vector agree
SELECT array_agg(id ORDER BY v, id) = array_agg(id ORDER BY v::vector, id) AS same_as_vector FROM sorted;
SET enable_sort = off;
SET enable_seqscan = off;
SELECT array_agg(v) = (SELECT array_agg(v ORDER BY v) FROM sorted) AS same_as_sorted
FROM (SELECT v FROM sorted ORDER BY v) AS scanned;
RESET enable_sort;
RESET enable_seqscan;

-- distinct, joins
SELECT count(DISTINCT v) FROM sorted;
SET enable_nestloop = off;
SELECT count(*) FROM sorted a JOIN sorted b USING (v);
RESET enable_nestloop;

-- unique keys
CREATE TABLE keys (v sparsevec(3) PRIMARY KEY);
INSERT INTO keys VALUES ('{1:1,2:2}/3'), ('{}/3');
INSERT INTO keys VALUES ('{2:2,1:1}/3');
INSERT INTO keys VALUES ('{1:0}/3');
INSERT INTO keys VALUES ('{}/3') ON CONFLICT DO NOTHING;
SELECT count(*) FROM keys;

-- a sort detoasts short vectors at every comparison, and frees them
CREATE TABLE short AS SELECT ARRAY[i * 7919 % 50021, i]::sparsevec AS v FROM generate_series(1, 50000) AS i;
BEGIN;
DECLARE by_v CURSOR FOR SELECT v FROM short ORDER BY v;
FETCH 1 FROM by_v;
SELECT sum(total_bytes) < 25000000 AS small FROM pg_backend_memory_contexts;
COMMIT;

-- no hash
CREATE INDEX ON keys USING hash (v);
DROP TABLE keys, short, sorted;
