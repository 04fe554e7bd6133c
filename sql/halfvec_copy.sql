-- COPY in text and binary, and binary input that no halfvec_send() wrote.
\set SHOW_CONTEXT never

CREATE TABLE origin (id int, v halfvec, w halfvec(2));
INSERT INTO origin VALUES (1, '[1,-2.5,65504,6e-8,-0]', '[0.1,0.2]'), (2, NULL, NULL), (3, '[7]', NULL);
INSERT INTO origin SELECT 4, array_agg(sqrt(i))::halfvec FROM generate_series(1, 16000) AS i;
CREATE TABLE copied (LIKE origin);

\copy origin TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy copied FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
SELECT count(*), bool_and(halfvec_send(o.v) IS NOT DISTINCT FROM halfvec_send(c.v)) AS same_v,
       bool_and(halfvec_send(o.w) IS NOT DISTINCT FROM halfvec_send(c.w)) AS same_w
FROM origin o JOIN copied c USING (id);

TRUNCATE copied;
\copy origin TO 'results/halfvec_copy.txt'
\copy copied FROM 'results/halfvec_copy.txt'
SELECT count(*), bool_and(halfvec_send(o.v) IS NOT DISTINCT FROM halfvec_send(c.v)) AS same_v,
       bool_and(halfvec_send(o.w) IS NOT DISTINCT FROM halfvec_send(c.w)) AS same_w
FROM origin o JOIN copied c USING (id);

-- the binary form: int16 dim, int16 0, the 2 bytes of each half, in network byte order
SELECT halfvec_send('[1,-2]');

-- a bytea has no header of its own in binary COPY: so any bytes reach halfvec_recv()
CREATE TABLE wire (v halfvec);
CREATE TABLE wire2 (v halfvec(2));
\copy (SELECT '\x000200003c00c000'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire2 FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
SELECT v FROM wire UNION ALL SELECT v FROM wire2;

-- other dimensions than the column's
\copy (SELECT '\x000100003c00'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire2 FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
-- nothing; half a header
\copy (SELECT '\x'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x000100'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
-- no dimension; too many; a negative number of them
\copy (SELECT '\x00000000'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x3e810000'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\xffff0000'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
-- the unused field in use
\copy (SELECT '\x000100013c00'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
-- too short; too long
\copy (SELECT '\x000200003c00c0'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x000100003c0000'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
-- NaN; -infinity
\copy (SELECT '\x000200003c007e00'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x00010000fc00'::bytea) TO 'results/halfvec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/halfvec_copy.bin' WITH (FORMAT binary)
SELECT count(*) AS still_one FROM wire;
DROP TABLE origin, copied, wire, wire2;
