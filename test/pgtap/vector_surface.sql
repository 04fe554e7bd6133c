-- The SQL surface of vector, name by name: what clients, ORMs and other extensions rely on.
-- Run with:  pg_prove -d DATABASE test/pgtap/vector_surface.sql
\unset ECHO
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
\set ON_ERROR_ROLLBACK 1
\set ON_ERROR_STOP true

BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS vectidx;

-- Every function: name, arguments, result. All are C, immutable, strict and parallel safe.
CREATE TEMP TABLE expected_function (name name, args name[], result text) ON COMMIT DROP;
INSERT INTO expected_function VALUES
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
CREATE TEMP VIEW listed_function AS
    SELECT *, to_regprocedure(format('%I(%s)', name, array_to_string(args, ','))) AS proc
    FROM expected_function;

-- Every operator between two vectors.
CREATE TEMP TABLE expected_operator (name name, result name, func name, commutator name, negator name,
                                     restrict_sel text, join_sel text) ON COMMIT DROP;
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

-- Every cast: i for implicit, a for assignment.
CREATE TEMP TABLE expected_cast (source name, target name, context "char", func text) ON COMMIT DROP;
INSERT INTO expected_cast VALUES
    ('vector', 'vector', 'i', 'vector(vector,integer,boolean)'),
    ('vector', 'real[]', 'i', 'vector_to_float4(vector,integer,boolean)'),
    ('integer[]', 'vector', 'a', 'array_to_vector(integer[],integer,boolean)'),
    ('real[]', 'vector', 'a', 'array_to_vector(real[],integer,boolean)'),
    ('double precision[]', 'vector', 'a', 'array_to_vector(double precision[],integer,boolean)'),
    ('numeric[]', 'vector', 'a', 'array_to_vector(numeric[],integer,boolean)');

SELECT plan((SELECT 3 * count(*) FROM expected_function)::int +
            (SELECT 2 * count(*) FROM expected_operator)::int +
            (SELECT 1 * count(*) FROM expected_cast)::int + 18);

-- the type
SELECT has_type('vector');
SELECT has_type('_vector');
SELECT is((SELECT (typlen, typbyval, typalign, typstorage, typdelim)::text FROM pg_type WHERE oid = 'vector'::regtype),
          '(-1,f,i,e,",")', 'vector is a varlena, aligned to int, stored external');
SELECT is((SELECT array_to_string(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout], ' ')
           FROM pg_type WHERE oid = 'vector'::regtype),
          'vector_in vector_out vector_recv vector_send vector_typmod_in -', 'vector has its I/O functions');
SELECT is(format_type('vector'::regtype, 3), 'vector(3)', 'the type modifier shows as vector(n)');

-- the functions
SELECT has_function(name, args) FROM expected_function;
SELECT function_returns(name, args, result) FROM expected_function;
SELECT is((SELECT (l.lanname, p.provolatile, p.proisstrict, p.proparallel, p.proretset, p.prosecdef, p.prosrc)::text
           FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.oid = f.proc),
          format('(c,i,t,s,f,f,vectidx_%s)', name),
          format('%s is C, immutable, strict, parallel safe; its symbol is prefixed', proc))
FROM listed_function f;
SELECT is_empty($$ SELECT proc FROM listed_function WHERE obj_description(proc, 'pg_proc') IS NULL $$,
                'every function has its comment');

-- the operators
SELECT has_operator('vector', name, 'vector', result) FROM expected_operator;
SELECT is((SELECT (o.oprcode::text, c.oprname, n.oprname, o.oprrest::text, o.oprjoin::text, o.oprcanmerge, o.oprcanhash)::text
           FROM pg_operator o LEFT JOIN pg_operator c ON c.oid = o.oprcom LEFT JOIN pg_operator n ON n.oid = o.oprnegate
           WHERE o.oprname = e.name AND o.oprleft = 'vector'::regtype AND o.oprright = 'vector'::regtype),
          (func, commutator, negator, restrict_sel, join_sel, false, false)::text,
          format('operator %s has its function, commutator, negator and estimators', name))
FROM expected_operator e;
SELECT is((SELECT count(*) FROM pg_operator WHERE oprleft = 'vector'::regtype AND oprright = 'vector'::regtype),
          (SELECT count(*) FROM expected_operator), 'there is no other operator between vectors');

-- the casts
SELECT is((SELECT (castcontext, castmethod, castfunc::regprocedure)::text FROM pg_cast
           WHERE castsource = to_regtype(source) AND casttarget = to_regtype(target)),
          (context, 'f'::"char", func)::text, format('cast from %s to %s', source, target))
FROM expected_cast;

-- the aggregates
SELECT is_aggregate('avg', ARRAY['vector']::name[]);
SELECT is_aggregate('sum', ARRAY['vector']::name[]);
SELECT function_returns('avg', ARRAY['vector']::name[], 'vector');
SELECT function_returns('sum', ARRAY['vector']::name[], 'vector');
SELECT is((SELECT (aggtransfn::text, aggfinalfn::text, aggcombinefn::text, aggtranstype::regtype, agginitval, p.proparallel)::text
           FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid WHERE aggfnoid = 'avg(vector)'::regprocedure),
          '(vector_accum,vector_avg,vector_combine,"double precision[]",{0},s)', 'avg(vector) combines, in parallel');
SELECT is((SELECT (aggtransfn::text, aggfinalfn::text, aggcombinefn::text, aggtranstype::regtype, agginitval, p.proparallel)::text
           FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid WHERE aggfnoid = 'sum(vector)'::regprocedure),
          '(vector_add,-,vector_add,vector,,s)', 'sum(vector) combines, in parallel');

-- the operator class
SELECT has_opclass('vector_ops');
SELECT is((SELECT (opcdefault, opckeytype)::text FROM pg_opclass WHERE opcname = 'vector_ops'
           AND opcmethod = (SELECT oid FROM pg_am WHERE amname = 'btree') AND opcintype = 'vector'::regtype),
          '(t,0)', 'vector_ops is the default of btree');
SELECT is((SELECT string_agg(o.amopopr::regoperator::text, ' ' ORDER BY o.amopstrategy)
           FROM pg_opclass c JOIN pg_amop o ON o.amopfamily = c.opcfamily
           WHERE c.opcname = 'vector_ops' AND c.opcintype = 'vector'::regtype),
          '<(vector,vector) <=(vector,vector) =(vector,vector) >=(vector,vector) >(vector,vector)',
          'vector_ops has the five operators of btree');
SELECT is((SELECT string_agg(p.amproc::regprocedure::text, ' ')
           FROM pg_opclass c JOIN pg_amproc p ON p.amprocfamily = c.opcfamily
           WHERE c.opcname = 'vector_ops' AND c.opcintype = 'vector'::regtype),
          'vector_cmp(vector,vector)', 'vector_ops compares with vector_cmp');

-- the extension
SELECT is((SELECT extrelocatable FROM pg_extension WHERE extname = 'vectidx'), true, 'the extension is relocatable');

SELECT * FROM finish();
ROLLBACK;
