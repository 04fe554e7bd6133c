-- The functions of expected_function: three tests each, and one.
SELECT has_function(name, args) FROM expected_function;
SELECT function_returns(name, args, result) FROM expected_function;
SELECT is((SELECT (l.lanname, p.provolatile, p.proisstrict, p.proparallel, p.proretset, p.prosecdef, p.prosrc)::text
           FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.oid = f.proc),
          format('(c,i,t,s,f,f,%s)', coalesce(symbol, 'vectidx_' || name)),
          format('%s is C, immutable, strict, parallel safe; its symbol is prefixed', proc))
FROM listed_function f;
SELECT is_empty($$ SELECT proc FROM listed_function WHERE obj_description(proc, 'pg_proc') IS NULL $$,
                'every function has its comment');
