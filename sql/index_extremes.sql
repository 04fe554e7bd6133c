-- Indexes at the limits: one dimension to 16,000, numbers from the smallest to the largest.
SET vectidx.ef_search = 2000;  -- more than there are rows: the results are exact

-- Builds an index over some rows, inserts others, and compares every operator class with a sort.
CREATE FUNCTION try_dims(dims int, build int, insert int, options text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	class text;
BEGIN
	FOREACH class IN ARRAY ARRAY['l2 <->', 'ip <#>', 'cosine <=>'] LOOP
		EXECUTE format('CREATE TABLE wide (id int, v vector(%s))', dims);
		INSERT INTO wide SELECT i, vec(i, dims) FROM generate_series(1, build) AS i;
		EXECUTE format('CREATE INDEX ON wide USING vectidx (v vector_%s_ops) %s', split_part(class, ' ', 1), options);
		INSERT INTO wide SELECT i, vec(i, dims) FROM generate_series(build + 1, build + insert) AS i;
		RETURN NEXT dims || ' ' || class || ' ' || same_as_sort(format('SELECT v %s %L FROM wide ORDER BY v %1$s %2$L',
			split_part(class, ' ', 2), vec(0, dims)));
		DROP TABLE wide;
	END LOOP;
END
$$;
SELECT try_dims(1, 100, 50, '');
SELECT try_dims(2, 100, 50, '');
SELECT try_dims(2000, 20, 10, '');
SELECT try_dims(2001, 20, 10, '');
SELECT try_dims(16000, 8, 4, '');
SELECT try_dims(16000, 0, 5, 'WITH (m = 100, ef_construction = 1000)');
SELECT try_dims(16000, 5, 0, 'WITH (m = 2, ef_construction = 4)');
-- both sides of every change of the layout
SELECT count(*), result FROM (SELECT split_part(try_dims(dims, 20, 10, 'WITH (m = 4)'), '> ', 2) AS result
	FROM unnest(ARRAY[3, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 383, 384, 385, 511, 512, 513, 767, 768, 769,
		1023, 1024, 1025, 1535, 1536, 1537, 3071, 3072, 3073, 4095, 4096, 4097, 5000, 8191, 8192, 8193, 15999]) AS dims) AS t
GROUP BY 2;
SELECT count(*), result FROM (SELECT split_part(try_dims(dims, 150, 50, 'WITH (m = ' || m || ')'), '> ', 2) AS result
	FROM unnest(ARRAY[2, 40]) AS dims, unnest(ARRAY[2, 3, 5, 8, 64, 100]) AS m) AS t
GROUP BY 2;
CREATE TABLE too_wide (v vector(16001));

-- numbers of any size; what is farther than float4 tells has its place by the operator's distance
CREATE TABLE extreme (id int, v vector(3));
INSERT INTO extreme VALUES (1, '[1e-45,0,0]'), (2, '[0,-1e-45,0]'), (3, '[1e-38,1e-38,0]'), (4, '[1e-20,0,1e-20]'),
	(5, '[1e-10,0,0]'), (6, '[0,1,0]'), (7, '[1e10,0,0]'), (8, '[0,1e18,0]'), (9, '[0,0,-1e18]');
CREATE INDEX extreme_l2 ON extreme USING vectidx (v vector_l2_ops);
CREATE INDEX extreme_ip ON extreme USING vectidx (v vector_ip_ops);
CREATE INDEX extreme_cosine ON extreme USING vectidx (v vector_cosine_ops);
INSERT INTO extreme VALUES (11, '[3e-45,0,0]'), (12, '[0,-3e-45,0]'), (13, '[3e-38,1e-38,0]'), (14, '[3e-20,0,1e-20]'),
	(15, '[3e-10,0,0]'), (16, '[0,3,0]'), (17, '[3e10,0,0]'), (18, '[0,3e18,0]'), (19, '[0,0,-3e18]');
SELECT op, q, same_as_sort(format('SELECT v %s %L FROM extreme ORDER BY v %1$s %2$L', op, q))
FROM unnest(ARRAY['<->', '<#>']) AS op, unnest(ARRAY['[0,0,0]', '[1e-20,0,0]', '[1,2,3]', '[1e18,0,0]']) AS q;
-- queries that are tiny beside the longest row
SELECT q, same_as_sort(format('SELECT v <#> %L FROM extreme ORDER BY v <#> %1$L', q))
FROM unnest(ARRAY['[1e-45,0,0]', '[0,0,-1e-45]', '[1e-38,1e-38,1e-38]', '[1e-28,0,1e-30]']) AS q;
-- beyond a squared distance that float4 can hold, nothing is lost
INSERT INTO extreme VALUES (21, '[3e38,0,0]'), (22, '[-3e38,3e38,3e38]'), (23, '[0,3e30,0]'), (24, '[3e38,3e38,3e38]');
SET enable_seqscan = off;
SELECT count(DISTINCT id) FROM (SELECT id FROM extreme ORDER BY v <-> '[1,2,3]') AS t;
SELECT count(DISTINCT id) FROM (SELECT id FROM extreme ORDER BY v <#> '[1,2,3]') AS t;
SELECT count(DISTINCT id) FROM (SELECT id FROM extreme ORDER BY v <=> '[1,2,3]') AS t;
SELECT count(DISTINCT id) FROM (SELECT id FROM extreme ORDER BY v <-> '[3e38,3e38,3e38]') AS t;
REINDEX TABLE extreme;
SELECT count(DISTINCT id) FROM (SELECT id FROM extreme ORDER BY v <-> '[1,2,3]') AS t;
SELECT count(DISTINCT id) FROM (SELECT id FROM extreme ORDER BY v <#> '[1,2,3]') AS t;
SELECT count(DISTINCT id) FROM (SELECT id FROM extreme ORDER BY v <=> '[1,2,3]') AS t;
DROP TABLE extreme;
DROP FUNCTION try_dims;
