-- The SQL surface of sparsevec, name by name: what clients, ORMs and other extensions rely on.
-- Run with:  pg_prove -d DATABASE test/pgtap/sparsevec_surface.sql
\ir include/begin.sql
\set type sparsevec

INSERT INTO expected_function VALUES
    ('sparsevec_in', '{cstring,oid,integer}', 'sparsevec', NULL),
    ('sparsevec_out', '{sparsevec}', 'cstring', NULL),
    ('sparsevec_typmod_in', '{cstring[]}', 'integer', NULL),
    ('sparsevec_recv', '{internal,oid,integer}', 'sparsevec', NULL),
    ('sparsevec_send', '{sparsevec}', 'bytea', NULL),
    ('l2_distance', '{sparsevec,sparsevec}', 'double precision', 'vectidx_sparsevec_l2_distance'),
    ('inner_product', '{sparsevec,sparsevec}', 'double precision', 'vectidx_sparsevec_inner_product'),
    ('cosine_distance', '{sparsevec,sparsevec}', 'double precision', 'vectidx_sparsevec_cosine_distance'),
    ('l1_distance', '{sparsevec,sparsevec}', 'double precision', 'vectidx_sparsevec_l1_distance'),
    ('l2_norm', '{sparsevec}', 'double precision', 'vectidx_sparsevec_l2_norm'),
    ('l2_normalize', '{sparsevec}', 'sparsevec', 'vectidx_sparsevec_l2_normalize'),
    ('sparsevec_lt', '{sparsevec,sparsevec}', 'boolean', NULL),
    ('sparsevec_le', '{sparsevec,sparsevec}', 'boolean', NULL),
    ('sparsevec_eq', '{sparsevec,sparsevec}', 'boolean', NULL),
    ('sparsevec_ne', '{sparsevec,sparsevec}', 'boolean', NULL),
    ('sparsevec_ge', '{sparsevec,sparsevec}', 'boolean', NULL),
    ('sparsevec_gt', '{sparsevec,sparsevec}', 'boolean', NULL),
    ('sparsevec_cmp', '{sparsevec,sparsevec}', 'integer', NULL),
    ('sparsevec_l2_squared_distance', '{sparsevec,sparsevec}', 'double precision', NULL),
    ('sparsevec_negative_inner_product', '{sparsevec,sparsevec}', 'double precision', NULL),
    ('sparsevec', '{sparsevec,integer,boolean}', 'sparsevec', NULL),
    ('array_to_sparsevec', '{integer[],integer,boolean}', 'sparsevec', NULL),
    ('array_to_sparsevec', '{real[],integer,boolean}', 'sparsevec', NULL),
    ('array_to_sparsevec', '{double precision[],integer,boolean}', 'sparsevec', NULL),
    ('array_to_sparsevec', '{numeric[],integer,boolean}', 'sparsevec', NULL),
    ('vector_to_sparsevec', '{vector,integer,boolean}', 'sparsevec', NULL),
    ('sparsevec_to_vector', '{sparsevec,integer,boolean}', 'vector', NULL),
    ('halfvec_to_sparsevec', '{halfvec,integer,boolean}', 'sparsevec', NULL),
    ('sparsevec_to_halfvec', '{sparsevec,integer,boolean}', 'halfvec', NULL);

INSERT INTO expected_operator VALUES
    ('<->', 'double precision', 'l2_distance', '<->', NULL, '-', '-'),
    ('<#>', 'double precision', 'sparsevec_negative_inner_product', '<#>', NULL, '-', '-'),
    ('<=>', 'double precision', 'cosine_distance', '<=>', NULL, '-', '-'),
    ('<+>', 'double precision', 'l1_distance', '<+>', NULL, '-', '-'),
    ('<', 'boolean', 'sparsevec_lt', '>', '>=', 'scalarltsel', 'scalarltjoinsel'),
    ('<=', 'boolean', 'sparsevec_le', '>=', '>', 'scalarlesel', 'scalarlejoinsel'),
    ('=', 'boolean', 'sparsevec_eq', '=', '<>', 'eqsel', 'eqjoinsel'),
    ('<>', 'boolean', 'sparsevec_ne', '<>', '=', 'eqsel', 'eqjoinsel'),
    ('>=', 'boolean', 'sparsevec_ge', '<=', '<', 'scalargesel', 'scalargejoinsel'),
    ('>', 'boolean', 'sparsevec_gt', '<', '<=', 'scalargtsel', 'scalargtjoinsel');

INSERT INTO expected_cast VALUES
    ('sparsevec', 'sparsevec', 'i', 'sparsevec(sparsevec,integer,boolean)'),
    ('sparsevec', 'vector', 'a', 'sparsevec_to_vector(sparsevec,integer,boolean)'),
    ('sparsevec', 'halfvec', 'a', 'sparsevec_to_halfvec(sparsevec,integer,boolean)'),
    ('vector', 'sparsevec', 'i', 'vector_to_sparsevec(vector,integer,boolean)'),
    ('halfvec', 'sparsevec', 'i', 'halfvec_to_sparsevec(halfvec,integer,boolean)'),
    ('integer[]', 'sparsevec', 'a', 'array_to_sparsevec(integer[],integer,boolean)'),
    ('real[]', 'sparsevec', 'a', 'array_to_sparsevec(real[],integer,boolean)'),
    ('double precision[]', 'sparsevec', 'a', 'array_to_sparsevec(double precision[],integer,boolean)'),
    ('numeric[]', 'sparsevec', 'a', 'array_to_sparsevec(numeric[],integer,boolean)');

\ir include/type.sql
