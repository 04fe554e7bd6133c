-- Indexes over arrays of vectors: ORDER BY column @# array, column @= array.
SET vectidx.background_worker = off;
SET vectidx.target_recall = 0.99;

-- A token vector is the document's own and half of one of 97 words. Some documents have the same vector several times.
CREATE FUNCTION doc(id bigint, n int) RETURNS vector[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(vec(id, 8) + vec(100000 + hashint8extended(id, i / (1 + abs(id) % 2)) % 97, 8) * array_fill(0.5, ARRAY[8])::vector)
	FROM generate_series(1, n) AS i
$$;
CREATE TABLE docs (id int PRIMARY KEY, grp int, v vector(8)[], h halfvec(8)[]) WITH (autovacuum_enabled = off);
INSERT INTO docs SELECT i, i % 10, doc(i, 3 + i % 5), doc(i, 3 + i % 5)::halfvec[] FROM generate_series(1, 400) AS i;
INSERT INTO docs VALUES (401, 1, NULL, NULL), (402, 2, '{}', '{}'), (403, 3, doc(7, 4), doc(7, 4)::halfvec[]),
	(404, 4, '{"[0,0,0,0,0,0,0,0]"}', '{"[0,0,0,0,0,0,0,0]"}'),
	(405, 5, doc(405, 3) || '[0,0,0,0,0,0,0,0]'::vector, doc(405, 3)::halfvec[] || '[0,0,0,0,0,0,0,0]'::halfvec);
CREATE INDEX docs_v ON docs USING vectidx (v vector_maxsim_ops);
CREATE INDEX docs_v_cosine ON docs USING vectidx (v vector_maxsim_cosine_ops) WITH (codes = off);
CREATE INDEX docs_h ON docs USING vectidx (h halfvec_maxsim_ops) WITH (algorithm = 'vamana');
CREATE INDEX docs_h_cosine ON docs USING vectidx (h halfvec_maxsim_cosine_ops) WITH (algorithm = 'leaves');
SELECT opcname, amvalidate(oid) FROM pg_opclass WHERE opcname ~ 'maxsim' ORDER BY opcname, opcmethod;

-- All rows come, a few of them late, so that these are sorted once more (+ 0: the planner trusts the order). By the cosine a document without a direction is not in the index.
CREATE FUNCTION checks() RETURNS TABLE (column_name text, op text, ten text, all_rows text, filtered text) LANGUAGE sql AS $$
	SELECT c, op, same_as_sort(q || ' LIMIT 10'), same_as_sort('SELECT * FROM (' || q || ' OFFSET 0) AS t (d) ORDER BY d + 0'), same_as_sort(replace(q, 'WHERE', 'WHERE grp = 3 AND') || ' LIMIT 5')
	FROM (VALUES ('v', '@#', 'vector'), ('v', '@=', 'vector'), ('h', '@#', 'halfvec'), ('h', '@=', 'halfvec')) AS t (c, op, type),
		format('SELECT %s %s %L::%s[] FROM docs WHERE cardinality(%1$s) > 0 AND id <> 404 ORDER BY 1', c, op, doc(-5, 6), type) AS q
$$;
SELECT * FROM checks();
SELECT index, severity, message FROM unnest(ARRAY['docs_v', 'docs_v_cosine', 'docs_h', 'docs_h_cosine']) AS index, vectidx_check(index, true);
SET enable_seqscan = off;
SELECT count(*) AS rows, count(*) FILTER (WHERE id IN (401, 402)) AS without_vectors, count(*) FILTER (WHERE id = 404) AS zero FROM (SELECT id FROM docs ORDER BY v @# doc(1, 3)) AS t;
SELECT count(*) AS rows, count(*) FILTER (WHERE id = 404) AS zero FROM (SELECT id FROM docs ORDER BY v @= doc(1, 3)) AS t;
-- The document itself, and its copy. A query of a single vector, of a zero vector, empty, NULL.
SELECT id FROM docs ORDER BY v @# doc(7, 4), id LIMIT 2;
SELECT id FROM docs ORDER BY h @= doc(7, 4)::halfvec[], id LIMIT 2;
SELECT same_as_sort(format('SELECT v @# %L::vector[] FROM docs WHERE cardinality(v) > 0 ORDER BY 1 LIMIT 20', (doc(9, 4))[2:2]));
SELECT count(*), min(v @# '{"[0,0,0,0,0,0,0,0]"}'), max(v @# '{"[0,0,0,0,0,0,0,0]"}') FROM (SELECT v FROM docs ORDER BY v @# '{"[0,0,0,0,0,0,0,0]"}' LIMIT 7) AS t;
SELECT count(*), count(d) FROM (SELECT v @# '{}' AS d FROM docs ORDER BY v @# '{}') AS t;
SELECT count(*), count(d) FROM (SELECT v @# NULL AS d FROM docs ORDER BY v @# NULL) AS t;
SELECT count(*) FROM (SELECT id FROM docs ORDER BY v @# (SELECT NULL::vector[]) LIMIT 9) AS t;
-- The document is on the left. Other functions of the distance with its order; two keys.
SELECT scan_of('SELECT id FROM docs ORDER BY doc(1, 3) @# v LIMIT 3'), scan_of('SELECT id FROM docs ORDER BY -(v @# doc(1, 3)) DESC NULLS LAST LIMIT 3'),
	scan_of('SELECT id FROM docs ORDER BY v @# doc(1, 3), id LIMIT 3'), scan_of('SELECT id FROM docs WHERE grp = 3 ORDER BY v @# doc(1, 3) LIMIT 3');
-- Prepared statements, a cursor, a lateral join.
SET plan_cache_mode = force_generic_plan;
PREPARE nearest(vector[], int) AS SELECT id FROM docs ORDER BY v @# $1 LIMIT $2;
EXECUTE nearest(doc(11, 5), 1);
EXECUTE nearest(doc(12, 6), 1);
RESET plan_cache_mode;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM docs ORDER BY v @# doc(13, 5);
FETCH 1 FROM c;
MOVE 300 FROM c;
FETCH 1 FROM c \gset late_
MOVE ALL FROM c;
COMMIT;
SELECT wanted, id FROM unnest(ARRAY[20, 21, 22]) AS wanted, LATERAL (SELECT id FROM docs ORDER BY v @# doc(wanted, 6) LIMIT 1) AS t;

-- Errors.
SELECT id FROM docs ORDER BY v @# ARRAY['[1]']::vector[] LIMIT 1;
SELECT id FROM docs ORDER BY v @# ARRAY[NULL]::vector[] LIMIT 1;
SELECT id FROM docs ORDER BY v @# ARRAY[doc(1, 2), doc(2, 2)] LIMIT 1;
INSERT INTO docs VALUES (500, 0, ARRAY[vec(1, 8), NULL], NULL);
INSERT INTO docs VALUES (500, 0, ARRAY[doc(1, 2), doc(2, 2)], NULL);
INSERT INTO docs VALUES (500, 0, ARRAY[vec(1, 8), vec(1, 7)], NULL);
CREATE TABLE others (a vector[], b vector(2001)[], c vector(3));
CREATE INDEX ON others USING vectidx (a vector_maxsim_ops);
CREATE INDEX ON others USING vectidx (c vector_maxsim_ops);
CREATE INDEX ON others USING vectidx (b vector_maxsim_ops);
INSERT INTO others VALUES (ARRAY['[1,2]', NULL]::vector[]);
CREATE INDEX ON others USING vectidx ((a::vector(2)[]) vector_maxsim_ops);
UPDATE others SET a = ARRAY['[1,2]', '[1]']::vector[];
CREATE INDEX ON others USING vectidx ((a::vector(2)[]) vector_maxsim_ops);
UPDATE others SET a = ARRAY['[1,2]', '[1,3]']::vector[];
CREATE INDEX ON others USING vectidx ((a::vector(2)[]) vector_maxsim_ops);
SELECT a FROM others ORDER BY a::vector(2)[] @# ARRAY['[1,1]']::vector[] LIMIT 1;
DROP TABLE others;
SELECT vectidx_recall('docs_v', queries => 'between');
RESET enable_seqscan;

-- Inserts, changes, deletions, and a transaction that is rolled back.
INSERT INTO docs SELECT i, i % 10, doc(i, 1 + i % 9), doc(i, 1 + i % 9)::halfvec[] FROM generate_series(501, 600) AS i;
UPDATE docs SET v = doc(id + 1000, 4), h = doc(id + 1000, 4)::halfvec[] WHERE id BETWEEN 20 AND 60;
UPDATE docs SET grp = 9 - grp WHERE id BETWEEN 100 AND 140;
DELETE FROM docs WHERE id % 7 = 1;
BEGIN;
INSERT INTO docs SELECT i, i % 10, doc(i, 3), doc(i, 3)::halfvec[] FROM generate_series(601, 640) AS i;
ROLLBACK;
SELECT * FROM checks();
VACUUM docs;
SELECT * FROM checks();
SELECT index, severity, message FROM unnest(ARRAY['docs_v', 'docs_v_cosine', 'docs_h', 'docs_h_cosine']) AS index, vectidx_check(index, true);
SELECT relname, reltuples FROM pg_class WHERE relname ~ '^docs' ORDER BY relname;
SELECT vectidx_recall('docs_v', 20) > 0.9 AS products, vectidx_recall('docs_h_cosine', 20, queries => 'docs') > 0.9 AS cosines;

-- The pending list: each vector waits by itself. Half of a row in the graph, a merge in steps and at once, VACUUM, REINDEX.
ALTER INDEX docs_v SET (pending_limit = 100000);
ALTER INDEX docs_h_cosine SET (pending_limit = 100000, parallel_insert_threshold = 1);
INSERT INTO docs SELECT i, i % 10, doc(i, 3 + i % 3), doc(i, 3 + i % 3)::halfvec[] FROM generate_series(701, 760) AS i;
SELECT * FROM checks();
SELECT index, severity, message FROM unnest(ARRAY['docs_v', 'docs_h_cosine']) AS index, vectidx_check(index, true);
DELETE FROM docs WHERE id BETWEEN 701 AND 720;
SELECT vectidx_merge('docs_v') > 150 AS merged, vectidx_merge('docs_h_cosine') > 150 AS also_merged;
SELECT * FROM checks();
INSERT INTO docs SELECT i, i % 10, doc(i, 3 + i % 3), doc(i, 3 + i % 3)::halfvec[] FROM generate_series(801, 810) AS i;
VACUUM docs;
SELECT index, severity, message FROM unnest(ARRAY['docs_v', 'docs_v_cosine', 'docs_h', 'docs_h_cosine']) AS index, vectidx_check(index, true);
INSERT INTO docs SELECT i, i % 10, doc(i, 9), doc(i, 9)::halfvec[] FROM generate_series(901, 1100) AS i;
SELECT vectidx_merge('docs_v') > 1000 AS rebuilt;
DELETE FROM docs WHERE id > 950;
VACUUM docs;
REINDEX INDEX docs_h;
SELECT * FROM checks();
SELECT index, severity, message FROM unnest(ARRAY['docs_v', 'docs_v_cosine', 'docs_h', 'docs_h_cosine']) AS index, vectidx_check(index, true);

-- A build that does not fit into the memory inserts into pages. Unlogged and partial indexes; arrays out of line.
SET maintenance_work_mem = '1MB';
SET client_min_messages = warning;
CREATE TABLE wide (id int, v vector(200)[]) WITH (autovacuum_enabled = off);
INSERT INTO wide SELECT i, array_agg(vec(i, 200) + vec(1000 + j, 200)) FROM generate_series(1, 60) AS i, generate_series(1, 30) AS j GROUP BY i;
CREATE INDEX wide_v ON wide USING vectidx (v vector_maxsim_ops);
CREATE INDEX wide_part ON wide USING vectidx (v vector_maxsim_cosine_ops) WHERE id > 30;
RESET client_min_messages;
RESET maintenance_work_mem;
SELECT same_as_sort(format('SELECT v @# %L::vector[] FROM wide ORDER BY 1 LIMIT 10', (SELECT v[1:5] FROM wide WHERE id = 3))),
	same_as_sort(format('SELECT * FROM (SELECT v @= %L::vector[] FROM wide WHERE id > 30 ORDER BY 1 OFFSET 0) AS t (d) ORDER BY d + 0', (SELECT v[1:5] FROM wide WHERE id = 3)));
SELECT index, severity, message FROM unnest(ARRAY['wide_v', 'wide_part']) AS index, vectidx_check(index, true);
DROP TABLE wide;

-- Words that thousands of rows share: their heap TIDs are on chains.
CREATE TABLE words (id int, v vector(8)[]) WITH (autovacuum_enabled = off);
INSERT INTO words SELECT i, ARRAY[vec(i % 7, 8), vec(i % 11, 8), vec(i % 13, 8), vec(i % 7, 8)] FROM generate_series(1, 2000) AS i;
CREATE INDEX words_v ON words USING vectidx (v vector_maxsim_ops);
INSERT INTO words SELECT i, ARRAY[vec(i % 7, 8), vec(i % 11, 8), vec(i % 13, 8), vec(i % 7, 8)] FROM generate_series(2001, 2500) AS i;
DELETE FROM words WHERE id % 5 = 0;
VACUUM words;
SELECT same_as_sort(format('SELECT v @# %L::vector[] FROM words ORDER BY 1 LIMIT 25', ARRAY[vec(1, 8), vec(2, 8), vec(-1, 8)])),
	same_as_sort(format('SELECT * FROM (SELECT v @# %L::vector[] FROM words ORDER BY 1 OFFSET 0) AS t (d) ORDER BY d + 0', ARRAY[vec(1, 8), vec(2, 8), vec(-1, 8)]));
SELECT live_nodes <= 13, rows FROM vectidx_index_stats('words_v');
SELECT severity, message FROM vectidx_check('words_v', true);
DROP TABLE words;

-- Half of the vectors are words, so that a node has many rows and a few nodes are a whole batch: no end of the graph.
CREATE TABLE words (id int, v vector(8)[]) WITH (autovacuum_enabled = off);
INSERT INTO words SELECT i, array_agg(vec(hashint8extended(i, j) % 60, 8) + CASE WHEN j % 2 = 0 THEN vec(i, 8) ELSE '[0,0,0,0,0,0,0,0]' END)
FROM generate_series(1, 400) AS i, generate_series(1, 3 + i % 5) AS j GROUP BY i;
CREATE INDEX words_v ON words USING vectidx (v vector_maxsim_ops) WITH (m = 6);
CREATE INDEX words_v_cosine ON words USING vectidx (v vector_maxsim_cosine_ops) WITH (m = 40, codes = off);
SET enable_seqscan = off;
SELECT products, cosines, limited, count(*) FROM generate_series(1, 12) AS q, LATERAL (SELECT ARRAY[vec(-q, 8)] AS a) AS t0,
	LATERAL (SELECT count(*) AS products FROM (SELECT id FROM words ORDER BY v @# a) AS t) AS t1,
	LATERAL (SELECT count(*) AS cosines FROM (SELECT id FROM words ORDER BY v @= a) AS t) AS t2,
	LATERAL (SELECT count(*) AS limited FROM (SELECT id FROM words ORDER BY v @# a LIMIT 390) AS t) AS t3 GROUP BY 1, 2, 3;
RESET enable_seqscan;
DROP TABLE words;

-- Vectors without a structure: the best rows are those whose vectors are all rather near, and each search meets few of them.
CREATE TABLE flat (id int, v vector(3)[]) WITH (autovacuum_enabled = off);
INSERT INTO flat SELECT i, array_agg(vec(10 * i + j, 3)) FROM generate_series(1, 1000) AS i, generate_series(1, 6) AS j GROUP BY i;
CREATE INDEX flat_v ON flat USING vectidx (v vector_maxsim_cosine_ops);
CREATE TABLE flat_queries AS SELECT array_agg(vec(-10 * i - j, 3)) AS v FROM generate_series(1, 30) AS i, generate_series(1, 4) AS j GROUP BY i;
SELECT recall > 0.9 AS recall, worst_tenth > 0.75 AS worst_tenth FROM vectidx_recall_stats('flat_v', 30, 20, 'flat_queries');
DROP TABLE flat, flat_queries;

DEALLOCATE ALL;
DROP TABLE docs;
DROP FUNCTION checks, doc;
