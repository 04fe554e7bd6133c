# Half of the rows are exchanged again and again: the file stays near the size of a fresh index, whoever reads,
# whatever holds other horizons back. It is cut without a lock that anybody waits for, here or on a standby.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Campaign;
use Vectors;

my $rows = 2000;
my $rounds = 20;
my $primary = new_node('space', <<'CONF', allows_streaming => 'logical');
vectidx.ef_construction = 40
autovacuum = off
max_wal_size = 1GB
wal_keep_size = 1GB
log_statement = none
max_connections = 60
CONF
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('space_standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

sub blocks
{
	my ($table) = @_;
	return $primary->safe_psql('postgres', "SELECT pg_relation_size('${table}_v') / 8192");
}

# exchange(TABLE, ROUND): the oldest half goes, as many new rows come.
sub exchange
{
	my ($table, $round) = @_;
	my ($first, $half) = (($round + 1) * $rows / 2 + 1, $rows / 2);
	$primary->safe_psql('postgres', "DELETE FROM $table WHERE id > 0 AND id < $first - $half");
	$primary->safe_psql('postgres', "INSERT INTO $table SELECT i, i, near(i, 16) FROM generate_series($first, $first + $half - 1) AS i");
	$primary->safe_psql('postgres', "VACUUM $table");
	return;
}

# make_queue(TABLE, EQUAL, OPTIONS): with EQUAL rows more that have one vector and stay.
sub make_queue
{
	my ($table, $equal, $options) = @_;
	make_table($primary, $table, 1, $options);
	$primary->safe_psql('postgres', <<SQL);
INSERT INTO $table SELECT i, i, near(i, 16) FROM generate_series(1, $rows) AS i;
INSERT INTO $table SELECT -10 - i, -10, near(-10, 16) FROM generate_series(1, $equal) AS i;
REINDEX INDEX ${table}_v;
SQL
	return blocks($table);
}

# churn(TABLE, WHAT, EQUAL, OPTIONS)
sub churn
{
	my ($table, $what, $equal, $options) = @_;
	my $fresh = make_queue($table, $equal, $options);
	my $peak = $fresh;
	for my $round (1 .. $rounds)
	{
		exchange($table, $round);
		my $now = blocks($table);
		$peak = $now if $now > $peak;
	}
	check_index($primary, $table, $what);
	check_pages($primary, $table, $what);
	cmp_ok($peak, '<=', 2.2 * $fresh, "$what: $fresh blocks when fresh, $peak at most after a VACUUM");
	return $fresh;
}

sub calm
{
	my ($table, $what, $fresh) = @_;
	$primary->safe_psql('postgres', "VACUUM $table");
	my $last = blocks($table);
	cmp_ok($last, '<=', 1.3 * $fresh, "$what: $last blocks after a calm VACUUM, $fresh when fresh");
	return;
}

calm('queue', 'a queue', churn('queue', 'a queue', 0, 'pending_limit = 0'));
calm('equal', 'equal rows', churn('equal', 'equal rows', 300, 'pending_limit = 0'));
calm('listed', 'with a list', churn('listed', 'with a list', 300, 'pending_limit = 400'));

# A logical slot's catalog_xmin, and a transaction of another database.
$primary->safe_psql('postgres', "SELECT pg_create_logical_replication_slot('held', 'pgoutput')");
$primary->safe_psql('postgres', 'CREATE DATABASE other');
my $other = session($primary, 'other');
run_in($other, 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
calm('held', 'with a logical slot', churn('held', 'with a logical slot', 300, 'pending_limit = 0'));
quit($other);
$primary->safe_psql('postgres', "SELECT pg_drop_replication_slot('held')");

# Readers that never pause, here and on the standby, which is never asked to end a query.
my $fresh = make_queue('busy', 300, 'pending_limit = 0');
$primary->wait_for_catchup($standby);
my $search = pgbench_script('search', <<'SQL');
\set at random(1, 100000)
SET enable_seqscan = off;
SELECT count(*) FROM (SELECT id FROM busy ORDER BY v <-> near(:at, 16) LIMIT 10) AS t;
SQL
my @bench = map {
	my ($node, $clients) = @$_;
	my %bench = (out => '', err => '');
	$bench{handle} = IPC::Run::start([ 'pgbench', '-n', '-c', $clients, '-j', 1, '-T', 600, '-f', $search, $node->connstr('postgres') ],
		'>', \$bench{out}, '2>', \$bench{err}, IPC::Run::timeout(900));
	\%bench;
} [ $primary, 16 ], [ $standby, 4 ];
my $peak = $fresh;
for my $round (1 .. $rounds)
{
	exchange('busy', $round);
	my $now = blocks('busy');
	$peak = $now if $now > $peak;
	is($standby->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'busy_v'::regclass"), 0, 'the standby has no lock') if $round % 5 == 0;
}
$primary->wait_for_catchup($standby);
for my $bench (@bench)
{
	$bench->{handle}->pump_nb;
	my $alive = $bench->{handle}->pumpable;
	ok($alive, 'the readers were at it all the time') or diag($bench->{err});
	$bench->{handle}->kill_kill;
	unlike($bench->{err}, qr/ERROR|FATAL/, 'no query failed');
}
cmp_ok($peak, '<=', 2.2 * $fresh, "beside 16 readers: $fresh blocks when fresh, $peak at most after a VACUUM");
check_index($primary, 'busy', 'beside 16 readers');
check_pages($primary, 'busy', 'beside 16 readers');
calm('busy', 'beside 16 readers', $fresh);
$primary->wait_for_catchup($standby);
check_index($standby, 'busy', 'on the standby');
check_pages($standby, 'busy', 'on the standby');
is($standby->safe_psql('postgres', "SELECT pg_relation_size('busy_v') / 8192"), blocks('busy'), 'the file of the standby is as long');
is($standby->safe_psql('postgres', 'SELECT sum(confl_tablespace + confl_lock + confl_snapshot + confl_bufferpin + confl_deadlock) FROM pg_stat_database_conflicts'), 0, 'no conflict on the standby');

# A table that wants its files left alone. The unused blocks are used again.
$fresh = make_queue('kept', 300, 'pending_limit = 0');
$primary->safe_psql('postgres', 'ALTER TABLE kept SET (vacuum_truncate = off)');
my @sizes;
for my $round (1 .. 6)
{
	exchange('kept', $round);
	push @sizes, blocks('kept');
}
is(join(' ', sort { $a <=> $b } @sizes), "@sizes", "with vacuum_truncate off no block is cut off: @sizes");
cmp_ok($sizes[5], '<=', 1.1 * $sizes[1], 'nor does the file go on to grow');
$primary->safe_psql('postgres', 'DELETE FROM kept WHERE id > 0; VACUUM kept; VACUUM kept');
is(blocks('kept'), $sizes[5], 'nor when nearly all rows go');
check_pages($primary, 'kept', 'with vacuum_truncate off');
$primary->safe_psql('postgres', 'ALTER TABLE kept RESET (vacuum_truncate); VACUUM kept');
cmp_ok(blocks('kept'), '<', $sizes[5] / 4, 'it is cut when that is allowed again');

# A cursor of long standing: its rows come to the right end, whatever moves.
$fresh = make_queue('read', 300, 'pending_limit = 0');
my $reader = session($primary);
run_in($reader, "SET enable_seqscan = off; BEGIN; DECLARE c CURSOR FOR SELECT id FROM read WHERE id > 0 ORDER BY v <-> near(7, 16); FETCH 5 FROM c");
exchange('read', $_) for 1 .. 4;
cmp_ok(blocks('read'), '<=', 5 * $fresh, 'a long reader does not make the file grow for ever');
run_in($reader, 'FETCH 500 FROM c; COMMIT');
quit($reader);
exchange('read', 5);
calm('read', 'after a long reader', $fresh);
check_index($primary, 'read', 'after a long reader');
$standby->stop;
$primary->stop;
done_testing();
