-- What the clients of all languages find in a database of their own: the rows that they insert as text, the table that they fill, the
-- searches that they make, and the exact answers.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION vector;
CREATE TABLE items (id int PRIMARY KEY, embedding vector(3), half halfvec(3), sparse sparsevec(12), bits bit(32));

-- 300 points near a circle, as every type writes them.
CREATE VIEW source AS
SELECT i AS id, format('[%s,%s,%s]', x, y, z)::vector::text AS embedding, format('[%s,%s,%s]', x, y, z)::halfvec::text AS half,
    format('{1:%s,4:%s,%s:0.5,12:%s}/12', x, y, 5 + i % 7, z)::sparsevec::text AS sparse,
    (SELECT string_agg(CASE WHEN cos(angle * (1 + k % 4) + k) > 0 THEN '1' ELSE '0' END, '' ORDER BY k) FROM generate_series(0, 31) AS k) AS bits
FROM (SELECT i, 2 * pi() * i / 300 AS angle, round(cos(2 * pi() * i / 300)::numeric, 3) AS x,
    round(cos(2 * pi() * i / 300 + 1)::numeric, 3) AS y, round(cos(2 * pi() * i / 300 + 2)::numeric, 3) AS z
    FROM generate_series(1, 300) AS i) AS points;

-- One search for each operator class of hnsw. `$1` in `query` is the target, as text of type `type`.
CREATE VIEW searches AS
SELECT name, type, format('CREATE INDEX %s ON items USING hnsw (%I %s_%s_ops)', name, column_name, replace(type, '(32)', ''), kind) AS create_index,
    format('SELECT id, %I %s CAST($1 AS %s) AS distance FROM items ORDER BY %1$I %2$s CAST($1 AS %3$s) LIMIT 5', column_name, operator, type) AS query,
    CASE column_name WHEN 'embedding' THEN s.embedding WHEN 'half' THEN s.half WHEN 'sparse' THEN s.sparse ELSE s.bits END AS target
FROM (VALUES ('embedding', 'vector'), ('half', 'halfvec'), ('sparse', 'sparsevec'), ('bits', 'bit(32)')) AS columns (column_name, type)
    JOIN (VALUES ('l2', '<->'), ('ip', '<#>'), ('cosine', '<=>'), ('l1', '<+>'), ('hamming', '<~>'), ('jaccard', '<%>')) AS kinds (kind, operator)
    ON (column_name = 'bits') = (kind IN ('hamming', 'jaccard')),
    LATERAL (SELECT format('items_%s_%s', column_name, kind) AS name) AS named, source AS s
WHERE s.id = 43;

-- exact(NAME): the distances of the five nearest rows, by a sort.
CREATE FUNCTION exact(search text) RETURNS SETOF float8 LANGUAGE plpgsql SET enable_indexscan = off SET enable_seqscan = on AS $$
DECLARE
    s searches;
BEGIN
    SELECT * INTO STRICT s FROM searches WHERE name = search;
    RETURN QUERY EXECUTE format('SELECT distance FROM (%s) AS nearest ORDER BY distance', s.query) USING s.target;
END
$$;
