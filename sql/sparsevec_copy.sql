-- COPY in text and binary, and binary input that no sparsevec_send() wrote.
\set SHOW_CONTEXT never

CREATE TABLE origin (id int, v sparsevec, w sparsevec(2));
INSERT INTO origin VALUES (1, '{1:1,3:-2.5,4:3e38,7:1.4e-45}/1000000000', '{1:0.1}/2'), (2, NULL, NULL), (3, '{}/7', NULL);
INSERT INTO origin SELECT 4, array_agg(sqrt(i))::sparsevec FROM generate_series(1, 16000) AS i;
CREATE TABLE copied (LIKE origin);

\copy origin TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy copied FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
SELECT count(*), bool_and(sparsevec_send(o.v) IS NOT DISTINCT FROM sparsevec_send(c.v)) AS same_v,
       bool_and(sparsevec_send(o.w) IS NOT DISTINCT FROM sparsevec_send(c.w)) AS same_w
FROM origin o JOIN copied c USING (id);

TRUNCATE copied;
\copy origin TO 'results/sparsevec_copy.txt'
\copy copied FROM 'results/sparsevec_copy.txt'
SELECT count(*), bool_and(sparsevec_send(o.v) IS NOT DISTINCT FROM sparsevec_send(c.v)) AS same_v,
       bool_and(sparsevec_send(o.w) IS NOT DISTINCT FROM sparsevec_send(c.w)) AS same_w
FROM origin o JOIN copied c USING (id);

-- the binary form: int32 dim, int32 count, int32 0, indices from 0, float4s, in network byte order
SELECT sparsevec_send('{1:1,3:-2}/5');

-- a bytea has no header of its own in binary COPY: so any bytes reach sparsevec_recv()
CREATE TABLE wire (v sparsevec);
CREATE TABLE wire2 (v sparsevec(2));
\copy (SELECT '\x00000002000000020000000000000000000000013f800000c0000000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire2 FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
SELECT v FROM wire UNION ALL SELECT v FROM wire2;

-- other dimensions than the column's
\copy (SELECT '\x000000030000000100000000000000003f800000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire2 FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
-- nothing; half a header
\copy (SELECT '\x'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x0000000200'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
-- no dimension; too many; a negative number of them
\copy (SELECT '\x000000000000000000000000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x3b9aca010000000000000000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\xffffffff0000000000000000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
-- a negative number of elements; too many; more than dimensions
\copy (SELECT '\x00000002ffffffff00000000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x00004e2000003e8100000000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x0000000200000003000000000000000000000001000000023f8000003f8000003f800000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
-- the unused field in use
\copy (SELECT '\x000000020000000100000001000000003f800000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
-- indices: out of bounds, descending, repeated
\copy (SELECT '\x000000020000000100000000000000023f800000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x000000020000000100000000ffffffff3f800000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x00000003000000020000000000000002000000013f8000003f800000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x00000003000000020000000000000001000000013f8000003f800000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
-- too short; too long
\copy (SELECT '\x000000020000000100000000000000003f8000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x000000020000000100000000000000003f80000000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
-- zero; NaN; -infinity
\copy (SELECT '\x0000000200000001000000000000000000000000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x000000020000000100000000000000007fc00000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy (SELECT '\x00000002000000010000000000000000ff800000'::bytea) TO 'results/sparsevec_copy.bin' WITH (FORMAT binary)
\copy wire FROM 'results/sparsevec_copy.bin' WITH (FORMAT binary)
SELECT count(*) AS still_one FROM wire;
DROP TABLE origin, copied, wire, wire2;
