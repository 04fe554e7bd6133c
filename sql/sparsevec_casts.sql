-- Casts of sparsevec: to and from dense vectors, and from arrays of numbers.

-- to sparsevec; zeros are left out
SELECT ARRAY[1,0,3]::sparsevec, ARRAY[1,0,3]::sparsevec(3), '{0,-0}'::real[]::sparsevec;
SELECT '{1.5,0,1e-45}'::real[]::sparsevec, '{1.5,0.1,1e-46}'::float8[]::sparsevec, '{1.5,0,0.1}'::numeric[]::sparsevec;
SELECT '[1,0,-0,2.5]'::vector::sparsevec, '[1,0,-0,2.5]'::halfvec::sparsevec, '[0,0]'::vector::sparsevec(2);
SELECT array_fill(0, ARRAY[100000])::sparsevec, (array_fill(0, ARRAY[100000]) || 7)::sparsevec;

-- from sparsevec
SELECT '{1:1,3:2.5}/4'::sparsevec::vector, '{1:1,3:0.1}/4'::sparsevec::halfvec, '{}/2'::sparsevec::vector(2);
SELECT '{1:1e-9,2:1}/2'::sparsevec::halfvec AS rounds_to_zero;
SELECT v::vector::sparsevec = v AS same_by_vector, v::halfvec::sparsevec = v AS same_by_halfvec, v::text::sparsevec = v AS same_by_text
FROM (SELECT array_agg(i % 3)::sparsevec FROM generate_series(1, 16000) AS i) AS t (v);

-- implicitly from dense vectors, else by assignment
SELECT l2_norm('[3,4]'::halfvec), pg_typeof('{1:1}/2'::sparsevec <-> '[1,2]'::vector);
SELECT vector_norm('{1:1}/2'::sparsevec);
CREATE TABLE assigned (v vector(2), h halfvec(2), s sparsevec(2));
INSERT INTO assigned VALUES ('{1:1}/2'::sparsevec, '{2:1}/2'::sparsevec, '[1,0]'::vector);
INSERT INTO assigned (s) VALUES ('[0,1]'::halfvec), (ARRAY[0,1]), (ARRAY[0,1.5]), ('{0,1}'::real[]), ('{0,1}'::float8[]);
INSERT INTO assigned (s) VALUES ('[1]'::vector);
INSERT INTO assigned (s) VALUES (ARRAY[1,2,3]);
INSERT INTO assigned (v) VALUES ('{1:1}/3'::sparsevec);
INSERT INTO assigned (h) VALUES ('{1:1}/3'::sparsevec);
SELECT * FROM assigned;
DROP TABLE assigned;

-- functions behind the casts
SELECT sparsevec('{1:1}/2'::sparsevec, 2, true), vector_to_sparsevec('[1,0]', -1, false), halfvec_to_sparsevec('[1,0]', 2, false),
       sparsevec_to_vector('{1:1}/2', 2, true), sparsevec_to_halfvec('{1:1}/2', -1, true), array_to_sparsevec(ARRAY[1,0], 2, false);

-- refused
SELECT ARRAY[1,2,3]::sparsevec(2);
SELECT '{1:1}/3'::sparsevec::sparsevec(2);
SELECT '[1,2,3]'::vector::sparsevec(2);
SELECT '[1,2,3]'::halfvec::sparsevec(2);
SELECT '{1:1}/3'::sparsevec::vector(2);
SELECT '{1:1}/3'::sparsevec::halfvec(2);
SELECT '{1:1}/16001'::sparsevec::vector;
SELECT '{1:1}/16001'::sparsevec::halfvec;
SELECT '{1:65520}/2'::sparsevec::halfvec;
SELECT '{}'::real[]::sparsevec;
SELECT '{{1,2},{3,4}}'::real[]::sparsevec;
SELECT '{1,NULL}'::real[]::sparsevec;
SELECT array_fill(1, ARRAY[16001])::sparsevec;
SELECT '{1,NaN}'::real[]::sparsevec;
SELECT '{Infinity}'::real[]::sparsevec;
SELECT '{1,4e38}'::float8[]::sparsevec;
SELECT '{a}'::text[]::sparsevec;
SELECT '{1:1}/2'::sparsevec::real[];

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT ARRAY[1,2,3]::sparsevec(2);
SELECT '{1:1}/16001'::sparsevec::vector;
SELECT '{1:65520}/2'::sparsevec::halfvec;
SELECT '{}'::real[]::sparsevec;
SELECT '{{1,2},{3,4}}'::real[]::sparsevec;
SELECT '{1,NULL}'::real[]::sparsevec;
SELECT array_fill(1, ARRAY[16001])::sparsevec;
SELECT '{NaN}'::real[]::sparsevec;
SELECT '{1e39}'::float8[]::sparsevec;
\set VERBOSITY default
