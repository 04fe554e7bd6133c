-- The index access method over bit strings: Hamming and Jaccard distances.
SET vectidx.ef_search = 2000;  -- more than there are rows: the results are exact

-- A string of `n` bits: one of 20, with some of its bits turned.
CREATE FUNCTION bits(id bigint, n int) RETURNS bit LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(((hashint8extended(id % 20, i) % 3 = 0) <> (hashint8extended(id, -i) % 11 = 0))::int::text, '' ORDER BY i)::"bit"
    FROM generate_series(1, n) AS i
$$;
CREATE FUNCTION compare(n int) RETURNS TABLE (op text, same boolean) LANGUAGE sql AS $$
    SELECT op, bool_and(same_distances(format('SELECT b %s %L FROM strings WHERE b IS NOT NULL ORDER BY b %1$s %2$L LIMIT %s',
                                              op, bits(-1000 - k, n), 25 * k)))
    FROM unnest(ARRAY['<~>', '<%>']) AS op, generate_series(1, 4) AS k GROUP BY op ORDER BY op COLLATE "C"
$$;
CREATE FUNCTION check_all() RETURNS TABLE (index name, message text) LANGUAGE sql AS $$
    SELECT relname, c.message FROM pg_class, vectidx_check(oid, true) AS c WHERE relname LIKE 'strings\_%' AND relkind = 'i' AND severity <> 'info'
$$;

