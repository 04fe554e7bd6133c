-- avg(vector) and sum(vector), and the functions they are made of.

SELECT avg(v), sum(v) FROM unnest(ARRAY['[1,2,3]', '[3,5,7]']::vector[]) AS v;
SELECT avg(v), sum(v) FROM unnest(ARRAY['[1,2,3]', NULL, '[3,5,7]']::vector[]) AS v;
SELECT avg(v), sum(v) FROM unnest(ARRAY['[1,2,3]']::vector[]) AS v;
SELECT avg(v) IS NULL AS avg_of_none, sum(v) IS NULL AS sum_of_none FROM unnest(ARRAY[]::vector[]) AS v;
SELECT avg(v) IS NULL AS avg_of_null, sum(v) IS NULL AS sum_of_null FROM unnest(ARRAY[NULL]::vector[]) AS v;
SELECT vector_dims(avg(v)), vector_dims(sum(v)) FROM (SELECT array_fill(1, ARRAY[16000])::vector) AS t (v);

-- a mean needs no sum in single precision; a sum does
SELECT avg(v) FROM unnest(ARRAY['[3e38]', '[3e38]']::vector[]) AS v;
SELECT sum(v) FROM unnest(ARRAY['[3e38]', '[3e38]']::vector[]) AS v;

-- different dimensions
SELECT avg(v) FROM unnest(ARRAY['[1,2]', '[3]']::vector[]) AS v;
SELECT sum(v) FROM unnest(ARRAY['[1,2]', '[3]']::vector[]) AS v;

-- groups and windows: no state is shared
SELECT i % 3 AS g, avg(array_fill(i, ARRAY[2])::vector), sum(array_fill(i, ARRAY[2])::vector)
FROM generate_series(1, 30) AS i GROUP BY g ORDER BY g;
SELECT i % 2 AS g, avg(array_fill(i, ARRAY[2])::vector), sum(array_fill(i, ARRAY[2])::vector)
FROM generate_series(1, 4) AS i GROUP BY ROLLUP (g) ORDER BY g;
SELECT i, avg(ARRAY[i]::vector) OVER w, sum(ARRAY[i]::vector) OVER w,
       avg(ARRAY[i]::vector) OVER (w ROWS 1 PRECEDING) AS moving
FROM generate_series(1, 4) AS i WINDOW w AS (ORDER BY i);

-- in parallel; the sums are exact in single precision, so their order does not matter
CREATE TABLE many AS SELECT ARRAY[i % 100, -i % 10]::vector AS v FROM generate_series(1, 10000) AS i;
ALTER TABLE many SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT avg(v), sum(v) FROM many;
SELECT avg(v), sum(v) FROM many;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
DROP TABLE many;

-- the transition functions, as anybody may call them
SELECT vector_accum('{0}', '[1,2,3]'), vector_accum('{1,1,2,3}', '[1,2,3]'), vector_accum('[0:2]={1,1,2}', '[1,2]');
SELECT vector_combine('{0}', '{0}'), vector_combine('{0}', '{1,2}'), vector_combine('{1,2}', '{0}'),
       vector_combine('{1,2}', '{2,3}');
SELECT vector_avg('{0}'), vector_avg('{2,2,4}');

-- the argument of a call outside an aggregate stays as it was
WITH t AS MATERIALIZED (SELECT '{1,1,2}'::float8[] AS state)
SELECT vector_accum(state, '[1,1]'), vector_combine(state, state), state FROM t;

-- states that no aggregate makes
SELECT vector_accum('{}', '[1]');
SELECT vector_accum('{{0}}', '[1]');
SELECT vector_accum('{NULL}', '[1]');
SELECT vector_accum('{-1,0}', '[1]');
SELECT vector_accum('{NaN,0}', '[1]');
SELECT vector_accum('{1,2,3}', '[1]');
SELECT vector_accum('{1,Infinity}', '[1]');
SELECT vector_combine('{}', '{0}');
SELECT vector_combine('{0}', '{{0}}');
SELECT vector_combine('{1,2}', '{1,NULL}');
SELECT vector_combine('{1,2}', '{1,2,3}');
SELECT vector_combine('{1,1e308}', '{1,1e308}');
SELECT vector_avg('{}');
SELECT vector_avg('{1}');
SELECT vector_avg('{1,NaN}');
SELECT vector_avg('{1,1e39}');
SELECT vector_avg('{Infinity,1}');
SELECT vector_avg(array_fill(1::float8, ARRAY[16002]));

-- the classes of the errors above
\set VERBOSITY sqlstate
SELECT vector_accum('{}', '[1]');
SELECT vector_accum('{1,2,3}', '[1]');
SELECT vector_avg('{1}');
SELECT vector_avg(array_fill(1::float8, ARRAY[16002]));
SELECT sum(v) FROM unnest(ARRAY['[3e38]', '[3e38]']::vector[]) AS v;
\set VERBOSITY default

-- every error names the type whose aggregate it is
SELECT vector_avg(array_agg(n)) FROM generate_series(1, 16002) n;
SELECT vector_combine(array_fill(1.0, ARRAY[16002]), '{0}');
SELECT vector_combine('{0}', array_fill(1.0, ARRAY[16002]));
SELECT vector_accum(array_fill(1.0, ARRAY[16002]), '[1]');
SELECT vector_avg('{}');
SELECT vector_combine('{NULL}', '{0}');
SELECT vector_accum('{-1}', '[1]');
SELECT vector_avg('{1}');
SELECT vector_avg('{1,1e39}');
