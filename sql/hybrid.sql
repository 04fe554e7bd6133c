-- docs/hybrid.md: its SQL, word for word (test/lint/tour.sh). Both legs use their indexes, and the rows are those of plain formulas.
SET max_parallel_workers_per_gather = 0;

CREATE TABLE article (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL,
    embedding vector(16) NOT NULL,
    words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A') || to_tsvector('english', body)) STORED
);

-- Words of different rarity, some several times; some documents are long.
INSERT INTO article (title, body, embedding)
    SELECT format('river%s lake%s', i % 211, i % 37),
           concat_ws(' ', 'forest' || i % 53, repeat('stone' || i % 89 || ' ', 1 + i % 4), 'tree' || i % 7, repeat('moss and fern ', i % 5),
                     CASE WHEN i % 100 = 0 THEN 'dragon' END),
           vec(i, 16)
    FROM generate_series(1, 3000) AS i;
CREATE TABLE article_full (id bigint PRIMARY KEY REFERENCES article, embedding vector(64) NOT NULL);
INSERT INTO article_full SELECT id, vec(500000 + id, 64) FROM article;

PREPARE rrf(text, vector) AS
SELECT id, sum(1 / (60 + place)::float8) AS score
FROM (
    SELECT id, row_number() OVER (ORDER BY distance, id) AS place
    FROM (SELECT id, embedding <=> $2 AS distance
          FROM article ORDER BY embedding <=> $2 LIMIT 50) AS near
    UNION ALL
    SELECT id, row_number() OVER (ORDER BY rank DESC, id)
    FROM (SELECT id, ts_rank_cd(words, query) AS rank
          FROM article, websearch_to_tsquery('english', $1) AS query
          WHERE words @@ query ORDER BY rank DESC, id LIMIT 50) AS matching
) AS legs
GROUP BY id ORDER BY score DESC, id LIMIT 10;

PREPARE weighted(text, vector) AS
SELECT id, max(0.6 * (1 - (embedding <=> $2)) + 0.4 * ts_rank_cd(words, query, 32)) AS score
FROM websearch_to_tsquery('english', $1) AS query,
    LATERAL (
        (SELECT id, embedding, words FROM article ORDER BY embedding <=> $2 LIMIT 50)
        UNION ALL
        (SELECT id, embedding, words FROM article
         WHERE words @@ query ORDER BY ts_rank_cd(words, query) DESC, id LIMIT 50)
    ) AS legs
GROUP BY id ORDER BY score DESC, id LIMIT 10;

PREPARE reranked(text, vector, vector) AS
SELECT id, article_full.embedding <=> $3 AS distance
FROM (
    (SELECT id FROM article ORDER BY embedding <=> $2 LIMIT 50)
    UNION
    (SELECT id FROM article, websearch_to_tsquery('english', $1) AS query
     WHERE words @@ query ORDER BY ts_rank_cd(words, query) DESC, id LIMIT 50)
) AS candidate
JOIN article_full USING (id)
ORDER BY distance, id LIMIT 10;

