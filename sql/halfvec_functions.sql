-- The functions on halfvec. Inputs are such that every SIMD target gives the same digits.

-- distances
SELECT l2_distance('[0,0]'::halfvec, '[3,4]');
SELECT l2_distance('[1,2,3]'::halfvec, '[1,2,3]');
SELECT inner_product('[1,2,3]'::halfvec, '[4,-5,6]');
SELECT cosine_distance('[1,0]'::halfvec, '[0,2]'), cosine_distance('[1,2]'::halfvec, '[2,4]'),
       cosine_distance('[1,1]'::halfvec, '[-3,-3]');
SELECT l1_distance('[1,-2,3]'::halfvec, '[0,2,3.5]');
SELECT halfvec_l2_squared_distance('[0,0]', '[3,4]');
SELECT halfvec_negative_inner_product('[1,2,3]', '[4,-5,6]');
SELECT halfvec_spherical_distance('[1,0]', '[0,1]'), halfvec_spherical_distance('[1,0]', '[1,0]'),
       halfvec_spherical_distance('[1,0]', '[-1,0]'), halfvec_spherical_distance('[2,0]', '[2,0]');

-- lengths around the widths of the SIMD registers: 1^2 + ... + n^2 in closed form
WITH v AS (
    SELECT n, array_agg(i ORDER BY i)::halfvec AS up, array_fill(0, ARRAY[n])::halfvec AS zero,
           array_fill(1, ARRAY[n])::halfvec AS one
    FROM generate_series(1, 70) AS n, generate_series(1, n) AS i GROUP BY n
)
SELECT count(*) AS lengths,
       bool_and(halfvec_l2_squared_distance(up, zero) = n * (n + 1) * (2 * n + 1) / 6) AS l2,
       bool_and(inner_product(up, one) = n * (n + 1) / 2) AS ip,
       bool_and(l1_distance(zero, up) = n * (n + 1) / 2) AS l1,
       bool_and(abs(cosine_distance(up, one) - (1 - (n + 1) * n / 2.0 /
                sqrt(n::float8 * (n * (n + 1) * (2 * n + 1) / 6)))) < 1e-6) AS cosine
FROM v;

-- the largest and the smallest
SELECT l2_distance('[65504]'::halfvec, '[-65504]') AS l2, l1_distance('[65504,65504]'::halfvec, '[-65504,-65504]') AS l1;
SELECT inner_product('[65504,65504]'::halfvec, '[65504,-65504]'), inner_product('[65504]'::halfvec, '[65504]') = 65504.0 ^ 2 AS exact;
SELECT cosine_distance('[65504,0]'::halfvec, '[65504,0]'), cosine_distance('[6e-8,0]'::halfvec, '[0,65504]'),
       cosine_distance('[6e-8,0]'::halfvec, '[6e-8,0]');
SELECT l2_distance('[6e-8]'::halfvec, '[0]') = 2::float8 ^ -24 AS least;
SELECT l2_distance(array_fill(65504, ARRAY[16000])::halfvec, array_fill(-65504, ARRAY[16000])::halfvec)::numeric(20,0);

-- the zero vector has no angle
SELECT cosine_distance('[0,0]'::halfvec, '[1,2]'), cosine_distance('[0,0]'::halfvec, '[0,0]');

-- different dimensions
SELECT l2_distance('[1,2]'::halfvec, '[1]');
SELECT inner_product('[1,2]'::halfvec, '[1]');
SELECT cosine_distance('[1,2]'::halfvec, '[1]');
SELECT l1_distance('[1,2]'::halfvec, '[1]');
SELECT halfvec_l2_squared_distance('[1,2]', '[1]');
SELECT halfvec_negative_inner_product('[1,2]', '[1]');
SELECT halfvec_spherical_distance('[1,2]', '[1]');

-- NULL gives NULL
SELECT l2_distance(NULL::halfvec, '[1]') IS NULL AS strict;

-- dimensions, also of a halfvec that is stored out of line
SELECT vector_dims('[1,2,3]'::halfvec);
CREATE TABLE wide (v halfvec);
INSERT INTO wide SELECT array_fill(0.5, ARRAY[n])::halfvec FROM unnest(ARRAY[20, 1000, 16000]) AS n;
SELECT pg_column_size(v) AS stored, vector_dims(v), l2_norm(v), vector_dims(v::halfvec(20))
FROM wide WHERE vector_dims(v) = 20;
SELECT pg_column_size(v) AS stored, vector_dims(v), round(l2_norm(v)::numeric, 10) AS norm
FROM wide ORDER BY 1;
DROP TABLE wide;

-- norm
SELECT l2_norm('[3,4]'::halfvec), l2_norm('[0,0,0]'::halfvec), l2_norm('[-2]'::halfvec);
SELECT l2_norm('[65504,65504]'::halfvec) > 65504 AS above_half_precision, l2_norm('[6e-8]'::halfvec) = 2::float8 ^ -24 AS least;
SELECT bool_and(l2_norm(array_fill(2, ARRAY[n * n])::halfvec) = 2 * n) AS lengths
FROM generate_series(1, 20) AS n;

-- normalize
SELECT l2_normalize('[3,4]'::halfvec), l2_normalize('[0,-5]'::halfvec), l2_normalize('[0,0]'::halfvec);
SELECT l2_normalize('[65504,0]'::halfvec), l2_normalize('[0,6e-8]'::halfvec), l2_normalize('[65504,0.001]'::halfvec);

-- sign bits
SELECT binary_quantize('[1,0,-1]'::halfvec), binary_quantize('[-0,6e-8,-6e-8]'::halfvec);
SELECT n, binary_quantize(array_agg(CASE WHEN i % 3 = 0 THEN -i ELSE i END ORDER BY i)::halfvec)
FROM unnest(ARRAY[1, 7, 8, 9, 16, 17]) AS n, generate_series(1, n) AS i GROUP BY n ORDER BY n;
SELECT pg_typeof(binary_quantize('[1]'::halfvec)), length(binary_quantize(array_fill(1, ARRAY[16000])::halfvec));

-- subvector counts from 1 and leaves out what is not there
SELECT subvector('[1,2,3,4,5]'::halfvec, 2, 3), subvector('[1,2,3,4,5]'::halfvec, 1, 5);
SELECT subvector('[1,2,3,4,5]'::halfvec, 4, 100), subvector('[1,2,3,4,5]'::halfvec, 5, 2147483647);
SELECT subvector('[1,2,3,4,5]'::halfvec, -1, 4), subvector('[1,2,3,4,5]'::halfvec, -2147483644, 2147483647);
SELECT subvector('[1,2,3,4,5]'::halfvec, 6, 1);
SELECT subvector('[1,2,3,4,5]'::halfvec, 0, 1);
SELECT subvector('[1,2,3,4,5]'::halfvec, 2, 0);
SELECT subvector('[1,2,3,4,5]'::halfvec, 2, -1);
SELECT subvector('[1,2,3,4,5]'::halfvec, 2147483647, 2147483647);
SELECT subvector('[1,2,3,4,5]'::halfvec, -2147483648, -2147483648);

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT l2_distance('[1,2]'::halfvec, '[1]');
SELECT subvector('[1,2,3,4,5]'::halfvec, 6, 1);
\set VERBOSITY default
