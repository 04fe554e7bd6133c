-- The index access method over sparsevec: the vectors themselves up to 768 dimensions, sketches and
-- the rows of the table beyond.
SET vectidx.ef_search = 2000;  -- more than there are rows: the results are exact

CREATE FUNCTION sparse(id bigint, dims int, most int) RETURNS sparsevec LANGUAGE sql IMMUTABLE AS $$
    SELECT ('{' || string_agg(format('%s:%s', i, x), ',' ORDER BY i) || '}/' || dims)::sparsevec
    FROM (SELECT 1 + abs(hashint8extended(id % 40, k) % dims) AS i, max(1 + hashint8extended(id, k) % 9) + 0.5 AS x
          FROM generate_series(1, 1 + abs(id % most)) AS k GROUP BY 1) AS elements
$$;
CREATE FUNCTION compare(dims int) RETURNS TABLE (op text, same boolean) LANGUAGE sql AS $$
    SELECT op, bool_and(same_distances(format('SELECT v %s %L FROM sparse_items WHERE v IS NOT NULL AND l2_norm(v) > 0 ORDER BY v %1$s %2$L LIMIT %s',
                                              op, sparse(-1000 - n, dims, 30), 25 * n)))
    FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>']) AS op, generate_series(1, 4) AS n GROUP BY op ORDER BY op COLLATE "C"
$$;

-- builds, inserts, updates, deletes, VACUUM, REINDEX; NULL, zero and equal vectors
CREATE FUNCTION try_dims(dims int) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE sparse_items (id int, v sparsevec(%s))', dims);
    INSERT INTO sparse_items SELECT i, sparse(i, dims, 30) FROM generate_series(1, 300) AS i;
    INSERT INTO sparse_items SELECT 1000 + i, sparse(i % 7, dims, 30) FROM generate_series(1, 100) AS i;
    INSERT INTO sparse_items VALUES (2001, NULL), (2002, format('{}/%s', dims)::sparsevec);
    CREATE INDEX sparse_l2 ON sparse_items USING vectidx (v sparsevec_l2_ops);
    CREATE INDEX sparse_ip ON sparse_items USING vectidx (v sparsevec_ip_ops);
    CREATE INDEX sparse_cosine ON sparse_items USING vectidx (v sparsevec_cosine_ops);
    CREATE INDEX sparse_l1 ON sparse_items USING vectidx (v sparsevec_l1_ops) WITH (pending_limit = 1000);
    INSERT INTO sparse_items SELECT 3000 + i, sparse(-i, dims, 30) FROM generate_series(1, 100) AS i;
    INSERT INTO sparse_items VALUES (4001, format('{1:3e38,%s:-3e38}/%1$s', dims)::sparsevec), (4002, format('{2:1e-30}/%s', dims)::sparsevec), (4003, NULL);
    RETURN QUERY SELECT format('%s: %s after inserts', c.op, c.same) FROM compare(dims) AS c;
    UPDATE sparse_items SET v = sparse(id + 10000, dims, 30) WHERE id % 10 = 3;
    DELETE FROM sparse_items WHERE id % 10 = 4;
    RETURN QUERY SELECT format('%s: %s after deletes', c.op, c.same) FROM compare(dims) AS c;
    RETURN QUERY SELECT format('pending rows: %s', vectidx_merge('sparse_l1') > 0);
    RETURN QUERY SELECT format('%s: %s after a merge', c.op, c.same) FROM compare(dims) AS c;
END
$$;
CREATE FUNCTION check_all() RETURNS TABLE (index name, message text) LANGUAGE sql AS $$
    SELECT relname, c.message FROM pg_class, vectidx_check(oid, true) AS c WHERE relname LIKE 'sparse\_%' AND relkind = 'i' AND severity <> 'info'
$$;

SELECT try_dims(100);
VACUUM sparse_items;
SELECT * FROM compare(100);
REINDEX TABLE sparse_items;
SELECT * FROM compare(100);
SELECT * FROM check_all();
DROP TABLE sparse_items;

SELECT try_dims(1000000000);
VACUUM sparse_items;
SELECT * FROM compare(1000000000);
SELECT * FROM check_all();
-- a rebuild by VACUUM reads the index alone
DELETE FROM sparse_items WHERE id % 2 = 1;
VACUUM sparse_items;
SELECT generation FROM vectidx_index_stats('sparse_cosine');
SELECT * FROM compare(1000000000);
SELECT * FROM check_all();
REINDEX TABLE sparse_items;
SELECT * FROM compare(1000000000);

-- NULL has no place in the index, nor the zero vector under cosine
INSERT INTO sparse_items VALUES (5001, NULL), (5002, '{}/1000000000');
SET enable_seqscan = off;
SELECT count(*) = (SELECT count(v) FROM sparse_items) AS all_rows FROM (SELECT FROM sparse_items ORDER BY v <-> sparse(1, 1000000000, 30)) AS t;
SELECT count(*) = (SELECT count(*) FROM sparse_items WHERE l2_norm(v) > 0) AS all_rows FROM (SELECT FROM sparse_items ORDER BY v <=> sparse(1, 1000000000, 30)) AS t;
SELECT count(*) FROM (SELECT v <=> '{}/1000000000' AS d FROM sparse_items ORDER BY v <=> '{}/1000000000' LIMIT 5) AS t WHERE d = 'NaN';
EXPLAIN (COSTS OFF) SELECT id FROM sparse_items ORDER BY v <#> '{1:1}/1000000000' LIMIT 10;

