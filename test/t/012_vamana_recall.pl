# Recall@10 of graphs by alpha-pruning: after a build, inserts, deletes and VACUUM with a rebuild, and with
# many duplicates; and both algorithms on 10,000 uniform random vectors of 1,024 dimensions, at defaults.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Vectors;

my $rows = 4_000;
my $queries = 500;
my $dims = 32;
# Builds with one thread give the same graph each time.
my $node = new_node('vamana', <<'CONF');
fsync = off
shared_buffers = 256MB
max_parallel_maintenance_workers = 0
maintenance_work_mem = 256MB
autovacuum = off
CONF

sub recall
{
	my ($op, $settings) = @_;
	return $node->safe_psql('postgres', "$settings; SELECT recall('$op', 'items')");
}

# At defaults, and with a higher ef_search; every row is in reach; the index is what it was made as.
sub check
{
	my ($op, $left, $generation, $what) = @_;
	$node->safe_psql('postgres', "SELECT truth($queries, $dims, '$op', 'items')");
	my $default = recall($op, 'SELECT');
	my $high = recall($op, 'SET vectidx.ef_search = 200');
	note("$what: $default, $high");
	cmp_ok($default, '>=', 0.94, "$what: recall at default settings is at least the target, 0.95, less 0.01");
	cmp_ok($high, '>=', 0.99, "$what: recall with ef_search = 200");
	cmp_ok($high, '<=', 1, "$what: is a share");
	is($node->safe_psql('postgres', "SELECT scanned('$op', 'items', $dims)"), $left, "$what: every row is in reach, no other");
	is($node->safe_psql('postgres', "SELECT generation, options ->> 'algorithm', options ->> 'alpha' FROM vectidx_index_stats('items_v')"),
		"$generation|vamana|1.2", "$what: it is generation $generation, by vamana");
	is($node->safe_psql('postgres', "SELECT * FROM vectidx_check('items_v', true)"), '', "$what: nothing is wrong with it");
	return;
}

for my $class ([ 'cosine', '<=>' ], [ 'ip', '<#>' ], [ 'l2', '<->' ])
{
	my ($name, $op) = @$class;
	$node->safe_psql('postgres', <<"SQL");
DROP TABLE IF EXISTS items;
CREATE TABLE items AS SELECT i AS id, near(i, $dims)::vector($dims) AS v FROM generate_series(1, $rows) AS i;
CREATE INDEX items_v ON items USING vectidx (v vector_${name}_ops) WITH (algorithm = 'vamana');
SQL
	check($op, $rows, 1, "$name, built");
	my $more = $rows / 4;
	$node->safe_psql('postgres', "INSERT INTO items SELECT i, near(i, $dims) FROM generate_series($rows + 1, $rows + $more) AS i");
	check($op, $rows + $more, 1, "$name, a quarter inserted");
	# Of every cluster: queries come from all of them.
	$node->safe_psql('postgres', 'DELETE FROM items WHERE abs(hashint4(id) % 5) < 2; VACUUM items');
	my $left = $node->safe_psql('postgres', 'SELECT count(*) FROM items');
	cmp_ok($left, '<', ($rows + $more) * 0.65, "$name: more than a third is deleted");
	check($op, $left, 2, "$name, rebuilt by VACUUM");
	# As many rows again, nearly, have one of 20 vectors.
	$node->safe_psql('postgres', <<"SQL");
INSERT INTO items SELECT 100000 + i, near(i % 20, $dims) FROM generate_series(1, $rows / 4) AS i;
REINDEX INDEX items_v;
INSERT INTO items SELECT 200000 + i, near(i % 20, $dims) FROM generate_series(1, $rows / 4) AS i;
SQL
	check($op, $left + $rows / 2, 1, "$name, many duplicates");
	is($node->safe_psql('postgres', <<"SQL"), $rows / 40, "$name: all rows of one vector are found");
SET enable_seqscan = off;
SET enable_sort = off;
SELECT count(*) FROM (SELECT id FROM items WHERE id >= 100000 ORDER BY v $op near(7, $dims) LIMIT $rows / 40) AS t WHERE id % 20 = 7;
SQL
}

# --- a batch of pending rows goes into the graph by the same rule
$node->safe_psql('postgres', <<"SQL");
DROP TABLE items;
CREATE TABLE items AS SELECT i AS id, near(i, $dims)::vector($dims) AS v FROM generate_series(1, $rows) AS i;
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops) WITH (algorithm = 'vamana', pending_limit = 10000);
INSERT INTO items SELECT i, near(i, $dims) FROM generate_series($rows + 1, $rows * 5 / 4) AS i;
SQL
is($node->safe_psql('postgres', "SELECT vectidx_merge('items_v')"), $rows / 4, 'a quarter is merged');
check('<->', $rows * 5 / 4, 1, 'merged');

# --- 10,000 uniform random vectors of 1,024 dimensions, where nothing is near
$node->safe_psql('postgres', <<'SQL');
DROP TABLE items, truth;
CREATE FUNCTION uniform(id bigint) RETURNS vector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(hashint8extended(id, i) % 100003 / 100003.0::float8)::vector FROM generate_series(1, 1024) AS i
$$;
CREATE TABLE items AS SELECT i AS id, uniform(i)::vector(1024) AS v FROM generate_series(1, 10000) AS i;
SET enable_indexscan = off;
CREATE TABLE truth AS SELECT i AS id, q, (SELECT v <-> q FROM items ORDER BY 1 OFFSET 9 LIMIT 1) AS tenth
	FROM (SELECT i, uniform(1000000 + i) AS q FROM generate_series(1, 200) AS i OFFSET 0) AS queries;
SQL
for my $goal ([ 'hnsw', 0.95 ], [ 'vamana', 0.90 ])
{
	my ($algorithm, $least) = @$goal;
	$node->safe_psql('postgres', <<"SQL");
DROP INDEX IF EXISTS items_v;
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops) WITH (algorithm = '$algorithm');
SQL
	my $recall = recall('<->', 'SELECT');
	note("uniform, $algorithm: $recall");
	cmp_ok($recall, '>=', $least, "10,000 uniform vectors: $algorithm at defaults finds at least $least");
	cmp_ok($recall, '<=', 1, "10,000 uniform vectors: $algorithm: is a share");
}

$node->stop;
done_testing();
