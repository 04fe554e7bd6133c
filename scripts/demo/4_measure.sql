-- Asks 200 questions (the summaries of 200 packages) twice: exactly, by reading every row, and with
-- the index. Recall@10 is the share of the exact ten nearest that the index finds; a row as near as
-- the exact tenth counts as found, since many packages have equal vectors.
CREATE TEMP TABLE question AS
SELECT embed(summary) AS embedding
FROM (SELECT summary FROM package ORDER BY hashtext(name) LIMIT 200) AS sample;
DELETE FROM question WHERE embedding IS NULL;

CREATE FUNCTION pg_temp.ask(query vector, indexed bool, OUT distances float8[], OUT milliseconds float8)
LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
BEGIN
    PERFORM set_config('enable_indexscan', indexed::text, true);
    started := clock_timestamp();
    EXECUTE 'SELECT array_agg(distance) FROM (SELECT embedding <=> $1 AS distance FROM package
             ORDER BY embedding <=> $1 LIMIT 10) AS nearest' INTO distances USING query;
    milliseconds := 1000 * extract(epoch FROM clock_timestamp() - started);
END
$$;

-- First without looking at the clock, so that neither way has to read from the disk.
SELECT count(pg_temp.ask(embedding, :indexed)) AS warm
FROM (SELECT * FROM question LIMIT CASE WHEN :indexed THEN 200 ELSE 5 END) AS first \gset

CREATE TEMP TABLE exact_answer AS
SELECT embedding, distances, milliseconds FROM question, pg_temp.ask(embedding, false);

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) AS exact_ms FROM exact_answer \gset
SELECT format('%s  %s  recall@10', rpad('', 42), 'time per query (median)') AS line;
SELECT format('%s  %s ms                 exact', rpad('without the index', 42), lpad(round(:exact_ms::numeric, 1)::text, 6)) AS line;
\if :indexed
CREATE FUNCTION pg_temp.with_index(label text) RETURNS text
LANGUAGE sql VOLATILE AS $$
    WITH answer AS MATERIALIZED (
        SELECT exact.distances AS exact, found.distances AS found,
               exact.milliseconds AS exact_ms, found.milliseconds AS found_ms
        FROM exact_answer AS exact, pg_temp.ask(embedding, true) AS found
    ), hit AS (
        SELECT cardinality(exact) AS wanted,
               (SELECT count(*) FROM unnest(found) AS distance
                WHERE distance <= exact[cardinality(exact)] + 1e-7) AS hits,
               exact_ms, found_ms
        FROM answer
    )
    SELECT format('%s  %s ms, %s x faster  %s (%s of %s)', rpad(label, 42),
                  lpad(round(percentile_cont(0.5) WITHIN GROUP (ORDER BY found_ms)::numeric, 2)::text, 6),
                  lpad(round(percentile_cont(0.5) WITHIN GROUP (ORDER BY exact_ms) /
                             percentile_cont(0.5) WITHIN GROUP (ORDER BY found_ms))::text, 4),
                  round(sum(hits) / sum(wanted), 3), sum(hits), sum(wanted))
    FROM hit
$$;
SELECT pg_temp.with_index('with the index') AS line;
SET vectidx.target_recall = 0.99;
SELECT pg_temp.with_index('with the index, vectidx.target_recall 0.99') AS line;
RESET vectidx.target_recall;
\endif
