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

CREATE TEMP TABLE answer AS
SELECT exact.distances AS exact, found.distances AS found,
       exact.milliseconds AS exact_ms, found.milliseconds AS found_ms
FROM question, pg_temp.ask(embedding, false) AS exact, pg_temp.ask(embedding, :indexed) AS found;

SELECT format('time per query without the index: %s ms (the median of %s)',
              round(percentile_cont(0.5) WITHIN GROUP (ORDER BY exact_ms)::numeric, 1), count(*)) AS line
FROM answer;
\if :indexed
SELECT format('time per query with the index:    %s ms, %s times faster',
              round(indexed::numeric, 2), round((exact / indexed)::numeric)) AS line
FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY exact_ms) AS exact,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY found_ms) AS indexed
      FROM answer) AS median;
SELECT format('recall@10: %s (%s of %s exact neighbours found)',
              round(sum(hits)::numeric / sum(cardinality(exact)), 4), sum(hits), sum(cardinality(exact))) AS line
FROM (SELECT exact, (SELECT count(*) FROM unnest(found) AS distance
                     WHERE distance <= exact[cardinality(exact)] + 1e-7) AS hits
      FROM answer) AS hit;
\endif
