-- vectidx_check and vectidx_index_stats: the pending list, unused blocks, and what a rebuild leaves
SET client_min_messages = warning;
CREATE TABLE waiting (id int PRIMARY KEY, v vector(3));
INSERT INTO waiting SELECT i, ARRAY[i % 10, i / 10, i % 7]::vector FROM generate_series(1, 200) i;
CREATE INDEX waiting_l2 ON waiting USING vectidx (v vector_l2_ops) WITH (pending_limit = 1000, tombstone_rebuild_pct = 20);
CREATE INDEX waiting_ip ON waiting USING vectidx (v vector_ip_ops) WITH (pending_limit = 1000);
CREATE VIEW stats AS
	SELECT rows, pending_rows, merging, generation, pages ->> 'pending' AS pending, pages ->> 'spare' AS spare,
		(pages ->> 'unused')::int > 0 AS unused, options ->> 'pending_limit' AS pending_limit,
		(SELECT sum(n::bigint) FROM jsonb_each_text(pages) AS p(kind, n)) * 8192 = bytes AS all_pages
	FROM vectidx_index_stats('waiting_l2');
SELECT * FROM stats;

-- rows that wait, and some that were removed
INSERT INTO waiting SELECT i, ARRAY[i % 13, i / 10, i % 7]::vector FROM generate_series(201, 350) i;
SELECT * FROM stats;
SELECT * FROM vectidx_check('waiting_l2', true);
SELECT * FROM vectidx_check('waiting_ip', true);
SELECT vectidx_merge('waiting_l2');
SELECT * FROM stats;
SELECT * FROM vectidx_check('waiting_l2', true);
INSERT INTO waiting SELECT i, ARRAY[i % 13, i / 10, i % 7]::vector FROM generate_series(351, 360) i;
SELECT * FROM stats;
SELECT * FROM vectidx_check('waiting_l2', true);

-- a row that neither the list nor the graph has
UPDATE pg_index SET indisready = false WHERE indexrelid = 'waiting_l2'::regclass;
INSERT INTO waiting VALUES (3000, '[7,7,7]');
UPDATE pg_index SET indisready = true WHERE indexrelid = 'waiting_l2'::regclass;
SELECT severity, code, regexp_replace(message, '\(.*\)', '(...)') FROM vectidx_check('waiting_l2', true);
DELETE FROM waiting WHERE id = 3000;

-- a rebuild: the old generation is unused
DELETE FROM waiting WHERE id % 3 = 0;
VACUUM waiting;
SELECT rows, pending_rows, generation, pending, all_pages FROM stats;
SELECT severity, code, regexp_replace(message, '[0-9]+', 'N', 'g') FROM vectidx_check('waiting_l2', true) WHERE severity <> 'info';
SELECT * FROM vectidx_check('waiting_ip', true) WHERE severity <> 'info';

-- a row that takes several blocks of the list
CREATE TABLE wide (v vector(9000));
INSERT INTO wide SELECT array_fill(i, ARRAY[9000])::vector FROM generate_series(1, 3) i;
CREATE INDEX wide_l2 ON wide USING vectidx (v vector_l2_ops) WITH (pending_limit = 100);
INSERT INTO wide SELECT array_fill(i, ARRAY[9000])::vector FROM generate_series(4, 7) i;
SELECT rows, pending_rows, pages ->> 'pending' AS pending FROM vectidx_index_stats('wide_l2');
SELECT * FROM vectidx_check('wide_l2', true);
SELECT vectidx_merge('wide_l2');
INSERT INTO wide VALUES (array_fill(8, ARRAY[9000])::vector);
SELECT rows, pending_rows, pages ->> 'pending' AS pending, pages ->> 'spare' AS spare FROM vectidx_index_stats('wide_l2');
SELECT * FROM vectidx_check('wide_l2', true);
DROP VIEW stats;
DROP TABLE waiting, wide;
