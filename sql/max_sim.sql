-- MaxSim of arrays of vectors. docs/late-interaction.md: its SQL, word for word (test/lint/tour.sh).

-- By hand: the first vector of the query has the products 1, 0, 0.5 and the second 0, 2, 1; 1 + 2 = 3.
-- By the cosine: 1, 0, 0.70711 and 0, 1, 0.70711; 1 + 1 = 2.
SELECT max_sim(d, q), max_sim_cosine(d, q), d @# q AS negative, d @= q AS negative_cosine
FROM (SELECT ARRAY['[1,0]', '[0,2]', '[0.5,1]']::vector[] AS d, ARRAY['[1,0]', '[0,1]']::vector[] AS q) AS t;
SELECT max_sim(d, q), max_sim_cosine(d, q), d @# q AS negative, d @= q AS negative_cosine
FROM (SELECT ARRAY['[1,0]', '[0,2]', '[0.5,1]']::halfvec[] AS d, ARRAY['[1,0]', '[0,1]']::halfvec[] AS q) AS t;
-- The document is on the left: each of its vectors is a vector of the query now, with the products 1, 0; 0, 2; 0.5, 1.
SELECT max_sim(q, d), round(max_sim_cosine(q, d)::numeric, 5) AS cosine
FROM (SELECT ARRAY['[1,0]', '[0,2]', '[0.5,1]']::vector[] AS d, ARRAY['[1,0]', '[0,1]']::vector[] AS q) AS t;
-- The largest may be negative: -1 and -6 give -1; -2 and -9 give -2.
SELECT max_sim(ARRAY['[-1,0]', '[0,-3]']::vector[], ARRAY['[1,2]', '[2,3]']::vector[]),
       max_sim(ARRAY['[-1,0]', '[0,-3]']::halfvec[], ARRAY['[1,2]', '[2,3]']::halfvec[]);
