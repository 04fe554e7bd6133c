-- The SQL surface of vector, name by name: what clients, ORMs and other extensions rely on.
-- Run with:  pg_prove -d DATABASE test/pgtap/vector_surface.sql
\ir include/begin.sql
\set type vector

INSERT INTO expected_function (name, args, result) VALUES
    ('vector_in', '{cstring,oid,integer}', 'vector'),
    ('vector_out', '{vector}', 'cstring'),
    ('vector_typmod_in', '{cstring[]}', 'integer'),
    ('vector_recv', '{internal,oid,integer}', 'vector'),
    ('vector_send', '{vector}', 'bytea'),
    ('l2_distance', '{vector,vector}', 'double precision'),
    ('inner_product', '{vector,vector}', 'double precision'),
    ('cosine_distance', '{vector,vector}', 'double precision'),
    ('l1_distance', '{vector,vector}', 'double precision'),
    ('vector_dims', '{vector}', 'integer'),
    ('vector_norm', '{vector}', 'double precision'),
    ('l2_normalize', '{vector}', 'vector'),
    ('binary_quantize', '{vector}', 'bit'),
    ('subvector', '{vector,integer,integer}', 'vector'),
    ('vector_add', '{vector,vector}', 'vector'),
    ('vector_sub', '{vector,vector}', 'vector'),
    ('vector_mul', '{vector,vector}', 'vector'),
    ('vector_concat', '{vector,vector}', 'vector'),
    ('vector_lt', '{vector,vector}', 'boolean'),
    ('vector_le', '{vector,vector}', 'boolean'),
    ('vector_eq', '{vector,vector}', 'boolean'),
    ('vector_ne', '{vector,vector}', 'boolean'),
    ('vector_ge', '{vector,vector}', 'boolean'),
    ('vector_gt', '{vector,vector}', 'boolean'),
    ('vector_cmp', '{vector,vector}', 'integer'),
    ('vector_l2_squared_distance', '{vector,vector}', 'double precision'),
    ('vector_negative_inner_product', '{vector,vector}', 'double precision'),
    ('vector_spherical_distance', '{vector,vector}', 'double precision'),
    ('vector_accum', '{double precision[],vector}', 'double precision[]'),
    ('vector_combine', '{double precision[],double precision[]}', 'double precision[]'),
    ('vector_avg', '{double precision[]}', 'vector'),
    ('vector', '{vector,integer,boolean}', 'vector'),
    ('array_to_vector', '{integer[],integer,boolean}', 'vector'),
    ('array_to_vector', '{real[],integer,boolean}', 'vector'),
    ('array_to_vector', '{double precision[],integer,boolean}', 'vector'),
    ('array_to_vector', '{numeric[],integer,boolean}', 'vector'),
    ('vector_to_float4', '{vector,integer,boolean}', 'real[]');

INSERT INTO expected_operator VALUES
    ('<->', 'double precision', 'l2_distance', '<->', NULL, '-', '-'),
    ('<#>', 'double precision', 'vector_negative_inner_product', '<#>', NULL, '-', '-'),
    ('<=>', 'double precision', 'cosine_distance', '<=>', NULL, '-', '-'),
    ('<+>', 'double precision', 'l1_distance', '<+>', NULL, '-', '-'),
    ('+', 'vector', 'vector_add', '+', NULL, '-', '-'),
    ('-', 'vector', 'vector_sub', NULL, NULL, '-', '-'),
    ('*', 'vector', 'vector_mul', '*', NULL, '-', '-'),
    ('||', 'vector', 'vector_concat', NULL, NULL, '-', '-'),
    ('<', 'boolean', 'vector_lt', '>', '>=', 'scalarltsel', 'scalarltjoinsel'),
    ('<=', 'boolean', 'vector_le', '>=', '>', 'scalarlesel', 'scalarlejoinsel'),
    ('=', 'boolean', 'vector_eq', '=', '<>', 'eqsel', 'eqjoinsel'),
    ('<>', 'boolean', 'vector_ne', '<>', '=', 'eqsel', 'eqjoinsel'),
    ('>=', 'boolean', 'vector_ge', '<=', '<', 'scalargesel', 'scalargejoinsel'),
    ('>', 'boolean', 'vector_gt', '<', '<=', 'scalargtsel', 'scalargtjoinsel');

INSERT INTO expected_cast VALUES
    ('vector', 'vector', 'i', 'vector(vector,integer,boolean)'),
    ('vector', 'real[]', 'i', 'vector_to_float4(vector,integer,boolean)'),
    ('vector', 'halfvec', 'i', 'vector_to_halfvec(vector,integer,boolean)'),
    ('vector', 'sparsevec', 'i', 'vector_to_sparsevec(vector,integer,boolean)'),
    ('halfvec', 'vector', 'a', 'halfvec_to_vector(halfvec,integer,boolean)'),
    ('sparsevec', 'vector', 'a', 'sparsevec_to_vector(sparsevec,integer,boolean)'),
    ('integer[]', 'vector', 'a', 'array_to_vector(integer[],integer,boolean)'),
    ('real[]', 'vector', 'a', 'array_to_vector(real[],integer,boolean)'),
    ('double precision[]', 'vector', 'a', 'array_to_vector(double precision[],integer,boolean)'),
    ('numeric[]', 'vector', 'a', 'array_to_vector(numeric[],integer,boolean)');

INSERT INTO expected_aggregate VALUES
    ('avg', '(vector_accum,vector_avg,vector_combine,"double precision[]",{0},s)'),
    ('sum', '(vector_add,-,vector_add,vector,,s)');

\ir include/type.sql
