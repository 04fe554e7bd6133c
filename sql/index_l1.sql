-- The index access method by the L1 distance, over vector and halfvec.
SET vectidx.ef_search = 2000;  -- more than there are rows: the results are exact

CREATE FUNCTION l1_vec(id bigint, dims int) RETURNS vector LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(hashint8extended(id, i) % 1009 / 1009.0)::vector FROM generate_series(1, dims) AS i
$$;
CREATE FUNCTION compare(type text, dims int) RETURNS boolean LANGUAGE sql AS $$
    SELECT bool_and(same_distances(format('SELECT v <+> %L::%s FROM taxi WHERE v IS NOT NULL ORDER BY v <+> %1$L::%2$s LIMIT %s', l1_vec(-1000 - n, dims), type, 20 * n)))
    FROM generate_series(1, 6) AS n
$$;
CREATE FUNCTION try_dims(type text, dims int, rows int) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE taxi (id int, v %s(%s))', type, dims);
    EXECUTE format('INSERT INTO taxi SELECT i, l1_vec(i, $1)::%s FROM generate_series(1, $2) AS i', type) USING dims, rows;
    EXECUTE format('INSERT INTO taxi SELECT i, l1_vec(i %% 3, $1)::%s FROM generate_series(1, $2 / 4) AS i', type) USING dims, rows;
    INSERT INTO taxi VALUES (2001, NULL), (2002, array_fill(0, ARRAY[dims])::vector);
    EXECUTE format('CREATE INDEX taxi_l1 ON taxi USING vectidx (v %s_l1_ops)', type);
    EXECUTE format('INSERT INTO taxi SELECT i, l1_vec(-i, $1)::%s FROM generate_series(1, $2 / 2) AS i', type) USING dims, rows;
    RETURN NEXT format('%s(%s): %s', type, dims, compare(type, dims));
    UPDATE taxi SET v = l1_vec(id + 10000, dims) WHERE id % 10 = 3;
    DELETE FROM taxi WHERE id % 10 = 4;
    RETURN NEXT format('after deletes: %s', compare(type, dims));
    ALTER INDEX taxi_l1 SET (pending_limit = 1000);
    EXECUTE format('INSERT INTO taxi SELECT i, l1_vec(-5000 - i, $1)::%s FROM generate_series(1, $2 / 4) AS i', type) USING dims, rows;
    RETURN NEXT format('with a pending list: %s', compare(type, dims));
    RETURN QUERY SELECT message FROM vectidx_check('taxi_l1', true) WHERE severity <> 'info';
    DROP TABLE taxi;
END
$$;
-- placements of vectors: inline, split, out of line
SELECT try_dims('vector', dims, 300) FROM unnest(ARRAY[1, 2, 8, 65, 128]) AS dims;
SELECT try_dims('vector', 768, 60);
SELECT try_dims('halfvec', 100, 200);
SELECT try_dims('halfvec', 5000, 12);

CREATE TABLE taxi (id int, v vector(4));
INSERT INTO taxi SELECT i, l1_vec(i, 4) FROM generate_series(1, 500) AS i;
INSERT INTO taxi VALUES (1001, '[3e38,-3e38,1,0]'), (1002, '[1e-40,0,0,0]'), (1003, '[0,0,0,0]'), (1004, '[1e25,1,1,1]'), (1005, '[1e25,2,1,1]'), (1006, NULL);
CREATE INDEX taxi_l1 ON taxi USING vectidx (v vector_l1_ops);
SELECT same_distances(format('SELECT v <+> %L FROM taxi WHERE v IS NOT NULL ORDER BY v <+> %1$L', q))
FROM unnest(ARRAY['[0,0,0,0]', '[3e38,-3e38,1,0]', '[1e25,1,1,1]', '[1e-40,0,0,0]']) AS q;
-- a rebuild by VACUUM
DELETE FROM taxi WHERE id % 2 = 0;
VACUUM taxi;
SELECT generation FROM vectidx_index_stats('taxi_l1');
SELECT compare('vector', 4);
SELECT message FROM vectidx_check('taxi_l1', true) WHERE severity <> 'info';
EXPLAIN (COSTS OFF) SELECT id FROM taxi ORDER BY v <-> '[1,1,1,1]' LIMIT 10;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM taxi ORDER BY v <+> '[1,1,1,1]' LIMIT 10;
SELECT count(*) = (SELECT count(v) FROM taxi) AS all_rows FROM (SELECT FROM taxi ORDER BY v <+> '[1,1,1,1]') AS t;
SELECT id FROM taxi ORDER BY v <+> '[1,2]' LIMIT 1;
RESET enable_seqscan;
DROP TABLE taxi;
DROP FUNCTION try_dims, compare, l1_vec;
