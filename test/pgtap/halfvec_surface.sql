-- The SQL surface of halfvec, name by name: what clients, ORMs and other extensions rely on.
-- Run with:  pg_prove -d DATABASE test/pgtap/halfvec_surface.sql
\ir include/begin.sql
\set type halfvec

INSERT INTO expected_function VALUES
    ('halfvec_in', '{cstring,oid,integer}', 'halfvec', NULL),
    ('halfvec_out', '{halfvec}', 'cstring', NULL),
    ('halfvec_typmod_in', '{cstring[]}', 'integer', NULL),
    ('halfvec_recv', '{internal,oid,integer}', 'halfvec', NULL),
    ('halfvec_send', '{halfvec}', 'bytea', NULL),
    ('l2_distance', '{halfvec,halfvec}', 'double precision', 'vectidx_halfvec_l2_distance'),
    ('inner_product', '{halfvec,halfvec}', 'double precision', 'vectidx_halfvec_inner_product'),
    ('cosine_distance', '{halfvec,halfvec}', 'double precision', 'vectidx_halfvec_cosine_distance'),
    ('l1_distance', '{halfvec,halfvec}', 'double precision', 'vectidx_halfvec_l1_distance'),
    ('vector_dims', '{halfvec}', 'integer', NULL),
    ('l2_norm', '{halfvec}', 'double precision', 'vectidx_halfvec_l2_norm'),
    ('l2_normalize', '{halfvec}', 'halfvec', 'vectidx_halfvec_l2_normalize'),
    ('binary_quantize', '{halfvec}', 'bit', 'vectidx_halfvec_binary_quantize'),
    ('subvector', '{halfvec,integer,integer}', 'halfvec', 'vectidx_halfvec_subvector'),
    ('halfvec_add', '{halfvec,halfvec}', 'halfvec', NULL),
    ('halfvec_sub', '{halfvec,halfvec}', 'halfvec', NULL),
    ('halfvec_mul', '{halfvec,halfvec}', 'halfvec', NULL),
    ('halfvec_concat', '{halfvec,halfvec}', 'halfvec', NULL),
    ('halfvec_lt', '{halfvec,halfvec}', 'boolean', NULL),
    ('halfvec_le', '{halfvec,halfvec}', 'boolean', NULL),
    ('halfvec_eq', '{halfvec,halfvec}', 'boolean', NULL),
    ('halfvec_ne', '{halfvec,halfvec}', 'boolean', NULL),
    ('halfvec_ge', '{halfvec,halfvec}', 'boolean', NULL),
    ('halfvec_gt', '{halfvec,halfvec}', 'boolean', NULL),
    ('halfvec_cmp', '{halfvec,halfvec}', 'integer', NULL),
    ('halfvec_l2_squared_distance', '{halfvec,halfvec}', 'double precision', NULL),
    ('halfvec_negative_inner_product', '{halfvec,halfvec}', 'double precision', NULL),
    ('halfvec_spherical_distance', '{halfvec,halfvec}', 'double precision', NULL),
    ('halfvec_accum', '{double precision[],halfvec}', 'double precision[]', NULL),
    ('halfvec_combine', '{double precision[],double precision[]}', 'double precision[]', 'vectidx_halfvec_combine'),
    ('halfvec_avg', '{double precision[]}', 'halfvec', NULL),
    ('halfvec', '{halfvec,integer,boolean}', 'halfvec', NULL),
    ('array_to_halfvec', '{integer[],integer,boolean}', 'halfvec', NULL),
    ('array_to_halfvec', '{real[],integer,boolean}', 'halfvec', NULL),
    ('array_to_halfvec', '{double precision[],integer,boolean}', 'halfvec', NULL),
    ('array_to_halfvec', '{numeric[],integer,boolean}', 'halfvec', NULL),
    ('halfvec_to_float4', '{halfvec,integer,boolean}', 'real[]', NULL),
    ('halfvec_to_vector', '{halfvec,integer,boolean}', 'vector', NULL),
    ('vector_to_halfvec', '{vector,integer,boolean}', 'halfvec', NULL);

INSERT INTO expected_operator VALUES
    ('<->', 'double precision', 'l2_distance', '<->', NULL, '-', '-'),
    ('<#>', 'double precision', 'halfvec_negative_inner_product', '<#>', NULL, '-', '-'),
    ('<=>', 'double precision', 'cosine_distance', '<=>', NULL, '-', '-'),
    ('<+>', 'double precision', 'l1_distance', '<+>', NULL, '-', '-'),
    ('+', 'halfvec', 'halfvec_add', '+', NULL, '-', '-'),
    ('-', 'halfvec', 'halfvec_sub', NULL, NULL, '-', '-'),
    ('*', 'halfvec', 'halfvec_mul', '*', NULL, '-', '-'),
    ('||', 'halfvec', 'halfvec_concat', NULL, NULL, '-', '-'),
    ('<', 'boolean', 'halfvec_lt', '>', '>=', 'scalarltsel', 'scalarltjoinsel'),
    ('<=', 'boolean', 'halfvec_le', '>=', '>', 'scalarlesel', 'scalarlejoinsel'),
    ('=', 'boolean', 'halfvec_eq', '=', '<>', 'eqsel', 'eqjoinsel'),
    ('<>', 'boolean', 'halfvec_ne', '<>', '=', 'eqsel', 'eqjoinsel'),
    ('>=', 'boolean', 'halfvec_ge', '<=', '<', 'scalargesel', 'scalargejoinsel'),
    ('>', 'boolean', 'halfvec_gt', '<', '<=', 'scalargtsel', 'scalargtjoinsel');

INSERT INTO expected_cast VALUES
    ('halfvec', 'halfvec', 'i', 'halfvec(halfvec,integer,boolean)'),
    ('halfvec', 'vector', 'a', 'halfvec_to_vector(halfvec,integer,boolean)'),
    ('halfvec', 'real[]', 'a', 'halfvec_to_float4(halfvec,integer,boolean)'),
    ('halfvec', 'sparsevec', 'i', 'halfvec_to_sparsevec(halfvec,integer,boolean)'),
    ('vector', 'halfvec', 'i', 'vector_to_halfvec(vector,integer,boolean)'),
    ('sparsevec', 'halfvec', 'a', 'sparsevec_to_halfvec(sparsevec,integer,boolean)'),
    ('integer[]', 'halfvec', 'a', 'array_to_halfvec(integer[],integer,boolean)'),
    ('real[]', 'halfvec', 'a', 'array_to_halfvec(real[],integer,boolean)'),
    ('double precision[]', 'halfvec', 'a', 'array_to_halfvec(double precision[],integer,boolean)'),
    ('numeric[]', 'halfvec', 'a', 'array_to_halfvec(numeric[],integer,boolean)');

INSERT INTO expected_aggregate VALUES
    ('avg', '(halfvec_accum,halfvec_avg,halfvec_combine,"double precision[]",{0},s)'),
    ('sum', '(halfvec_add,-,halfvec_add,halfvec,,s)');

\ir include/type.sql
