-- The SQL surface of the distances on bit, name by name: what clients, ORMs and other extensions rely on.
-- Run with:  pg_prove -d DATABASE test/pgtap/bit_surface.sql
\ir include/begin.sql
\set type bit

INSERT INTO expected_function (name, args, result) VALUES
    ('hamming_distance', '{bit,bit}', 'double precision'),
    ('jaccard_distance', '{bit,bit}', 'double precision');

INSERT INTO expected_operator VALUES
    ('<~>', 'double precision', 'hamming_distance', '<~>', NULL, '-', '-'),
    ('<%>', 'double precision', 'jaccard_distance', '<%>', NULL, '-', '-');

SELECT plan((SELECT 3 * count(*) + 1 FROM expected_function)::int +
            (SELECT 2 * count(*) + 1 FROM expected_operator)::int);
\ir include/functions.sql
\ir include/operators.sql
SELECT * FROM finish();
ROLLBACK;
