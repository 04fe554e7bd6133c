# The background worker: it merges a full list and ends; INSERTs get in within a second beside a full list, without a
# worker, or without a slot for one; of several that are started at once one works; whoever drops what it works on does
# not wait for it; and autovacuum is not canceled for a merge.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use Vectors;

my $dims = 32;
my $node = new_node('worker', <<'CONF');
fsync = off
autovacuum = off
max_worker_processes = 4
max_parallel_workers = 0
max_logical_replication_workers = 0
vectidx.ef_construction = 100
CONF

sub waiting { return $node->safe_psql('postgres', "SELECT pending_rows FROM vectidx_index_stats('items_l2')"); }
sub workers { return $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'vectidx worker'"); }

# until(SECONDS, CONDITION): whether it comes true.
sub until_true
{
	my ($seconds, $condition) = @_;
	my $end = time() + $seconds;
	while (time() < $end)
	{
		return 1 if $condition->();
		usleep(50_000);
	}
	return 0;
}

sub check_index
{
	my ($what) = @_;
	is($node->safe_psql('postgres', "SELECT count(*) FROM vectidx_check('items_l2', true) WHERE severity <> 'info'"),
		0, "$what: the index is sound");
}

$node->safe_psql('postgres', <<SQL);
CREATE TABLE items (id int, v vector($dims));
INSERT INTO items SELECT i, near(i, $dims) FROM generate_series(1, 3000) AS i;
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops) WITH (pending_limit = 500);
INSERT INTO items SELECT i, near(i, $dims) FROM generate_series(3001, 3700) AS i;
SQL
ok(until_true(60, sub { waiting() == 0 }), 'a worker merged the full list');
ok(until_true(60, sub { workers() == 0 }), 'and ended');
check_index('after the worker');

# No worker: each INSERT merges a few rows.
$node->append_conf('postgresql.conf', 'vectidx.background_worker = off');
$node->reload;
$node->safe_psql('postgres', "INSERT INTO items SELECT i, near(i, $dims) FROM generate_series(4001, 4499) AS i");
my $in = 0;
for my $id (10001 .. 10050)
{
	my ($status) =
	  $node->psql('postgres', "SET statement_timeout = '1s'; INSERT INTO items VALUES ($id, near($id, $dims))");
	++$in if $status == 0;
}
is($in, 50, 'every INSERT got in within a second beside a full list, without a worker');
cmp_ok(waiting(), '<=', 520, 'and the list did not grow beyond its limit by more than a page');
check_index('after merges by INSERTs');
$node->append_conf('postgresql.conf', 'vectidx.background_worker = on');
$node->reload;

# A table that is dropped while the worker merges.
$node->safe_psql('postgres', <<SQL);
CREATE TABLE dropped (id int, v vector($dims));
CREATE INDEX dropped_l2 ON dropped USING vectidx (v vector_l2_ops) WITH (pending_limit = 500, ef_construction = 1000);
INSERT INTO dropped SELECT i, near(i, $dims) FROM generate_series(1, 5000) AS i;
SQL
ok(until_true(60, sub { workers() > 0 }), 'a worker is at work on a table');
my $start = time();
$node->safe_psql('postgres', "SET statement_timeout = '30s'; DROP TABLE dropped");
cmp_ok(time() - $start, '<', 10, 'which is dropped without waiting for it to finish');
ok(until_true(60, sub { workers() == 0 }), 'and the worker ended');

# The database, too.
$node->safe_psql('postgres', 'CREATE DATABASE victim');
$node->safe_psql('victim', <<SQL);
CREATE EXTENSION vectidx;
CREATE TABLE items (v vector(8));
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops) WITH (pending_limit = 500, ef_construction = 1000);
INSERT INTO items SELECT ARRAY[random(), random(), random(), random(), random(), random(), random(), random()]::vector
	FROM generate_series(1, 5000) AS i;
SQL
ok(until_true(60, sub { workers() > 0 }), 'a worker is at work in a database');
my ($status, undef, $err) = $node->psql('postgres', 'DROP DATABASE victim');
is($status, 0, 'which can be dropped') or diag($err);

