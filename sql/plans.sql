-- Queries as client libraries and published tutorials write them: each uses the index where that is cheaper, and its rows are those of a sort.
SET max_parallel_workers_per_gather = 0;
CREATE TABLE items (id bigserial PRIMARY KEY, category_id int, content text, metadata jsonb, embedding vector(16));
INSERT INTO items (category_id, content, metadata, embedding)
	SELECT i % 5, 'row ' || i, jsonb_build_object('source', 'file' || i % 3, 'page', i % 10), vec(i, 16) FROM generate_series(1, 6000) AS i;
CREATE INDEX items_l2 ON items USING vectidx (embedding vector_l2_ops) WITH (ef_construction = 40);
CREATE INDEX items_ip ON items USING vectidx (embedding vector_ip_ops) WITH (ef_construction = 40);
CREATE INDEX items_cosine ON items USING vectidx (embedding vector_cosine_ops) WITH (ef_construction = 40);
CREATE TABLE categories (id int PRIMARY KEY, name text, embedding vector(16));
INSERT INTO categories SELECT i, 'category ' || i, vec(100000 + i, 16) FROM generate_series(0, 4) AS i;
CREATE TABLE questions (id int PRIMARY KEY, embedding vector(16));
INSERT INTO questions SELECT i, vec(200000 + i, 16) FROM generate_series(1, 3) AS i;
VACUUM ANALYZE items;
VACUUM ANALYZE categories;
VACUUM ANALYZE questions;

-- A query with :q for the vector: its plan, and whether its rows are those without indexes.
CREATE FUNCTION planned(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	q text := quote_literal(vec(300000, 16)::text);
	line text;
	by_index text[];
	by_sort text[];
BEGIN
	query := replace(query, ':q', q);
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		-- Versions differ in the order of the two sides.
		CONTINUE WHEN line LIKE '%Join Filter:%';
		RETURN NEXT replace(line, q || '::vector', ':q');
	END LOOP;
	-- A wide search finds the nearest rows exactly.
	PERFORM set_config('vectidx.ef_search', '400', true), set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true);
	EXECUTE 'SELECT array_agg(t::text) FROM (' || query || ') AS t' INTO by_index;
	PERFORM set_config('vectidx.ef_search', '0', true), set_config('enable_seqscan', 'on', true), set_config('enable_sort', 'on', true);
	PERFORM set_config('enable_indexscan', 'off', true);
	EXECUTE 'SELECT array_agg(t::text) FROM (' || query || ') AS t' INTO by_sort;
	PERFORM set_config('enable_indexscan', 'on', true);
	RETURN NEXT format('%s rows, %s', cardinality(by_index), CASE WHEN by_index = by_sort THEN 'as sorted' ELSE 'NOT AS SORTED' END);
END
$$;

