-- The operators on sparsevec, and those between sparsevec and dense vectors.

-- distances
SELECT '{}/3'::sparsevec <-> '{1:3,3:4}/3' AS l2, '{1:1,2:2}/4'::sparsevec <#> '{2:-5,3:6}/4' AS negative_ip,
       '{1:1}/2'::sparsevec <=> '{2:2}/2' AS cosine, '{1:1,2:-2}/4'::sparsevec <+> '{2:2,4:3.5}/4' AS l1;
SELECT v FROM unnest(ARRAY['{1:1}/2', '{2:5}/2', '{1:2,2:3}/2', '{}/2']::sparsevec[]) AS v ORDER BY v <-> '{1:2,2:2}/2', v;

-- a dense vector becomes sparse where the other is
SELECT '[1,2]'::vector <-> '{1:1}/2'::sparsevec AS l2, '[1,2]'::halfvec <+> '{1:1}/2'::sparsevec AS l1,
       '[0,2]'::vector = '{2:2}/2'::sparsevec AS eq, l2_distance('{2:2}/2'::sparsevec, '[0,4]'::halfvec);

-- different dimensions
SELECT '{1:1}/2'::sparsevec <-> '{1:1}/3';
SELECT '{1:1}/2'::sparsevec <#> '{1:1}/3';
SELECT '{1:1}/2'::sparsevec <=> '{1:1}/3';
SELECT '{1:1}/2'::sparsevec <+> '{1:1}/3';

-- comparison: as that of the dense vectors
SELECT a, b, a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, sparsevec_cmp(a, b),
       vector_cmp(a::vector, b::vector) AS dense
FROM (VALUES ('{1:1,3:3}/3'::sparsevec, '{1:1,3:3}/3'::sparsevec), ('{1:1,3:3}/3', '{1:1,3:4}/3'),
             ('{1:1}/3', '{2:1}/3'), ('{1:-1}/3', '{2:1}/3'), ('{2:-1}/3', '{1:1}/3'), ('{2:1}/3', '{1:-1}/3'),
             ('{}/3', '{3:1}/3'), ('{}/3', '{3:-1}/3'), ('{1:1}/3', '{1:1}/4'), ('{1:1}/3', '{1:1,4:-1}/4'),
             ('{1:1,4:-1}/4', '{1:1}/3'), ('{4:-1}/4', '{1:-1}/3'), ('{}/1', '{}/2'), ('{1:1,2:5}/2', '{1:1}/1')) AS t (a, b);

-- the planner knows the commutators and the negators
SELECT o.oprname, c.oprname AS commutator, n.oprname AS negator, o.oprrest, o.oprjoin, o.oprcode::regprocedure
FROM pg_operator o LEFT JOIN pg_operator c ON c.oid = o.oprcom LEFT JOIN pg_operator n ON n.oid = o.oprnegate
WHERE o.oprleft = 'sparsevec'::regtype AND o.oprright = 'sparsevec'::regtype ORDER BY o.oprname COLLATE "C";

\set VERBOSITY sqlstate
SELECT '{1:1}/2'::sparsevec <-> '{1:1}/3';
\set VERBOSITY default
