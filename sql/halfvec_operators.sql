-- The operators on halfvec, and those between halfvec and vector.

-- distances
SELECT '[0,0]'::halfvec <-> '[3,4]' AS l2, '[1,2,3]'::halfvec <#> '[4,-5,6]' AS negative_ip,
       '[1,0]'::halfvec <=> '[0,2]' AS cosine, '[1,-2,3]'::halfvec <+> '[0,2,3.5]' AS l1;
SELECT v FROM unnest(ARRAY['[1,1]', '[5,5]', '[2,3]', '[0,0]']::halfvec[]) AS v ORDER BY v <-> '[2,2]', v;
SELECT v FROM unnest(ARRAY['[1,1]', '[5,5]', '[2,3]', '[0,0]']::halfvec[]) AS v ORDER BY v <#> '[2,2]', v;

-- arithmetic
SELECT '[1,2,3]'::halfvec + '[4,-5,6.5]', '[1,2,3]'::halfvec - '[4,-5,6.5]', '[1,2,3]'::halfvec * '[4,-5,6.5]';
SELECT '[1,2]'::halfvec || '[3]';
SELECT array_agg(i)::halfvec + array_agg(-i)::halfvec AS zero FROM generate_series(1, 19) AS i;

-- overflow, underflow
SELECT '[1,65504]'::halfvec + '[1,16]';
SELECT '[1,65504]'::halfvec + '[1,15]';
SELECT '[-60000]'::halfvec - '[60000]';
SELECT '[256]'::halfvec * '[256]';
SELECT '[1e-4]'::halfvec * '[-1e-4]';
SELECT '[0.00024414062,0,-0]'::halfvec * '[0.00024414062,1,1]' AS denormal;
-- 2^-25 is halfway between 0 and the least denormal, and rounds to even
SELECT '[0.00024414062]'::halfvec * '[0.00012207031]' AS underflow;
SELECT '[0.00024414062]'::halfvec * '[0.00012219]' AS denormal;

-- results are rounded once, to the nearest half
SELECT '[2048,2048,4096]'::halfvec + '[1,3,1.5]' AS ties_to_even, '[0.1]'::halfvec * '[3]' AS product;

-- different dimensions; too many of them
SELECT '[1,2]'::halfvec <-> '[1]';
SELECT '[1,2]'::halfvec <#> '[1]';
SELECT '[1,2]'::halfvec <=> '[1]';
SELECT '[1,2]'::halfvec <+> '[1]';
SELECT '[1,2]'::halfvec + '[1]';
SELECT '[1,2]'::halfvec - '[1]';
SELECT '[1,2]'::halfvec * '[1]';
SELECT vector_dims(array_fill(0, ARRAY[8000])::halfvec || array_fill(0, ARRAY[8000])::halfvec);
SELECT array_fill(0, ARRAY[16000])::halfvec || '[1]';

-- a vector becomes a halfvec where the other is one
SELECT '[1,2.0009]'::vector <-> '[1,2]'::halfvec AS l2, '[1,2.0009]'::vector = '[1,2]'::halfvec AS eq,
       pg_typeof('[1]'::vector + '[1]'::halfvec), l2_distance('[1,2]'::halfvec, '[4,6]'::vector);
SELECT '[70000]'::vector <-> '[1]'::halfvec;

-- comparison: by the first elements that differ, then by length
SELECT a, b, a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, halfvec_cmp(a, b)
FROM (VALUES ('[1,2,3]'::halfvec, '[1,2,3]'::halfvec), ('[1,2,3]', '[1,2,4]'), ('[2]', '[1,9]'),
             ('[1,2]', '[1,2,3]'), ('[1,2,3]', '[1,2]'), ('[0]', '[-0]'), ('[-1]', '[1]')) AS t (a, b);

-- vectors stored with a short header, and out of line
CREATE TABLE pairs (id int, a halfvec, b halfvec);
INSERT INTO pairs VALUES (1, '[1,2]', '[1,3]');
INSERT INTO pairs SELECT 2, array_fill(1, ARRAY[5000])::halfvec, array_fill(1, ARRAY[4999])::halfvec || '[2]';
SELECT id, a < b AS lt, a = a AS eq, a <-> b AS l2, a <+> b AS l1, vector_dims(a + b) FROM pairs ORDER BY id;
DROP TABLE pairs;

-- the planner knows the commutators and the negators
SELECT o.oprname, c.oprname AS commutator, n.oprname AS negator, o.oprrest, o.oprjoin, o.oprcode::regprocedure
FROM pg_operator o LEFT JOIN pg_operator c ON c.oid = o.oprcom LEFT JOIN pg_operator n ON n.oid = o.oprnegate
WHERE o.oprleft = 'halfvec'::regtype AND o.oprright = 'halfvec'::regtype ORDER BY o.oprname COLLATE "C";

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT '[1,65504]'::halfvec + '[1,16]';
SELECT '[1e-4]'::halfvec * '[-1e-4]';
SELECT array_fill(0, ARRAY[16000])::halfvec || '[1]';
\set VERBOSITY default
