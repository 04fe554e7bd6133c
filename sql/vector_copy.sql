-- COPY in text and binary, and binary input that no vector_send() wrote.
\set SHOW_CONTEXT never

CREATE TABLE origin (id int, v vector, w vector(2));
INSERT INTO origin VALUES (1, '[1,-2.5,3e38,1.4e-45,-0]', '[0.1,0.2]'), (2, NULL, NULL), (3, '[7]', NULL);
INSERT INTO origin SELECT 4, array_agg(sqrt(i))::vector FROM generate_series(1, 16000) AS i;
CREATE TABLE copied (LIKE origin);

\copy origin TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy copied FROM 'results/vector_copy.bin' WITH (FORMAT binary)
SELECT count(*), bool_and(vector_send(o.v) IS NOT DISTINCT FROM vector_send(c.v)) AS same_v,
       bool_and(vector_send(o.w) IS NOT DISTINCT FROM vector_send(c.w)) AS same_w
FROM origin o JOIN copied c USING (id);

TRUNCATE copied;
\copy origin TO 'results/vector_copy.txt'
\copy copied FROM 'results/vector_copy.txt'
SELECT count(*), bool_and(vector_send(o.v) IS NOT DISTINCT FROM vector_send(c.v)) AS same_v,
       bool_and(vector_send(o.w) IS NOT DISTINCT FROM vector_send(c.w)) AS same_w
FROM origin o JOIN copied c USING (id);

-- the binary form: int16 dim, int16 0, float4s, in network byte order
SELECT vector_send('[1,-2]');

-- a bytea has no header of its own in binary COPY: so any bytes reach vector_recv()
CREATE TABLE wire (v vector);
CREATE TABLE wire2 (v vector(2));
\copy (SELECT '\x000200003f800000c0000000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire2 FROM 'results/vector_copy.bin' WITH (FORMAT binary)
SELECT v FROM wire UNION ALL SELECT v FROM wire2;

-- other dimensions than the column's
\copy (SELECT '\x000100003f800000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire2 FROM 'results/vector_copy.bin' WITH (FORMAT binary)
-- nothing; half a header
\copy (SELECT '\x'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x000100'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
-- no dimension; too many; a negative number of them
\copy (SELECT '\x00000000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x3e810000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\xffff0000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
-- the unused field in use
\copy (SELECT '\x000100013f800000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
-- too short; too long
\copy (SELECT '\x000200003f800000c00000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x000100003f80000000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
-- NaN; -infinity
\copy (SELECT '\x000200003f8000007fc00000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x00010000ff800000'::bytea) TO 'results/vector_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/vector_copy.bin' WITH (FORMAT binary)
SELECT count(*) AS still_one FROM wire;
DROP TABLE origin, copied, wire, wire2;
