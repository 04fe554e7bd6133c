# A busy server: queues whose rows are exchanged by halves, of which some are equal; readers without a pause; writers
# with a journal; sessions whose statements are canceled and time out; VACUUM by hand, which is canceled now and
# then, and autovacuum; a logical slot that is behind, and an old transaction in another database; and a standby
# that answers. No index may grow beyond bounds, lose a row, raise an error or hold anybody up. One minute in CI,
# ten at VECTIDX_TEST_SCALE=10.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use Campaign;
use Vectors;

my $seconds = $ENV{VECTIDX_BUSY_SECONDS} // 60 * scale();
my ($rows, $equal, $readers) = (1000, 200, 16);
$Campaign::client_limit = $seconds + 240;
my $tmp = $PostgreSQL::Test::Utils::tmp_check;
# An index-only scan keeps its pin on a page of the primary key until it ends. With 16 readers at the oldest row, some pin
# is always there, and VACUUM of that index, which needs the page for itself, would wait until the readers go home.
my $primary = new_node('busy', <<'CONF', allows_streaming => 'logical');
vectidx.ef_construction = 40
max_connections = 60
autovacuum_naptime = 1s
autovacuum_vacuum_cost_delay = 0
log_autovacuum_min_duration = 0
deadlock_timeout = 200ms
max_wal_size = 1GB
checkpoint_timeout = 1h
log_statement = none
log_line_prefix = '%m [%p] %a '
enable_indexonlyscan = off
CONF
# The queues are vacuumed by hand, the writers' table by autovacuum alone.
my %queue = (queue => 'pending_limit = 0', listed => 'pending_limit = 300');
make_table($primary, 'written', 500, 'pending_limit = 100');
make_table($primary, 'timed', 100, 'pending_limit = 0');
$primary->safe_psql('postgres', <<'SQL');
ALTER TABLE written SET (autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0.1);
ALTER TABLE timed SET (autovacuum_enabled = off);
-- The nearest row to that of a random id has its vector, and none is given twice. Many may be equal.
CREATE FUNCTION seek(source text, at bigint) RETURNS bigint LANGUAGE plpgsql STABLE
	SET enable_seqscan = off SET enable_sort = off SET vectidx.ef_search = 200 AS $$
DECLARE
	wanted vector;
	first vector;
	ids bigint[];
BEGIN
	EXECUTE format('SELECT v FROM %s WHERE id >= $1 ORDER BY id LIMIT 1', source) INTO wanted USING at;
	IF wanted IS NULL THEN RETURN NULL; END IF;
	EXECUTE format('SELECT array_agg(id), (array_agg(v))[1] FROM (SELECT id, v FROM %s ORDER BY v <-> $1 LIMIT 20) AS t', source)
		INTO ids, first USING wanted;
	IF first IS DISTINCT FROM wanted THEN RAISE EXCEPTION 'a row of % from % on is not found by its own vector', source, at; END IF;
	IF cardinality(ids) <> (SELECT count(DISTINCT id) FROM unnest(ids) AS id) THEN RAISE EXCEPTION 'a row is given twice: %', ids; END IF;
	RETURN cardinality(ids);
END
$$;
SQL

