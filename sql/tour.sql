-- The README's five minutes, word for word (test/lint/tour.sh compares them).
CREATE EXTENSION IF NOT EXISTS vectidx;

-- A table with three-dimensional vectors.
CREATE TABLE items (id bigserial PRIMARY KEY, color text, embedding vector(3));
INSERT INTO items (color, embedding) VALUES
    ('red', '[1,0,0]'), ('green', '[0,1,0]'), ('blue', '[0,0,1]'), ('orange', '[1,0.5,0]'),
    ('purple', '[0.5,0,0.5]'), ('white', '[1,1,1]'), ('black', '[0,0,0]');

-- The nearest neighbors, exactly: <-> is the Euclidean distance, <#> the negative inner product,
-- <=> the cosine distance.
SELECT color, round((embedding <-> '[0.9,0.1,0]')::numeric, 3) AS distance
FROM items ORDER BY embedding <-> '[0.9,0.1,0]' LIMIT 3;

-- An index makes this fast on large tables. vector_l2_ops goes with <->, vector_ip_ops with <#>,
-- vector_cosine_ops with <=>.
CREATE INDEX ON items USING vectidx (embedding vector_l2_ops);

-- With seven rows, PostgreSQL rightly prefers to sort. Use the index here anyway.
SET enable_seqscan = off;
SELECT color FROM items ORDER BY embedding <-> '[0.9,0.1,0]' LIMIT 3;

-- Filters: the scan continues until LIMIT is satisfied.
SELECT color FROM items WHERE color LIKE '%e%' ORDER BY embedding <-> '[0.1,0.2,1]' LIMIT 3;

-- Ask for more recall, for one transaction.
BEGIN;
SET LOCAL vectidx.target_recall = 0.99;
SELECT color FROM items ORDER BY embedding <-> '[0.2,0.7,1]' LIMIT 2;
COMMIT;

-- Vectors are ordinary values.
SELECT avg(embedding) AS middle FROM items WHERE color IN ('red', 'blue');
SELECT l2_normalize('[3,4]'::vector), subvector('[1,2,3,4]'::vector, 2, 2), '[1,2]'::vector + '[3,4]';
DROP TABLE items;
