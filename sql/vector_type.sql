-- The type vector: text in and out, type modifier, errors.

-- what is read
SELECT '[1,2,3]'::vector;
SELECT '[-1.5,+2,.25,4.]'::vector;
SELECT E' \t\n[ 1 ,\x0b2\f,\r3 ] '::vector;
SELECT '[1e3,1E-3,-2.5e+2,0x1f,0x1p-4]'::vector;
SELECT '[0,-0,00012,000.50]'::vector;

-- what is written: the fewest digits that read back as the same number
SELECT '[0.1,0.333333333333,16777216,16777217,1e20,1e-5]'::vector;
SELECT '[3.4028235e38,-3.4028235e38,1.17549435e-38,1.4e-45]'::vector;
SELECT '[123456789012345678901234567890,0.000000000000000000000000012345678901]'::vector;
SELECT v, v::text::vector = v AS same FROM (SELECT '[0.30000001,1.0000001,7.0064923e-45]'::vector) AS t (v);

-- an underflow becomes a denormal or zero
SELECT '[1e-40,1e-46,-1e-46,1e-4000]'::vector;

-- an overflow does not become anything
SELECT '[1,4e38]'::vector;
SELECT '[-4e38]'::vector;
SELECT '[1e4000]'::vector;
SELECT '[3.4028236e38]'::vector;
SELECT ('[' || repeat('9', 1000) || ']')::vector;

-- neither NaN nor infinity
SELECT '[1,NaN]'::vector;
SELECT '[Infinity,1]'::vector;
SELECT '[1,2,-inf]'::vector;

-- no element
SELECT '[]'::vector;
SELECT ' [ ] '::vector;

-- no vector
SELECT ''::vector;
SELECT '1,2,3'::vector;
SELECT '{1,2,3}'::vector;
SELECT '['::vector;
SELECT '[1'::vector;
SELECT '[1,'::vector;
SELECT '[1,]'::vector;
SELECT '[,1]'::vector;
SELECT '[1,,2]'::vector;
SELECT '[1 2]'::vector;
SELECT '[1;2]'::vector;
SELECT '[one]'::vector;
SELECT '[1x]'::vector;
SELECT '[1e]'::vector;
SELECT '[0x]'::vector;
SELECT '[.]'::vector;
SELECT '[--1]'::vector;
SELECT '[- 1]'::vector;
SELECT '[1_000]'::vector;
SELECT '[[1]]'::vector;
SELECT '[1]2'::vector;
SELECT '[1]]'::vector;
-- a long one is quoted in part
SELECT ('[' || repeat('1,', 1000) || 'x]')::vector;

-- the number of dimensions, at its limit and beyond
SELECT vector_dims(('[' || repeat('1,', 15999) || '1]')::vector);
SELECT ('[' || repeat('1,', 16000) || '1]')::vector;

-- the type modifier
SELECT '[1,2,3]'::vector(3);
SELECT '[1,2,3]'::vector(2);
SELECT '[1]'::vector(16000);
SELECT '[1]'::vector(16001);
SELECT '[1]'::vector(0);
SELECT '[1]'::vector(-1);
SELECT '[1]'::vector(1,1);
SELECT '[1]'::vector('a');

CREATE TABLE typed (v vector(3), w vector);
SELECT attname, format_type(atttypid, atttypmod), attstorage
FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 0 ORDER BY attnum;
INSERT INTO typed VALUES ('[1,2,3]', '[1]'), (NULL, NULL), ('[4,5,6]', '[1,2]');
INSERT INTO typed (v) VALUES ('[1,2]');
INSERT INTO typed (v) SELECT '[1,2]'::vector;
UPDATE typed SET v = v || '[4]';
ALTER TABLE typed ALTER w TYPE vector(2);
SELECT * FROM typed ORDER BY v;
DROP TABLE typed;

-- arrays of vectors
SELECT '{"[1,2]",NULL,"[3]"}'::vector[];
SELECT unnest(ARRAY['[1,2]'::vector, '[3]']);
SELECT '{"[1,2]","[3]"}'::vector(2)[];

-- a prepared statement with parameters of unknown type
PREPARE nearest AS SELECT $1 <-> '[3,4]'::vector AS distance;
EXECUTE nearest('[0,0]');
DEALLOCATE nearest;

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT '[1,4e38]'::vector;
SELECT '[1,NaN]'::vector;
SELECT '[]'::vector;
SELECT '[1,'::vector;
SELECT ('[' || repeat('1,', 16000) || '1]')::vector;
SELECT '[1,2,3]'::vector(2);
SELECT '[1]'::vector(0);
SELECT '[1]'::vector(1,1);
\set VERBOSITY default
