-- The index options codes and storage: values, what they do to the index, and every row in order.
CREATE TABLE items (id int, v vector(3));
INSERT INTO items SELECT i, vec(i, 3) FROM generate_series(1, 1000) AS i;
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (codes = perhaps);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (codes = 2);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (storage = 'quarter');
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (storage = 8);
CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (storage);

-- a change waits for REINDEX
CREATE FUNCTION layout_of(index regclass) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s, %s', CASE (layout ->> 'code_bits')::int WHEN 0 THEN 'no codes' ELSE 'codes' END, layout ->> 'storage')
	FROM vectidx_index_stats(index)
$$;
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops);
SELECT layout_of('items_v');
ALTER INDEX items_v SET (codes = off);
ALTER INDEX items_v SET (storage = sq8);
ALTER INDEX items_v SET (storage = sq8, codes = off, m = 8);
SELECT layout_of('items_v');
ALTER INDEX items_v SET (ef_search = 1000);
SELECT same_as_sort($$SELECT v <-> '[1,1,1]' FROM items ORDER BY v <-> '[1,1,1]' LIMIT 100$$);
REINDEX INDEX items_v;
SELECT layout_of('items_v');
SELECT same_as_sort($$SELECT v <-> '[1,1,1]' FROM items ORDER BY v <-> '[1,1,1]' LIMIT 100$$);
ALTER INDEX items_v RESET (codes, storage, m);
REINDEX INDEX items_v;
SELECT layout_of('items_v');
DROP TABLE items;

-- Each combination through the life of an index: built, inserted into, with a pending list, rows deleted, rebuilt by
-- VACUUM. More candidates than there are rows, so that results are exact.
SET vectidx.ef_search = 4000;
CREATE TABLE source AS SELECT dims, id, vec(id, dims) AS v
	FROM generate_series(0, 120) AS id, unnest(ARRAY[3, 70, 200]) AS dims;
CREATE TABLE combinations AS SELECT row_number() OVER (ORDER BY type, dims, class, codes, storage) AS n, *
	FROM unnest(ARRAY['l2 <->', 'ip <#>', 'cosine <=>']) AS class, unnest(ARRAY['on', 'off']) AS codes,
	unnest(ARRAY['full', 'half', 'sq8']) AS storage, (VALUES ('vector', 3), ('vector', 200), ('halfvec', 70)) AS kinds (type, dims);
