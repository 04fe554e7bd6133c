# Rows come and go for ever, and the index stays as large, as complete and as good as a fresh one.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Campaign;
use Vectors;

my $rows = 1200 * scale();
my $churns = 20;
my $node = new_node('churn', <<'CONF');
vectidx.ef_construction = 64
autovacuum = off
max_wal_size = 2GB
log_statement = none
CONF
my $size = sub { return $node->safe_psql('postgres', "SELECT pg_relation_size('churn_v')") };
for my $options ('pending_limit = 0', 'pending_limit = 500')
{
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS churn');
	make_table($node, 'churn', $rows, $options);
	my $fresh = $size->();
	my ($peak, $next) = ($fresh, 1);
	my $log = -s $node->logfile;
	for my $step (1 .. 5 * $churns)
	{
		# The oldest fifth goes, as many new rows come.
		$node->safe_psql('postgres', "DELETE FROM churn WHERE id IN (SELECT id FROM churn ORDER BY id < 0 DESC, abs(id) LIMIT $rows / 5)");
		my $before = $size->();
		$node->safe_psql('postgres', 'VACUUM churn');
		my $after = $size->();
		$node->safe_psql('postgres', "INSERT INTO churn SELECT i, i, near(i, 16) FROM generate_series($next, $next + $rows / 5 - 1) AS i");
		$next += $rows / 5;
		for my $now ($before, $after, $size->())
		{
			$peak = $now if $now > $peak;
		}
		check_index($node, 'churn', "$options: after ten churns, every row", $rows) if $step == 50;
	}
	$node->safe_psql('postgres', 'VACUUM churn');
	my $last = $size->();
	is($node->safe_psql('postgres', 'SELECT count(*), min(id) FROM churn'), $rows . '|' . ($next - $rows), "$options: all rows are others now");
	check_index($node, 'churn', "$options: after $churns churns", $rows);
	check_pages($node, 'churn', "$options: after $churns churns");
	my $rebuilds = () = log_since($node, $log) =~ /LOG:  rebuilt the graph/g;
	cmp_ok($rebuilds, '>', $churns, "$options: $rebuilds rebuilds");
	my $said = sprintf('%d bytes when fresh, peak %.2f, %.2f in the end', $fresh, $peak / $fresh, $last / $fresh);
	cmp_ok($peak, '<=', 2.2 * $fresh, "$options: the size at its peak: $said");
	cmp_ok($last, '<=', 1.3 * $fresh, "$options: the size in the end");
}

# Half of the rows are exchanged, then VACUUM; against an index that is built at once.
for my $options ('pending_limit = 0', 'pending_limit = 500')
{
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS half');
	$node->safe_psql('postgres', <<SQL);
CREATE TABLE half (id bigint, v vector(32));
INSERT INTO half SELECT i, near(i, 32) FROM generate_series(1, 2 * $rows) AS i;
CREATE INDEX half_v ON half USING vectidx (v vector_l2_ops) WITH ($options);
SQL
	for my $part (1 .. 5)
	{
		$node->safe_psql('postgres', "DELETE FROM half WHERE id <= $rows AND id % 5 = $part - 1");
		$node->safe_psql('postgres', "INSERT INTO half SELECT i, near(i, 32) FROM generate_series(2 * $rows + 1, 3 * $rows) AS i WHERE i % 5 = $part - 1");
	}
	$node->safe_psql('postgres', 'VACUUM half');
	is($node->safe_psql('postgres', 'SELECT count(*), min(id) FROM half'), 2 * $rows . '|' . ($rows + 1), "$options: half of the rows are others");
	$node->safe_psql('postgres', "SELECT truth(300, 32, '<->', 'half')");
	# At a fixed effort: the automatic one is measured anew by each build.
	my $recall = "SET vectidx.ef_search = 40; SELECT recall('<->', 'half')";
	my $churned = $node->safe_psql('postgres', $recall);
	my $churned_default = $node->safe_psql('postgres', "SELECT recall('<->', 'half')");
	$node->safe_psql('postgres', 'REINDEX INDEX half_v');
	my $fresh = $node->safe_psql('postgres', $recall);
	cmp_ok($churned, '>=', $fresh - 0.005, "$options: recall after the exchange of half of the rows: $churned, of a fresh index $fresh");
	cmp_ok($churned_default, '>=', 0.94, "$options: by the target, $churned_default");
}
$node->stop;
done_testing();