-- The same vector twice in the query counts twice, twice in the document once.
SELECT max_sim(ARRAY['[3]', '[3]']::vector[], ARRAY['[2]', '[2]']::vector[]);
-- A vector[] becomes a halfvec[] where the other is one. The order of the best documents.
SELECT max_sim(ARRAY['[1,2]']::vector[], ARRAY['[3,4]']::halfvec[]), pg_typeof(ARRAY['[1]']::halfvec[] @# ARRAY['[1]']::vector[]);
SELECT id FROM (VALUES (1, ARRAY['[1,0]']::vector[]), (2, '{"[1,0]","[0,1]"}'), (3, '{}'), (4, NULL), (5, '{"[0,0]"}')) AS t (id, d)
ORDER BY d @# ARRAY['[1,0]', '[0,1]']::vector[], id;

-- NULL: an array, or one that is empty.
SELECT max_sim(NULL::vector[], '{[1]}') IS NULL AS a, max_sim('{"[1]"}'::vector[], NULL) IS NULL AS b,
       max_sim('{}'::vector[], '{"[1]"}') IS NULL AS c, max_sim('{"[1]"}'::vector[], '{}') IS NULL AS d,
       max_sim('{}'::halfvec[], '{}') IS NULL AS e, ('{}'::halfvec[] @# '{"[1]"}') IS NULL AS f, ('{"[1]"}'::vector[] @= '{}') IS NULL AS g;
-- Errors: NULL elements, more than one dimension, dimensions of the vectors.
SELECT max_sim(ARRAY['[1]', NULL]::vector[], ARRAY['[1]']::vector[]);
SELECT max_sim(ARRAY['[1]']::halfvec[], ARRAY[NULL]::halfvec[]);
SELECT max_sim('{}'::vector[], ARRAY[NULL]::vector[]);
SELECT ARRAY[ARRAY['[1]'], ARRAY['[2]']]::vector[] @# ARRAY['[1]']::vector[];
SELECT ARRAY['[1]']::halfvec[] @= ARRAY[ARRAY['[1]'], ARRAY['[2]']]::halfvec[];
SELECT max_sim(ARRAY['[1,2]']::vector[], ARRAY['[1,2,3]']::vector[]);
SELECT max_sim(ARRAY['[1,2]', '[1]']::vector[], ARRAY['[1,2]']::vector[]);
SELECT max_sim(ARRAY['[1,2]']::vector[], ARRAY['[1,2]', '[1]']::vector[]);
SELECT max_sim_cosine(ARRAY['[1,2]', '[1]']::halfvec[], ARRAY['[1,2]']::halfvec[]);
SELECT max_sim(ARRAY['[70000]']::vector[], ARRAY['[1]']::halfvec[]);

-- Beyond single precision: 1e30 * 1e30 + 1e30 * 1e30, and 2^140 - 2^140 + 1. Tiny vectors have a cosine.
SELECT round((max_sim(ARRAY['[1e30,1e30]']::vector[], ARRAY['[1e30,1e30]']::vector[]) / 1e60)::numeric, 5) AS huge,
       max_sim(ARRAY['[1180591620717411303424,1180591620717411303424,1]']::vector[], ARRAY['[1180591620717411303424,-1180591620717411303424,1]']::vector[]) AS canceled;
SELECT round(max_sim_cosine(ARRAY['[3e38,3e38]', '[1e-40,0]']::vector[], ARRAY['[1e-40,1e-40]', '[1e-20,0]']::vector[])::numeric, 5) AS cosine;
SELECT max_sim(ARRAY['[65504,65504]']::halfvec[], ARRAY['[65504,-65504]', '[65504,0]']::halfvec[]) = 65504.0 ^ 2 AS halves;
-- A zero vector counts 0 by the cosine, too, unlike in <=>: l2_normalize leaves it as it is.
SELECT max_sim_cosine(ARRAY['[0,0]', '[-1,0]']::vector[], ARRAY['[1,0]']::vector[]) AS zero_is_best,
       max_sim_cosine(ARRAY['[0,1]']::halfvec[], ARRAY['[0,0]', '[0,2]']::halfvec[]) AS zero_in_query;

-- Stored arrays: with a short header, compressed, out of line. 20 products of 100 ones.
CREATE TABLE stored (id int, d vector(100)[], h halfvec(100)[]);
INSERT INTO stored SELECT n, array_fill(array_fill(1, ARRAY[100])::vector, ARRAY[n]), array_fill(array_fill(1, ARRAY[100])::halfvec, ARRAY[n])
	FROM unnest(ARRAY[1, 20, 500]) AS n;
ALTER TABLE stored ALTER d SET STORAGE EXTERNAL;
INSERT INTO stored SELECT 1000 + id, d || d, h || h FROM stored;
SELECT id, max_sim(d, q) AS vectors, max_sim(h, q::halfvec[]) AS halves, round(max_sim_cosine(d, q)::numeric, 4) AS cosines
FROM stored, array_fill(array_fill(1, ARRAY[100])::vector, ARRAY[20]) AS q ORDER BY id;
DROP TABLE stored;

-- A long computation can be canceled.
SET statement_timeout = '100ms';
SELECT max_sim(a, a) FROM array_fill('[1,2,3,4]'::vector, ARRAY[50000]) AS a;
RESET statement_timeout;

CREATE TABLE passage (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text,
    tokens vector(16)[] NOT NULL
);
ALTER TABLE passage ALTER tokens SET STORAGE EXTERNAL;
CREATE TABLE passage_token (
    passage_id bigint NOT NULL REFERENCES passage ON DELETE CASCADE,
    token vector(16) NOT NULL
);

-- A token vector is the passage and half of one of 997 words, scaled to norm 1.
CREATE FUNCTION tokens(id bigint, n int) RETURNS vector[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(l2_normalize(passage + vec(100000 + hashint8extended(id, i) % 997, 16) * half))
	FROM vec(id, 16) AS passage, CAST(array_fill(0.5, ARRAY[16]) AS vector) AS half, generate_series(1, n) AS i
$$;
INSERT INTO passage (body, tokens) SELECT format('passage %s', i), tokens(i, 4 + i % 5) FROM generate_series(1, 1500) AS i;

INSERT INTO passage_token SELECT id, unnest(tokens) FROM passage;
CREATE INDEX passage_token_nearest ON passage_token USING vectidx (token vector_ip_ops);
CREATE INDEX passage_token_passage ON passage_token (passage_id);

CREATE FUNCTION passage_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM passage_token WHERE passage_id = OLD.id;
    END IF;
    INSERT INTO passage_token SELECT NEW.id, unnest(NEW.tokens);
    RETURN NULL;
END
$$;
CREATE TRIGGER passage_tokens AFTER INSERT OR UPDATE OF tokens ON passage
    FOR EACH ROW EXECUTE FUNCTION passage_tokens();

VACUUM ANALYZE passage;
VACUUM ANALYZE passage_token;

PREPARE late_interaction(vector[]) AS
SELECT id, tokens @# $1 AS distance
FROM (
    SELECT passage_id
    FROM (
        SELECT passage_id, place, max(score - lowest) AS gain
        FROM (
            SELECT passage_id, place, score, min(score) OVER (PARTITION BY place) AS lowest
            FROM unnest($1) WITH ORDINALITY AS wanted (vector, place),
                LATERAL (SELECT passage_id, -(token <#> vector) AS score
                         FROM passage_token ORDER BY token <#> vector LIMIT 20) AS near
        ) AS found
        GROUP BY passage_id, place
    ) AS best
    GROUP BY passage_id ORDER BY sum(gain) DESC, passage_id LIMIT 50
) AS candidate
JOIN passage ON id = passage_id
ORDER BY distance, id LIMIT 10;

-- Each step by its index, in a custom and in a generic plan. 1,500 rows are few: from disks, all of them would be read as fast.
SET random_page_cost = 1.1;
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
CREATE FUNCTION steps(statement text) RETURNS TABLE (mode text, near bool, exact bool, reads_all bool) LANGUAGE plpgsql AS $$
DECLARE
	plan text;
BEGIN
	FOREACH mode IN ARRAY ARRAY['force_custom_plan', 'force_generic_plan'] LOOP
		PERFORM set_config('plan_cache_mode', mode, true);
		plan := plan_of(statement);
		near := plan ~ 'Index Scan using passage_token_nearest on passage_token';
		exact := plan ~ 'Index Scan using passage_pkey on passage';
		reads_all := plan ~ 'Seq Scan on passage';
		RETURN NEXT;
	END LOOP;
	PERFORM set_config('plan_cache_mode', 'auto', true);
END
$$;
SELECT * FROM steps(format('late_interaction(%L)', tokens(7, 6)));

-- The ten best by the statement are most of the ten best of all, for passages that exist and others. With longer lists they are all.
CREATE FUNCTION rows_of(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	found record;
	found_rows text[] := '{}';
BEGIN
	FOR found IN EXECUTE statement LOOP
		found_rows := found_rows || found::text;
	END LOOP;
	RETURN found_rows;
END
$$;
SET vectidx.ef_search = 400;
DO $$
BEGIN
	EXECUTE (SELECT replace(replace(replace(statement, 'late_interaction', 'longer_lists'), 'LIMIT 20', 'LIMIT 200'), 'LIMIT 50', 'LIMIT 200')
	         FROM pg_prepared_statements WHERE name = 'late_interaction');
END
$$;
SELECT count(*) AS queries, min(cardinality(found)) AS rows, avg((SELECT count(*) FROM unnest(found) AS one WHERE one = ANY (exact))) > 9.5 AS most,
       bool_and(longer = exact) AS same
FROM unnest(ARRAY[7, 500, 1499, 3001, 3002, 3003]) AS seed,
     rows_of(format('EXECUTE late_interaction(%L)', tokens(seed, 12))) AS found,
     rows_of(format('EXECUTE longer_lists(%L)', tokens(seed, 12))) AS longer,
     rows_of(format('SELECT id, tokens @# %L AS distance FROM passage ORDER BY distance, id LIMIT 10', tokens(seed, 12))) AS exact;

-- MaxSim is what SQL says it is, to rounding.
SELECT count(*) AS passages, max(abs(formula - max_sim(tokens, q))) < 1e-5 AS same,
       max(abs(formula - max_sim(tokens::halfvec[], q::halfvec[]))) < 2e-2 AS halves,
       max(abs(formula - max_sim_cosine(tokens, q))) < 1e-5 AS cosines
FROM tokens(9000, 5) AS q, passage, LATERAL (
	SELECT sum(best) AS formula FROM (
		SELECT max(inner_product(token, vector)) AS best
		FROM unnest(q) WITH ORDINALITY AS wanted (vector, place), unnest(tokens) AS token GROUP BY place) AS each) AS summed;

-- The trigger keeps both tables alike.
INSERT INTO passage (tokens) VALUES (tokens(7, 6));
UPDATE passage SET tokens = tokens(8, 2) WHERE id = 1;
DELETE FROM passage WHERE id = 2;
SELECT count(*) AS differences FROM passage FULL JOIN (SELECT passage_id, count(*) AS n, sum(token) AS total FROM passage_token GROUP BY 1) AS t ON id = passage_id
WHERE cardinality(tokens) IS DISTINCT FROM n OR (SELECT sum(token) FROM unnest(tokens) AS token) <-> total > 1e-5;
SELECT cardinality(found) AS rows, found[1:2]::text ~ '\(1501,-' AS has_new, found::text ~ '\([12],' AS has_old
FROM rows_of(format('EXECUTE late_interaction(%L)', tokens(7, 6))) AS found;
RESET vectidx.ef_search;
RESET random_page_cost;

DEALLOCATE ALL;
DROP FUNCTION steps, plan_of, rows_of;
DROP TABLE passage_token, passage;
DROP FUNCTION tokens, passage_tokens;
