-- All that a type of the extension, :type, must have.
SELECT plan((SELECT 3 * count(*) + 1 FROM expected_function)::int +
            (SELECT 2 * count(*) + 1 FROM expected_operator)::int +
            (SELECT 1 * count(*) + 1 FROM expected_cast)::int +
            (SELECT 2 * count(*) + 1 FROM expected_aggregate)::int + 9);

-- the type
SELECT has_type(:'type');
SELECT has_type('_' || :'type');
SELECT is((SELECT (typlen, typbyval, typalign, typstorage, typdelim)::text FROM pg_type WHERE oid = :'type'::regtype),
          '(-1,f,i,e,",")', format('%s is a varlena, aligned to int, stored external', :'type'));
SELECT is((SELECT array_to_string(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout], ' ')
           FROM pg_type WHERE oid = :'type'::regtype),
          replace('T_in T_out T_recv T_send T_typmod_in -', 'T', :'type'), format('%s has its I/O functions', :'type'));
SELECT is(format_type(:'type'::regtype, 3), format('%s(3)', :'type'), 'the type modifier shows as a number');

\ir functions.sql
\ir operators.sql

-- the casts
SELECT is((SELECT (castcontext, castmethod, castfunc::regprocedure)::text FROM pg_cast
           WHERE castsource = to_regtype(source) AND casttarget = to_regtype(target)),
          (context, 'f'::"char", func)::text, format('cast from %s to %s', source, target))
FROM expected_cast;
SELECT is((SELECT count(*) FROM pg_cast WHERE :'type'::regtype IN (castsource, casttarget)),
          (SELECT count(*) FROM expected_cast), format('there is no other cast from or to %s', :'type'));

-- the aggregates
SELECT function_returns(name, ARRAY[:'type']::name[], :'type') FROM expected_aggregate;
SELECT is((SELECT (aggtransfn::text, aggfinalfn::text, aggcombinefn::text, aggtranstype::regtype, agginitval, p.proparallel)::text
           FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid
           WHERE aggfnoid = format('%s(%s)', name, :'type')::regprocedure),
          made_of, format('%s(%s) combines, in parallel', name, :'type'))
FROM expected_aggregate;
SELECT is((SELECT count(*) FROM pg_proc WHERE prokind = 'a' AND :'type'::regtype = ANY (proargtypes)),
          (SELECT count(*) FROM expected_aggregate), format('there is no other aggregate of %s', :'type'));

-- the operator class of btree
SELECT is((SELECT (opcdefault, opckeytype)::text FROM pg_opclass WHERE opcname = :'type' || '_ops'
           AND opcmethod = (SELECT oid FROM pg_am WHERE amname = 'btree') AND opcintype = :'type'::regtype),
          '(t,0)', format('%s_ops is the default of btree', :'type'));
SELECT is((SELECT string_agg(o.amopopr::regoperator::text, ' ' ORDER BY o.amopstrategy)
           FROM pg_opclass c JOIN pg_amop o ON o.amopfamily = c.opcfamily
           WHERE c.opcname = :'type' || '_ops' AND c.opcintype = :'type'::regtype),
          replace('<(T,T) <=(T,T) =(T,T) >=(T,T) >(T,T)', 'T', :'type'),
          format('%s_ops has the five operators of btree', :'type'));
SELECT is((SELECT string_agg(p.amproc::regprocedure::text, ' ')
           FROM pg_opclass c JOIN pg_amproc p ON p.amprocfamily = c.opcfamily
           WHERE c.opcname = :'type' || '_ops' AND c.opcintype = :'type'::regtype),
          replace('T_cmp(T,T)', 'T', :'type'), format('%s_ops compares with its cmp', :'type'));

-- the extension
SELECT is((SELECT extrelocatable FROM pg_extension WHERE extname = 'vectidx'), true, 'the extension is relocatable');

SELECT * FROM finish();
ROLLBACK;
