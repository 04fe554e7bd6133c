-- What to ask:  SELECT * FROM search('edit photos and images');  SELECT * FROM like_package('vim');
--               SELECT * FROM hybrid('postgresql backup');
--
-- One source package often gives several near-identical packages (vim, vim-nox, vim-gtk3, ...). So
-- both ask the index for more rows than they return, and keep the nearest of each source.

CREATE FUNCTION nearest(query vector, results int)
RETURNS TABLE (distance real, name text, source text, summary text)
LANGUAGE sql STABLE AS $$
    SELECT round(distance::numeric, 3), name, source, summary
    FROM (SELECT DISTINCT ON (source) *
          FROM (SELECT p.embedding <=> query AS distance, p.name, p.source, p.summary
                FROM package AS p ORDER BY p.embedding <=> query LIMIT 10 * results) AS near
          ORDER BY source, distance) AS one_per_source
    WHERE distance IS NOT NULL
    ORDER BY distance LIMIT results
$$;

CREATE FUNCTION search(query text, results int DEFAULT 10)
RETURNS TABLE (distance real, name text, source text, summary text)
LANGUAGE sql STABLE AS $$
    SELECT * FROM nearest(embed(query), results)
$$;

CREATE FUNCTION like_package(name text, results int DEFAULT 10)
RETURNS TABLE (distance real, name text, source text, summary text)
LANGUAGE sql STABLE AS $$
    SELECT n.*
    FROM (SELECT embedding, source FROM package WHERE package.name = like_package.name) AS of,
        nearest(of.embedding, results + 1) AS n
    WHERE n.source <> of.source
    ORDER BY n.distance LIMIT results
$$;

-- The nearest packages and those with all words of the query, by reciprocal rank fusion: each list gives
-- 1 / (60 + place) to its 50 best (docs/hybrid.md). A place that is NULL: not among them.
CREATE FUNCTION hybrid(query text, results int DEFAULT 10)
RETURNS TABLE (score numeric, near_place bigint, words_place bigint, name text, summary text)
LANGUAGE sql STABLE AS $$
    SELECT round(sum(1 / (60.0 + place)), 4), max(place) FILTER (WHERE leg = 'near'),
           max(place) FILTER (WHERE leg = 'words'), p.name, p.summary
    FROM (SELECT 'near' AS leg, id, row_number() OVER (ORDER BY distance, id) AS place
          FROM (SELECT id, embedding <=> (SELECT embed(query)) AS distance
                FROM package ORDER BY embedding <=> (SELECT embed(query)) LIMIT 50) AS near
          UNION ALL
          SELECT 'words', id, row_number() OVER (ORDER BY rank DESC, id)
          FROM (SELECT id, ts_rank_cd(words, asked, 1) AS rank
                FROM package, websearch_to_tsquery('english', query) AS asked
                WHERE words @@ asked ORDER BY rank DESC, id LIMIT 50) AS matching) AS legs
        JOIN package AS p USING (id)
    GROUP BY p.id ORDER BY 1 DESC, p.id LIMIT results
$$;
