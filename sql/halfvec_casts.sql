-- Casts of halfvec: to and from arrays of numbers and vector.

-- to halfvec
SELECT ARRAY[1,2,3]::halfvec, ARRAY[1,2,3]::halfvec(3), ARRAY[65519,-65519]::halfvec;
SELECT '{1.5,-0,6e-8}'::real[]::halfvec, '{1.5,0.1,1e-46}'::float8[]::halfvec, '{1.5,0.1}'::numeric[]::halfvec;
SELECT '[5:6]={1,2}'::int[]::halfvec;
SELECT (ARRAY[1,NULL]::int[])[1:1]::halfvec AS bitmap_without_null;

-- by assignment, but not implicitly
CREATE TABLE assigned (v halfvec(2));
INSERT INTO assigned VALUES (ARRAY[1,2]), (ARRAY[1.5,2.5]), ('{1,2}'::real[]), ('{1,2}'::float8[]);
INSERT INTO assigned VALUES (ARRAY[1,2,3]);
SELECT * FROM assigned ORDER BY v;
DROP TABLE assigned;

-- from halfvec: to real[] by assignment, to text only when asked
SELECT '[1,2.5]'::halfvec::real[], pg_typeof('[1,2.5]'::halfvec::real[]), ('[1,2.5]'::halfvec::real[])[2];
CREATE TABLE implied (a real[]);
INSERT INTO implied VALUES ('[1,2.5]'::halfvec);
SELECT a, array_lower(a, 1), a = '[1,2.5]'::halfvec::real[] AS equal FROM implied;
DROP TABLE implied;
SELECT '[1,2.5]'::halfvec::text, '[1,2.5]'::text::halfvec;
SELECT v::real[]::halfvec = v AS same FROM (SELECT array_agg(1 / i::real)::halfvec FROM generate_series(1, 5000) AS i) AS t (v);

-- vector becomes halfvec implicitly, halfvec becomes vector by assignment
SELECT '[1,2.0009,1e-8]'::vector::halfvec, '[1,0.1]'::halfvec::vector, '[1,2]'::vector::halfvec(2), '[1,2]'::halfvec::vector(2);
SELECT l2_norm('[3,4]'::vector) AS ambiguous;
SELECT vector_norm('[3,4]'::halfvec);
CREATE TABLE assigned (v vector(2), h halfvec(2));
INSERT INTO assigned VALUES ('[1,0.1]'::halfvec, '[1,0.1]'::vector);
INSERT INTO assigned (v) VALUES ('[1]'::halfvec);
INSERT INTO assigned (h) VALUES ('[1]'::vector);
INSERT INTO assigned (h) VALUES ('[1,65520]'::vector);
SELECT * FROM assigned;
DROP TABLE assigned;

-- functions behind the casts
SELECT halfvec('[1,2]'::halfvec, 2, true), halfvec('[1,2]'::halfvec, -1, true), halfvec_to_float4('[1]', -1, false);
SELECT vector_to_halfvec('[1,2]', 2, false), halfvec_to_vector('[1,2]', -1, true);
SELECT array_to_halfvec(ARRAY[1,2], 2, false), array_to_halfvec(ARRAY[1.5]::numeric[], -1, true);

-- refused
SELECT ARRAY[1,2,3]::halfvec(2);
SELECT '[1,2,3]'::halfvec::halfvec(2);
SELECT '{}'::real[]::halfvec;
SELECT '{{1,2},{3,4}}'::real[]::halfvec;
SELECT '{1,NULL}'::real[]::halfvec;
SELECT array_fill(0, ARRAY[16001])::halfvec;
SELECT '{1,NaN}'::real[]::halfvec;
SELECT '{Infinity}'::real[]::halfvec;
SELECT '{-Infinity}'::float8[]::halfvec;
SELECT '{1,NaN}'::numeric[]::halfvec;
SELECT '{1,65520}'::float8[]::halfvec;
SELECT '{-65520}'::real[]::halfvec;
SELECT ARRAY[1,100000]::halfvec;
SELECT '{1,65520}'::numeric[]::halfvec;
SELECT '{1e300}'::float8[]::halfvec;
SELECT '{a}'::text[]::halfvec;
SELECT '[1]'::halfvec::int[]::halfvec;

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT vector_norm('[3,4]'::halfvec);
SELECT '{}'::real[]::halfvec;
SELECT '{{1,2},{3,4}}'::real[]::halfvec;
SELECT '{1,NULL}'::real[]::halfvec;
SELECT array_fill(0, ARRAY[16001])::halfvec;
SELECT '{NaN}'::real[]::halfvec;
SELECT '{65520}'::float8[]::halfvec;
SELECT '[65520]'::vector::halfvec;
SELECT '{1e39}'::numeric[]::halfvec;
SELECT '{1e-50}'::numeric[]::halfvec;
\set VERBOSITY default