-- A document as a sparsevec: per word what BM25 makes of its frequency and of the document's length, with k1 = 1.2 and b = 0.75.
-- The dimension of a word is its hash.
CREATE FUNCTION bm25_dimension(lexeme text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 1 + (hashtextextended(lexeme, 0) & 9223372036854775807) % 1000000000
$$;
CREATE FUNCTION bm25_document(words tsvector, average_length float8) RETURNS sparsevec
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT concat('{', string_agg(dimension || ':' || weight, ','), '}/1000000000')::sparsevec
    FROM (
        SELECT bm25_dimension(lexeme) AS dimension,
               sum(2.2 * n / (n + 1.2 * (0.25 + 0.75 * length / average_length))) AS weight
        FROM (SELECT lexeme, cardinality(positions) AS n, sum(cardinality(positions)) OVER () AS length
              FROM unnest(words)) AS word
        GROUP BY 1) AS element
$$;

-- How rare each word is, and how long a document is on average.
CREATE MATERIALIZED VIEW bm25_word AS
SELECT word AS lexeme, ln((1 + (documents - ndoc + 0.5) / (ndoc + 0.5))::float8) AS idf
FROM ts_stat('SELECT words FROM public.article'), (SELECT count(*) AS documents FROM article) AS corpus;
CREATE UNIQUE INDEX ON bm25_word (lexeme);
CREATE MATERIALIZED VIEW bm25_length AS
SELECT avg((SELECT sum(cardinality(positions)) FROM unnest(words))) AS average FROM article;

-- A query as a sparsevec: the rarity of each of its words. A word that no document has counts nothing.
CREATE FUNCTION bm25_query(query text) RETURNS sparsevec
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT concat('{', string_agg(dimension || ':' || weight, ','), '}/1000000000')::sparsevec
    FROM (SELECT bm25_dimension(lexeme) AS dimension, sum(idf) AS weight
          FROM unnest(to_tsvector('english', query)) JOIN bm25_word USING (lexeme) GROUP BY 1) AS element
$$;
CREATE FUNCTION any_word(query text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery
    FROM unnest(to_tsvector('english', query))
$$;

ALTER TABLE article ADD bm25 sparsevec(1000000000);
UPDATE article SET bm25 = bm25_document(words, (SELECT average FROM bm25_length));

CREATE INDEX article_embedding ON article USING vectidx (embedding vector_cosine_ops);
CREATE INDEX article_words ON article USING gin (words);

PREPARE bm25(text) AS
SELECT id, -(bm25 <#> weights) AS score
FROM article, any_word($1) AS query, bm25_query($1) AS weights
WHERE words @@ query
ORDER BY bm25 <#> weights, id LIMIT 10;

VACUUM ANALYZE article;
VACUUM ANALYZE article_full;

-- Plans: each leg uses its index, in a custom and in a generic plan, and no leg reads the table.
CREATE FUNCTION plan_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) EXECUTE ' || statement LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END
$$;
CREATE FUNCTION legs(statement text) RETURNS TABLE (mode text, near bool, words bool, reads_all bool) LANGUAGE plpgsql AS $$
DECLARE
	plan text;
BEGIN
	FOREACH mode IN ARRAY ARRAY['force_custom_plan', 'force_generic_plan'] LOOP
		PERFORM set_config('plan_cache_mode', mode, true);
		plan := plan_of(statement);
		near := plan ~ 'Index Scan using article_embedding on article';
		words := plan ~ 'Bitmap Index Scan on article_words';
		reads_all := plan ~ 'Seq Scan on article\M';
		RETURN NEXT;
	END LOOP;
	PERFORM set_config('plan_cache_mode', 'auto', true);
END
$$;
CREATE FUNCTION question(seed int) RETURNS text LANGUAGE sql AS $$
	SELECT format('%L, %L', (ARRAY['river7 lake3', 'forest11 stone5', 'dragon', 'moss or dragon', 'unknown'])[seed], vec(900000 + seed, 16))
$$;
SELECT statement, legs.* FROM unnest(ARRAY['rrf', 'weighted']) AS statement, legs(format('%s(%s)', statement, question(2)));
SELECT legs.* FROM legs(format('reranked(%s, %L)', question(2), vec(1, 64)));
SELECT legs.* FROM legs('bm25(''forest11 stone5 dragon'')');

-- A LIMIT above the window function is as good as one below it, for the scan: pages of the index, for six questions.
CREATE FUNCTION pages(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	before bigint := pg_stat_get_xact_blocks_fetched('article_embedding'::regclass);
BEGIN
	FOR seed IN 1 .. 6 LOOP
		EXECUTE 'SELECT sum(place) FROM (' || format(statement, vec(900000 + seed, 16)) || ') AS s';
	END LOOP;
	RETURN pg_stat_get_xact_blocks_fetched('article_embedding'::regclass) - before;
END
$$;
SELECT above < 1.2 * below AS the_limit_is_seen FROM
	pages('SELECT row_number() OVER (ORDER BY embedding <=> %1$L) AS place FROM article ORDER BY embedding <=> %1$L LIMIT 50') AS above,
	pages('SELECT row_number() OVER (ORDER BY distance) AS place
	       FROM (SELECT embedding <=> %1$L AS distance FROM article ORDER BY embedding <=> %1$L LIMIT 50) AS near') AS below;

-- Rows: those of plain formulas over all articles, without an index. The width of the search makes it exact here.
SET vectidx.ef_search = 400;
CREATE FUNCTION places(query text, v vector)
RETURNS TABLE (id bigint, near_place bigint, words_place bigint, similarity float8, word_rank real) LANGUAGE sql AS $$
	SELECT id, row_number() OVER (ORDER BY (embedding <=> v) + 0),
	       CASE WHEN words @@ q THEN row_number() OVER (PARTITION BY words @@ q ORDER BY ts_rank_cd(words, q) DESC, id) END,
	       1 - (embedding <=> v), ts_rank_cd(words, q, 32)
	FROM article, websearch_to_tsquery('english', query) AS q
$$;
CREATE FUNCTION rows_of(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	id bigint;
	value float8;
	result text[] := '{}';
BEGIN
	FOR id, value IN EXECUTE statement LOOP
		result := result || format('%s %s', id, round(value::numeric, 4));
	END LOOP;
	RETURN result;
END
$$;
SELECT seed, cardinality(found) AS rows, found = formula AS rrf
FROM generate_series(1, 5) AS seed, rows_of(format('EXECUTE rrf(%s)', question(seed))) AS found, rows_of(format('
	SELECT id, coalesce(1.0 / (60 + CASE WHEN near_place <= 50 THEN near_place END), 0) +
	           coalesce(1.0 / (60 + CASE WHEN words_place <= 50 THEN words_place END), 0)
	FROM places(%s) ORDER BY 2 DESC, id LIMIT 10', question(seed))) AS formula;
SELECT seed, cardinality(found) AS rows, found = formula AS weighted
FROM generate_series(1, 5) AS seed, rows_of(format('EXECUTE weighted(%s)', question(seed))) AS found, rows_of(format('
	SELECT id, 0.6 * similarity + 0.4 * word_rank FROM places(%s) WHERE near_place <= 50 OR words_place <= 50
	ORDER BY 2 DESC, id LIMIT 10', question(seed))) AS formula;
SELECT seed, cardinality(found) AS rows, found = formula AS reranked
FROM generate_series(1, 5) AS seed, rows_of(format('EXECUTE reranked(%s, %L)', question(seed), vec(seed, 64))) AS found, rows_of(format('
	SELECT id, embedding <=> %L FROM places(%s) JOIN article_full USING (id) WHERE near_place <= 50 OR words_place <= 50
	ORDER BY 2, id LIMIT 10', vec(seed, 64), question(seed))) AS formula;
RESET vectidx.ef_search;

-- BM25: 2.2 n / (n + 1.2 (0.25 + 0.75 length / average)) of a word that occurs n times, here by hand for lengths 3, 1 and 4.
SELECT body, round((-(bm25_document(words, 8 / 3.0) <#> format('{%s:1}/1000000000', bm25_dimension('cat'))::sparsevec))::numeric, 5) AS cat,
       round((-(bm25_document(words, 8 / 3.0) <#> format('{%s:1}/1000000000', bm25_dimension('dog'))::sparsevec))::numeric, 5) AS dog
FROM unnest(ARRAY['cat cat dog', 'dog', 'bird fish dog cat', '']) AS body, to_tsvector('simple', body) AS words;
SELECT any_word('rivers and the 7 lakes'), any_word('C:\dir\it''s') @@ to_tsvector('english', 'C:\dir\it''s') AS quoted, any_word('the') IS NULL AS none;
SELECT bm25_query('unknown'), bm25_query('dragon dragon') = bm25_query('dragon') AS twice_is_once;
SELECT query, cardinality(found) AS rows, found = formula AS bm25
FROM unnest(ARRAY['forest11 stone5 dragon', 'moss', 'unknown river7']) AS query, rows_of(format('EXECUTE bm25(%L)', query)) AS found, rows_of(format('
	WITH counted AS (SELECT id, lexeme, cardinality(positions) AS n FROM article, unnest(words)),
	     sized AS (SELECT id, sum(n) AS length FROM counted GROUP BY id),
	     seen AS (SELECT lexeme, count(*) AS df FROM counted GROUP BY lexeme)
	SELECT id, sum(ln(1 + (3000 - df + 0.5) / (df + 0.5)) * n * 2.2 / (n + 1.2 * (1 - 0.75 + 0.75 * length / (SELECT avg(length) FROM sized))))
	FROM counted JOIN sized USING (id) JOIN seen USING (lexeme) WHERE lexeme = ANY (tsvector_to_array(to_tsvector(''english'', %L)))
	GROUP BY id ORDER BY 2 DESC, id LIMIT 10', query)) AS formula;

DEALLOCATE ALL;
DROP FUNCTION legs, plan_of, pages, question, places, rows_of, bm25_document, bm25_query, any_word;
DROP MATERIALIZED VIEW bm25_word, bm25_length;
DROP TABLE article_full, article;
DROP FUNCTION bm25_dimension;
