# At each test point (src/pg/test_point.hpp), under load: first an error, which must leave everything
# in order, then a backend is killed there, which brings the server down and makes it recover.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Campaign;
use Vectors;

my $node = new_node('points', <<'CONF');
vectidx.ef_construction = 40
autovacuum = off
max_wal_size = 64MB
restart_after_crash = on
maintenance_work_mem = 256MB
# It would be faster than the statements that are to fail.
vectidx.background_worker = off
CONF
make_table($node, 'listed', 400, 'pending_limit = 100000, tombstone_rebuild_pct = 100');
make_table($node, 'direct', 400, 'pending_limit = 0, tombstone_rebuild_pct = 100');
make_table($node, 'wide', 1, 'pending_limit = 100000');
# Two blocks for an entry of the list.
$node->safe_psql('postgres', <<'SQL');
DROP INDEX wide_v;
ALTER TABLE wide ALTER v TYPE vector(5000) USING near(seed, 5000);
CREATE INDEX wide_v ON wide USING vectidx (v vector_l2_ops) WITH (pending_limit = 100000);
SQL

my $ids = 100;
sub rows { my ($n) = @_; $ids += $n; return "SELECT i, i, near(i, 16) FROM generate_series(@{[ $ids - $n + 1 ]}, $ids) AS i"; }
my $insert = sub { 'INSERT INTO direct ' . rows(3) };
my $grow = sub { 'INSERT INTO direct ' . rows(60) };
# More than the directory has places for.
my $grow_more = sub { 'INSERT INTO direct ' . rows(400) };
# For nodes that have rows.
my $equal = sub { $ids += 3; "INSERT INTO direct SELECT i, 1, near(1, 16) FROM generate_series($ids - 2, $ids) AS i" };
my $pend = sub { 'INSERT INTO listed ' . rows(3) };
my $add_page = sub { 'INSERT INTO listed ' . rows(150) };
my $wide = sub { $ids++; "INSERT INTO wide SELECT $ids, $ids, near($ids, 5000)" };
my $merge = sub { $node->safe_psql('postgres', 'INSERT INTO listed ' . rows(20)); "SELECT vectidx_merge('listed_v')" };
# Enough rows to be merged as a batch.
my $batch = sub { $node->safe_psql('postgres', 'INSERT INTO listed ' . rows(400)); "SELECT vectidx_merge('listed_v')" };
my $undo = sub {
	$batch->();
	my ($code) = $node->psql('postgres', "SET vectidx.test_points = 'merge-inserted=error:1'; SELECT vectidx_merge('listed_v')");
	is($code, 3, 'a merge of a batch was broken off');
	return "SELECT vectidx_merge('listed_v')";
};
# VACUUM of so many dead rows that it rebuilds, merges, and gives space back.
my $vacuum = sub {
	my ($table, $rest) = @_;
	$node->safe_psql('postgres', "INSERT INTO $table " . rows(1000));
	$node->safe_psql('postgres', "SELECT vectidx_merge('${table}_v'); ALTER INDEX ${table}_v SET (tombstone_rebuild_pct = 20);
		DELETE FROM $table WHERE id > $ids - 990");
	return "VACUUM $table";
};
my $rebuild = sub { $vacuum->('direct') };
my $vacuum_listed = sub { $vacuum->('listed') };
# Rows that are more than half of the graph are merged by a rebuild.
my $merge_many = sub { $node->safe_psql('postgres', 'INSERT INTO listed ' . rows(2000)); "SELECT vectidx_merge('listed_v')" };

# Point, what leads there, how often it is passed before, what else: no error where a content lock is held,
# and no other client where the index is to be locked.
my @points = (
	[ 'insert-graph', $insert, 1 ], [ 'insert-pending', $pend, 1 ], [ 'pending-add-page', $add_page, 1 ], [ 'pending-add-page', $wide, 1 ],
	[ 'merge-row', $merge, 7 ], [ 'merge-placed', $merge, 7 ], [ 'merge-closed', $batch, 1 ], [ 'merge-undone', $undo, 1 ],
	[ 'batch-inserted', $batch, 1 ], [ 'batch-appended', $batch, 1 ], [ 'batch-linked', $batch, 1 ], [ 'batch-page', $batch, 4 ], [ 'batch-page', $batch, 40 ], [ 'write', $batch, 60, 'kill only' ], [ 'merge-inserted', $batch, 1 ],
	[ 'vacuum-pending-done', $vacuum_listed, 1 ], [ 'vacuum-bulk-deleted', $rebuild, 1 ], [ 'scan-pending-done', sub { "SELECT lost('listed', 10)" }, 1 ],
	[ 'rebuild-shadow', $rebuild, 1 ], [ 'rebuild-read', $vacuum_listed, 1 ], [ 'rebuild-built', $rebuild, 1 ], [ 'rebuild-logged', $vacuum_listed, 1 ],
	[ 'rebuild-swapped', $rebuild, 1 ], [ 'rebuild-logged', $merge_many, 1 ], [ 'compact-copied', $rebuild, 1 ], [ 'compact-moved', $rebuild, 1 ], [ 'truncate', $rebuild, 1, 'alone' ], [ 'truncate-announced', $rebuild, 1, 'alone' ], [ 'group-created', $grow, 2 ],
	[ 'directory-page', $grow_more, 1 ], [ 'directory-covers', $equal, 1, 'kill only' ], [ 'directory-covers', $merge, 7, 'kill only' ], [ 'vacuum-cleaned', $rebuild, 30 ],
	[ 'directory-copied', $rebuild, 1 ], [ 'directory-moved', $rebuild, 1 ], [ 'scan-listed', sub { "SELECT lost('listed', 10)" }, 1 ],
	(map { [ 'write', $insert, int(1 + rand(15)), 'kill only' ] } 1 .. 3 * scale()),
	(map { [ 'write', $merge, int(1 + rand(150)), 'kill only' ] } 1 .. 3 * scale()),
	(map { [ 'write', $batch, int(1 + rand(400)), 'kill only' ] } 1 .. 3 * scale()),
	(map { [ 'write', $_, int(1 + rand(60)), 'kill only' ] } ($rebuild, $vacuum_listed) x scale()));

my $kills = 0;
my $round = 0;
for my $point (@points)
{
	my ($name, $lead, $number, $special) = (@$point, '');
	for my $action ($special eq 'kill only' ? ('kill') : ('error', 'kill'))
	{
		++$round;
		my $what = "$name $action $number ($round)";
		my $statement = $lead->();
		my @clients = map { client($node, $_ == 1 ? 'direct' : 'listed', $_, $round, 30) } $special eq 'alone' ? () : (1, 2);
		$_->{handle}->pump_nb for @clients;
		my $log = -s $node->logfile;
		my ($code, $out, $err) = $node->psql('postgres', "SET vectidx.test_points = '$name=$action:$number';\n$statement;\n");
		if ($action eq 'error')
		{
			like($err, qr/test point "$name"/, "$what: it failed there");
			end_clients(@clients);
		}
		else
		{
			isnt($code, 0, "$what: the session broke off");
			end_clients(@clients);
			ok($node->poll_query_until('postgres', 'SELECT true'), "$what: the server comes back");
			like(log_since($node, $log), qr/test point "$name": killed.*terminated by signal 9.*redo done at/s, "$what: it was killed there, and recovered");
			++$kills;
		}
		check_rows($node, $what, @clients);
		check_index($node, $_, $what, 50) for 'direct', 'listed';
		check_pages($node, $_, $what) for 'direct', 'listed';
		# What was broken off is no obstacle.
		($code, $out, $err) = $node->psql('postgres', "VACUUM direct, listed; SELECT vectidx_merge('listed_v');");
		is($code, 0, "$what: VACUUM and a merge go on") or diag($err);
		check_index($node, $_, "$what, after VACUUM", 50) for 'direct', 'listed';
		check_pages($node, $_, "$what, after VACUUM") for 'direct', 'listed';
		# As in the beginning: a graph of 400 nodes each.
		$node->safe_psql('postgres', "DELETE FROM $_ WHERE id > 0; ALTER INDEX ${_}_v SET (tombstone_rebuild_pct = 1)") for 'direct', 'listed';
		$node->safe_psql('postgres', "VACUUM $_") for 'direct', 'listed';
		$node->safe_psql('postgres', "ALTER INDEX ${_}_v SET (tombstone_rebuild_pct = 100)") for 'direct', 'listed';
	}
}
is($node->safe_psql('postgres', <<'SQL'), 't|t', 'wide rows are all found');
SET enable_seqscan = off; SET enable_sort = off;
SELECT count(*) = count(DISTINCT id), count(*) = (SELECT count(*) FROM wide WHERE id IS NOT NULL) FROM (SELECT id FROM wide ORDER BY v <-> near(0, 5000)) AS t
SQL
my $sizes = $node->safe_psql('postgres', "VACUUM direct; VACUUM listed; VACUUM direct; VACUUM listed; SELECT pg_relation_size('direct_v'), pg_relation_size('listed_v')");
$node->safe_psql('postgres', 'REINDEX INDEX direct_v; REINDEX INDEX listed_v');
note("$kills kills; sizes of the indexes: $sizes; rebuilt: " . $node->safe_psql('postgres', "SELECT pg_relation_size('direct_v'), pg_relation_size('listed_v')"));
cmp_ok($kills, '>=', 20, "$kills backends were killed");

# --- all processes are killed but one that waits for another: it ends by itself, or no server could start here again
# A session under a name, and its process.
sub named_session { my ($name, $sql) = @_; return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') . " application_name=$name", '-c', $sql ], '>', \my $out, '2>', \my $err); }
sub process { my ($name, $where) = @_; return $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE application_name = '$name' AND $where"); }
sub wait_for
{
	my ($name, $where) = @_;
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = '$name' AND $where") or die "no $name";
	return process($name, $where);
}
$node->safe_psql('postgres', 'INSERT INTO listed ' . rows(20));
my @sessions = named_session('keeper', 'SELECT pg_advisory_lock(77), pg_sleep(600)');
wait_for('keeper', "wait_event = 'PgSleep'");
push @sessions, named_session('holder', "SET vectidx.test_points = 'merge-row=wait:77'; SELECT vectidx_merge('listed_v')");
my $holder = wait_for('holder', "wait_event = 'advisory'");
push @sessions, named_session('waiter', "SELECT vectidx_merge('listed_v')");
my $waiter = wait_for('waiter', "state = 'active'");
sleep 1;
is(process('waiter', "state = 'active'"), $waiter, 'a session waits for the list');
my @hit = kill_server($node, $waiter);
is(scalar(grep { $_ == $holder } @hit), 1, 'whoever holds the list is killed');
cmp_ok(@hit - 1, '>', 3, 'and the postmaster, and all others');
my $patience = time() + 20;
sleep 1 while kill(0, $waiter) && time() < $patience;
ok(!kill(0, $waiter), 'who waited is gone, too');
kill('KILL', $waiter);
$_->finish for @sessions;
$node->start;
check_index($node, 'listed', 'after that', 50);
$node->stop;
done_testing();
