-- The operators on vector.

-- distances
SELECT '[0,0]'::vector <-> '[3,4]' AS l2, '[1,2,3]'::vector <#> '[4,-5,6]' AS negative_ip,
       '[1,0]'::vector <=> '[0,2]' AS cosine, '[1,-2,3]'::vector <+> '[0,2,3.5]' AS l1;
SELECT v FROM unnest(ARRAY['[1,1]', '[5,5]', '[2,3]', '[0,0]']::vector[]) AS v ORDER BY v <-> '[2,2]', v;
SELECT v FROM unnest(ARRAY['[1,1]', '[5,5]', '[2,3]', '[0,0]']::vector[]) AS v ORDER BY v <#> '[2,2]', v;

-- arithmetic
SELECT '[1,2,3]'::vector + '[4,-5,6.5]', '[1,2,3]'::vector - '[4,-5,6.5]', '[1,2,3]'::vector * '[4,-5,6.5]';
SELECT '[1,2]'::vector || '[3]';
SELECT array_agg(i)::vector + array_agg(-i)::vector AS zero FROM generate_series(1, 19) AS i;

-- overflow, underflow
SELECT '[1,3e38]'::vector + '[1,3e38]';
SELECT '[-3e38]'::vector - '[3e38]';
SELECT '[1e20]'::vector * '[1e20]';
SELECT '[1e-30]'::vector * '[-1e-30]';
SELECT '[1e-30,0,-0]'::vector * '[1e-10,1,1]' AS denormal;

-- different dimensions; too many of them
SELECT '[1,2]'::vector <-> '[1]';
SELECT '[1,2]'::vector <#> '[1]';
SELECT '[1,2]'::vector <=> '[1]';
SELECT '[1,2]'::vector <+> '[1]';
SELECT '[1,2]'::vector + '[1]';
SELECT '[1,2]'::vector - '[1]';
SELECT '[1,2]'::vector * '[1]';
SELECT vector_dims(array_fill(0, ARRAY[8000])::vector || array_fill(0, ARRAY[8000])::vector);
SELECT array_fill(0, ARRAY[16000])::vector || '[1]';

-- comparison: by the first elements that differ, then by length
SELECT a, b, a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, vector_cmp(a, b)
FROM (VALUES ('[1,2,3]'::vector, '[1,2,3]'::vector), ('[1,2,3]', '[1,2,4]'), ('[2]', '[1,9]'),
             ('[1,2]', '[1,2,3]'), ('[1,2,3]', '[1,2]'), ('[0]', '[-0]'), ('[-1]', '[1]')) AS t (a, b);

-- vectors stored with a short header, and out of line
CREATE TABLE pairs (id int, a vector, b vector);
INSERT INTO pairs VALUES (1, '[1,2]', '[1,3]');
INSERT INTO pairs SELECT 2, array_fill(1, ARRAY[5000])::vector, array_fill(1, ARRAY[4999])::vector || '[2]';
SELECT id, a < b AS lt, a = a AS eq, a <-> b AS l2, a <+> b AS l1, vector_dims(a + b) FROM pairs ORDER BY id;
DROP TABLE pairs;

-- the planner knows the commutators and the negators
SELECT o.oprname, c.oprname AS commutator, n.oprname AS negator, o.oprrest, o.oprjoin, o.oprcode::regprocedure
FROM pg_operator o LEFT JOIN pg_operator c ON c.oid = o.oprcom LEFT JOIN pg_operator n ON n.oid = o.oprnegate
WHERE o.oprleft = 'vector'::regtype AND o.oprright = 'vector'::regtype ORDER BY o.oprname COLLATE "C";

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT '[1,3e38]'::vector + '[1,3e38]';
SELECT '[1e-30]'::vector * '[-1e-30]';
SELECT array_fill(0, ARRAY[16000])::vector || '[1]';
\set VERBOSITY default
