# A standby while its primary's VACUUM rebuilds several indexes of one table and gives their space back: planning
# and queries never wait, sessions that sit idle in a transaction live on, replay does not fall behind, and no
# AccessExclusiveLock arrives in the WAL, though the standby gives conflicting sessions one second only.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use Vectors;

my $rows = 6000;
my $primary = new_node('primary', <<'CONF', allows_streaming => 1);
autovacuum = off
max_wal_size = 2GB
wal_keep_size = 1GB
maintenance_work_mem = 256MB
max_parallel_maintenance_workers = 0
vectidx.ef_construction = 40
log_statement = none
CONF
# The third index takes longest: what VACUUM held of the first two, it would hold all that time.
$primary->safe_psql('postgres', <<SQL);
CREATE TABLE t (id int PRIMARY KEY, v vector(16), w vector(16), x vector(64));
INSERT INTO t SELECT i, near(i, 16), vec(i, 16), vec(i, 64) FROM generate_series(1, $rows) AS i;
CREATE INDEX t_v ON t USING vectidx (v vector_l2_ops) WITH (m = 4, tombstone_rebuild_pct = 20);
CREATE INDEX t_w ON t USING vectidx (w vector_cosine_ops) WITH (tombstone_rebuild_pct = 20);
CREATE INDEX t_x ON t USING vectidx (x vector_l2_ops) WITH (m = 32, ef_construction = 400, tombstone_rebuild_pct = 20);
SQL
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = 1s\nhot_standby_feedback = off\n");
$standby->start;
$primary->wait_for_catchup($standby);

my @indexes = ('t_v', 't_w', 't_x');
my %nearest = (
	t_v => 'SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> near(7, 16) LIMIT 10) AS s',
	t_w => 'SELECT count(*) FROM (SELECT id FROM t ORDER BY w <=> vec(7, 16) LIMIT 10) AS s',
	t_x => 'SELECT count(*) FROM (SELECT id FROM t ORDER BY x <-> vec(7, 64) LIMIT 10) AS s');
my %idle = map { $_ => session($standby) } @indexes;
for my $index (@indexes)
{
	# In a READ COMMITTED transaction a session has no snapshot between its statements: nothing of the table's own
	# VACUUM is in its way.
	is(run_in($idle{$index}, "SET enable_seqscan = off; BEGIN; $nearest{$index}"), 10, "$index: a session of the standby has used it");
}
my $planner = session($standby);
run_in($planner, "SET statement_timeout = '2s'");
my $watcher = session($standby);

my ($slowest, $lag, $plans, $failed, $locks) = (0, 0, 0, 0, '');

# Plans, and looks at locks and lag, while VACUUM runs.
sub vacuum
{
	my $err = '';
	my $vacuum = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $primary->connstr('postgres'), '-c', 'VACUUM t' ],
		'2>', \$err, IPC::Run::timeout(180));
	my ($wanted, $since);
	while ($vacuum->pumpable)
	{
		my $start = time();
		run_in($planner, "EXPLAIN SELECT id FROM t WHERE id = 1; $nearest{t_v}");
		++$failed if $planner->{err} ne '';
		diag($planner->{err}) if $planner->{err} ne '' && $failed == 1;
		++$plans;
		$slowest = time() - $start if time() - $start > $slowest;
		my $held = run_in($watcher, q{SELECT string_agg(relation::regclass::text, ' ') FROM pg_locks
			WHERE mode = 'AccessExclusiveLock' AND relation IN ('t'::regclass, 't_v'::regclass, 't_w'::regclass, 't_x'::regclass)});
		$locks .= "$held " if $held ne '';
		# How long it takes until a place of the WAL is replayed.
		if (!defined($wanted))
		{
			($wanted, $since) = ($primary->safe_psql('postgres', 'SELECT pg_current_wal_flush_lsn()'), time());
		}
		elsif (run_in($watcher, "SELECT pg_last_wal_replay_lsn() >= '$wanted'") eq 't')
		{
			undef $wanted;
		}
		$lag = time() - $since if time() - $since > $lag;
		usleep(20_000);
		$vacuum->pump_nb;
	}
	ok($vacuum->finish, 'VACUUM ended') or diag($err);
	my $at = $primary->safe_psql('postgres', 'SELECT pg_current_wal_flush_lsn()');
	$since = time();
	usleep(20_000) while run_in($watcher, "SELECT pg_last_wal_replay_lsn() >= '$at'") ne 't' && time() - $since < 60;
	$lag = time() - $since if time() - $since > $lag;
	return;
}

sub sizes { return $_[0]->safe_psql('postgres', q{SELECT string_agg(pg_relation_size(i::regclass)::text, ' ') FROM unnest('{t_v,t_w,t_x}'::text[]) AS i}) }

my $log = -s $primary->logfile;
my $from = $primary->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
my $before = sizes($primary);
# No page of the table becomes empty, so that PostgreSQL has no reason to cut it off, with a lock.
for my $part ('id % 2 = 0', 'id % 4 = 1', 'id % 8 = 3')
{
	$primary->safe_psql('postgres', "DELETE FROM t WHERE $part");
	vacuum();
}
vacuum();
my $to = $primary->safe_psql('postgres', 'SELECT pg_switch_wal()');
my $after = sizes($primary);
my $rebuilds = () = substr(slurp_file($primary->logfile), $log) =~ /LOG:  rebuilt the graph/g;
cmp_ok($rebuilds, '>=', 6, "the primary rebuilt: $rebuilds times");
my @shorter = grep { (split(/ /, $after))[$_] < 0.7 * (split(/ /, $before))[$_] } 0 .. 2;
is(scalar(@shorter), 3, "and cut each file: $before, then $after");
$primary->wait_for_catchup($standby);
is(sizes($standby), $after, 'the standby, too');

cmp_ok($plans, '>', 10, "$plans plans and queries while VACUUM ran");
is($failed, 0, 'none of them waited for two seconds');
cmp_ok($slowest, '<', 2, sprintf('the slowest took %.2f s', $slowest));
cmp_ok($lag, '<', 5, sprintf('replay was at most %.2f s behind', $lag));
is($locks, '', 'nobody saw an AccessExclusiveLock on the standby');
my ($out, $err) = run_command([ 'pg_waldump', '-p', $primary->data_dir . '/pg_wal', '-s', $from, '-e', $to, '-r', 'Standby' ]);
is($err, '', 'the WAL is readable');
is(join("\n", grep { /LOCK/ } split(/\n/, $out)), '', 'nor is there one in the WAL');
for my $index (@indexes)
{
	# psql ends with a connection that was cut.
	my $found = eval { run_in($idle{$index}, $nearest{$index}) } // 'psql has ended';
	is($found, 10, "$index: the session that was idle goes on");
	is($idle{$index}{err}, '', "$index: without an error");
	eval { run_in($idle{$index}, 'COMMIT'); quit($idle{$index}) };
}
quit($_) for $planner, $watcher;
is($standby->safe_psql('postgres', q{SELECT confl_lock, confl_snapshot, confl_bufferpin, confl_deadlock FROM pg_stat_database_conflicts WHERE datname = 'postgres'}),
	'0|0|0|0', 'no session was in the way of replay');
unlike(slurp_file($standby->logfile), qr/FATAL|PANIC|due to conflict with recovery/, 'and none was cancelled');
for my $index (@indexes)
{
	is($standby->safe_psql('postgres', "SELECT count(*) FROM vectidx_check('$index', true) WHERE severity = 'error'"), 0, "$index: the checker finds nothing on the standby");
}
$standby->stop;
$primary->stop;
done_testing();
