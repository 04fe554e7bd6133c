# docs/bulk-loads.md: what a crash loses with each choice of durability. Before each kill the test proves
# the state that it is about: WAL that is not written yet, WAL that was skipped, an unlogged table.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Vectors;

my $dims = 8;
my $node = new_node('bulk', <<'CONF');
wal_level = minimal
max_wal_senders = 0
autovacuum = off
wal_skip_threshold = 0
bgwriter_lru_maxpages = 0
checkpoint_timeout = 1h
vectidx.ef_construction = 40
vectidx.background_worker = off
CONF
my $index = "USING vectidx (v vector_l2_ops)";

# Ends every process of the server at once, and starts it again.
sub crash
{
	my ($what) = @_;
	my ($postmaster) = split(/\n/, slurp_file($node->data_dir . '/postmaster.pid'));
	my $log = -s $node->logfile;
	my @processes = ($postmaster, grep { $_ } split(/\s+/, `ps -o pid= --ppid $postmaster`));
	# The postmaster, the checkpointer, two writers; a backend whose client has left may be gone by now.
	cmp_ok(kill('KILL', @processes), '>=', 4, "$what: killed the server");
	my $reaped = time() + 60;
	usleep(10_000) while kill(0, $postmaster) && time() < $reaped;
	$node->{_pid} = undef;
	$node->start;
	like(slurp_file($node->logfile, $log), qr/database system was not properly shut down/, "$what: it recovers");
	return;
}

sub sql { return $node->safe_psql('postgres', $_[0]); }

# The index has the rows of the table, and no others.
sub sound
{
	my ($what, $table, $rows) = @_;
	is(sql("SELECT count(*) FROM $table"), $rows, "$what: $rows rows are there");
	is(sql("SELECT severity, message FROM vectidx_check('${table}_v_idx', true) WHERE severity <> 'info'"), '', "$what: the index is sound");
	return if $rows == 0;
	is( sql("SET enable_seqscan = off; SET enable_sort = off; SELECT count(*) FROM (SELECT id FROM $table ORDER BY v <-> near(1, $dims)) AS s"),
		$rows, "$what: and has each of them");
	return;
}

# Stops the process that writes the WAL of commits that do not wait.
sub hold_writer
{
	my $writer = sql(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'});
	is(kill('STOP', $writer), 1, 'the WAL writer is stopped');
	return;
}

# Runs the statements; returns whether the WAL up to their end is flushed when they have returned.
sub flushed_after
{
	my ($statements) = @_;
	return sql("$statements; SELECT pg_current_wal_flush_lsn() >= lsn FROM pg_current_wal_insert_lsn() AS lsn");
}

sub insert
{
	my ($table, $from, $to) = @_;
	return join('', map { "INSERT INTO $table VALUES ($_, near($_, $dims));\n" } $from .. $to);
}

# --- synchronous_commit, one row or ten rows per transaction. Off loses what the WAL writer has not written, on loses nothing.
sql(qq{
	CREATE TABLE a (id int, v vector($dims)); CREATE INDEX ON a $index; INSERT INTO a SELECT i, near(i, $dims) FROM generate_series(1, 500) AS i;
	CREATE TABLE d (id int, v vector($dims)); CREATE INDEX ON d $index; CHECKPOINT});
my $off = 'SET synchronous_commit = off;';
hold_writer();
sql($off . insert('a', 501, 540) . 'BEGIN;' . insert('d', 1, 10) . 'COMMIT');
is(flushed_after(insert('a', 541, 560)), 't', 'synchronous_commit = on: a commit that has returned is flushed');
is(flushed_after('SET commit_delay = 5000; SET commit_siblings = 0;' . insert('a', 561, 580)), 't', 'commit_delay: likewise');
is(flushed_after('BEGIN;' . insert('d', 11, 20) . 'COMMIT'), 't', 'batches: likewise');
is(flushed_after($off . insert('a', 581, 600)), 'f', 'synchronous_commit = off: one that has returned is not');
is(flushed_after("$off BEGIN;" . insert('d', 21, 30) . 'COMMIT; BEGIN;' . insert('d', 31, 40) . 'COMMIT'), 'f', 'batches: likewise');
is(sql('SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM d)'), '600|40', 'synchronous_commit = off: its rows are visible');
crash('synchronous_commit');
sound('synchronous_commit', 'a', 580);
is(sql('SELECT max(id) FROM a'), 580, 'the last rows are lost, and all before a commit that waited are kept, however they were committed');
sound('batches', 'd', 20);

# --- wal_level = minimal: a table that is filled in the transaction that made or truncated it has no WAL of its rows.
my $rows = 2000;
my $fill = "SELECT i, near(i, $dims) FROM generate_series(1, $rows) AS i";
my $before = sql('SELECT pg_current_wal_insert_lsn()');
sql("BEGIN; CREATE TABLE b (id int, v vector($dims)); INSERT INTO b $fill; CREATE INDEX ON b $index; COMMIT");
my $wal = sql("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '$before')");
my $size = sql(q{SELECT pg_relation_size('b') + pg_relation_size('b_v_idx')});
note("wal_level = minimal: $wal bytes of WAL for $size bytes of table and index");
cmp_ok($wal, '<', 0.2 * $size, 'wal_level = minimal: the rows and the index were not logged');
my $open = session($node);
run_in($open, "BEGIN; TRUNCATE d; INSERT INTO d SELECT i, near(i, $dims) FROM generate_series(1, 300) AS i");
is(run_in($open, 'SELECT count(*) FROM d'), 300, 'wal_level = minimal: another load is under way');

# --- UNLOGGED: empty after a crash. LOGGED again: kept.
sql("CREATE UNLOGGED TABLE c (id int, v vector($dims)); INSERT INTO c $fill; CREATE INDEX ON c $index; CHECKPOINT");
my $persistence = q{SELECT string_agg(relpersistence::text, '') FROM pg_class WHERE relname IN ('c', 'c_v_idx')};
is(sql("SELECT count(*), ($persistence) FROM c"), "$rows|uu", 'UNLOGGED: the rows are there, table and index are unlogged');
crash('wal_level = minimal and UNLOGGED');
eval { quit($open) };
sound('wal_level = minimal', 'b', $rows);
sound('wal_level = minimal, a load under way', 'd', 20);
sound('UNLOGGED', 'c', 0);
sql("INSERT INTO c $fill; ALTER TABLE c SET LOGGED");
is(sql($persistence), 'pp', 'SET LOGGED: table and index are logged');
crash('SET LOGGED');
sound('SET LOGGED', 'c', $rows);

$node->stop;
done_testing();
