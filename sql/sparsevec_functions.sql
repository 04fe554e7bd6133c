-- The functions on sparsevec. Sums are in double precision.

-- distances
SELECT l2_distance('{}/3'::sparsevec, '{1:3,3:4}/3');
SELECT inner_product('{1:1,2:2}/4'::sparsevec, '{2:-5,3:6}/4');
SELECT cosine_distance('{1:1}/2'::sparsevec, '{2:2}/2'), cosine_distance('{1:1,2:2}/2'::sparsevec, '{1:2,2:4}/2'),
       cosine_distance('{1:1}/2'::sparsevec, '{1:-3}/2');
SELECT l1_distance('{1:1,2:-2}/4'::sparsevec, '{2:2,4:3.5}/4');
SELECT sparsevec_l2_squared_distance('{}/3', '{1:3,3:4}/3'), sparsevec_negative_inner_product('{1:2}/3', '{1:4}/3');

-- as between the dense vectors that they stand for
WITH v AS (
    SELECT i, array_agg(CASE WHEN (i * 7 + j * 13) % 11 < i % 12 THEN (i * j) % 9 - 4 ELSE 0 END ORDER BY j)::vector AS dense
    FROM generate_series(1, 60) AS i, generate_series(1, 25) AS j GROUP BY i
)
SELECT count(*) AS pairs,
       bool_and((a.dense::sparsevec <-> b.dense::sparsevec) = (a.dense <-> b.dense)) AS l2,
       bool_and((a.dense::sparsevec <#> b.dense::sparsevec) = (a.dense <#> b.dense)) AS ip,
       bool_and((a.dense::sparsevec <=> b.dense::sparsevec) = (a.dense <=> b.dense)) AS cosine,
       bool_and((a.dense::sparsevec <+> b.dense::sparsevec) = (a.dense <+> b.dense)) AS l1,
       bool_and(sparsevec_cmp(a.dense, b.dense) = vector_cmp(a.dense, b.dense)) AS cmp
FROM v a, v b;

-- a billion dimensions
SELECT l2_distance('{1:3}/1000000000'::sparsevec, '{1000000000:4}/1000000000');

-- finite vectors have finite distances, even where single precision ends
SELECT round(l2_distance('{1:3e38}/1'::sparsevec, '{1:-3e38}/1')::numeric, -33) AS l2;
SELECT round(l1_distance('{1:3e38,2:3e38}/2'::sparsevec, '{}/2')::numeric, -33) AS l1;
SELECT cosine_distance('{1:3e38}/2'::sparsevec, '{1:1e-45}/2');

-- the zero vector has no angle
SELECT cosine_distance('{}/2'::sparsevec, '{1:1}/2'), cosine_distance('{}/2'::sparsevec, '{}/2');

-- different dimensions
SELECT l2_distance('{1:1}/2'::sparsevec, '{1:1}/3');
SELECT inner_product('{1:1}/2'::sparsevec, '{1:1}/3');
SELECT cosine_distance('{1:1}/2'::sparsevec, '{1:1}/3');
SELECT l1_distance('{1:1}/2'::sparsevec, '{1:1}/3');
SELECT sparsevec_l2_squared_distance('{1:1}/2', '{1:1}/3');
SELECT sparsevec_negative_inner_product('{1:1}/2', '{1:1}/3');

-- NULL gives NULL
SELECT l2_distance(NULL::sparsevec, '{1:1}/2') IS NULL AS strict;

-- norm
SELECT l2_norm('{1:3,9:4}/9'::sparsevec), l2_norm('{}/3'::sparsevec), l2_norm('{1:-2}/1'::sparsevec);
SELECT l2_norm('{1:3e38,2:3e38}/2'::sparsevec) > 4e38 AS above_single_precision;

-- normalize; what underflows is left out
SELECT l2_normalize('{1:3,3:4}/3'::sparsevec), l2_normalize('{2:-5}/2'::sparsevec), l2_normalize('{}/2'::sparsevec);
SELECT l2_normalize('{1:3e38,2:1e-45,3:1}/3'::sparsevec), l2_normalize('{2:1e-45}/3'::sparsevec);

-- no such functions
SELECT vector_dims('{1:1}/2'::sparsevec);
SELECT '{1:1}/2'::sparsevec + '{1:1}/2'::sparsevec;
SELECT avg('{1:1}/2'::sparsevec);

-- stored out of line, and with a short header
CREATE TABLE wide (v sparsevec);
INSERT INTO wide SELECT array_fill(0.5, ARRAY[n])::sparsevec FROM unnest(ARRAY[2, 1000, 16000]) AS n;
SELECT pg_column_size(v) AS stored, round(l2_norm(v)::numeric, 10) AS norm FROM wide ORDER BY 1;
SELECT v::sparsevec(2) FROM wide WHERE v < '{1:0.5,2:0.5,3:0.5}/3';
DROP TABLE wide;

\set VERBOSITY sqlstate
SELECT l2_distance('{1:1}/2'::sparsevec, '{1:1}/3');
\set VERBOSITY default
