# Cancels at random moments, of everything that takes long: their effect comes within a second, and what
# was broken off leaves everything in order.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use Campaign;
use Vectors;

my $cancels = 100 * scale();
my $node = new_node('cancels', <<'CONF');
autovacuum = off
vectidx.tombstone_rebuild_pct = 100
maintenance_work_mem = 256MB
CONF
make_table($node, 'direct', 6000, 'pending_limit = 0');
make_table($node, 'listed', 3000, 'pending_limit = 1000000');
$node->safe_psql('postgres', 'CREATE TABLE wide AS SELECT i AS id, near(i, 768)::vector(768) AS v FROM generate_series(1, 1500) AS i');
my $rows = 0;

sub fresh { my ($n) = @_; $rows += $n; return "SELECT i, i, near(i, 16) FROM generate_series(@{[ $rows - $n + 1 ]}, $rows) AS i"; }
my %work = (
	build => sub { 'CREATE INDEX more ON direct USING vectidx (v vector_l2_ops) WITH (ef_construction = 400)' },
	'build in parts' => sub { "SET maintenance_work_mem = '1MB'; SET client_min_messages = warning; CREATE INDEX more ON direct USING vectidx (v vector_l2_ops)" },
	'build of long vectors' => sub { 'CREATE INDEX more ON wide USING vectidx (v vector_l2_ops)' },
	insert => sub { 'INSERT INTO direct ' . fresh(3000) },
	'insert into the list' => sub { 'INSERT INTO listed ' . fresh(20000) },
	scan => sub { "SELECT lost('direct', 2000)" },
	'scan of all' => sub { "SET enable_seqscan = off; SET enable_sort = off; SET vectidx.max_scan_tuples = 1000000; SELECT count(*) FROM generate_series(1, 100), LATERAL (SELECT id FROM direct ORDER BY v <-> near(generate_series, 16)) AS t" },
	merge => sub { $node->safe_psql('postgres', 'INSERT INTO listed ' . fresh(1500)); "SELECT vectidx_merge('listed_v')" },
	'merge by a rebuild' => sub { $node->safe_psql('postgres', 'INSERT INTO listed ' . fresh(8000)); "SELECT vectidx_merge('listed_v')" },
	vacuum => sub { $node->safe_psql('postgres', 'DELETE FROM direct WHERE id > 0 AND random() < 0.3'); 'VACUUM direct' },
	rebuild => sub { $node->safe_psql('postgres', 'DELETE FROM direct WHERE random() < 0.02'); 'SET vectidx.tombstone_rebuild_pct = 1; VACUUM direct' },
	'rebuild in parts' => sub { $node->safe_psql('postgres', 'DELETE FROM direct WHERE random() < 0.02'); "SET maintenance_work_mem = '1MB'; SET client_min_messages = warning; SET vectidx.tombstone_rebuild_pct = 1; VACUUM direct" },
);
my @work = sort keys %work;
my ($hits, $tries, $slowest, $slowest_work) = (0, 0, 0, '');
my (%hit, %length);
my $controller = session($node);
while ($hits < $cancels && $tries < 4 * $cancels)
{
	my $name = $work[$tries++ % @work];
	my $sql = $work{$name}->();
	my $worker = session($node);
	my $pid = run_in($worker, 'SELECT pg_backend_pid()');
	# Settings are made before, so that the cancel meets what takes long.
	my ($settings, $statement) = $sql =~ /^(.*; )?([^;]*)$/;
	run_in($worker, $settings) if $settings;
	# Within the time that this work took before, if it was not canceled.
	my $wait = rand($length{$name} // 0.4);
	my $begin = time();
	$worker->{out} = $worker->{err} = '';
	$worker->{in} .= "$statement;\n\\echo done\n\\warn done\n";
	$worker->{timer}->start;
	usleep(2_000), $worker->{handle}->pump_nb while time() - $begin < $wait && $worker->{err} !~ /^done$/m;
	my $asked = time();
	run_in($controller, "SELECT pg_cancel_backend($pid)");
	$worker->{handle}->pump until $worker->{err} =~ /^done$/m;
	my $took = time() - $asked;
	if ($worker->{err} =~ /ERROR:  canceling statement due to user request/)
	{
		++$hits;
		++$hit{$name};
		($slowest, $slowest_work) = ($took, $name) if $took > $slowest;
	}
	else
	{
		$length{$name} = ($asked - $begin) * 0.9;
	}
	$worker->{err} =~ s/.*(?:canceling statement due to user request|done|NOTICE|CONTEXT|SQL statement|SQL function|PL.pgSQL function|LOCATION).*\n//g;
	is($worker->{err}, '', "$name: no other error") if $worker->{err} =~ /ERROR|FATAL|PANIC|WARNING/;
	quit($worker);
	if ($tries % 25 == 0)
	{
		check_index($node, $_, "after $hits cancels, $_") for 'direct', 'listed';
	}
	$node->safe_psql('postgres', 'DROP INDEX IF EXISTS more');
	if ($tries % @work == 0)
	{
		$node->safe_psql('postgres', 'TRUNCATE listed; INSERT INTO listed SELECT -i, i, near(i, 16) FROM generate_series(1, 2000) AS i');
		$node->safe_psql('postgres', 'INSERT INTO direct SELECT -i, i, near(i, 16) FROM generate_series(1, 6000) AS i ON CONFLICT DO NOTHING; DELETE FROM direct WHERE id > 0') if $tries % 24 == 0;
	}
}
quit($controller);
cmp_ok($hits, '>=', $cancels, "canceled $hits of $tries statements: " . join(', ', map { "$_ $hit{$_}" } sort keys %hit));
is(scalar(keys %hit), scalar(@work), 'each kind of work was');
cmp_ok($slowest, '<', 1, sprintf('the slowest cancel took %.3f s: %s', $slowest, $slowest_work));
check_index($node, $_, "in the end, $_") for 'direct', 'listed';
$node->safe_psql('postgres', 'SET vectidx.tombstone_rebuild_pct = 1; VACUUM direct');
$node->safe_psql('postgres', 'VACUUM listed');
check_index($node, $_, "$_ after VACUUM") for 'direct', 'listed';
$node->stop;
done_testing();
