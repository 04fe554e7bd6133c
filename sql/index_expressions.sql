-- ORDER BY a simple function of the distance uses the index (pg/am/ordered_path.hpp), and only where the order is the same.
SET max_parallel_workers_per_gather = 0;
SET enable_seqscan = off;
SET enable_sort = off;
SET vectidx.ef_search = 1000;  -- more than there are rows: the results are exact
CREATE TABLE expressions (id int, v vector(4));
INSERT INTO expressions SELECT i, vec(i, 4) FROM generate_series(1, 500) AS i;
CREATE INDEX expressions_l2 ON expressions USING vectidx (v vector_l2_ops);
CREATE INDEX expressions_ip ON expressions USING vectidx (v vector_ip_ops);
CREATE INDEX expressions_cosine ON expressions USING vectidx (v vector_cosine_ops);
CREATE INDEX expressions_l1 ON expressions USING vectidx (v vector_l1_ops);
ANALYZE expressions;

SELECT f AS form, op, same_as_sort(format('SELECT %s FROM expressions ORDER BY 1 %s LIMIT 40', replace(f, 'd', format($$(v %s '[0.3,0.1,-0.2,0.5]')$$, op)), direction))
FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>']) AS op,
	(VALUES ('1 - d', 'DESC'), ('-d', 'DESC'), ('d * -1', 'DESC'), ('-1 * d', 'DESC NULLS LAST'), ('(d - 1) / -2', 'DESC'),
		('0.5 - d / 3', 'DESC')) AS forms(f, direction)
ORDER BY op COLLATE "C", f COLLATE "C";

-- The other direction, what is no such function, and what says that the index is not wanted.
SELECT f AS form, scan_of(format('SELECT %s FROM expressions ORDER BY 1 %s LIMIT 40', replace(f, 'D', $$(v <-> '[0.3,0.1,-0.2,0.5]')$$), direction))
FROM (VALUES ('D', 'DESC'), ('1 - D', ''), ('-D', ''), ('D * 2', 'DESC'), ('D * 0', ''), ('abs(D)', ''), ('1 / (1 + D)', 'DESC'), ('D * id', ''),
		('D + random()', ''), ('D + $$Infinity$$', ''), ('D + 0', ''), ('D * 2 + 3', ''), ('1 - (1 - D)', '')) AS forms(f, direction);

-- An alias; a second key; a function of SQL; a cursor; a CTE; what only ORDER BY wants is not computed.
EXPLAIN (COSTS OFF) SELECT id, 1 - (v <=> '[0.3,0.1,-0.2,0.5]') AS similarity FROM expressions ORDER BY similarity DESC LIMIT 3;
EXPLAIN (COSTS OFF) SELECT id FROM expressions ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC, id LIMIT 3;
SELECT id FROM expressions ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC, id LIMIT 3;
EXPLAIN (COSTS OFF, VERBOSE) SELECT id FROM expressions ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC LIMIT 3;
CREATE FUNCTION similar_rows(q vector, lowest float8, most int) RETURNS TABLE (id int, similarity float8) LANGUAGE sql STABLE AS $$
	SELECT e.id, 1 - (e.v <=> q) AS similarity FROM expressions AS e WHERE 1 - (e.v <=> q) > lowest ORDER BY similarity DESC LIMIT most
$$;
EXPLAIN (COSTS OFF) SELECT * FROM similar_rows('[0.3,0.1,-0.2,0.5]', 0.8, 3);
SELECT id, round(similarity::numeric, 4) FROM similar_rows('[0.3,0.1,-0.2,0.5]', 0.8, 3);
WITH near AS (SELECT id, (v <#> '[0.3,0.1,-0.2,0.5]') * -1 AS product FROM expressions ORDER BY product DESC LIMIT 3) SELECT id FROM near ORDER BY id;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM expressions ORDER BY -(v <-> '[0.3,0.1,-0.2,0.5]') DESC;
FETCH 3 FROM c;
COMMIT;
SELECT id FROM expressions ORDER BY -(v <-> '[0.3,0.1,-0.2,0.5]') DESC FETCH FIRST 2 ROWS WITH TIES;

-- DESC puts NULL first, and the index has none: it must be known that there is none.
RESET enable_sort;
SELECT scan_of($$SELECT FROM expressions ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC LIMIT 3$$);
INSERT INTO expressions VALUES (501, NULL);
ANALYZE expressions;
SELECT scan_of($$SELECT FROM expressions ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC LIMIT 3$$);
SELECT id FROM expressions ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC LIMIT 1;
SELECT scan_of($$SELECT FROM expressions ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC NULLS LAST LIMIT 3$$);
SELECT scan_of($$SELECT FROM expressions WHERE v IS NOT NULL ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC LIMIT 3$$);
SELECT scan_of($$SELECT FROM expressions WHERE vector_norm(v) > 0 ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC LIMIT 3$$);
DELETE FROM expressions WHERE id = 501;
ALTER TABLE expressions ALTER v SET NOT NULL;
SELECT scan_of($$SELECT FROM expressions ORDER BY 1 - (v <=> '[0.3,0.1,-0.2,0.5]') DESC LIMIT 3$$);

-- Partitions, each with its index.
CREATE TABLE parts (id int, v vector(4) NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (250);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (250) TO (600);
INSERT INTO parts SELECT * FROM expressions;
CREATE INDEX ON parts USING vectidx (v vector_l2_ops);
ANALYZE parts;
EXPLAIN (COSTS OFF) SELECT id FROM parts WHERE v <-> '[0.3,0.1,-0.2,0.5]' < 2 ORDER BY 3 - (v <-> '[0.3,0.1,-0.2,0.5]') DESC LIMIT 3;
SELECT array(SELECT id FROM parts ORDER BY 3 - (v <-> '[0.3,0.1,-0.2,0.5]') DESC LIMIT 20) = array(SELECT id FROM expressions ORDER BY v <-> '[0.3,0.1,-0.2,0.5]' LIMIT 20) AS same;

DROP TABLE expressions, parts;
DROP FUNCTION similar_rows;