-- pgvector's README
SELECT planned('SELECT * FROM items ORDER BY embedding <-> :q LIMIT 5');
SELECT scan_of('SELECT id FROM items WHERE id <> 1 ORDER BY embedding <-> (SELECT embedding FROM items WHERE id = 1) LIMIT 5');
SELECT planned('SELECT id FROM items WHERE embedding <-> :q < 2 ORDER BY embedding <-> :q LIMIT 5');
SELECT planned('SELECT id, embedding <-> :q AS distance FROM items ORDER BY distance LIMIT 5');
SELECT planned('SELECT (embedding <#> :q) * -1 AS inner_product FROM items ORDER BY embedding <#> :q LIMIT 5');
SELECT planned('SELECT 1 - (embedding <=> :q) AS cosine_similarity FROM items ORDER BY embedding <=> :q LIMIT 5');
SELECT planned('SELECT id FROM items WHERE category_id = 3 ORDER BY embedding <-> :q LIMIT 5');
SELECT planned('WITH relaxed_results AS MATERIALIZED (SELECT id, embedding <-> :q AS distance FROM items WHERE category_id < 4 ORDER BY distance LIMIT 5) SELECT * FROM relaxed_results ORDER BY distance + 0');
-- (without the "ORDER BY distance" at its end, which is a sort up to PostgreSQL 16)
SELECT planned('WITH nearest_results AS MATERIALIZED (SELECT id, embedding <-> :q AS distance FROM items ORDER BY distance LIMIT 5) SELECT * FROM nearest_results WHERE distance < 5');
-- its clients: Django, SQLAlchemy, Sequelize, Knex, Drizzle, Rails' neighbor
SELECT planned('SELECT "items"."id", ("items"."embedding" <-> :q) AS "distance" FROM "items" ORDER BY "distance" ASC LIMIT 5');
SELECT planned('SELECT "items"."id" FROM "items" ORDER BY ("items"."embedding" <=> :q) ASC LIMIT 5');
SELECT planned('SELECT "items"."id" FROM "items" WHERE ("items"."embedding" <-> :q) < 2.1 ORDER BY ("items"."embedding" <-> :q) ASC LIMIT 5');
SELECT planned('SELECT items.id, items.content FROM items WHERE items.category_id IN (1, 2) ORDER BY items.embedding <#> :q LIMIT 5 OFFSET 5');
SELECT planned('SELECT "id" FROM "items" AS "item" ORDER BY "embedding" <=> :q LIMIT 5');
SELECT planned('select * from "items" order by "embedding" <-> :q asc limit 5');
SELECT planned('select "id", 1 - ("embedding" <=> :q) from "items" where 1 - ("embedding" <=> :q) > 0.3 order by 1 - ("embedding" <=> :q) desc limit 4');
SELECT planned('SELECT "items".*, "items"."embedding" <=> :q AS neighbor_distance FROM "items" WHERE "items"."embedding" IS NOT NULL ORDER BY "items"."embedding" <=> :q LIMIT 5');
-- LangChain, LlamaIndex
SELECT planned('SELECT items.id, items.content, items.metadata, items.embedding <=> :q AS distance FROM items JOIN categories ON items.category_id = categories.id WHERE categories.name = ''category 2'' ORDER BY distance ASC LIMIT 4');
SELECT planned('SELECT *, embedding <=> :q AS "_distance" FROM items WHERE metadata @> ''{"source": "file1"}'' ORDER BY "_distance" ASC LIMIT 4');
-- few rows by the planner's estimate: a sort
SELECT planned('SELECT id, content, (1 - (embedding <=> :q)) AS similarity FROM items WHERE metadata ->> ''source'' = ''file2'' ORDER BY similarity DESC LIMIT 4');
-- a subquery, LATERAL, UNION ALL, a view, hybrid search by ranks
SELECT planned('SELECT id FROM (SELECT id, embedding <-> :q AS d FROM items) AS s ORDER BY d LIMIT 5');
SELECT planned('SELECT c.id, n.id FROM questions AS c CROSS JOIN LATERAL (SELECT id FROM items ORDER BY embedding <-> c.embedding LIMIT 2) AS n ORDER BY 1, 2');
SELECT scan_of('(SELECT id FROM items ORDER BY embedding <-> ''[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]'' LIMIT 3) UNION ALL (SELECT id FROM items ORDER BY embedding <#> ''[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]'' LIMIT 3)');
CREATE VIEW found AS SELECT id, content, embedding FROM items WHERE category_id <> 4;
SELECT planned('SELECT id FROM found ORDER BY embedding <=> :q LIMIT 5');
SELECT scan_of('WITH semantic AS (SELECT id, rank() OVER (ORDER BY embedding <=> ''[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]'') AS rank FROM items ORDER BY embedding <=> ''[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]'' LIMIT 5) SELECT id, 1.0 / (60 + rank) AS score FROM semantic ORDER BY score DESC, id');
SELECT planned('SELECT id FROM items ORDER BY embedding <-> :q, id LIMIT 5');

