-- An index over the signs of vectors, one bit per dimension, and exact distances for what it finds.
SET client_min_messages = warning;
-- 100 groups of rows: a row is its group's vector and as much again of its own.
CREATE FUNCTION some_vector(seed int) RETURNS vector(256) LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg(((hashint4extended(seed % 100, i) % 1000) + (hashint4extended(seed, 1000 + i) % 1000))::real / 1000 ORDER BY i)::vector(256)
	FROM generate_series(1, 256) i
$$;
CREATE TABLE papers (id int PRIMARY KEY, embedding vector(256));
INSERT INTO papers SELECT i, some_vector(i) FROM generate_series(1, 3000) i;
INSERT INTO papers VALUES (0, NULL);
CREATE INDEX papers_bits ON papers USING vectidx ((binary_quantize(embedding)::bit(256)) bit_hamming_ops);
ANALYZE papers;
CREATE FUNCTION nearest(q vector) RETURNS TABLE (id int, distance float8) LANGUAGE sql STABLE AS $$
	SELECT id, embedding <=> q FROM (
		SELECT id, embedding FROM papers
		ORDER BY binary_quantize(embedding)::bit(256) <~> binary_quantize(q) LIMIT 100) AS near
	ORDER BY embedding <=> q LIMIT 10
$$;
SET plan_cache_mode = force_generic_plan;
-- as a client asks, who says no types
PREPARE ask AS SELECT id FROM (
	SELECT id, embedding FROM papers
	ORDER BY binary_quantize(embedding)::bit(256) <~> binary_quantize($1::vector) LIMIT 100) AS near
ORDER BY embedding <=> $1 LIMIT 10;
EXPLAIN (COSTS OFF) EXECUTE ask(some_vector(3001));
-- of 50 queries: of the ten nearest that a sort finds 95 %, as target_recall wants, and in its order
CREATE TABLE queries AS SELECT q, some_vector(q) AS v FROM generate_series(3001, 3050) q;
SELECT count(*) FILTER (WHERE n.id IS NOT NULL) >= 475 AS found, bool_and(n.distance = e.distance) FILTER (WHERE n.id IS NOT NULL) AS exact
FROM queries
CROSS JOIN LATERAL (
	SELECT id, embedding <=> v AS distance FROM papers ORDER BY embedding <=> v, id LIMIT 10) e
LEFT JOIN LATERAL nearest(v) n ON n.id = e.id;
SELECT bool_and(in_order) AS in_order FROM queries CROSS JOIN LATERAL (
	SELECT distance >= lag(distance, 1, distance) OVER () AS in_order FROM nearest(v)) t;
-- the index gives the rows by the distance between the bits, and halves have the same signs
SET enable_seqscan = off;
CREATE INDEX papers_half_bits ON papers USING vectidx ((binary_quantize(embedding::halfvec)::bit(256)) bit_jaccard_ops);
SELECT bool_and(in_order) AS in_order FROM (SELECT distance >= lag(distance, 1, distance) OVER () AS in_order FROM (
	SELECT binary_quantize(embedding) <~> binary_quantize(some_vector(3001)) AS distance FROM papers
	ORDER BY binary_quantize(embedding)::bit(256) <~> binary_quantize(some_vector(3001)) LIMIT 50) near) t;
SELECT bool_and(in_order) AS in_order FROM (SELECT distance >= lag(distance, 1, distance) OVER () AS in_order FROM (
	SELECT binary_quantize(embedding) <%> binary_quantize(some_vector(3001)) AS distance FROM papers
	ORDER BY binary_quantize(embedding::halfvec)::bit(256) <%> binary_quantize(some_vector(3001)) LIMIT 50) near) t;
-- the index follows the rows
UPDATE papers SET embedding = some_vector(3001) WHERE id = 77;
DELETE FROM papers WHERE id % 3 = 0 AND id <> 77;
VACUUM papers;
SELECT id, round(distance::numeric, 6) FROM nearest(some_vector(3001)) LIMIT 1;
SELECT * FROM vectidx_check('papers_bits', heapallindexed => true) WHERE severity <> 'info';
DROP TABLE papers, queries CASCADE;
DROP FUNCTION nearest, some_vector;
