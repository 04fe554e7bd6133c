-- The life of an index: the pending list, merges, rebuilds by VACUUM, and space that comes back
\pset format unaligned
SET enable_seqscan = off;
SET enable_sort = off;
SET client_min_messages = notice;

-- Rows that a scan of the whole index gives, the different ones, and those that are not found first
-- by their own vector. By id: many minor versions of PostgreSQL give rows that an index scan sorts again
-- another row's ctid.
CREATE FUNCTION look(source text, op text DEFAULT '<->') RETURNS TABLE (given bigint, different bigint, lost bigint)
LANGUAGE plpgsql SET vectidx.ef_search = 400 SET vectidx.max_scan_tuples = 1000000 SET vectidx.scan_mem_multiplier = 1000 AS $$
DECLARE plan text;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT json) SELECT id FROM %s ORDER BY v %s (SELECT v FROM %1$s LIMIT 1)', source, op) INTO plan;
    ASSERT plan LIKE '%"Order By"%', 'no ordered index scan';
    RETURN QUERY EXECUTE format('SELECT count(*), count(DISTINCT id),
        (SELECT count(*) FROM %1$s AS a WHERE NOT EXISTS (SELECT 1 FROM (SELECT b.id FROM %1$s AS b ORDER BY b.v %2$s a.v LIMIT 1) AS first WHERE first.id = a.id))
        FROM (SELECT id FROM %1$s ORDER BY v %2$s (SELECT v FROM %1$s LIMIT 1)) AS t', source, op);
END
$$;

-- pending_limit, and its range
CREATE TABLE t (id int, v vector(8));
CREATE INDEX t_v ON t USING vectidx (v vector_l2_ops) WITH (pending_limit = -1);
CREATE INDEX t_v ON t USING vectidx (v vector_l2_ops) WITH (pending_limit = 1000001);
CREATE INDEX t_v ON t USING vectidx (v vector_l2_ops) WITH (pending_limit = 'many');
CREATE INDEX t_v ON t USING vectidx (v vector_l2_ops) WITH (pending_limit = 100000);
SELECT vectidx_merge('t_v');
INSERT INTO t SELECT i, vec(i, 8) FROM generate_series(1, 300) AS i;
SELECT * FROM look('t');
SELECT vectidx_merge('t_v');
SELECT * FROM look('t');
SELECT vectidx_merge('t_v');

-- rows that are deleted, updated and rolled back while they wait
INSERT INTO t SELECT i, vec(i, 8) FROM generate_series(301, 400) AS i;
BEGIN;
INSERT INTO t SELECT i, vec(i, 8) FROM generate_series(1001, 1010) AS i;
ROLLBACK;
DELETE FROM t WHERE id BETWEEN 291 AND 310;
UPDATE t SET v = vec(-id, 8) WHERE id BETWEEN 311 AND 320;
SELECT * FROM look('t');
VACUUM t;
SELECT * FROM look('t');
SELECT vectidx_merge('t_v');

-- a row is seen by its own transaction, and a rollback takes it back after a merge, too
BEGIN;
INSERT INTO t VALUES (2000, vec(2000, 8));
SELECT id FROM t ORDER BY v <-> vec(2000, 8) LIMIT 1;
SELECT vectidx_merge('t_v');
SELECT id FROM t ORDER BY v <-> vec(2000, 8) LIMIT 1;
ROLLBACK;
SELECT * FROM look('t');

-- rows beyond half of the graph make a new one
INSERT INTO t SELECT i, vec(i, 8) FROM generate_series(3001, 5000) AS i;
SELECT vectidx_merge('t_v');
SELECT * FROM look('t');

-- where no background worker is to be had, the inserts that find the list full merge a few rows each: with a small limit, 256
-- rows wait, and what else is on their pages
SET vectidx.background_worker = off;
CREATE TABLE filled (id int, v vector(8));
CREATE INDEX filled_v ON filled USING vectidx (v vector_l2_ops) WITH (pending_limit = 10);
INSERT INTO filled SELECT i, vec(i, 8) FROM generate_series(1, 1500) AS i;
SELECT * FROM look('filled');
SELECT vectidx_merge('filled_v') < 300 AS merged_before;
RESET vectidx.background_worker;
SELECT * FROM look('filled');

-- duplicates that wait, of each other and of rows of the graph
CREATE TABLE same (id int, v vector(8));
INSERT INTO same SELECT i, vec(i % 10, 8) FROM generate_series(1, 200) AS i;
CREATE INDEX same_v ON same USING vectidx (v vector_l2_ops) WITH (pending_limit = 100000);
INSERT INTO same SELECT i, vec(i % 20, 8) FROM generate_series(201, 600) AS i;
SELECT given, different FROM look('same');
SELECT count(*) FROM (SELECT id FROM same ORDER BY v <-> vec(3, 8) LIMIT 40) AS nearest WHERE id % 10 = 3;
SELECT vectidx_merge('same_v');
SELECT given, different FROM look('same');
DELETE FROM same WHERE id % 2 = 0;
VACUUM same;
SELECT generation, tombstones FROM vectidx_index_stats('same_v');
SELECT given, different FROM look('same');

-- what cannot be merged
SELECT vectidx_merge('t');
SELECT vectidx_merge('no_such_index');
SELECT vectidx_merge(0);
SELECT vectidx_merge('pg_class_oid_index');
SELECT vectidx_merge(NULL);
CREATE TABLE parts (id int, v vector(8)) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE part2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
CREATE INDEX parts_v ON parts USING vectidx (v vector_l2_ops) WITH (pending_limit = 1000);
SELECT vectidx_merge('parts_v');
INSERT INTO parts SELECT i, vec(i, 8) FROM generate_series(50, 149) AS i;
SELECT vectidx_merge('part1_v_idx'), vectidx_merge('part2_v_idx');
SELECT * FROM look('part1');
-- only the owner
CREATE ROLE index_life_other;
SET ROLE index_life_other;
SELECT vectidx_merge('t_v');
RESET ROLE;
ALTER TABLE filled OWNER TO index_life_other;
GRANT USAGE, CREATE ON SCHEMA public TO index_life_other;
SET ROLE index_life_other;
SELECT vectidx_merge('filled_v') >= 0 AS owner_may;
RESET ROLE;

-- VACUUM rebuilds the graph when tombstones are 30 % of it, and says so
CREATE TEMP TABLE churned (id int, v vector(8));
INSERT INTO churned SELECT i, vec(i, 8) FROM generate_series(1, 2000) AS i;
CREATE INDEX churned_v ON churned USING vectidx (v vector_l2_ops);
DELETE FROM churned WHERE id % 10 < 2;
VACUUM churned;
SELECT generation, tombstones FROM vectidx_index_stats('churned_v');
DELETE FROM churned WHERE id % 10 < 3;
VACUUM churned;
SELECT generation, tombstones FROM vectidx_index_stats('churned_v');
SELECT * FROM look('churned');
DELETE FROM churned;
VACUUM churned;
SELECT generation, tombstones FROM vectidx_index_stats('churned_v');
SELECT count(*) FROM (SELECT FROM churned ORDER BY v <-> vec(1, 8)) AS t;
INSERT INTO churned SELECT i, vec(i, 8) FROM generate_series(1, 100) AS i;
SELECT * FROM look('churned');
-- 100 never does, and ALTER INDEX changes it
CREATE TEMP TABLE kept (id int, v vector(8));
INSERT INTO kept SELECT i, vec(i, 8) FROM generate_series(1, 500) AS i;
CREATE INDEX kept_v ON kept USING vectidx (v vector_l2_ops) WITH (tombstone_rebuild_pct = 100);
DELETE FROM kept WHERE id > 100;
VACUUM kept;
SELECT generation, tombstones FROM vectidx_index_stats('kept_v');
SELECT * FROM look('kept');
ALTER INDEX kept_v SET (tombstone_rebuild_pct = 50);
VACUUM kept;
SELECT generation, tombstones FROM vectidx_index_stats('kept_v');
SELECT * FROM look('kept');
-- so does the setting, where the index has no option
SET vectidx.tombstone_rebuild_pct = 100;
DELETE FROM churned WHERE id > 10;
VACUUM churned;
SELECT generation, tombstones FROM vectidx_index_stats('churned_v');
RESET vectidx.tombstone_rebuild_pct;
VACUUM churned;
SELECT generation, tombstones FROM vectidx_index_stats('churned_v');
SELECT * FROM look('churned');

-- the size comes back
CREATE TEMP TABLE big (id int, v vector(64));
INSERT INTO big SELECT i, vec(i, 64) FROM generate_series(1, 3000) AS i;
CREATE INDEX big_v ON big USING vectidx (v vector_l2_ops) WITH (ef_construction = 40);
CREATE TEMP TABLE size AS SELECT pg_relation_size('big_v') AS fresh;
DELETE FROM big WHERE id > 600;
VACUUM big;
SELECT generation, tombstones FROM vectidx_index_stats('big_v');
VACUUM big;
SELECT generation, tombstones FROM vectidx_index_stats('big_v');
SELECT pg_relation_size('big_v') < 0.35 * fresh AS given_back FROM size;
INSERT INTO big SELECT i, vec(i, 64) FROM generate_series(601, 3000) AS i;
SELECT pg_relation_size('big_v') <= 1.3 * fresh AS as_before FROM size;
SELECT * FROM look('big');

-- entries of one block, of two, and of several; with each operator
CREATE TABLE wide (id int, v vector(5000));
CREATE INDEX wide_v ON wide USING vectidx (v vector_l2_ops) WITH (pending_limit = 1000, ef_construction = 40);
INSERT INTO wide SELECT i, vec(i, 5000) FROM generate_series(1, 30) AS i;
SELECT * FROM look('wide');
DELETE FROM wide WHERE id > 20;
VACUUM wide;
SELECT * FROM look('wide');
INSERT INTO wide SELECT i, vec(i, 5000) FROM generate_series(21, 40) AS i;
SELECT * FROM look('wide');
SELECT vectidx_merge('wide_v');
SELECT * FROM look('wide');
CREATE TABLE widest (id int, v vector(16000));
CREATE INDEX widest_v ON widest USING vectidx (v vector_cosine_ops) WITH (pending_limit = 1000, ef_construction = 40);
INSERT INTO widest SELECT i, vec(i, 16000) FROM generate_series(1, 8) AS i;
SELECT * FROM look('widest', '<=>');
SELECT vectidx_merge('widest_v');
INSERT INTO widest SELECT i, vec(i, 16000) FROM generate_series(9, 12) AS i;
SELECT * FROM look('widest', '<=>');
DELETE FROM widest WHERE id % 2 = 0;
VACUUM widest;
SELECT generation, tombstones FROM vectidx_index_stats('widest_v');
SELECT * FROM look('widest', '<=>');
CREATE TABLE inner_product (id int, v vector(8));
CREATE INDEX inner_product_v ON inner_product USING vectidx (v vector_ip_ops) WITH (pending_limit = 1000);
INSERT INTO inner_product SELECT i, vec(i, 8) * array_fill(i, ARRAY[8])::vector FROM generate_series(1, 200) AS i;
CREATE FUNCTION best() RETURNS int[] LANGUAGE sql AS 'SELECT array(SELECT id FROM inner_product ORDER BY v <#> vec(7, 8) LIMIT 10)';
CREATE TEMP TABLE exact AS SELECT array_agg(id ORDER BY d) AS ids FROM (SELECT id, v <#> vec(7, 8) AS d FROM inner_product ORDER BY 2 LIMIT 10) AS t;
SELECT given, different FROM look('inner_product', '<#>');
SELECT best() = ids AS pending FROM exact;
SELECT vectidx_merge('inner_product_v');
SELECT best() = ids AS merged FROM exact;
INSERT INTO inner_product VALUES (1000, vec(7, 8) * array_fill(100000, ARRAY[8])::vector), (1001, array_fill(0, ARRAY[8])::vector);
SELECT (best())[1];
SELECT vectidx_merge('inner_product_v');
SELECT (best())[1];

-- unlogged and temporary tables; NULL and, under cosine, zero are not indexed
CREATE UNLOGGED TABLE unlogged (id int, v vector(8));
CREATE INDEX unlogged_v ON unlogged USING vectidx (v vector_l2_ops) WITH (pending_limit = 1000);
INSERT INTO unlogged SELECT i, vec(i, 8) FROM generate_series(1, 200) AS i;
SELECT * FROM look('unlogged');
SELECT vectidx_merge('unlogged_v');
DELETE FROM unlogged WHERE id <= 100;
VACUUM unlogged;
SELECT generation, tombstones FROM vectidx_index_stats('unlogged_v');
SELECT * FROM look('unlogged');
CREATE TEMP TABLE temporary (id int, v vector(8));
CREATE INDEX temporary_v ON temporary USING vectidx (v vector_cosine_ops) WITH (pending_limit = 1000);
INSERT INTO temporary SELECT i, vec(i, 8) FROM generate_series(1, 200) AS i;
INSERT INTO temporary VALUES (201, NULL), (202, array_fill(0, ARRAY[8])::vector);
SELECT given, different FROM look('temporary', '<=>');
SELECT vectidx_merge('temporary_v');
DELETE FROM temporary WHERE id <= 100;
VACUUM temporary;
SELECT generation, tombstones FROM vectidx_index_stats('temporary_v');
SELECT given, different FROM look('temporary', '<=>');
TRUNCATE temporary;
INSERT INTO temporary SELECT i, vec(i, 8) FROM generate_series(1, 50) AS i;
SELECT given, different FROM look('temporary', '<=>');

-- rows that wait take no memory from the search of the graph: here there are more than fit, and all are far away
CREATE TABLE distant (id int, v vector(8));
INSERT INTO distant SELECT i, vec(i, 8) FROM generate_series(1, 500) AS i;
CREATE INDEX distant_v ON distant USING vectidx (v vector_l2_ops) WITH (pending_limit = 100000);
INSERT INTO distant SELECT i, vec(i, 8) + array_fill(9, ARRAY[8])::vector FROM generate_series(1001, 7000) AS i;
SELECT pending_rows FROM vectidx_index_stats('distant_v');
SET work_mem = '64kB';
SELECT count(*) FROM generate_series(1, 20) AS i WHERE i = (SELECT id FROM distant ORDER BY v <-> vec(i, 8) LIMIT 1);
RESET work_mem;

DROP TABLE distant, t, filled, same, parts, churned, kept, big, wide, widest, inner_product, unlogged;
DROP FUNCTION look, best;
REVOKE ALL ON SCHEMA public FROM index_life_other;
DROP ROLE index_life_other;