-- Supabase's match_documents: inlined, and not inlined because of SET
CREATE FUNCTION match_documents(query_embedding vector(16), match_threshold float, match_count int) RETURNS TABLE (id bigint, content text, similarity float)
LANGUAGE sql STABLE AS $$
	SELECT items.id, items.content, 1 - (items.embedding <=> query_embedding) AS similarity FROM items
	WHERE 1 - (items.embedding <=> query_embedding) > match_threshold ORDER BY similarity DESC LIMIT match_count
$$;
SELECT planned('SELECT * FROM match_documents(:q, 0.3, 4)');
-- What a function reads by its index; the plan of a function's own query is not in EXPLAIN.
CREATE FUNCTION index_scans(index regclass, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before bigint := pg_stat_get_xact_numscans(index);
	rows bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (%s) AS t', replace(query, ':q', quote_literal(vec(300000, 16)::text))) INTO rows;
	RETURN format('%s rows, %s scan', rows, pg_stat_get_xact_numscans(index) - before);
END
$$;
ALTER FUNCTION match_documents SET search_path = public;
SELECT index_scans('items_cosine', 'SELECT * FROM match_documents(:q, 0.3, 4)');
CREATE FUNCTION match_plpgsql(query_embedding vector(16), match_count int) RETURNS TABLE (id bigint, similarity float)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT id, 1 - (items.embedding <=> query_embedding) AS similarity FROM items WHERE content IS NOT NULL
		ORDER BY items.embedding <=> query_embedding LIMIT match_count;
END
$$;
SELECT index_scans('items_cosine', $$SELECT * FROM match_plpgsql(:q, 4)$$);

-- Prepared statements with generic plans, cursors
SET plan_cache_mode = force_generic_plan;
PREPARE by_count(vector, bigint) AS SELECT id FROM items ORDER BY embedding <-> $1 LIMIT $2;
EXPLAIN (COSTS OFF) EXECUTE by_count(NULL, NULL);
PREPARE by_page(vector, bigint, bigint) AS SELECT id FROM items WHERE category_id < 4 ORDER BY embedding <=> $1 LIMIT $2 OFFSET $3;
EXPLAIN (COSTS OFF) EXECUTE by_page(NULL, NULL, NULL);
PREPARE by_bound(vector, float8, bigint) AS SELECT id FROM items WHERE 1 - (embedding <=> $1) > $2 ORDER BY embedding <=> $1 LIMIT $3;
EXPLAIN (COSTS OFF) EXECUTE by_bound(NULL, NULL, NULL);
RESET plan_cache_mode;
EXPLAIN (COSTS OFF) DECLARE c CURSOR FOR SELECT id FROM items ORDER BY embedding <-> '[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]';
-- What a setting ends too early is not chosen for all rows.
SET vectidx.max_scan_tuples = 1000;
EXPLAIN (COSTS OFF) DECLARE c CURSOR FOR SELECT id FROM items ORDER BY embedding <-> '[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]';
RESET vectidx.max_scan_tuples;

-- Row security: the policy is a filter
CREATE ROLE vectidx_reader;
GRANT SELECT ON items TO vectidx_reader;
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON items USING (category_id = 2);
SET ROLE vectidx_reader;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY embedding <-> '[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM items WHERE embedding <-> '[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]' < 2 ORDER BY embedding <-> '[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]' LIMIT 5;
RESET ROLE;
ALTER TABLE items DISABLE ROW LEVEL SECURITY;

-- EXPLAIN (SETTINGS) shows what was set.
SET vectidx.target_recall = 0.9;
EXPLAIN (COSTS OFF, SETTINGS) SELECT id FROM items ORDER BY embedding <-> '[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]' LIMIT 5;

DROP FUNCTION planned, match_documents, match_plpgsql, index_scans;
DROP VIEW found;
DROP TABLE items, categories, questions;
DROP ROLE vectidx_reader;
