# target_recall for other rows than ten and for queries unlike the data: in a hole, between clusters, to one side; on a
# built index, on one that was filled by INSERT before any VACUUM, after a region was deleted; whatever work_mem.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Vectors;

my $queries = 100;
# Builds with one thread give the same graph each time.
my $node = new_node('promise', <<'CONF');
fsync = off
shared_buffers = 256MB
max_parallel_maintenance_workers = 0
autovacuum = off
jit = off
CONF
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION unit(i bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT (hashint8extended(i, salt) & 1048575) / 1048576.0';
CREATE FUNCTION normal(i bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT sqrt(-2 * ln(1 - unit(i, 3 * salt))) * cos(2 * pi() * unit(i, 3 * salt + 1))';
CREATE FUNCTION normals(i bigint, dims int, width float8) RETURNS vector LANGUAGE sql IMMUTABLE AS
	'SELECT (SELECT array_agg(width * normal(i, k) ORDER BY k) FROM generate_series(1, dims) AS k)::vector';
-- Of `queries`: the mean recall@k, and that of the worst tenth. "+ 0" asks for an exact sort. The k rows are the first that
-- a cursor gives where `form` is 'cursor', and where it is 'behind', those that come next when the n nearest are rejected.
CREATE FUNCTION recalls(op text, source text, queries text, k int, form text, n int, OUT mean numeric, OUT worst numeric) LANGUAGE plpgsql AS $$
DECLARE
	query vector;
	nearest float8;
	farthest float8;
	rows refcursor;
	hits int;
	shares numeric[];
BEGIN
	FOR query IN EXECUTE format('SELECT v FROM %I', queries) LOOP
		EXECUTE format('SELECT d FROM (SELECT (v %s $1) + 0 AS d FROM %I) AS t ORDER BY d OFFSET %s LIMIT 1', op, source, n + k - 1)
			INTO farthest USING query;
		IF form = 'cursor' THEN
			OPEN rows FOR EXECUTE format('SELECT v %1$s $1 FROM %2$I ORDER BY v %1$s $1', op, source) USING query;
			hits := 0;
			FOR i IN 1 .. k LOOP
				FETCH rows INTO nearest;
				hits := hits + CASE WHEN nearest <= farthest + abs(farthest) * 1e-6 + 1e-9 THEN 1 ELSE 0 END;
			END LOOP;
			CLOSE rows;
		ELSE
			nearest := '-infinity';
			IF form = 'behind' THEN
				EXECUTE format('SELECT d FROM (SELECT (v %s $1) + 0 AS d FROM %I) AS t ORDER BY d OFFSET %s LIMIT 1', op, source, n - 1)
					INTO nearest USING query;
			END IF;
			EXECUTE format('SELECT count(*) FROM (SELECT v %1$s $1 AS d FROM %2$I WHERE %4$s ORDER BY v %1$s $1 LIMIT %3$s) AS t
				WHERE d <= $2 + abs($2) * 1e-6 + 1e-9', op, source, k,
				CASE WHEN form = 'behind' THEN format('v %s $1 > $3', op) ELSE 'true' END) INTO hits USING query, farthest, nearest;
		END IF;
		shares := shares || hits::numeric / k;
	END LOOP;
	SELECT round(avg(r), 4), round(avg(r) FILTER (WHERE place <= cardinality(shares) / 10), 4)
		FROM (SELECT r, row_number() OVER (ORDER BY r) AS place FROM unnest(shares) AS r) AS t INTO mean, worst;
END
$$;
SQL

# holds(WHAT, OPERATOR, TABLE, QUERIES, K, LEAST [, MOST [, SETTINGS [, FORM, N]]])
sub holds
{
	my ($what, $op, $source, $from, $k, $least, $most, $settings, $form, $n) = @_;
	my ($mean, $worst) = split /\|/, $node->safe_psql('postgres',
		'SET enable_seqscan = off;' . ($settings // '') . "SELECT * FROM recalls('$op', '$source', '$from', $k, '" . ($form // 'limit') . "', " . ($n // 0) . ')');
	note("$what, k = $k: mean $mean, worst tenth $worst");
	cmp_ok($mean, '>=', $least, "$what: recall\@$k is $mean");
	cmp_ok($mean, '<=', $most, "$what: and not because everything is read") if defined $most;
	return;
}

# make_hole(TABLE, DIMS, FROM, RADIUS, OPERATOR_CLASS): a normal distribution without the rows within RADIUS of a point
# that is FROM away from its center; queries like these rows in TABLE_plain, and about the point in TABLE_inside.
sub make_hole
{
	my ($table, $dims, $from, $radius, $class) = @_;
	my $point = "'[" . join(',', $from, (0) x ($dims - 1)) . "]'";
	$node->safe_psql('postgres', <<SQL);
CREATE TABLE $table AS SELECT * FROM (SELECT i AS id, normals(i, $dims, 1)::vector($dims) AS v FROM generate_series(1, 9000) AS i) AS t
	WHERE v <-> $point > $radius;
CREATE INDEX ON $table USING vectidx (v $class);
CREATE TABLE ${table}_plain AS SELECT * FROM (SELECT normals(1000000 + i, $dims, 1) AS v FROM generate_series(1, 3 * $queries) AS i) AS t
	WHERE v <-> $point > $radius LIMIT $queries;
CREATE TABLE ${table}_inside AS SELECT normals(2000000 + i, $dims, 0.1) + $point AS v FROM generate_series(1, $queries) AS i;
SQL
	return;
}

make_hole('hole', 4, 0.6, 1.4, 'vector_l2_ops');
for my $k (10, 100)
{
	holds('like the data', '<->', 'hole', 'hole_plain', $k, 0.92, 0.995);
	holds('in a hole', '<->', 'hole', 'hole_inside', $k, 0.90);
}
holds('in a hole, target 0.99', '<->', 'hole', 'hole_inside', 10, 0.96, undef, 'SET vectidx.target_recall = 0.99;');

# --- L1, whose graph has the vectors in another form: in a hole, the form says little of the distance
make_hole('ball', 8, 1, 1.8, 'vector_l1_ops');
for my $k (10, 100)
{
	holds('L1, like the data', '<+>', 'ball', 'ball_plain', $k, 0.92, 0.998);
	holds('L1, in a hole', '<+>', 'ball', 'ball_inside', $k, 0.88);
}

# --- clusters; queries between two of them and to one side of all
$node->safe_psql('postgres', <<SQL);
CREATE TABLE clusters AS SELECT i AS id, (normals(i % 40, 16, 3) + normals(i, 16, 1))::vector(16) AS v FROM generate_series(1, 8000) AS i;
CREATE INDEX ON clusters USING vectidx (v vector_l2_ops);
CREATE TABLE clusters_plain AS SELECT normals(i % 40, 16, 3) + normals(1000000 + i, 16, 1) AS v FROM generate_series(1, $queries) AS i;
CREATE TABLE clusters_between AS SELECT normals(i % 40, 16, 1.5) + normals(i * 7 % 39, 16, 1.5) AS v FROM generate_series(1, $queries) AS i;
CREATE TABLE clusters_side AS SELECT v + array_fill(2, ARRAY[16])::vector AS v FROM clusters_plain;
SQL
for my $k (10, 100)
{
	holds('clusters', '<->', 'clusters', 'clusters_plain', $k, 0.92, 0.995);
	holds('beside the clusters', '<->', 'clusters', 'clusters_side', $k, 0.92);
}
holds('clusters', '<->', 'clusters', 'clusters_plain', 1, 0.88);
# A search for 1,000 of 8,000 rows finds .93 of them in the first 1,000 nodes.
holds('clusters, target 0.99', '<->', 'clusters', 'clusters_plain', 1000, 0.975, undef, 'SET vectidx.target_recall = 0.99;');
holds('between clusters', '<->', 'clusters', 'clusters_between', 10, 0.85);
holds('between clusters', '<->', 'clusters', 'clusters_between', $_, 0.93) for 100, 150;

# --- through a cursor, whose batches grow: what one of them misses does not let the next go astray
$node->safe_psql('postgres', 'CREATE TABLE clusters_few AS SELECT v FROM clusters_plain LIMIT 30');
holds('through a cursor', '<->', 'clusters', 'clusters_few', $_, 0.93, undef, 'SET enable_sort = off;', 'cursor') for 300, 1000;
holds('through a cursor, 4 dimensions', '<->', 'hole', 'hole_inside', 300, 0.93, undef, 'SET enable_sort = off;', 'cursor');

# --- a condition that rejects the nearest rows: those that pass are among the farthest of what a search finds
for my $mode (qw(walk off))
{
	holds("behind rejected rows, filter = $mode", '<->', 'clusters', 'clusters_plain', 10, 0.92, undef,
		"SET enable_sort = off; SET vectidx.filter = $mode;", 'behind', $_) for 30, 100, 300;
}

# --- made on an empty table, and asked before any VACUUM
$node->safe_psql('postgres', <<SQL);
CREATE TABLE filled (id bigint, v vector(8));
CREATE INDEX ON filled USING vectidx (v vector_ip_ops);
INSERT INTO filled SELECT i, normals(i, 8, 1) FROM generate_series(1, 3000) AS i;
CREATE TABLE filled_plain AS SELECT normals(1000000 + i, 8, 1) AS v FROM generate_series(1, $queries) AS i;
SQL
holds('filled by INSERT', '<#>', 'filled', 'filled_plain', $_, 0.92) for 10, 100;
holds('with little memory', '<#>', 'filled', 'filled_plain', 100, 0.92, undef, q{SET work_mem = '64kB';});

# --- a fifth of the rows waits on the pending list: the graph is searched as if there were no list
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE listed AS SELECT i AS id, (normals(i % 40, 16, 3) + normals(i, 16, 1))::vector(16) AS v FROM generate_series(1, 4000) AS i;
CREATE INDEX ON listed USING vectidx (v vector_l2_ops) WITH (pending_limit = 100000);
INSERT INTO listed SELECT i, normals(i % 40, 16, 3) + normals(i, 16, 1) FROM generate_series(4001, 5000) AS i;
SQL
is($node->safe_psql('postgres', q{SELECT pending_rows FROM vectidx_index_stats('listed_v_idx')}), 1000, 'rows wait on the list');
for my $k (10, 100)
{
	holds('beside waiting rows', '<->', 'listed', 'clusters_plain', $k, 0.92);
	holds('beside waiting rows, by ef_search', '<->', 'listed', 'clusters_plain', $k, 0.92, undef, 'SET vectidx.ef_search = 60;');
}

# --- a region that is deleted, and a filter that few rows pass: LIMIT is filled
$node->safe_psql('postgres', <<'SQL');
DELETE FROM clusters WHERE id IN (SELECT id FROM clusters ORDER BY (v <-> (SELECT v FROM clusters_plain LIMIT 1)) + 0 LIMIT 2000);
VACUUM clusters;
SQL
# Its tombstones lie among tombstones, so that searches there would go through all of them: VACUUM makes a new graph.
sub generation { return $node->safe_psql('postgres', "SELECT generation FROM vectidx_index_stats('$_[0]')") }
sub pages_read
{
	my $plan = $node->safe_psql('postgres', <<SQL);
SET enable_seqscan = off;
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) SELECT id FROM clusters ORDER BY v <-> (SELECT v FROM clusters_plain LIMIT 1) LIMIT 10;
SQL
	return $plan =~ /Index Scan using.*?Buffers: shared hit=(\d+)/s ? $1 : die $plan;
}
is(generation('clusters_v_idx'), 2, 'a graph without a region is rebuilt');
my $pages = pages_read();
$node->safe_psql('postgres', 'REINDEX TABLE clusters');
my $fresh = pages_read();
cmp_ok($pages, '<=', 3 * $fresh, "a query in the deleted region reads $pages pages, $fresh of a fresh index");
# As many here and there are no reason to.
$node->safe_psql('postgres', 'DELETE FROM hole WHERE id % 4 = 1; VACUUM hole;');
is($node->safe_psql('postgres', "SELECT generation, tombstones > 1500 FROM vectidx_index_stats('hole_v_idx')"), '1|t', 'a graph with as many tombstones everywhere is not');
holds('after deletes', '<->', 'clusters', 'clusters_plain', 10, 0.92);
for my $settings ('', q{SET work_mem = '64kB';})
{
	my $passing = $node->safe_psql('postgres', 'SELECT count(*) FROM clusters WHERE id % 100 = 7');
	is($node->safe_psql('postgres', <<SQL), "10|$passing", "LIMIT is filled. $settings");
SET enable_seqscan = off; SET enable_sort = off; $settings
SELECT (SELECT count(*) FROM (SELECT id FROM clusters ORDER BY v <-> (SELECT v FROM clusters_plain LIMIT 1) LIMIT 10) AS t),
	(SELECT count(*) FROM (SELECT id FROM clusters WHERE id % 100 = 7 ORDER BY v <-> '[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]' LIMIT 1000) AS t);
SQL
}
# What a search did stands in its plan.
SKIP:
{
	skip 'index scans show counters of their own from PostgreSQL 18 on', 4 if $node->safe_psql('postgres', 'SHOW server_version_num') < 180000;
	my $plan = $node->safe_psql('postgres', <<SQL);
SET enable_seqscan = off;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT id FROM clusters ORDER BY v <-> (SELECT v FROM clusters_plain LIMIT 1) LIMIT 10;
SQL
	like($plan, qr/Index Searches: 1\n/, 'one search');
	like($plan, qr/Nodes Visited: [1-9]\d+\n/, 'the nodes that it visited');
	like($plan, qr/Target Recall: 0\.950/, 'the recall that it aimed at');
	like($node->safe_psql('postgres', <<SQL), qr/Ended Early: true/, 'and whether a limit ended it');
SET enable_seqscan = off; SET enable_sort = off; SET vectidx.max_scan_tuples = 100;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT id FROM clusters ORDER BY v <-> '[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]' LIMIT 1000;
SQL
}
$node->stop;
done_testing();
