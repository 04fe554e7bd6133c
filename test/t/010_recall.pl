# Recall@10 on synthetic sets: by target after a build, after inserts, deletes and VACUUM.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Vectors;

my $rows = 6_000;
my $queries = 1_000;
my $dims = 32;
# Builds with one thread give the same graph each time.
my $node = new_node('recall', <<'CONF');
fsync = off
shared_buffers = 256MB
max_parallel_maintenance_workers = 0
vectidx.ef_construction = 100
autovacuum = off
CONF
$node->safe_psql('postgres',
	"CREATE TABLE items AS SELECT i AS id, near(i, $dims)::vector($dims) AS v FROM generate_series(1, $rows) AS i");

sub recall
{
	my ($op, $settings) = @_;
	return $node->safe_psql('postgres', "$settings; SELECT recall('$op', 'items')");
}

sub in_range
{
	my ($recall, $target, $what) = @_;
	note("$what: recall $recall");
	ok($recall >= $target - 0.01 && $recall <= 1, "$what: recall@10 is at least $target - 0.01") or diag($recall);
}

# --- the targets, for each operator class
for my $class ([ 'cosine', '<=>' ], [ 'ip', '<#>' ], [ 'l2', '<->' ])
{
	my ($name, $op) = @$class;
	$node->safe_psql('postgres', <<SQL);
DROP INDEX IF EXISTS items_v;
CREATE INDEX items_v ON items USING vectidx (v vector_${name}_ops);
SELECT truth($queries, $dims, '$op', 'items');
SQL
	my %recall = map { $_ => recall($op, "SET vectidx.target_recall = $_") } 0.5, 0.9, 0.95, 0.99;
	in_range($recall{$_}, $_, "$name, target $_") for 0.9, 0.95, 0.99;
	is(recall($op, 'SELECT'), $recall{0.95}, "$name: 0.95 is the default target") or diag(%recall);
	# A target is aimed at, not passed by because everything is read.
	cmp_ok($recall{0.5}, '<', $recall{0.99}, "$name: a low target gives less than a high one");
}

# --- deletes, before and after VACUUM. The graph is not calibrated anew before it is rebuilt, so
# the target is only nearly met; explicit candidates are worth what they were.
sub after_change
{
	my ($what, $left) = @_;
	$node->safe_psql('postgres', "SELECT truth($queries, $dims, '<->', 'items')");
	my %recall = map { $_ => recall('<->', $_) } 'SELECT', 'SET vectidx.ef_search = 40';
	note("$what: " . join(', ', %recall));
	cmp_ok($recall{SELECT}, '>=', 0.9, "$what: recall by the default target");
	cmp_ok($recall{'SET vectidx.ef_search = 40'}, '>=', 0.99, "$what: recall of 40 candidates");
	is($node->safe_psql('postgres', "SELECT scanned('<->', 'items', $dims)"), $left, "$what: every row is in reach, no other");
}
$node->safe_psql('postgres', 'DELETE FROM items WHERE id % 5 = 0');
after_change('20 % deleted', $rows * 4 / 5);
$node->safe_psql('postgres', 'VACUUM items');
after_change('20 % deleted and vacuumed', $rows * 4 / 5);
$node->safe_psql('postgres', "INSERT INTO items SELECT i, near(i, $dims) FROM generate_series($rows + 1, $rows * 6 / 5) AS i");
after_change('others inserted in their place', $rows);

# --- inserting 20 % after the build loses at most 0.005, measured on uniform data, where it is hard
my @settings = ('SET vectidx.ef_search = 20', 'SET vectidx.ef_search = 40', 'SET vectidx.target_recall = 0.95');
$node->safe_psql('postgres', <<SQL);
DROP TABLE items;
CREATE TABLE items AS SELECT i AS id, vec(i, $dims)::vector($dims) AS v FROM generate_series(1, $rows) AS i;
CREATE INDEX items_v ON items USING vectidx (v vector_l2_ops);
SELECT truth($queries, $dims, '<->', 'items');
SQL
my @at_once = map { recall('<->', $_) } @settings;
$node->safe_psql('postgres', <<SQL);
DELETE FROM items WHERE id % 5 = 0;
VACUUM items;
REINDEX INDEX items_v;
INSERT INTO items SELECT i, vec(i, $dims) FROM generate_series(5, $rows, 5) AS i;
SQL
is($node->safe_psql('postgres', 'SELECT count(*) FROM items'), $rows, 'the rows are the same again');
my @inserted = map { recall('<->', $_) } @settings;
for my $i (0 .. $#settings)
{
	note("$settings[$i]: built at once $at_once[$i], 20 % inserted $inserted[$i]");
	cmp_ok($inserted[$i], '>=', $at_once[$i] - 0.005, "inserting 20 % after the build loses at most 0.005: $settings[$i]");
}
in_range($inserted[2], 0.95, 'after inserts');
cmp_ok($at_once[0], '<', $at_once[1], 'more candidates find more');

# --- everything inserted, nothing built
$node->safe_psql('postgres', <<SQL);
CREATE TABLE grown (id int, v vector($dims));
CREATE INDEX ON grown USING vectidx (v vector_l2_ops) WITH (ef_construction = 64);
INSERT INTO grown SELECT id, v FROM items WHERE id <= 2000;
SELECT truth($queries, $dims, '<->', 'grown');
SQL
my $grown = $node->safe_psql('postgres', "SET vectidx.ef_search = 100; SELECT recall('<->', 'grown')");
note("inserted only: $grown");
cmp_ok($grown, '>=', 0.95, 'an index that was never built answers well, too');
is($node->safe_psql('postgres', "SELECT scanned('<->', 'grown', $dims)"), 2000, 'and every row is in reach');

$node->stop;
done_testing();