CREATE FUNCTION each(statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT * FROM combinations ORDER BY n LOOP
		EXECUTE format(statement, 'table_' || c.n, c.type, c.dims, format('%s_%s_ops', c.type, split_part(c.class, ' ', 1)),
			format('codes = %s, storage = %s, m = 6, ef_construction = 40, pending_limit = 30, tombstone_rebuild_pct = 30',
				c.codes, c.storage));
	END LOOP;
END
$$;
CREATE FUNCTION insert_each(from_id int, to_id int) RETURNS void LANGUAGE sql AS $$
	SELECT each(format('INSERT INTO %%1$s SELECT id, v::%%2$s FROM source WHERE dims = %%3$s AND id BETWEEN %s AND %s',
		from_id, to_id))
$$;
CREATE FUNCTION compare_each() RETURNS TABLE (result text, indexes bigint, faults bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT outcome, count(*), sum(bad)::bigint FROM (
		SELECT same_as_sort(format('SELECT v %2$s %3$L::%4$s FROM table_%1$s ORDER BY v %2$s %3$L::%4$s',
			n, split_part(class, ' ', 2), source.v, type)) AS outcome,
			(SELECT count(*) FROM vectidx_check(format('table_%s_v_idx', n)::regclass, true) WHERE severity <> 'info') AS bad
		FROM combinations JOIN source USING (dims) WHERE id = 0 OFFSET 0) AS outcomes
	GROUP BY outcome;
END
$$;
SELECT each('CREATE TABLE %1$s (id int, v %2$s(%3$s)); INSERT INTO %1$s SELECT id, v::%2$s FROM source WHERE dims = %3$s AND id <= 70;
	CREATE INDEX ON %1$s USING vectidx (v %4$s) WITH (%5$s)');
SELECT * FROM compare_each();
SELECT insert_each(71, 90);
SELECT * FROM compare_each();
SELECT insert_each(91, 105), insert_each(1, 10);
SELECT * FROM compare_each();
SELECT each('DELETE FROM %1$s WHERE id %% 7 = 0');
VACUUM;
SELECT * FROM compare_each();
SELECT each('DELETE FROM %1$s WHERE id %% 2 = 0');
VACUUM;
SELECT * FROM compare_each();
SELECT min(generation) > 1 AS rebuilt FROM combinations, vectidx_index_stats(format('table_%s_v_idx', n)::regclass);
SELECT insert_each(106, 120);
SELECT each('SELECT vectidx_merge(''%1$s_v_idx'')');
SELECT * FROM compare_each();
-- rows that differ by less than eight bits tell; for cosine, the multiples of a vector share a node
SELECT each('TRUNCATE %1$s; INSERT INTO %1$s SELECT b.id, (a.v + b.v * array_fill(0.001::real, ARRAY[%3$s])::vector)::%2$s
	FROM source AS a JOIN source AS b USING (dims) WHERE dims = %3$s AND a.id = 0 AND b.id > 0');
SELECT each('INSERT INTO %1$s SELECT 200 + i, (v * array_fill(i, ARRAY[%3$s])::vector)::%2$s
	FROM source, generate_series(1, 20) AS i WHERE dims = %3$s AND id = 1');
SELECT each('SELECT vectidx_merge(''%1$s_v_idx'')');
SELECT * FROM compare_each();
SELECT class, max(live_nodes) < 140 AS shared FROM combinations, vectidx_index_stats(format('table_%s_v_idx', n)::regclass)
WHERE type = 'vector' AND dims = 200 GROUP BY 1 ORDER BY 1;
SELECT each('DROP TABLE %1$s');

-- many dimensions, where vectors stand apart from their nodes; and no WAL
TRUNCATE source;
INSERT INTO source SELECT dims, id, vec(id, dims) FROM generate_series(0, 12) AS id, unnest(ARRAY[3500, 5000, 8000, 16000]) AS dims;
CREATE FUNCTION try_storage(wide_dims int, options text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('CREATE UNLOGGED TABLE wide (v vector(%s))', wide_dims);
	INSERT INTO wide SELECT v FROM source WHERE dims = wide_dims AND id BETWEEN 1 AND 7;
	EXECUTE format('CREATE INDEX wide_v ON wide USING vectidx (v vector_l2_ops) WITH (%s)', options);
	INSERT INTO wide SELECT v FROM source WHERE dims = wide_dims AND id > 7;
	result := same_as_sort(format('SELECT v <-> %L FROM wide ORDER BY v <-> %1$L',
			(SELECT v FROM source WHERE dims = wide_dims AND id = 0))) || ', ' || layout_of('wide_v')
		|| ', ' || (SELECT layout ->> 'own_vector' FROM vectidx_index_stats('wide_v'))
		|| ', faults: ' || (SELECT count(*) FROM vectidx_check('wide_v', true));
	DROP TABLE wide;
	RETURN result;
END
$$;
SELECT dims, try_storage(dims, format('codes = %s, storage = %s', codes, storage))
FROM unnest(ARRAY[3500, 5000, 8000, 16000]) AS dims, unnest(ARRAY['on', 'off']) AS codes, unnest(ARRAY['full', 'half', 'sq8']) AS storage
ORDER BY 1, 2;

-- the compact index: pgvector has two rows of 768 dimensions on a page
CREATE TABLE compact AS SELECT (array_agg(sin(id * i)))::vector(768) AS v
	FROM generate_series(1, 800) AS id, generate_series(1, 768) AS i GROUP BY id;
CREATE INDEX compact_v ON compact USING vectidx (v vector_l2_ops) WITH (codes = off, storage = sq8);
SELECT pg_relation_size('compact_v') / 800.0 < 0.35 * 4096 AS small;
DROP TABLE compact, combinations, source;
DROP FUNCTION layout_of, each, insert_each, compare_each, try_storage;
