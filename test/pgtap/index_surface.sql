-- The SQL surface of the index: access method, operator classes, support functions, settings.
-- Run with:  pg_prove -d DATABASE test/pgtap/index_surface.sql
\ir include/session.sql

-- Every operator class: name, type, ordering operator, support function.
CREATE TEMP TABLE expected_opclass (name name, type name, operator name, support name) ON COMMIT DROP;
INSERT INTO expected_opclass VALUES
    ('vector_l2_ops', 'vector', '<->', 'vectidx_vector_l2_support'),
    ('vector_ip_ops', 'vector', '<#>', 'vectidx_vector_ip_support'),
    ('vector_cosine_ops', 'vector', '<=>', 'vectidx_vector_cosine_support'),
    ('vector_l1_ops', 'vector', '<+>', 'vectidx_vector_l1_support'),
    ('halfvec_l2_ops', 'halfvec', '<->', 'vectidx_halfvec_l2_support'),
    ('halfvec_ip_ops', 'halfvec', '<#>', 'vectidx_halfvec_ip_support'),
    ('halfvec_cosine_ops', 'halfvec', '<=>', 'vectidx_halfvec_cosine_support'),
    ('halfvec_l1_ops', 'halfvec', '<+>', 'vectidx_halfvec_l1_support'),
    ('vector_maxsim_ops', 'vector[]', '@#', 'vectidx_vector_maxsim_support'),
    ('vector_maxsim_cosine_ops', 'vector[]', '@=', 'vectidx_vector_maxsim_cosine_support'),
    ('halfvec_maxsim_ops', 'halfvec[]', '@#', 'vectidx_halfvec_maxsim_support'),
    ('halfvec_maxsim_cosine_ops', 'halfvec[]', '@=', 'vectidx_halfvec_maxsim_cosine_support'),
    ('sparsevec_l2_ops', 'sparsevec', '<->', 'vectidx_sparsevec_l2_support'),
    ('sparsevec_ip_ops', 'sparsevec', '<#>', 'vectidx_sparsevec_ip_support'),
    ('sparsevec_cosine_ops', 'sparsevec', '<=>', 'vectidx_sparsevec_cosine_support'),
    ('sparsevec_l1_ops', 'sparsevec', '<+>', 'vectidx_sparsevec_l1_support'),
    ('bit_hamming_ops', 'bit', '<~>', 'vectidx_bit_hamming_support'),
    ('bit_jaccard_ops', 'bit', '<%>', 'vectidx_bit_jaccard_support');
CREATE TEMP VIEW opclass AS
    SELECT e.*, c.oid, opcfamily AS family, opcdefault, opckeytype
    FROM expected_opclass AS e JOIN pg_opclass AS c ON opcname = e.name AND opcintype = to_regtype(e.type)
        AND opcmethod = (SELECT oid FROM pg_am WHERE amname = 'vectidx');

-- Every setting: name, default, least and greatest value.
CREATE TEMP TABLE expected_setting (name text, type text, value text, least text, greatest text) ON COMMIT DROP;
INSERT INTO expected_setting VALUES
    ('vectidx.m', 'integer', '16', '2', '100'),
    ('vectidx.ef_construction', 'integer', '200', '4', '1000'),
    ('vectidx.ef_search', 'integer', '0', '0', '10000'),
    ('vectidx.target_recall', 'real', '0.95', '0.5', '0.999'),
    ('vectidx.parallel_insert_threshold', 'integer', '256', '1', '2147483647'),
    ('vectidx.tombstone_rebuild_pct', 'integer', '30', '1', '100'),
    ('vectidx.max_scan_tuples', 'integer', '0', '0', '2147483647'),
    ('vectidx.scan_mem_multiplier', 'real', '0', '0', '1000'),
    ('vectidx.background_threads', 'integer', '1', '1', '256'),
    ('vectidx.background_worker', 'bool', 'on', NULL, NULL),
    ('vectidx.strict_order', 'bool', 'off', NULL, NULL),
    ('vectidx.filter', 'enum', 'auto', NULL, NULL);

-- Every index option, with a value that it takes and one that it does not.
CREATE TEMP TABLE expected_option (name text, good text, bad text) ON COMMIT DROP;
INSERT INTO expected_option VALUES
    ('m', '32', '1'), ('ef_construction', '400', '1001'), ('ef_search', '100', '-1'), ('target_recall', '0.99', '0.4'),
    ('parallel_insert_threshold', '1000', '0'), ('tombstone_rebuild_pct', '50', '101'), ('preset', 'fast', 'slow'),
    ('pending_limit', '10000', '1000001'), ('algorithm', 'vamana', 'nsg'), ('alpha', '1.5', '2.1');

SELECT plan((SELECT 7 * count(*) FROM expected_opclass)::int +
            (SELECT 2 * count(*) FROM expected_setting)::int +
            (SELECT 2 * count(*) FROM expected_option)::int + 13);

-- the access method
SELECT has_function('vectidx_handler', ARRAY['internal']::name[]);
SELECT function_returns('vectidx_handler', ARRAY['internal']::name[], 'index_am_handler');
SELECT is((SELECT (amhandler::regproc, amtype)::text FROM pg_am WHERE amname = 'vectidx'), '(vectidx_handler,i)',
          'vectidx is an index access method');
