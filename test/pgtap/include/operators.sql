-- The operators of expected_operator between two values of :type: two tests each, and one.
SELECT has_operator(:'type', name, :'type', result) FROM expected_operator;
SELECT is((SELECT (o.oprcode::regprocedure::text, c.oprname, n.oprname, o.oprrest::text, o.oprjoin::text, o.oprcanmerge, o.oprcanhash)::text
           FROM pg_operator o LEFT JOIN pg_operator c ON c.oid = o.oprcom LEFT JOIN pg_operator n ON n.oid = o.oprnegate
           WHERE o.oprname = e.name AND o.oprleft = :'type'::regtype AND o.oprright = :'type'::regtype),
          (format('%s(%s,%s)', func, :'type', :'type'), commutator, negator, restrict_sel, join_sel, false, false)::text,
          format('operator %s has its function, commutator, negator and estimators', name))
FROM expected_operator e;
SELECT is((SELECT count(*) FROM pg_operator o JOIN pg_depend d ON d.classid = 'pg_operator'::regclass AND d.objid = o.oid
           WHERE oprleft = :'type'::regtype AND oprright = :'type'::regtype AND d.deptype = 'e'),
          (SELECT count(*) FROM expected_operator), format('the extension has no other operator of %s', :'type'));
