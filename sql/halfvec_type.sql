-- The type halfvec: text in and out, type modifier, errors.

-- what is read
SELECT '[1,2,3]'::halfvec;
SELECT '[-1.5,+2,.25,4.]'::halfvec;
SELECT E' \t\n[ 1 ,\x0b2\f,\r3 ] '::halfvec;
SELECT '[1e3,1E-3,-2.5e+2,0x1f,0x1p-4]'::halfvec;
SELECT '[0,-0,00012,000.50]'::halfvec;

-- what is written: the half that is nearest, with the fewest digits that tell its single-precision value
SELECT '[0.1,0.333333333333,2049,2050,2051,65519,1e-5]'::halfvec;
SELECT '[65504,-65504,6.1035156e-05,5.9604645e-08]'::halfvec;
SELECT v, v::text::halfvec = v AS same FROM (SELECT '[0.30000001,1.001,1.2e-7]'::halfvec) AS t (v);

-- an underflow becomes a denormal or zero
SELECT '[1e-7,3e-8,2.9e-8,-2.9e-8,1e-4000]'::halfvec;

-- an overflow does not become anything
SELECT '[1,65520]'::halfvec;
SELECT '[-65520]'::halfvec;
SELECT '[1e39]'::halfvec;
SELECT '[1e4000]'::halfvec;

-- neither NaN nor infinity
SELECT '[1,NaN]'::halfvec;
SELECT '[Infinity,1]'::halfvec;
SELECT '[1,2,-inf]'::halfvec;

-- no element
SELECT '[]'::halfvec;
SELECT ' [ ] '::halfvec;

-- no vector
SELECT ''::halfvec;
SELECT '1,2,3'::halfvec;
SELECT '{1,2,3}'::halfvec;
SELECT '['::halfvec;
SELECT '[1'::halfvec;
SELECT '[1,'::halfvec;
SELECT '[1,]'::halfvec;
SELECT '[,1]'::halfvec;
SELECT '[1,,2]'::halfvec;
SELECT '[1 2]'::halfvec;
SELECT '[1;2]'::halfvec;
SELECT '[one]'::halfvec;
SELECT '[1x]'::halfvec;
SELECT '[1e]'::halfvec;
SELECT '[0x]'::halfvec;
SELECT '[.]'::halfvec;
SELECT '[--1]'::halfvec;
SELECT '[- 1]'::halfvec;
SELECT '[1_000]'::halfvec;
SELECT '[[1]]'::halfvec;
SELECT '[1]2'::halfvec;
SELECT '[1]]'::halfvec;
-- a long one is quoted in part
SELECT ('[' || repeat('1,', 1000) || 'x]')::halfvec;

-- the number of dimensions, at its limit and beyond
SELECT vector_dims(('[' || repeat('1,', 15999) || '1]')::halfvec);
SELECT ('[' || repeat('1,', 16000) || '1]')::halfvec;

-- the type modifier
SELECT '[1,2,3]'::halfvec(3);
SELECT '[1,2,3]'::halfvec(2);
SELECT '[1]'::halfvec(16000);
SELECT '[1]'::halfvec(16001);
SELECT '[1]'::halfvec(0);
SELECT '[1]'::halfvec(-1);
SELECT '[1]'::halfvec(1,1);
SELECT '[1]'::halfvec('a');

CREATE TABLE typed (v halfvec(3), w halfvec);
SELECT attname, format_type(atttypid, atttypmod), attstorage
FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 0 ORDER BY attnum;
INSERT INTO typed VALUES ('[1,2,3]', '[1]'), (NULL, NULL), ('[4,5,6]', '[1,2]');
INSERT INTO typed (v) VALUES ('[1,2]');
INSERT INTO typed (v) SELECT '[1,2]'::halfvec;
UPDATE typed SET v = v || '[4]';
ALTER TABLE typed ALTER w TYPE halfvec(2);
SELECT * FROM typed ORDER BY v;
DROP TABLE typed;

-- arrays of halfvec
SELECT '{"[1,2]",NULL,"[3]"}'::halfvec[];
SELECT unnest(ARRAY['[1,2]'::halfvec, '[3]']);
SELECT '{"[1,2]","[3]"}'::halfvec(2)[];

-- a prepared statement with parameters of unknown type
PREPARE nearest AS SELECT $1 <-> '[3,4]'::halfvec AS distance;
EXECUTE nearest('[0,0]');
DEALLOCATE nearest;

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT '[1,65520]'::halfvec;
SELECT '[1,NaN]'::halfvec;
SELECT '[]'::halfvec;
SELECT '[1,'::halfvec;
SELECT ('[' || repeat('1,', 16000) || '1]')::halfvec;
SELECT '[1,2,3]'::halfvec(2);
SELECT '[1]'::halfvec(0);
SELECT '[1]'::halfvec(1,1);
\set VERBOSITY default
