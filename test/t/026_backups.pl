# What else brings an index back: a base backup that was taken under load, recovery to a point in time,
# prepared transactions, unlogged tables; and indexes that are built and rebuilt CONCURRENTLY meanwhile.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Campaign;
use Vectors;

my @tables = ('direct', 'listed');
my $node = new_node('origin', <<'CONF', allows_streaming => 1, has_archiving => 1);
vectidx.ef_construction = 40
vectidx.tombstone_rebuild_pct = 10
autovacuum = off
max_prepared_transactions = 20
CONF
make_table($node, 'direct', 400, 'pending_limit = 0');
make_table($node, 'listed', 400, 'pending_limit = 100');
my $round = 0;

sub load
{
	my ($count) = @_;
	++$round;
	my @clients = map { client($node, $tables[$_ % 2], $_, $round, $count) } 1 .. 3;
	return (caretaker($node, "caretaker_$round", 'VACUUM direct', "SELECT vectidx_merge('listed_v')", 'VACUUM listed'), @clients);
}

sub check
{
	my ($where, $what) = @_;
	check_index($where, $_, "$what: $_") for @tables;
	return;
}

# --- a base backup under load, and points in time after it
my ($caretaker, @clients) = load(9900);
usleep(20_000) while grep { acked($_) < 30 } @clients;
my $log = -s $node->logfile;
$node->backup('under_load');
my @points;
for my $n (1 .. 2 * scale())
{
	usleep(100_000 + rand(300_000));
	# What a snapshot saw is what the recovery must end with.
	my $point = $node->safe_psql('postgres', "SELECT pg_create_restore_point('point_$n')");
	push @points, "point_$n";
}
# On a busy machine the load comes to a rebuild late.
for (1 .. 600)
{
	last if log_since($node, $log) =~ /rebuilt the graph/;
	usleep(100_000);
}
cmp_ok(acked($_), '<', scalar(@{ $_->{statements} }), 'the client is still at work') for @clients;
stop_clients($node, $caretaker, @clients);
like(log_since($node, $log), qr/rebuilt the graph/, 'a graph was rebuilt meanwhile');
check_rows($node, 'after the load', @clients);
check($node, 'after the load');
$node->safe_psql('postgres', 'SELECT pg_switch_wal()');
for my $point (@points)
{
	my $restored = PostgreSQL::Test::Cluster->new($point);
	$restored->init_from_backup($node, 'under_load', has_restoring => 1, standby => 0);
	$restored->append_conf('postgresql.conf', "recovery_target_name = '$point'\nrecovery_target_action = 'promote'\narchive_mode = off");
	$restored->start;
	$restored->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
	like(slurp_file($restored->logfile), qr/recovery stopping at restore point "$point"/, "$point: recovery stopped there");
	check($restored, $point);
	$restored->safe_psql('postgres', "VACUUM direct");
	$restored->safe_psql('postgres', "VACUUM listed");
	check($restored, "$point, after VACUUM");
	$restored->stop;
}

