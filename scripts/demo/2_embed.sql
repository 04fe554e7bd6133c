-- Gives each package a vector of 384 dimensions that tells what its description is about, in SQL
-- alone: no model, no download. The method is reflective random indexing over hashed words:
--
-- 1. A word (a lexeme of to_tsvector: "images" and "image" are one) has a direction of its own:
--    8 of the 384 axes with signs, both chosen by hashing the word. This is feature hashing
--    (Weinberger et al., 2009) with several positions per word, so that two words that share one
--    position still differ in the other seven.
-- 2. A text is the sum of its words' directions, the rare words weighing more (idf) and the words
--    of its title three times. Texts that share words are near each other.
-- 3. A word's context is the sum of the texts that it occurs in (Cohen, Schvaneveldt and Widdows,
--    2010). Words that occur in similar texts get similar contexts: "photo" and "picture" become
--    related although their hashes are not. What all contexts have in common is taken off.
-- 4. A word's final direction is its own plus half its context, and a text is, again, the sum.
--
-- A query is embedded as a text is, so it finds texts that share no word with it.

\echo 'Splitting the descriptions into words'
CREATE UNLOGGED TABLE document AS
SELECT id,
       setweight(to_tsvector('english', name || ' ' || summary), 'A') ||
       to_tsvector('english', substr(description, length(summary) + 1)) AS words
FROM staged_package;
ANALYZE document;

\echo 'Giving each word a direction by hashing it'
CREATE UNLOGGED TABLE axis AS
SELECT number, sign,
       (SELECT array_agg(CASE WHEN i = number THEN sign ELSE 0 END ORDER BY i)
        FROM generate_series(0, 383) AS i)::vector(384) AS direction
FROM generate_series(0, 383) AS number, unnest(ARRAY[-1, 1]) AS sign;

-- A word of one document cannot relate it to another.
CREATE UNLOGGED TABLE hashed_word AS
WITH counted AS (
    SELECT word, ln((SELECT count(*) FROM document)::float8 / ndoc)::real AS idf
    FROM ts_stat('SELECT words FROM document')
    WHERE ndoc > 1
)
SELECT word, array_fill(idf, ARRAY[384])::vector(384) AS idf,
       l2_normalize(sum(axis.direction)) * array_fill(idf, ARRAY[384])::vector(384) AS direction
FROM counted, generate_series(1, 8) AS seed, hashtextextended(word, seed) AS hash, axis
WHERE axis.number = (hash & 2147483647) % 384 AND axis.sign = CASE WHEN hash < 0 THEN -1 ELSE 1 END
GROUP BY word, counted.idf;
CREATE UNIQUE INDEX ON hashed_word (word);
ANALYZE hashed_word;

\echo 'Giving each word the context that it occurs in'
CREATE UNLOGGED TABLE first_embedding AS
SELECT id, (SELECT l2_normalize(sum(direction))
            FROM unnest(words) AS t (lexeme, positions, weights) JOIN hashed_word ON word = lexeme,
                generate_series(1, CASE WHEN 'A' = ANY (weights) THEN 3 ELSE 1 END)) AS embedding
FROM document;

CREATE UNLOGGED TABLE context AS
SELECT lexeme AS word, l2_normalize(sum(embedding)) AS direction
FROM document JOIN first_embedding USING (id), unnest(words) AS t (lexeme, positions, weights)
GROUP BY lexeme HAVING count(*) > 1;

CREATE TABLE word AS
WITH common AS (SELECT avg(direction) AS direction FROM context)
SELECT word,
       hashed_word.direction + array_fill(0.5, ARRAY[384])::vector(384) * idf *
                               l2_normalize(context.direction - common.direction) AS direction
FROM hashed_word JOIN context USING (word), common;
ALTER TABLE word ADD PRIMARY KEY (word);
ANALYZE word;

CREATE FUNCTION embed(words tsvector) RETURNS vector LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT l2_normalize(sum(direction))
    FROM unnest(words) AS t (lexeme, positions, weights) JOIN word ON word = lexeme,
        generate_series(1, CASE WHEN 'A' = ANY (weights) THEN 3 ELSE 1 END)
$$;
CREATE FUNCTION embed(query text) RETURNS vector LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT embed(to_tsvector('english', query))
$$;

\echo 'Embedding the packages'
CREATE UNLOGGED TABLE embedded AS
SELECT id, embed(words) AS embedding FROM document;
CREATE TABLE package (
    id int PRIMARY KEY,
    name text NOT NULL,
    source text NOT NULL,
    section text NOT NULL,
    summary text NOT NULL,
    description text NOT NULL,
    words tsvector NOT NULL,
    embedding vector(384) NOT NULL
);
-- In the row itself, so that the exact search reads one table, not two.
ALTER TABLE package ALTER embedding SET STORAGE PLAIN;
INSERT INTO package
SELECT id, name, source, section, summary, description, words, embedding
FROM staged_package JOIN document USING (id) JOIN embedded USING (id)
WHERE embedding IS NOT NULL;
CREATE INDEX ON package (name);
CREATE INDEX package_words_idx ON package USING gin (words);
DROP TABLE staged_package, document, axis, hashed_word, first_embedding, context, embedded;
VACUUM (ANALYZE) package;
SELECT format('%s vectors of %s dimensions, %s', to_char(count(*), 'FM999,999'), min(vector_dims(embedding)),
              pg_size_pretty(pg_table_size('package'))) AS line
FROM package;