-- builds, inserts, updates, deletes, merges; NULL, zero and equal strings
CREATE FUNCTION try_bits(n int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    zero bit varying := repeat('0', n)::bit varying;
BEGIN
    EXECUTE format('CREATE TABLE strings (id int, b bit(%s))', n);
    INSERT INTO strings SELECT i, bits(i, n) FROM generate_series(1, 300) AS i;
    INSERT INTO strings SELECT 1000 + i, bits(i % 7, n) FROM generate_series(1, 100) AS i;
    INSERT INTO strings VALUES (2001, NULL), (2002, zero), (2003, ~zero);
    CREATE INDEX strings_hamming ON strings USING vectidx (b bit_hamming_ops);
    CREATE INDEX strings_jaccard ON strings USING vectidx (b bit_jaccard_ops) WITH (pending_limit = 1000);
    CREATE INDEX strings_vamana ON strings USING vectidx (b bit_jaccard_ops) WITH (algorithm = 'vamana') WHERE id < 0;
    INSERT INTO strings SELECT 3000 + i, bits(-i, n) FROM generate_series(1, 100) AS i;
    INSERT INTO strings VALUES (4001, NULL), (4002, zero);
    RETURN QUERY SELECT format('%s: %s after inserts', c.op, c.same) FROM compare(n) AS c;
    UPDATE strings SET b = bits(id + 10000, n) WHERE id % 10 = 3;
    DELETE FROM strings WHERE id % 10 = 4;
    RETURN QUERY SELECT format('%s: %s after deletes', c.op, c.same) FROM compare(n) AS c;
    RETURN QUERY SELECT format('pending rows: %s', vectidx_merge('strings_jaccard') > 0);
    RETURN QUERY SELECT format('%s: %s after a merge', c.op, c.same) FROM compare(n) AS c;
END
$$;

SELECT try_bits(100);
VACUUM strings;
SELECT * FROM compare(100);
SELECT * FROM check_all();
-- a rebuild by VACUUM reads the index alone
DELETE FROM strings WHERE id % 2 = 1;
VACUUM strings;
SELECT generation FROM vectidx_index_stats('strings_hamming');
SELECT * FROM compare(100);
SELECT * FROM check_all();
REINDEX TABLE strings;
SELECT * FROM compare(100);
-- all rows but those without a string
SET enable_seqscan = off;
SELECT count(*) = (SELECT count(b) FROM strings) AS all_rows FROM (SELECT FROM strings ORDER BY b <~> bits(1, 100)) AS t;
SELECT count(*) = (SELECT count(b) FROM strings) AS all_rows FROM (SELECT FROM strings ORDER BY b <%> repeat('0', 100)::bit varying::bit(100)) AS t;
SELECT count(*) FROM (SELECT FROM strings ORDER BY b <~> NULL LIMIT 5) AS t;
EXPLAIN (COSTS OFF) SELECT id FROM strings ORDER BY b <%> bits(1, 100) LIMIT 10;
RESET enable_seqscan;
DROP TABLE strings;

-- one bit, and more than the distances of single precision tell apart
SELECT try_bits(1);
SELECT * FROM check_all();
DROP TABLE strings;
SELECT try_bits(5000);
SELECT * FROM check_all();
SELECT layout -> 'storage' AS storage, layout -> 'dims' AS bytes, layout -> 'code_bits' AS code_bits FROM vectidx_index_stats('strings_hamming');
DROP TABLE strings;

-- as many bits as an index takes
CREATE TABLE long_strings (id int, b bit(64000));
INSERT INTO long_strings SELECT i, (repeat(bits(i, 640)::text, 100)::bit varying >> i)::bit(64000) FROM generate_series(1, 40) AS i;
CREATE INDEX ON long_strings USING vectidx (b bit_hamming_ops);
CREATE INDEX long_jaccard ON long_strings USING vectidx (b bit_jaccard_ops);
INSERT INTO long_strings SELECT 100 + i, (repeat(bits(i, 640)::text, 100)::bit varying << i)::bit(64000) FROM generate_series(1, 10) AS i;
SET enable_seqscan = off;
SELECT id FROM long_strings ORDER BY b <~> (SELECT b FROM long_strings WHERE id = 7) LIMIT 1;
SELECT id FROM long_strings ORDER BY b <%> (SELECT b FROM long_strings WHERE id = 107) LIMIT 1;
RESET enable_seqscan;
SELECT same_distances(format('SELECT b <%%> %L FROM long_strings ORDER BY 1 LIMIT 30', b)) FROM long_strings WHERE id = 3;
SELECT severity, message FROM vectidx_check('long_jaccard', true);
DROP TABLE long_strings;

-- an expression, partitions
CREATE TABLE dense (id int, v vector(64)) PARTITION BY RANGE (id);
CREATE TABLE dense_1 PARTITION OF dense FOR VALUES FROM (0) TO (150);
CREATE TABLE dense_2 PARTITION OF dense FOR VALUES FROM (150) TO (1000);
INSERT INTO dense SELECT i, (SELECT array_agg(hashint8extended(i, k) % 100 ORDER BY k) FROM generate_series(1, 64) AS k)::float8[]::vector FROM generate_series(1, 300) AS i;
CREATE INDEX ON dense USING vectidx ((binary_quantize(v)::bit(64)) bit_hamming_ops);
SELECT same_distances(format('SELECT binary_quantize(v)::bit(64) <~> %L FROM dense ORDER BY 1 LIMIT 30', bits(1, 64)));
DROP TABLE dense;

-- errors
CREATE TABLE wrong (b bit(8), longer bit(64001), varying bit varying, at_most_8 bit varying(8));
CREATE INDEX ON wrong USING vectidx (b);
CREATE INDEX ON wrong USING vectidx (b vector_l2_ops);
CREATE INDEX ON wrong USING vectidx (longer bit_hamming_ops);
CREATE INDEX ON wrong USING vectidx (varying bit_hamming_ops);
CREATE INDEX ON wrong USING vectidx (at_most_8 bit_hamming_ops);
CREATE INDEX ON wrong USING vectidx ((varying::bit(3)) bit_hamming_ops);
CREATE INDEX ON wrong USING vectidx (b bit_jaccard_ops);
SET enable_seqscan = off;
SELECT FROM wrong ORDER BY b <%> '101' LIMIT 1;
RESET enable_seqscan;
DROP TABLE wrong;

SELECT opcname, amvalidate(oid) FROM pg_opclass WHERE opcname LIKE 'bit\_%' AND opcmethod = (SELECT oid FROM pg_am WHERE amname = 'vectidx') ORDER BY opcname;
DROP FUNCTION try_bits, check_all, compare, bits;
