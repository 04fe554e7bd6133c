-- The type sparsevec: text in and out, type modifier, errors.

-- what is read; indices count from 1, in any order
SELECT '{1:1.5,3:2}/5'::sparsevec;
SELECT '{3:2,1:1.5}/5'::sparsevec;
SELECT E' \t\n{ 1 : 1.5 ,\x0b3\f:\r2 } / 5 '::sparsevec;
SELECT '{}/3'::sparsevec, '{ } / 3'::sparsevec;
SELECT '{+1:+1,02:0x1f,3:1e3}/+03'::sparsevec;
SELECT '{1:1,1000000000:2}/1000000000'::sparsevec;

-- zeros are left out, wherever they are said to be
SELECT '{1:0,2:-0,3:1}/3'::sparsevec, '{9:0,0:0,1:0,1:1}/3'::sparsevec;

-- what is written: the fewest digits that read back as the same number
SELECT '{1:0.1,2:0.333333333333,3:16777217,4:1e20,5:3.4028235e38,6:1.4e-45}/6'::sparsevec;
SELECT v, v::text::sparsevec = v AS same FROM (SELECT '{1:0.30000001,3:1.0000001}/3'::sparsevec) AS t (v);

-- overflow; underflow, which would make a zero
SELECT '{1:4e38}/2'::sparsevec;
SELECT '{1:-1e4000}/2'::sparsevec;
SELECT '{1:1e-46}/2'::sparsevec;
SELECT '{1:1e-40}/2'::sparsevec AS denormal;

-- neither NaN nor infinity
SELECT '{1:1,3:NaN}/3'::sparsevec;
SELECT '{2:Infinity}/3'::sparsevec;
SELECT '{2:-inf}/3'::sparsevec;

-- indices: from 1 to the number of dimensions, none twice
SELECT '{0:1}/2'::sparsevec;
SELECT '{-1:1}/2'::sparsevec;
SELECT '{3:1}/2'::sparsevec;
SELECT '{1:1,2:2,1:3}/2'::sparsevec;
SELECT '{99999999999999999999:1}/2'::sparsevec;
SELECT '{-99999999999999999999:1}/2'::sparsevec;
SELECT '{2147483648:1}/2'::sparsevec;

-- dimensions
SELECT '{}/0'::sparsevec;
SELECT '{1:1}/-1'::sparsevec;
SELECT '{1:1}/1000000001'::sparsevec;
SELECT '{1:1}/99999999999999999999'::sparsevec;

-- no vector
SELECT ''::sparsevec;
SELECT '1:1}/2'::sparsevec;
SELECT '[1,2]'::sparsevec;
SELECT '{'::sparsevec;
SELECT '{}'::sparsevec;
SELECT '{1'::sparsevec;
SELECT '{1:'::sparsevec;
SELECT '{1:1'::sparsevec;
SELECT '{1:1,'::sparsevec;
SELECT '{1:1}'::sparsevec;
SELECT '{1:1}2'::sparsevec;
SELECT '{1:1}/'::sparsevec;
SELECT '{1:1}/x'::sparsevec;
SELECT '{1:1,}/2'::sparsevec;
SELECT '{,1:1}/2'::sparsevec;
SELECT '{:1}/2'::sparsevec;
SELECT '{1:}/2'::sparsevec;
SELECT '{1 1}/2'::sparsevec;
SELECT '{1:1;2:1}/2'::sparsevec;
SELECT '{1:1 2:1}/2'::sparsevec;
SELECT '{one:1}/2'::sparsevec;
SELECT '{1.5:1}/2'::sparsevec;
SELECT '{1:1x}/2'::sparsevec;
SELECT '{1:1}/2x'::sparsevec;
SELECT '{1:1}/2.0'::sparsevec;
SELECT '{1:1}/2/2'::sparsevec;
SELECT '{1:1}}/2'::sparsevec;
-- a long one is quoted in part
SELECT ('{' || repeat('1:0,', 1000) || 'x}/2')::sparsevec;

-- the number of elements, at its limit and beyond
CREATE FUNCTION ones(n int, value text DEFAULT '1') RETURNS sparsevec LANGUAGE sql AS $$
    SELECT ('{' || string_agg(i || ':' || value, ',') || '}/' || 2 * n)::sparsevec FROM generate_series(1, n) AS i
$$;
SELECT l1_distance(ones(16000), '{}/32000');
SELECT ones(16001);
SELECT ones(16001, '0');
DROP FUNCTION ones;

-- the type modifier
SELECT '{1:1}/3'::sparsevec(3);
SELECT '{1:1}/3'::sparsevec(2);
SELECT '{1:1}/3'::sparsevec(1000000000);
SELECT '{1:1}/3'::sparsevec(1000000001);
SELECT '{1:1}/3'::sparsevec(0);
SELECT '{1:1}/3'::sparsevec(-1);
SELECT '{1:1}/3'::sparsevec(1,1);
SELECT '{1:1}/3'::sparsevec('a');

CREATE TABLE typed (v sparsevec(3), w sparsevec);
SELECT attname, format_type(atttypid, atttypmod), attstorage
FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 0 ORDER BY attnum;
INSERT INTO typed VALUES ('{1:1}/3', '{}/1'), (NULL, NULL), ('{2:2,3:3}/3', '{2:1}/2');
INSERT INTO typed (v) VALUES ('{1:1}/2');
INSERT INTO typed (v) SELECT '{1:1}/2'::sparsevec;
ALTER TABLE typed ALTER w TYPE sparsevec(2);
SELECT * FROM typed ORDER BY v;
DROP TABLE typed;

-- arrays; a prepared statement with parameters of unknown type
SELECT '{"{1:1}/2",NULL,"{}/3"}'::sparsevec[];
PREPARE nearest AS SELECT $1 <-> '{1:3,3:4}/3'::sparsevec AS distance;
EXECUTE nearest('{}/3');
DEALLOCATE nearest;

-- an error names the index that was given, also one that no integer holds
SELECT '{-2147483648:1}/1'::sparsevec;
SELECT '{2147483647:1}/1'::sparsevec;
SELECT '{ +2147483649 :1}/3'::sparsevec;
SELECT '{1:1,-9223372036854775809:1,2:1}/3'::sparsevec;
SELECT ('{' || repeat('9', 300) || ':1}/3')::sparsevec;
SELECT '{2147483648:nan}/1'::sparsevec;
SELECT '{-2147483650:-inf}/1'::sparsevec;
SELECT '{000000000000000000000000000002:inf}/3'::sparsevec;
SELECT '{2147483648:0}/1'::sparsevec;
-- the dimensions are checked first
SELECT '{2147483648:1}/0'::sparsevec;

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT '{1:4e38}/2'::sparsevec;
SELECT '{1:1e-46}/2'::sparsevec;
SELECT '{1:NaN}/2'::sparsevec;
SELECT '{3:1}/2'::sparsevec;
SELECT '{1:1,1:2}/2'::sparsevec;
SELECT '{}/0'::sparsevec;
SELECT '{}/1000000001'::sparsevec;
SELECT '{1:1'::sparsevec;
SELECT '{1:1}/3'::sparsevec(2);
SELECT '{1:1}/3'::sparsevec(0);
SELECT ('{' || repeat('1:0,', 16000) || '1:0}/2')::sparsevec;
\set VERBOSITY default
