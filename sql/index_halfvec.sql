-- The index access method over halfvec.
SET vectidx.ef_search = 2000;  -- more than there are rows: the results are exact

CREATE FUNCTION half(id bigint, dims int) RETURNS halfvec LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(hashint8extended(id, i) % 1009 / 1009.0)::halfvec FROM generate_series(1, dims) AS i
$$;

CREATE TABLE items (id int, v halfvec(8));
INSERT INTO items SELECT i, half(i, 8) FROM generate_series(1, 700) AS i;
INSERT INTO items SELECT 1000 + i, half(i % 7, 8) FROM generate_series(1, 200) AS i;
INSERT INTO items VALUES (2001, NULL), (2002, '[0,0,0,0,0,0,0,0]');
CREATE INDEX items_l2 ON items USING vectidx (v halfvec_l2_ops);
CREATE INDEX items_ip ON items USING vectidx (v halfvec_ip_ops);
CREATE INDEX items_cosine ON items USING vectidx (v halfvec_cosine_ops);
INSERT INTO items SELECT 3000 + i, half(-i, 8) FROM generate_series(1, 200) AS i;
INSERT INTO items VALUES (4001, '[65504,-65504,65504,1,2,3,4,5]'), (4002, '[6e-8,0,0,0,0,0,0,0]'), (4003, NULL);
ANALYZE items;

SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <#> '[1,1,1,1,1,1,1,1]' LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <=> '[1,1,1,1,1,1,1,1]' LIMIT 10;
RESET enable_seqscan;
SELECT op, bool_and(same_distances(format('SELECT v %s %L FROM items WHERE v IS NOT NULL ORDER BY v %1$s %2$L LIMIT %s', op, half(-1000 - n, 8), 20 * n)))
FROM unnest(ARRAY['<->', '<#>', '<=>']) AS op, generate_series(1, 10) AS n GROUP BY op ORDER BY op COLLATE "C";

-- NULL has no place in the index, nor the zero vector under cosine
SET enable_seqscan = off;
SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> '[1,1,1,1,1,1,1,1]') AS t;
SELECT count(*) FROM (SELECT FROM items ORDER BY v <#> '[1,1,1,1,1,1,1,1]') AS t;
SELECT count(*) FROM (SELECT FROM items ORDER BY v <=> '[1,1,1,1,1,1,1,1]') AS t;

-- equal vectors, all of their rows
SELECT count(*), min(d), max(d) FROM (SELECT v <-> half(3, 8) AS d FROM items ORDER BY 1 LIMIT 30) AS t;

-- a vector as the query becomes a halfvec
SELECT id FROM items ORDER BY v <-> (half(42, 8)::vector) LIMIT 1;
SELECT id FROM items ORDER BY v <-> '[1,2]' LIMIT 1;

-- updates, deletes, VACUUM, REINDEX
UPDATE items SET v = half(id + 10000, 8) WHERE id % 10 = 3;
DELETE FROM items WHERE id % 10 = 4;
VACUUM items;
SELECT op, bool_and(same_distances(format('SELECT v %s %L FROM items WHERE v IS NOT NULL ORDER BY v %1$s %2$L LIMIT %s', op, half(-1000 - n, 8), 20 * n)))
FROM unnest(ARRAY['<->', '<#>', '<=>']) AS op, generate_series(1, 10) AS n GROUP BY op ORDER BY op COLLATE "C";
REINDEX TABLE items;
SELECT op, bool_and(same_distances(format('SELECT v %s %L FROM items WHERE v IS NOT NULL ORDER BY v %1$s %2$L LIMIT %s', op, half(-1000 - n, 8), 20 * n)))
FROM unnest(ARRAY['<->', '<#>', '<=>']) AS op, generate_series(1, 10) AS n GROUP BY op ORDER BY op COLLATE "C";
DROP TABLE items;

-- an index of halves over a column of vectors
CREATE TABLE dense (id int, v vector(3));
INSERT INTO dense SELECT i, ARRAY[i, i % 7, 1 / i::float4]::vector FROM generate_series(1, 300) AS i;
CREATE INDEX ON dense USING vectidx ((v::halfvec(3)) halfvec_l2_ops);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM dense ORDER BY v::halfvec(3) <-> '[100,2,0]' LIMIT 3;
SELECT id FROM dense ORDER BY v::halfvec(3) <-> '[100,2,0]' LIMIT 3;
DROP TABLE dense;

-- dimensions: from 1 to 16,000, but declared
CREATE FUNCTION try_dims(dims int, build int, more int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    op text;
    same boolean := true;
BEGIN
    EXECUTE format('CREATE TABLE wide (id int, v halfvec(%s))', dims);
    INSERT INTO wide SELECT i, half(i, dims) FROM generate_series(1, build) AS i;
    CREATE INDEX ON wide USING vectidx (v halfvec_l2_ops);
    CREATE INDEX ON wide USING vectidx (v halfvec_ip_ops);
    CREATE INDEX ON wide USING vectidx (v halfvec_cosine_ops);
    INSERT INTO wide SELECT i, half(i, dims) FROM generate_series(build + 1, build + more) AS i;
    FOREACH op IN ARRAY ARRAY['<->', '<#>', '<=>'] LOOP
        same := same AND same_distances(format('SELECT v %s %L FROM wide ORDER BY v %1$s %2$L', op, half(0, dims)));
    END LOOP;
    DROP TABLE wide;
    RETURN same;
END
$$;
SELECT dims, try_dims(dims, 30, 20) AS same FROM unnest(ARRAY[1, 2, 63, 64, 65, 768, 1536, 4000, 4001]) AS dims;
SELECT try_dims(16000, 6, 3) AS same;
CREATE TABLE undeclared (v halfvec);
CREATE INDEX ON undeclared USING vectidx (v halfvec_l2_ops);
CREATE INDEX ON undeclared USING vectidx (v);
CREATE INDEX ON undeclared USING vectidx (v vector_l2_ops);
CREATE INDEX ON undeclared USING vectidx ((v::halfvec(3)) halfvec_l2_ops);
INSERT INTO undeclared VALUES ('[1,2,3]');
INSERT INTO undeclared VALUES ('[1,2]');
DROP TABLE undeclared;

SELECT opcname, amvalidate(oid) FROM pg_opclass WHERE opcname LIKE 'halfvec%' ORDER BY opcname;
DROP FUNCTION try_dims;
DROP FUNCTION half;