# Every slot is taken, by the workers of other indexes: RegisterDynamicBackgroundWorker() refuses, and each INSERT
# takes a few rows into the graph.
my @long = map { "long_$_" } 1 .. 4;
for my $name (@long)
{
	$node->safe_psql('postgres', <<SQL);
CREATE TABLE $name (id int, v vector($dims));
CREATE INDEX ${name}_l2 ON $name USING vectidx (v vector_l2_ops) WITH (pending_limit = 500, ef_construction = 1000, m = 64);
INSERT INTO $name SELECT i, near(i, $dims) FROM generate_series(1, 8000) AS i;
SQL
}
ok(until_true(60, sub { workers() == 4 }), 'four workers have the four slots');
$node->safe_psql('postgres', "SELECT vectidx_merge('items_l2'); INSERT INTO items SELECT i, near(i, $dims) FROM generate_series(5001, 5499) AS i");
($in, my $before) = (0, -s $node->logfile);
for my $id (11001 .. 11050)
{
	my ($status) = $node->psql('postgres', "SET statement_timeout = '1s'; INSERT INTO items VALUES ($id, near($id, $dims))");
	++$in if $status == 0;
}
is($in, 50, 'every INSERT got in within a second beside a full list, with no slot free for a worker');
is(workers(), 4, 'the slots were taken all the time');
cmp_ok(waiting(), '<=', 520, 'and the list did not grow beyond its limit by more than a page');
unlike(slurp_file($node->logfile, $before), qr/ERROR|FATAL|WARNING/, 'nobody complained');
$node->safe_psql('postgres', 'DROP TABLE ' . join(', ', @long));
ok(until_true(60, sub { workers() == 0 }), 'the workers ended with their tables');
check_index('after no slot was free');

# Many sessions find the list full at once, and several start a worker before the first is at work: one works, the others
# end. The rows are too few to fill the list again.
$node->safe_psql('postgres', "ALTER SYSTEM SET log_min_messages = 'debug1'; SELECT pg_reload_conf()");
$before = -s $node->logfile;
my $script = $PostgreSQL::Test::Utils::tmp_check . '/insert.sql';
append_to_file($script, "\\set at random(20001, 1000000)\nINSERT INTO items VALUES (:at, near(:at, $dims));\n");
my ($started, $at_work, $failed) = (0, 0, 0);
for my $round (1 .. 20)
{
	$node->safe_psql('postgres', "SELECT vectidx_merge('items_l2'); INSERT INTO items SELECT i, near(i, $dims) FROM generate_series(6001, 6490) AS i");
	my $from = -s $node->logfile;
	my ($out, $errors) = ('', '');
	my $bench = IPC::Run::start([ 'pgbench', '-n', '-c', 16, '-j', 2, '-t', 20, '-f', $script, $node->connstr('postgres') ],
		'>', \$out, '2>', \$errors, IPC::Run::timeout(180));
	while ($bench->pumpable)
	{
		my $working = $node->safe_psql('postgres', <<SQL);
SELECT count(*) FROM pg_locks WHERE locktype = 'page' AND relation = 'items_l2'::regclass AND page = 4 AND mode = 'ExclusiveLock' AND granted
SQL
		$at_work = $working if $working > $at_work;
		$bench->pump_nb;
	}
	++$failed if !$bench->finish || $errors =~ /ERROR|aborted/;
	diag($errors) if $failed == 1;
	until_true(60, sub { workers() == 0 });
	my $here = () = slurp_file($node->logfile, $from) =~ /starting background worker process "vectidx worker for index/g;
	$started = $here if $here > $started;
	last if $started > 1 && $at_work > 0;
}
is($failed, 0, '16 sessions inserted beside a full list without an error');
cmp_ok($started, '>', 1, "they started $started workers at once");
is($at_work, 1, 'of which one worked on the index');
is(workers(), 0, 'and all ended');
unlike(slurp_file($node->logfile, $before), qr/ERROR|FATAL|WARNING|terminated by signal/, 'none with a complaint');
cmp_ok(waiting(), '<=', 520, 'the list is short again');
check_index('after several workers');
$node->safe_psql('postgres', "ALTER SYSTEM RESET log_min_messages; SELECT pg_reload_conf()");

# Autovacuum rebuilds the graph, and a merge waits for it longer than deadlock_timeout: it is not canceled.
$node->safe_psql('postgres', <<SQL);
SELECT vectidx_merge('items_l2');
ALTER SYSTEM SET autovacuum = on;
ALTER SYSTEM SET autovacuum_naptime = '1s';
ALTER SYSTEM SET deadlock_timeout = '10ms';
DELETE FROM items WHERE id % 2 = 0;
INSERT INTO items VALUES (1, near(1, $dims));
SELECT pg_reload_conf();
SQL
my $graph_held = sub {
	return $node->safe_psql('postgres', <<SQL) > 0;
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.backend_type = 'autovacuum worker'
	AND l.locktype = 'page' AND l.page = 1 AND l.mode = 'ExclusiveLock' AND l.granted
SQL
};
ok(until_true(90, $graph_held), 'autovacuum has the graph');
$node->safe_psql('postgres', "INSERT INTO items VALUES (1, near(2, $dims)); SELECT vectidx_merge('items_l2')");
ok( until_true(60, sub { $node->safe_psql('postgres', "SELECT tombstones = 0 FROM vectidx_index_stats('items_l2')") eq 't' }),
	'it rebuilt the graph');
my $log = slurp_file($node->logfile);
unlike($log, qr/canceling autovacuum task/, 'and was not canceled');
unlike($log, qr/terminated by signal|TRAP/, 'no process died');
check_index('in the end');
$node->stop;
done_testing();