-- rows that another transaction has not committed, or that this one deleted, are not seen
BEGIN;
DELETE FROM sparse_items WHERE id = (SELECT id FROM sparse_items ORDER BY v <-> sparse(2, 1000000000, 30) LIMIT 1);
SELECT same_distances(format('SELECT v <-> %L FROM sparse_items WHERE v IS NOT NULL ORDER BY v <-> %1$L LIMIT 20', sparse(2, 1000000000, 30)));
ROLLBACK;

-- errors
SELECT id FROM sparse_items ORDER BY v <-> '{1:1}/5' LIMIT 1;
RESET enable_seqscan;
DROP TABLE sparse_items;
CREATE TABLE undeclared (v sparsevec);
CREATE INDEX ON undeclared USING vectidx (v sparsevec_l2_ops);
CREATE INDEX ON undeclared USING vectidx (v);
CREATE INDEX ON undeclared USING vectidx (v vector_l2_ops);
DROP TABLE undeclared;

-- different vectors that have one sketch: all with a single element, of which two thirds collide
CREATE TABLE single (id int, v sparsevec(5000));
INSERT INTO single SELECT i, format('{%s:1}/5000', i)::sparsevec FROM generate_series(1, 5000) AS i;
CREATE INDEX single_v ON single USING vectidx (v sparsevec_l2_ops);
SET enable_seqscan = off;
SELECT count(*) FROM generate_series(1, 5000, 50) AS n WHERE n = (SELECT id FROM single ORDER BY v <-> format('{%s:1}/5000', n)::sparsevec LIMIT 1);
SELECT count(*), count(DISTINCT id), min(d), max(d) FROM (SELECT id, v <-> '{7:1}/5000' AS d FROM single ORDER BY v <-> '{7:1}/5000' LIMIT 1000) AS t;
SELECT * FROM vectidx_check('single_v', true) WHERE severity <> 'info';
RESET enable_seqscan;
DROP TABLE single;

-- an expression, a partial index, partitions; as many elements as there may be
CREATE TABLE dense (id int, v vector(1000)) PARTITION BY RANGE (id);
CREATE TABLE dense_1 PARTITION OF dense FOR VALUES FROM (0) TO (150);
CREATE TABLE dense_2 PARTITION OF dense FOR VALUES FROM (150) TO (1000);
INSERT INTO dense SELECT i, (SELECT array_agg((hashint8extended(i, k) % 3)::int) FROM generate_series(1, 1000) AS k)::vector FROM generate_series(1, 300) AS i;
CREATE INDEX ON dense USING vectidx ((v::sparsevec(1000)) sparsevec_cosine_ops);
CREATE INDEX ON dense_1 USING vectidx ((v::sparsevec(1000)) sparsevec_l1_ops) WHERE id % 2 = 0;
SELECT same_distances(format('SELECT v::sparsevec(1000) <=> %L FROM dense ORDER BY v::sparsevec(1000) <=> %1$L LIMIT 30', sparse(3, 1000, 500)));
SELECT same_distances(format('SELECT v::sparsevec(1000) <+> %L FROM dense_1 WHERE id %% 2 = 0 ORDER BY v::sparsevec(1000) <+> %1$L LIMIT 30', sparse(3, 1000, 500)));
DROP TABLE dense;
CREATE TABLE full_ones (id int, v sparsevec(16000));
INSERT INTO full_ones SELECT i, (SELECT array_agg((1 + abs(hashint8extended(i, k) % 100))::int) FROM generate_series(1, 16000) AS k)::vector::sparsevec FROM generate_series(1, 12) AS i;
CREATE INDEX ON full_ones USING vectidx (v sparsevec_l1_ops);
SET enable_seqscan = off;
SELECT id FROM full_ones ORDER BY v <+> (SELECT v FROM full_ones WHERE id = 7) LIMIT 1;
RESET enable_seqscan;
DROP TABLE full_ones;

SELECT opcname, amvalidate(oid) FROM pg_opclass WHERE opcname LIKE 'sparsevec%' ORDER BY opcname;
-- a value that something has damaged, with an element beyond its dimensions
CREATE CAST (bytea AS sparsevec) WITHOUT FUNCTION;
CREATE TABLE damaged (v sparsevec(3));
INSERT INTO damaged VALUES ('\x03000000010000000000000040420f000000803f'::bytea::sparsevec);
CREATE INDEX ON damaged USING vectidx (v sparsevec_l2_ops);
TRUNCATE damaged;
CREATE INDEX ON damaged USING vectidx (v sparsevec_l2_ops);
INSERT INTO damaged VALUES ('\x03000000010000000000000040420f000000803f'::bytea::sparsevec);
SET enable_seqscan = off;
SELECT FROM damaged ORDER BY v <-> '\x03000000010000000000000040420f000000803f'::bytea::sparsevec LIMIT 1;
RESET enable_seqscan;
DROP TABLE damaged;
DROP CAST (bytea AS sparsevec);
DROP FUNCTION try_dims, check_all, compare, sparse;