# complaints(LOG): the first errors and warnings that the test does not itself provoke. psql is ended in the middle.
sub complaints
{
	my ($log) = @_;
	my @errors = grep { /(ERROR|FATAL|PANIC|WARNING): / && !/canceling statement due to (statement timeout|user request)|connection to client lost/ } split(/\n/, $log);
	return join("\n", @errors[ 0 .. ($#errors < 9 ? $#errors : 9) ]);
}

# fresh(TABLE): the size of an index that is made of the table's rows now.
sub fresh
{
	my ($table) = @_;
	return $primary->safe_psql('postgres', <<SQL);
CREATE TABLE fresh AS SELECT * FROM $table;
CREATE INDEX fresh_v ON fresh USING vectidx (v vector_l2_ops);
SELECT pg_relation_size('fresh_v');
DROP TABLE fresh;
SQL
}

sub size_of { return $primary->safe_psql('postgres', "SELECT pg_relation_size('$_[0]_v')") }

# The newest and the oldest number of each queue, and the statements that exchange its older half: of its rows as
# many are equal as the queue's share of them says.
my (%fresh, %next, %first);
for my $name (sort keys %queue)
{
	# Free room for half of the rows in front of a row that stays, so that PostgreSQL never cuts off the table's
	# end, which takes a lock that standbys replay.
	($first{$name}, $next{$name}) = (1, $rows + $equal + 1);
	$primary->safe_psql('postgres', <<SQL);
CREATE TABLE $name (id bigint PRIMARY KEY, seed bigint, v vector(16)) WITH (autovacuum_enabled = off);
INSERT INTO $name SELECT i, i, near(CASE WHEN i % 6 = 0 THEN 6 ELSE i END, 16) FROM generate_series(1, $next{$name} - 1) AS i;
INSERT INTO $name SELECT -i, i, near(-i, 16) FROM generate_series(1, 3000) AS i;
DELETE FROM $name WHERE id BETWEEN -2999 AND -1;
VACUUM $name;
CREATE INDEX ${name}_v ON $name USING vectidx (v vector_l2_ops) WITH ($queue{$name});
SQL
	$fresh{$name} = fresh($name);
}
my $half = ($rows + $equal) / 2;

sub exchange
{
	my ($name) = @_;
	my $sql = '';
	for (1 .. 6)
	{
		my $part = $half / 6;
		my ($old, $new) = ($first{$name} + $part, $next{$name} + $part - 1);
		$sql .= "DELETE FROM $name WHERE id >= 1 AND id < $old;
			INSERT INTO $name SELECT i, i, near(CASE WHEN i % 6 = 0 THEN 6 ELSE i END, 16) FROM generate_series($next{$name}, $new) AS i;\n";
		($first{$name}, $next{$name}) = ($old, $new + 1);
	}
	return $sql;
}

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
# Queries that take a second at most are never in the way of replay for 30.
# Rows that VACUUM removes from the table would end queries of the standby; the index is to add no reason. By default the
# primary learns every ten seconds only which rows the standby does not need any more.
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = 30s\nhot_standby_feedback = on\nwal_receiver_status_interval = 1s\n");
$standby->start;
$primary->wait_for_catchup($standby);

# What may not hold back blocks: catalog_xmin of a slot, and a snapshot in another database. With a transaction id of
# its own it would be in every snapshot of the standby, which then all conflict with VACUUM of tables.
$primary->safe_psql('postgres', 'CREATE DATABASE other');
my $plugin = -e $primary->config_data('--pkglibdir') . '/test_decoding.so' ? 'test_decoding' : 'pgoutput';
$primary->safe_psql('postgres', "SELECT pg_create_logical_replication_slot('behind', '$plugin')");
my $old = IPC::Run::start([ 'psql', '-XAtq', '-d', $primary->connstr('other'), '-c', 'BEGIN ISOLATION LEVEL REPEATABLE READ', '-c', 'SELECT 1',
	'-c', "SELECT pg_sleep($seconds + 600)" ], '>', \my $old_out, '2>', \my $old_err);
$primary->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = 'other' AND backend_xmin IS NOT NULL AND query ~ 'pg_sleep'");

# await_horizon(): until no snapshot, of the standby neither, sees the rows that were deleted by now. What somebody sees stays
# in the table, and so in its indexes, a new one too: by size, only what VACUUM can remove tells an index that grows. The
# snapshot of a VACUUM holds nobody back.
my $longest_wait = 0;

sub await_horizon
{
	my $xid = $primary->safe_psql('postgres', 'SELECT pg_current_xact_id()::xid');
	my $since = time();
	usleep(50_000) while time() - $since < 60 && $primary->safe_psql('postgres', <<SQL) ne 't';
SELECT count(*) = 0 FROM pg_stat_activity WHERE (datname = 'postgres' OR backend_type = 'walsender') AND age(backend_xmin) > age('$xid'::xid)
	AND pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum)
SQL
	$longest_wait = time() - $since if time() - $since > $longest_wait;
	return;
}

# --- the clients
my $log = -s $primary->logfile;
my $reads = pgbench_script('reads', <<'SQL');
\set at random(0, 3000)
SELECT seek('queue', (SELECT min(id) FROM queue WHERE id > 0) + :at % 1200), seek('listed', (SELECT min(id) FROM listed WHERE id > 0) + :at % 1200);
SQL
my %output;

sub readers
{
	my ($node, $name, $clients) = @_;
	$output{$name} = [ '', '' ];
	return IPC::Run::start([ 'pgbench', '-n', '-c', $clients, '-j', 2, '-T', $seconds, '-f', $reads, $node->connstr('postgres') . " application_name=$name" ],
		'>', \$output{$name}[0], '2>', \$output{$name}[1], IPC::Run::timeout($seconds + 240));
}
my @readers = (readers($primary, 'readers', $readers), readers($standby, 'standby_readers', 2));
my @writers = map { client($primary, 'written', $_, 1, 9900) } 1, 2;
my @written;
# A transaction of the standby that is idle between its queries.
my $idler = caretaker($standby, 'idler', 'BEGIN', "SELECT seek('queue', 0)", 'SELECT pg_sleep(1)', "SELECT seek('listed', 0)", 'COMMIT');

# Statements that are cut short, by themselves and from outside; what each says of itself is its journal.
sub timed
{
	my ($number) = @_;
	my $sql = "SET application_name = 'timed';\n";
	# More than it gets through.
	for my $n (1 .. 150 * ($seconds > 60 ? $seconds : 60))
	{
		my $id = 1_000_000 * $number + $n;
		my $limit = 1 + ($n * 7919) % 12;
		$sql .= "SET statement_timeout = '${limit}ms';\nINSERT INTO timed VALUES ($id, $id, near($id, 16));\n\\echo $id :ERROR\n";
		$sql .= "SELECT FROM timed ORDER BY v <-> near($id, 16) LIMIT 5;\n" if $n % 3 == 0;
	}
	my $file = "$tmp/timed_$number.sql";
	open(my $out, '>', $file) or die;
	print $out $sql;
	close($out);
	my $client = { out => '', err => '' };
	$client->{handle} = IPC::Run::start([ 'psql', '-XAtq', '-d', $primary->connstr('postgres'), '-f', $file ], '>', \$client->{out}, '2>', \$client->{err}, IPC::Run::timeout($seconds + 240));
	return $client;
}
my @timed = map { timed($_) } 1, 2;

# --- rounds of exchange and VACUUM
my ($rounds, $canceled, $longest_lag) = (0, 0, 0);
my (%peak, %between);
my $ends = time() + $seconds;
my $advanced = time();
while (time() < $ends || $rounds < 4)
{
	++$rounds;
	for my $name (sort keys %queue)
	{
		$primary->safe_psql('postgres', exchange($name));
		my $grown = size_of($name);
		$between{$name} = $grown if $grown > ($between{$name} // 0);
		# A VACUUM that is broken off, then one that is not.
		if ($rounds % 3 == 0)
		{
			my ($code, $out, $err) = $primary->psql('postgres', "SET statement_timeout = @{[ 20 + int(rand(300)) ]}; VACUUM $name");
			++$canceled if $code != 0 && $err =~ /statement timeout/;
		}
		await_horizon();
		$primary->safe_psql('postgres', "VACUUM $name");
		my $now = size_of($name);
		$peak{$name} = $now if $now > ($peak{$name} // 0);
		note(sprintf('round %d, %s: %.2f of a fresh index before VACUUM, %.2f after', $rounds, $name, $grown / $fresh{$name}, $now / $fresh{$name}));
	}
	$primary->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'timed' AND state = 'active'});
	# Pipes are read, so that nobody waits for that. A writer that is through is followed by another.
	$_->{handle}->pump_nb for grep { $_->{handle}->pumpable } @writers, @timed, $idler;
	for my $n (grep { !$writers[$_]{handle}->pumpable } 0, 1)
	{
		end_clients($writers[$n]);
		push @written, $writers[$n];
		$writers[$n] = client($primary, 'written', $n + 1, 1 + @written, 9900);
	}
	$_->pump_nb for grep { $_->pumpable } @readers;
	# The slot stays 20 seconds behind and the disk has room.
	if (time() - $advanced > 20)
	{
		$primary->safe_psql('postgres', q{SELECT pg_replication_slot_advance('behind', pg_current_wal_lsn())});
		$advanced = time();
	}
	my $at = $primary->safe_psql('postgres', 'SELECT pg_current_wal_flush_lsn()');
	my $since = time();
	usleep(50_000) while $standby->safe_psql('postgres', "SELECT pg_last_wal_replay_lsn() >= '$at'") ne 't' && time() - $since < 60;
	$longest_lag = time() - $since if time() - $since > $longest_lag;
}

# --- the end of the load
ok($_->finish, 'the readers met no error') for @readers;
unlike($output{$_}[1], qr/ERROR|aborted/, "nor did they report one: $_") for sort keys %output;
my ($queries) = $output{readers}[0] =~ /number of transactions actually processed: (\d+)/;
my ($standby_queries) = $output{standby_readers}[0] =~ /number of transactions actually processed: (\d+)/;
cmp_ok($queries // 0, '>', 10 * $seconds, "@{[ $queries // 0 ]} reads of both queues");
cmp_ok($standby_queries // 0, '>', $seconds, "@{[ $standby_queries // 0 ]} on the standby");
my ($idler_err) = ($idler->{err});
stop_clients($standby, $idler);
is($idler_err, '', 'the transactions on the standby that were idle met no error');
acked($_) for @writers;
for my $client (@writers, @timed)
{
	$client->{handle}->pump_nb if $client->{handle}->pumpable;
	$client->{handle}->signal('TERM') if $client->{handle}->pumpable;
	$client->{handle}->finish;
}
$primary->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = 'postgres'");
push @written, @writers;
is($_->{err}, '', 'a writer met no error') for @written;

# --- rows
my $statements = check_rows($primary, 'writers', @written);
for my $name (sort keys %queue)
{
	is($primary->safe_psql('postgres', "SELECT count(*), min(id), max(id) FROM $name WHERE id > 0"),
		join('|', $rows + $equal, $first{$name}, $next{$name} - 1), "$name: the table has the rows of the last exchanges");
}
my ($kept, $broken, $wrong) = (0, 0, 0);
my %there = map { $_ => 1 } split(/\n/, $primary->safe_psql('postgres', 'SELECT id FROM timed WHERE id > 0'));
for my $client (@timed)
{
	my %said = $client->{out} =~ /^(\d+) (true|false)$/mg;
	for my $id (keys %said)
	{
		$said{$id} eq 'true' ? ++$broken : ++$kept;
		++$wrong if ($there{$id} // 0) != ($said{$id} eq 'false' ? 1 : 0);
	}
	my @unexpected = grep { /ERROR/ && !/canceling statement due to (statement timeout|user request)/ } split(/\n/, $client->{err});
	is(join("\n", @unexpected), '', 'statements that were cut short say so, and nothing else');
}
is($wrong, 0, "of statements cut short and others, the table has what they said: $kept and not $broken");
cmp_ok($broken, '>', 10, 'statements were cut short');
my $did = log_since($primary, $log);
is(complaints($did), '', 'the server reported no other error');
unlike($did, qr/canceling autovacuum task|deadlock detected/, 'no autovacuum was canceled');
my $automatic = () = $did =~ /automatic vacuum of table "postgres\.public\.written"/g;
cmp_ok($automatic, '>', 0, "autovacuum worked: $automatic times");
my $rebuilds = () = $did =~ /LOG:  rebuilt the graph/g;
cmp_ok($rebuilds, '>', $rounds / 2, "$rounds rounds, $rebuilds rebuilds, $canceled VACUUMs broken off");

# --- the indexes, while the slot and the old transaction are still there
cmp_ok($longest_wait, '<', 30, sprintf('rows that were deleted were seen for at most %.1f s', $longest_wait));
for my $name (sort keys %queue)
{
	check_index($primary, $name, $name, 1000);
	cmp_ok($peak{$name}, '<=', 2.2 * $fresh{$name}, sprintf('%s: at most %.2f of a fresh index after a VACUUM while busy (%.2f before one)',
		$name, $peak{$name} / $fresh{$name}, $between{$name} / $fresh{$name}));
	await_horizon();
	$primary->safe_psql('postgres', "VACUUM $name");
	my $calm = size_of($name);
	cmp_ok($calm, '<=', 1.3 * $fresh{$name}, sprintf('%s: %.2f after a calm VACUUM', $name, $calm / $fresh{$name}));
	check_pages($primary, $name, $name);
}
for my $name ('written', 'timed')
{
	check_index($primary, $name, $name, 1000);
	# What cancels took away is dead; none of the two is a queue.
	await_horizon();
	$primary->safe_psql('postgres', "SELECT vectidx_merge('${name}_v'); VACUUM $name");
	# The standby says each second what it does not see any more: pages that were moved wait for that.
	await_horizon();
	$primary->safe_psql('postgres', "VACUUM $name");
	my ($calm, $new) = (size_of($name), fresh($name));
	cmp_ok($calm, '<=', 1.3 * $new + 8 * 8192, sprintf('%s: %.2f after a calm VACUUM', $name, $calm / $new));
	check_pages($primary, $name, $name);
}

# --- the standby. Autovacuum rests: that a long check ends for rows which leave the table is no fault of the index.
$primary->safe_psql('postgres', $_) for 'ALTER SYSTEM SET autovacuum = off', 'SELECT pg_reload_conf()';
cmp_ok($longest_lag, '<', 15, sprintf('replay was at most %.2f s behind', $longest_lag));
$primary->wait_for_catchup($standby);
for my $name ('queue', 'listed', 'written', 'timed')
{
	check_index($standby, $name, "$name on the standby");
	is($standby->safe_psql('postgres', "SELECT pg_relation_size('${name}_v')"), size_of($name), "$name: the standby's file is as long");
	check_pages($standby, $name, "$name on the standby");
}
is($standby->safe_psql('postgres', q{SELECT confl_lock, confl_snapshot, confl_bufferpin, confl_deadlock FROM pg_stat_database_conflicts WHERE datname = 'postgres'}),
	'0|0|0|0', 'no session of the standby was canceled');
is(complaints(slurp_file($standby->logfile)), '', 'nor did one meet an error');
note("$seconds s, $rounds rounds, $statements journaled statements, $queries reads, $standby_queries on the standby, $kept timed inserts kept and $broken not, $rebuilds rebuilds");
$old->signal('TERM');
$old->finish;
$standby->stop;
$primary->stop;
done_testing();
