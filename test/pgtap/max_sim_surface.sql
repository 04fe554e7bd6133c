-- The SQL surface of vector[] and halfvec[]: MaxSim.
-- Run with:  pg_prove -d DATABASE test/pgtap/max_sim_surface.sql
\ir include/begin.sql

INSERT INTO expected_function VALUES
    ('max_sim', '{vector[],vector[]}', 'double precision', NULL),
    ('max_sim_cosine', '{vector[],vector[]}', 'double precision', NULL),
    ('vector_negative_max_sim', '{vector[],vector[]}', 'double precision', NULL),
    ('vector_negative_max_sim_cosine', '{vector[],vector[]}', 'double precision', NULL),
    ('max_sim', '{halfvec[],halfvec[]}', 'double precision', 'vectidx_halfvec_max_sim'),
    ('max_sim_cosine', '{halfvec[],halfvec[]}', 'double precision', 'vectidx_halfvec_max_sim_cosine'),
    ('halfvec_negative_max_sim', '{halfvec[],halfvec[]}', 'double precision', NULL),
    ('halfvec_negative_max_sim_cosine', '{halfvec[],halfvec[]}', 'double precision', NULL);

INSERT INTO expected_operator VALUES
    ('@#', 'double precision', 'vector_negative_max_sim', NULL, NULL, '-', '-'),
    ('@=', 'double precision', 'vector_negative_max_sim_cosine', NULL, NULL, '-', '-');

SELECT plan((SELECT 3 * count(*) + 1 FROM expected_function)::int +
            (SELECT 2 * (2 * count(*) + 1) FROM expected_operator)::int + 1);

\ir include/functions.sql
SELECT is_empty($$ SELECT proc FROM listed_function JOIN pg_proc p ON p.oid = proc WHERE procost <> 1000 $$,
                'each costs as 1,000 distances: 20 vectors with 50');

\set type vector[]
\ir include/operators.sql
UPDATE expected_operator SET func = replace(func, 'vector', 'halfvec');
\set type halfvec[]
\ir include/operators.sql

SELECT * FROM finish();
ROLLBACK;
