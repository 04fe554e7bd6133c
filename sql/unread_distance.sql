-- A distance that only ORDER BY wants is not computed again for every row (pg/am/drop_unused_sort_key.hpp).
CREATE TABLE unread (id int, v vector(3));
INSERT INTO unread SELECT i, ARRAY[i, i % 7, 1]::vector FROM generate_series(1, 100) i;
CREATE INDEX unread_v ON unread USING vectidx (v vector_l2_ops);
CREATE INDEX unread_shifted ON unread USING vectidx (((v + '[1,1,1]')::vector(3)) vector_l2_ops);
SET enable_seqscan = off;
SET enable_sort = off;

EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM unread ORDER BY v <-> '[3.2,3,1]' LIMIT 3;
SELECT id FROM unread ORDER BY v <-> '[3.2,3,1]' LIMIT 3;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM unread ORDER BY (v + '[1,1,1]')::vector(3) <-> '[4.2,4,2]' LIMIT 3;
SELECT id FROM unread ORDER BY (v + '[1,1,1]')::vector(3) <-> '[4.2,4,2]' LIMIT 3;

-- A cursor needs no LIMIT.
BEGIN;
DECLARE nearest CURSOR FOR SELECT id FROM unread ORDER BY v <-> '[3.2,3,1]';
FETCH 3 FROM nearest;
COMMIT;

-- Where somebody reads it, it stays.
EXPLAIN (VERBOSE, COSTS OFF) SELECT id, v <-> '[3.2,3,1]' FROM unread ORDER BY v <-> '[3.2,3,1]' LIMIT 3;
SELECT id, v <-> '[3.2,3,1]' AS distance FROM unread ORDER BY v <-> '[3.2,3,1]' LIMIT 3;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM unread ORDER BY v <-> '[3.2,3,1]' FETCH FIRST 3 ROWS WITH TIES;
SELECT id FROM unread ORDER BY v <-> '[3.2,3,1]' FETCH FIRST 3 ROWS WITH TIES;
SELECT max(d) FROM (SELECT v <-> '[3.2,3,1]' AS d FROM unread ORDER BY v <-> '[3.2,3,1]' LIMIT 3) nearest;
SELECT id FROM unread ORDER BY v <-> '[3.2,3,1]' LIMIT 2 FOR UPDATE;

DROP TABLE unread;
