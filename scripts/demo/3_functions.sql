-- What to ask:  SELECT * FROM search('edit photos and images');  SELECT * FROM like_package('vim');
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
