-- The functions on vector. Inputs are such that every SIMD target gives the same digits.

-- distances
SELECT l2_distance('[0,0]'::vector, '[3,4]');
SELECT l2_distance('[1,2,3]'::vector, '[1,2,3]');
SELECT inner_product('[1,2,3]'::vector, '[4,-5,6]');
SELECT cosine_distance('[1,0]'::vector, '[0,2]'), cosine_distance('[1,2]'::vector, '[2,4]'),
       cosine_distance('[1,1]'::vector, '[-3,-3]');
SELECT l1_distance('[1,-2,3]'::vector, '[0,2,3.5]');
SELECT vector_l2_squared_distance('[0,0]', '[3,4]');
SELECT vector_negative_inner_product('[1,2,3]', '[4,-5,6]');
SELECT vector_spherical_distance('[1,0]', '[0,1]'), vector_spherical_distance('[1,0]', '[1,0]'),
       vector_spherical_distance('[1,0]', '[-1,0]'), vector_spherical_distance('[2,0]', '[2,0]');

-- lengths around the widths of the SIMD registers: 1^2 + ... + n^2 in closed form
WITH v AS (
    SELECT n, array_agg(i ORDER BY i)::vector AS up, array_fill(0, ARRAY[n])::vector AS zero,
           array_fill(1, ARRAY[n])::vector AS one
    FROM generate_series(1, 70) AS n, generate_series(1, n) AS i GROUP BY n
)
SELECT count(*) AS lengths,
       bool_and(vector_l2_squared_distance(up, zero) = n * (n + 1) * (2 * n + 1) / 6) AS l2,
       bool_and(inner_product(up, one) = n * (n + 1) / 2) AS ip,
       bool_and(l1_distance(zero, up) = n * (n + 1) / 2) AS l1,
       bool_and(abs(cosine_distance(up, one) - (1 - (n + 1) * n / 2.0 /
                sqrt(n::float8 * (n * (n + 1) * (2 * n + 1) / 6)))) < 1e-6) AS cosine
FROM v;

-- finite vectors have finite distances, even where single precision ends
SELECT round(l2_distance('[3e38]'::vector, '[-3e38]')::numeric, -33) AS l2;
SELECT round(l1_distance('[3e38,3e38]'::vector, '[-3e38,-3e38]')::numeric, -33) AS l1;
SELECT inner_product('[1e20,1e20]'::vector, '[1e20,-1e20]');
SELECT cosine_distance('[3e38,0]'::vector, '[3e38,0]'), cosine_distance('[1e-30,0]'::vector, '[0,1e30]');
SELECT round((l2_distance('[1e-30]'::vector, '[0]') * 1e30)::numeric, 6);
SELECT round((l2_distance('[3e-45]'::vector, '[0]') / 1.4012984643248171e-45)::numeric, 6);

-- the zero vector has no angle
SELECT cosine_distance('[0,0]'::vector, '[1,2]'), cosine_distance('[0,0]'::vector, '[0,0]');

-- different dimensions
SELECT l2_distance('[1,2]'::vector, '[1]');
SELECT inner_product('[1,2]'::vector, '[1]');
SELECT cosine_distance('[1,2]'::vector, '[1]');
SELECT l1_distance('[1,2]'::vector, '[1]');
SELECT vector_l2_squared_distance('[1,2]', '[1]');
SELECT vector_negative_inner_product('[1,2]', '[1]');
SELECT vector_spherical_distance('[1,2]', '[1]');

-- NULL gives NULL
SELECT l2_distance(NULL::vector, '[1]') IS NULL AS strict;

-- dimensions, also of a vector that is stored out of line
SELECT vector_dims('[1,2,3]'::vector);
CREATE TABLE wide (v vector);
INSERT INTO wide SELECT array_fill(0.5, ARRAY[n])::vector FROM unnest(ARRAY[20, 1000, 16000]) AS n;
SELECT pg_column_size(v) AS stored, vector_dims(v), vector_norm(v), vector_dims(v::vector(20))
FROM wide WHERE vector_dims(v) = 20;
SELECT pg_column_size(v) AS stored, vector_dims(v), round(vector_norm(v)::numeric, 10) AS norm
FROM wide ORDER BY 1;
DROP TABLE wide;

-- norm
SELECT vector_norm('[3,4]'), vector_norm('[0,0,0]'), vector_norm('[-2]');
SELECT vector_norm('[3e38,3e38]'::vector) > 4e38 AS above_single_precision;
SELECT vector_norm('[3e37,4e37]')::real, (vector_norm('[3e-45]') / 1.4012984643248171e-45)::real;
SELECT bool_and(vector_norm(array_fill(2, ARRAY[n * n])::vector) = 2 * n) AS lengths
FROM generate_series(1, 20) AS n;

-- normalize
SELECT l2_normalize('[3,4]'::vector), l2_normalize('[0,-5]'::vector), l2_normalize('[0,0]'::vector);
SELECT l2_normalize('[3e38,0]'::vector), l2_normalize('[0,1e-45]'::vector);

-- sign bits
SELECT binary_quantize('[1,0,-1]'::vector), binary_quantize('[-0,1e-45,-1e-45]'::vector);
SELECT n, binary_quantize(array_agg(CASE WHEN i % 3 = 0 THEN -i ELSE i END ORDER BY i)::vector)
FROM unnest(ARRAY[1, 7, 8, 9, 16, 17]) AS n, generate_series(1, n) AS i GROUP BY n ORDER BY n;
SELECT pg_typeof(binary_quantize('[1]'::vector)), length(binary_quantize(array_fill(1, ARRAY[16000])::vector));

-- subvector counts from 1 and leaves out what is not there
SELECT subvector('[1,2,3,4,5]'::vector, 2, 3), subvector('[1,2,3,4,5]'::vector, 1, 5);
SELECT subvector('[1,2,3,4,5]'::vector, 4, 100), subvector('[1,2,3,4,5]'::vector, 5, 2147483647);
SELECT subvector('[1,2,3,4,5]'::vector, -1, 4), subvector('[1,2,3,4,5]'::vector, -2147483644, 2147483647);
SELECT subvector('[1,2,3,4,5]'::vector, 6, 1);
SELECT subvector('[1,2,3,4,5]'::vector, 0, 1);
SELECT subvector('[1,2,3,4,5]'::vector, 2, 0);
SELECT subvector('[1,2,3,4,5]'::vector, 2, -1);
SELECT subvector('[1,2,3,4,5]'::vector, 2147483647, 2147483647);
SELECT subvector('[1,2,3,4,5]'::vector, -2147483648, -2147483648);

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT l2_distance('[1,2]'::vector, '[1]');
SELECT subvector('[1,2,3,4,5]'::vector, 6, 1);
\set VERBOSITY default