# --- indexes built CONCURRENTLY under load
($caretaker, @clients) = load(9900);
usleep(20_000) while grep { acked($_) < 30 } @clients;
for my $n (1 .. 2 * scale())
{
	for my $table (@tables)
	{
		$node->safe_psql('postgres', "REINDEX INDEX CONCURRENTLY ${table}_v");
		$node->safe_psql('postgres', "CREATE INDEX CONCURRENTLY ${table}_other ON $table USING vectidx (v vector_l2_ops) WITH (pending_limit = 50)");
		$node->safe_psql('postgres', "DROP INDEX CONCURRENTLY ${table}_v");
		$node->safe_psql('postgres', "ALTER INDEX ${table}_other RENAME TO ${table}_v");
	}
}
cmp_ok(acked($_), '>', 40, 'the clients went on') for @clients;
stop_clients($node, $caretaker, @clients);
is($caretaker->{err} =~ s/.*(?:terminating|does not exist|is not valid).*\n//gr =~ /ERROR/ ? $caretaker->{err} : '', '', 'the caretaker met no other error');
check_rows($node, 'after CONCURRENTLY', @clients);
check($node, 'after CONCURRENTLY');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_index WHERE NOT indisvalid'), 0, 'every index is valid');

# --- prepared transactions: merged, vacuumed and rebuilt around before they are decided, across a crash
$node->safe_psql('postgres', "DELETE FROM $_ WHERE id > 0") for @tables;
for my $table (@tables)
{
	$node->safe_psql('postgres', <<SQL);
BEGIN;
INSERT INTO $table SELECT i, i, near(i, 16) FROM generate_series(1, 40) AS i;
UPDATE $table SET seed = -seed, v = near(-seed, 16) WHERE id BETWEEN -10 AND -1;
DELETE FROM $table WHERE id BETWEEN -20 AND -11;
PREPARE TRANSACTION '$table kept';
BEGIN;
INSERT INTO $table SELECT i, i, near(i, 16) FROM generate_series(101, 140) AS i;
DELETE FROM $table WHERE id BETWEEN -40 AND -31;
PREPARE TRANSACTION '$table dropped';
SELECT vectidx_merge('${table}_v');
SQL
	$node->safe_psql('postgres', "VACUUM $table");
}
check($node, 'while transactions are prepared');
crash($node, 'immediate', 'with prepared transactions');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), 4, 'the prepared transactions are there');
check($node, 'prepared, after a crash');
for my $table (@tables)
{
	$node->safe_psql('postgres', "COMMIT PREPARED '$table kept'");
	$node->safe_psql('postgres', "ROLLBACK PREPARED '$table dropped'");
	is($node->safe_psql('postgres', "SELECT count(*) FILTER (WHERE id > 0), count(*) FILTER (WHERE id < 0), count(*) FILTER (WHERE seed < 0) FROM $table"), '40|390|10',
		"$table: the rows of the committed one");
}
check($node, 'decided');
$node->safe_psql('postgres', "VACUUM $_") for @tables;
check($node, 'decided, after VACUUM');
check_pages($node, $_, $_) for 'direct', 'listed';

# --- unlogged tables are empty after a crash, and take rows; every kind of entry of the pending list
for my $table ('unlogged', 'unlogged_listed')
{
	my $options = $table eq 'unlogged' ? 'm = 16' : 'pending_limit = 1000';
	$node->safe_psql('postgres', <<SQL);
CREATE UNLOGGED TABLE $table (id bigint PRIMARY KEY, seed bigint, v vector(16));
CREATE INDEX ${table}_v ON $table USING vectidx (v vector_l2_ops) WITH ($options);
INSERT INTO $table SELECT i, i, near(i, 16) FROM generate_series(1, 600) AS i;
SELECT vectidx_merge('${table}_v');
INSERT INTO $table SELECT i, i, near(i, 16) FROM generate_series(601, 700) AS i;
DELETE FROM $table WHERE id % 2 = 0;
SQL
	$node->safe_psql('postgres', "VACUUM $table");
	check_index($node, $table, $table);
}
crash($node, 'kill', 'with unlogged tables');
for my $table ('unlogged', 'unlogged_listed')
{
	is($node->safe_psql('postgres', "SELECT count(*) FROM $table"), 0, "$table: empty after a crash");
	$node->safe_psql('postgres', "INSERT INTO $table SELECT i, i, near(i, 16) FROM generate_series(1, 100) AS i");
	check_index($node, $table, "$table: filled again");
	$node->safe_psql('postgres', "DELETE FROM $table WHERE id > 50; SELECT vectidx_merge('${table}_v')");
	$node->safe_psql('postgres', "VACUUM $table");
	check_index($node, $table, "$table: vacuumed");
}
$node->stop;
done_testing();
