-- Casts between vector and arrays of numbers.

-- to vector
SELECT ARRAY[1,2,3]::vector, ARRAY[1,2,3]::vector(3), ARRAY[2147483647,-2147483648]::vector;
SELECT '{1.5,-0,1e-45}'::real[]::vector, '{1.5,0.1,1e-46}'::float8[]::vector, '{1.5,0.1}'::numeric[]::vector;
SELECT '[5:6]={1,2}'::int[]::vector;
SELECT (ARRAY[1,NULL]::int[])[1:1]::vector AS bitmap_without_null;

-- by assignment, but not implicitly
CREATE TABLE assigned (v vector(2));
INSERT INTO assigned VALUES (ARRAY[1,2]), (ARRAY[1.5,2.5]), ('{1,2}'::real[]), ('{1,2}'::float8[]);
INSERT INTO assigned VALUES (ARRAY[1,2,3]);
SELECT * FROM assigned ORDER BY v;
DROP TABLE assigned;

-- from vector: to real[] implicitly, to text only when asked
SELECT '[1,2.5]'::vector::real[], pg_typeof('[1,2.5]'::vector::real[]), ('[1,2.5]'::vector::real[])[2];
CREATE TABLE implied (a real[]);
INSERT INTO implied VALUES ('[1,2.5]'::vector);
SELECT a, array_lower(a, 1), a = '[1,2.5]'::vector::real[] AS equal FROM implied;
DROP TABLE implied;
SELECT '[1,2.5]'::vector::text, '[1,2.5]'::text::vector;
SELECT v::real[]::vector = v AS same FROM (SELECT array_agg(1 / i::real)::vector FROM generate_series(1, 5000) AS i) AS t (v);

-- functions behind the casts
SELECT vector('[1,2]'::vector, 2, true), vector('[1,2]'::vector, -1, true), vector_to_float4('[1]', -1, false);
SELECT array_to_vector(ARRAY[1,2], 2, false), array_to_vector(ARRAY[1.5]::numeric[], -1, true);

-- refused
SELECT ARRAY[1,2,3]::vector(2);
SELECT '[1,2,3]'::vector::vector(2);
SELECT '{}'::real[]::vector;
SELECT '{{1,2},{3,4}}'::real[]::vector;
SELECT '{1,NULL}'::real[]::vector;
SELECT array_fill(0, ARRAY[16001])::vector;
SELECT '{1,NaN}'::real[]::vector;
SELECT '{Infinity}'::real[]::vector;
SELECT '{-Infinity}'::float8[]::vector;
SELECT '{1,NaN}'::numeric[]::vector;
SELECT '{1,4e38}'::float8[]::vector;
SELECT '{-1e300}'::float8[]::vector;
SELECT '{a}'::text[]::vector;
SELECT '[1]'::vector::int[]::vector;

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT vector_dims(ARRAY[1,2]);
SELECT '{}'::real[]::vector;
SELECT '{{1,2},{3,4}}'::real[]::vector;
SELECT '{1,NULL}'::real[]::vector;
SELECT array_fill(0, ARRAY[16001])::vector;
SELECT '{NaN}'::real[]::vector;
SELECT '{1e39}'::float8[]::vector;
SELECT '{1e39}'::numeric[]::vector;
SELECT '{1e-50}'::numeric[]::vector;
\set VERBOSITY default