SELECT isnt(obj_description(oid, 'pg_am'), NULL, 'the access method has its comment') FROM pg_am WHERE amname = 'vectidx';
SELECT isnt(obj_description('vectidx_handler(internal)'::regprocedure, 'pg_proc'), NULL, 'the handler has its comment');
SELECT is((SELECT string_agg(prop, ' ' ORDER BY prop) FROM unnest(ARRAY['can_order', 'can_unique', 'can_multi_col', 'can_include']) AS prop
           WHERE pg_indexam_has_property((SELECT oid FROM pg_am WHERE amname = 'vectidx'), prop)),
          NULL, 'it neither sorts, nor is unique, nor has several columns');

-- the operator classes
SELECT is((SELECT count(*) FROM pg_opclass WHERE opcmethod = (SELECT oid FROM pg_am WHERE amname = 'vectidx')),
          (SELECT count(*) FROM opclass), 'there is no other operator class');
SELECT is((SELECT count(*) FROM pg_opfamily WHERE opfmethod = (SELECT oid FROM pg_am WHERE amname = 'vectidx')),
          (SELECT count(*) FROM expected_opclass), 'there is no other operator family');
SELECT is((SELECT (opcdefault, opckeytype)::text FROM opclass WHERE opclass.name = e.name), '(f,0)',
          format('%s is there, is no default, stores its own type', name))
FROM expected_opclass AS e;
SELECT is((SELECT array_agg((amopstrategy, amopopr::regoperator, amoppurpose, sort.opfname)::text ORDER BY amopstrategy)
           FROM opclass JOIN pg_amop ON amopfamily = family LEFT JOIN pg_opfamily AS sort ON sort.oid = amopsortfamily
           WHERE opclass.name = e.name),
          ARRAY[format('(1,"%s(%s,%2$s)",o,float_ops)', operator, type)] ||
          CASE WHEN type ~ '\[' THEN '{}' ELSE ARRAY[format('(2,"@%s(%s,record)",s,)', operator, type)] END,
          format('%s orders by %s, as float8, selects by @%2$s unless it is for arrays, and has no other operator', name, operator))
FROM expected_opclass AS e;
SELECT is((SELECT array_agg((amprocnum, amproc::regprocedure, amproclefttype::regtype, amprocrighttype::regtype)::text)
           FROM opclass JOIN pg_amproc ON amprocfamily = family WHERE opclass.name = e.name),
          ARRAY[format('(1,"%s(internal)",%s,%2$s)', support, type)],
          format('%s has its support function, and no other', name))
FROM expected_opclass AS e;
SELECT ok((SELECT amvalidate(oid) FROM opclass WHERE opclass.name = e.name), format('%s is valid', name))
FROM expected_opclass AS e;
SELECT function_returns(support, ARRAY['internal']::name[], 'internal') FROM expected_opclass;
SELECT is((SELECT (l.lanname, p.provolatile, p.proisstrict, p.proparallel, p.prosrc)::text
           FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang WHERE p.proname = e.support),
          format('(c,i,t,s,%s)', support), format('%s is C, immutable, strict and parallel safe', support))
FROM expected_opclass AS e;
SELECT isnt(obj_description(format('%I(internal)', support)::regprocedure, 'pg_proc'), NULL, format('%s has its comment', support))
FROM expected_opclass;
-- a class that lacks its parts is told apart
CREATE OPERATOR CLASS broken_ops FOR TYPE vector USING vectidx AS OPERATOR 2 <-> (vector, vector) FOR ORDER BY float_ops;
SELECT ok(NOT amvalidate((SELECT oid FROM pg_opclass WHERE opcname = 'broken_ops')), 'a class without support function is not valid');

-- the settings
SELECT is((SELECT (vartype, boot_val, min_val, max_val)::text FROM pg_settings AS s WHERE s.name = e.name),
          format('(%s,%s,%s,%s)', type, value, least, greatest), format('%s: default and range', name))
FROM expected_setting AS e;
SELECT is((SELECT (context, short_desc <> '', pending_restart)::text FROM pg_settings AS s WHERE s.name = e.name),
          '(user,t,f)', format('%s can be set by everyone, and is described', name))
FROM expected_setting AS e;
SELECT bag_eq($$SELECT name FROM pg_settings WHERE name LIKE 'vectidx.%'$$, 'SELECT name FROM expected_setting',
              'there is no other setting');

-- the index options
CREATE TEMP TABLE items (v vector(3)) ON COMMIT DROP;
SELECT lives_ok(format('CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (%s = %s)', name, good),
                format('option %s = %s', name, good))
FROM expected_option;
SELECT throws_ok(format('CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (%s = %s)', name, bad), '22023', NULL,
                 format('option %s = %s is refused', name, bad))
FROM expected_option;
SELECT throws_ok('CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (nothing = 1)', '22023', NULL,
                 'there is no other option');

-- the catalogs know that the objects are the extension's
SELECT is((SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
           AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'vectidx')
           AND classid IN ('pg_am'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass)
           AND objid NOT IN (SELECT oid FROM pg_opclass WHERE opcname = 'broken_ops')),
          1 + 2 * (SELECT count(*) + 3 FROM expected_opclass), 'access method, classes and families belong to the extension');
-- the handler, the support functions, that of bounds, and those that work on an index
SELECT is((SELECT count(*) FROM pg_proc WHERE proname LIKE 'vectidx%'),
          1 + (SELECT count(*) FROM expected_opclass) +
          (SELECT count(*) FROM pg_proc WHERE proname IN ('vectidx_distance_bound', 'vectidx_merge', 'vectidx_check', 'vectidx_index_stats', 'vectidx_prewarm', 'vectidx_recall', 'vectidx_recall_stats')),
          'there is no other function of the index');

SELECT * FROM finish();
ROLLBACK;
