-- The functions that look into an index: their signatures, and who may call them.
-- Run with:  pg_prove -d DATABASE test/pgtap/inspection.sql
\ir include/session.sql

CREATE TEMP TABLE inspector (name name, args name[], result text, call text) ON COMMIT DROP;
INSERT INTO inspector VALUES
    ('vectidx_check', '{regclass,boolean}', 'setof record', 'SELECT * FROM vectidx_check(%L)'),
    ('vectidx_index_stats', '{regclass}', 'record', 'SELECT vectidx_index_stats(%L)'),
    ('vectidx_prewarm', '{regclass}', 'bigint', 'SELECT vectidx_prewarm(%L)'),
    ('vectidx_recall', '{regclass,integer,integer,text}', 'double precision', 'SELECT vectidx_recall(%L)'),
    ('vectidx_recall_stats', '{regclass,integer,integer,text}', 'record', 'SELECT vectidx_recall_stats(%L)');
CREATE TABLE public.looked_into (id int PRIMARY KEY, v vector(3));
INSERT INTO looked_into SELECT i, ARRAY[i, i % 7, i % 5]::vector FROM generate_series(1, 100) i;
CREATE INDEX looked_into_v ON looked_into USING vectidx (v vector_l2_ops);
CREATE ROLE vectidx_test_public;
CREATE ROLE vectidx_test_granted;
CREATE ROLE vectidx_test_monitor IN ROLE pg_monitor;
CREATE ROLE vectidx_test_scanner IN ROLE pg_stat_scan_tables;
CREATE ROLE vectidx_test_owner;
SELECT format('GRANT EXECUTE ON FUNCTION %I(%s) TO vectidx_test_granted', name,
              array_to_string(args, ',')) FROM inspector \gexec
ALTER TABLE looked_into OWNER TO vectidx_test_owner;
GRANT ALL ON inspector TO PUBLIC;

SELECT plan(5 * 13 + 5);

SELECT has_function(name, args) FROM inspector;
SELECT function_returns(name, args, result) FROM inspector;
SELECT is((SELECT (l.lanname, p.provolatile, p.proisstrict, p.proparallel, p.prosecdef)::text
           FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.proname = name),
          '(c,v,t,r,f)', format('%s is C, volatile, strict, parallel restricted', name)) FROM inspector;
SELECT isnt(obj_description(name::regproc, 'pg_proc'), NULL, format('%s has its comment', name)) FROM inspector;

-- each function, for each kind of user
SELECT ok(has_function_privilege('vectidx_test_public', name::regproc, 'EXECUTE'),
          format('%s may be called by everybody', name)) FROM inspector;
SELECT ok(has_function_privilege('vectidx_test_monitor', name::regproc, 'EXECUTE'),
          format('%s is for pg_monitor', name)) FROM inspector;
SET LOCAL ROLE vectidx_test_public;
SELECT throws_ok(format(call, 'looked_into_v'), '42501', 'permission denied for index "looked_into_v"',
                 format('%s refuses who does not own the index', name)) FROM inspector;
SET LOCAL ROLE vectidx_test_granted;
SELECT throws_ok(format(call, 'looked_into_v'), '42501', 'permission denied for index "looked_into_v"',
                 format('%s refuses also whom it was granted', name)) FROM inspector;
SET LOCAL ROLE vectidx_test_owner;
SELECT lives_ok(format(call, 'looked_into_v'), format('%s serves the owner', name)) FROM inspector;
SET LOCAL ROLE vectidx_test_scanner;
SELECT lives_ok(format(call, 'looked_into_v'), format('%s serves pg_stat_scan_tables', name)) FROM inspector;
SET LOCAL ROLE vectidx_test_monitor;
SELECT lives_ok(format(call, 'looked_into_v'), format('%s serves pg_monitor', name)) FROM inspector;
RESET ROLE;

-- what is no index of ours
SELECT throws_ok(format(call, 'looked_into'), '42809', '"looked_into" is not a vectidx index',
                 format('%s refuses a table', name)) FROM inspector;
SELECT throws_ok(format(call, 'looked_into_pkey'), '42809', '"looked_into_pkey" is not a vectidx index',
                 format('%s refuses another access method', name)) FROM inspector;

SELECT is_empty('SELECT * FROM vectidx_check(''looked_into_v'', true)', 'an index in order gives no row');
SELECT is((SELECT rows FROM vectidx_index_stats('looked_into_v')), 100::bigint, 'rows are counted');

ALTER INDEX looked_into_v SET (pending_limit = 10);
INSERT INTO looked_into VALUES (101, '[1,2,3]'), (102, '[4,5,6]');
SELECT is((SELECT (rows, pending_rows, merging, options ->> 'pending_limit')::text FROM vectidx_index_stats('looked_into_v')),
          '(102,2,f,10)', 'and so are those that wait');
SELECT is_empty('SELECT * FROM vectidx_check(''looked_into_v'', true)', 'rows that wait are in the index');
SELECT results_eq('SELECT jsonb_object_keys(pages) FROM vectidx_index_stats(''looked_into_v'') ORDER BY 1',
                  ARRAY['center', 'directory', 'directory_map', 'empty', 'free', 'links', 'meta', 'pending', 'refinement', 'spare', 'tids', 'traversal', 'unused'],
                  'every page is of some kind');

SELECT * FROM finish();
ROLLBACK;
