# A streaming standby answers as its primary, while WAL is replayed, and after it is promoted. Every
# replayed page is compared with the primary's (wal_consistency_checking).
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vectors;

my $dims = 24;
my $primary = new_node('primary', <<'CONF', allows_streaming => 1);
fsync = off
vectidx.m = 8
vectidx.ef_construction = 40
wal_consistency_checking = 'generic'
autovacuum = off
hot_standby_feedback = on
wal_keep_size = 1GB
CONF
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

my %operators = (l2 => '<->', ip => '<#>', cosine => '<=>');

# The ids that the index gives for 40 queries and every operator, at default settings and others.
sub answers
{
	my ($node) = @_;
	my $sql = 'SET enable_seqscan = off;';
	for my $settings ('SELECT', 'SET vectidx.target_recall = 0.8', 'SET vectidx.ef_search = 1000')
	{
		$sql .= "$settings;";
		$sql .= "SELECT array(SELECT id FROM items ORDER BY v $_ near(-q, $dims) LIMIT 15) FROM generate_series(1, 40) AS q;"
		  for sort values %operators;
	}
	return $node->safe_psql('postgres', $sql);
}

sub same
{
	my ($what) = @_;
	$primary->wait_for_catchup($standby);
	my $expected = answers($primary);
	cmp_ok(length($expected), '>', 40 * 9 * 10, "$what: the primary answers");
	is(answers($standby), $expected, "$what: the standby answers the same");
}

$primary->safe_psql('postgres', <<SQL);
CREATE TABLE items (id serial, v vector($dims));
INSERT INTO items (v) SELECT near(i, $dims) FROM generate_series(1, 1000) AS i;
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops);
CREATE INDEX items_ip ON items USING vectidx (v vector_ip_ops);
CREATE INDEX items_cosine ON items USING vectidx (v vector_cosine_ops);
SQL
same('after a build');
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');
is($standby->safe_psql('postgres', "SELECT scanned('<->', 'items', $dims)"), 1000, 'it scans the index');

$primary->safe_psql('postgres', "INSERT INTO items (v) SELECT near(i, $dims) FROM generate_series(1001, 1150) AS i");
same('after inserts');
$primary->safe_psql('postgres', <<SQL);
INSERT INTO items (v) SELECT near(7, $dims) FROM generate_series(1, 200);
UPDATE items SET v = near(-id, $dims) WHERE id % 40 = 3;
DELETE FROM items WHERE id % 10 = 1;
SQL
same('after updates, deletes and many equal rows');
$primary->safe_psql('postgres', 'VACUUM items');
same('after VACUUM');
$primary->safe_psql('postgres', <<SQL);
INSERT INTO items (v) SELECT near(i, $dims) * array_fill(5, ARRAY[$dims])::vector FROM generate_series(1, 40) AS i;
CREATE INDEX grown ON items USING vectidx ((subvector(v, 1, 2)::vector(2)) vector_l2_ops);
REINDEX INDEX items_ip;
SQL
same('after REINDEX and longer vectors');

# A session of the standby that knows the index as it was sees what comes; its queries go on meanwhile.
my $session = session($standby);
run_in($session, 'SET enable_seqscan = off');
my $count = "SELECT scanned('<->', 'items', $dims) = (SELECT count(*) FROM items)";
is(run_in($session, $count), 't', 'a session of the standby scans all rows');
my $load = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $primary->connstr('postgres'), '-c',
		"INSERT INTO items (v) SELECT near(i, $dims) FROM generate_series(5001, 5500) AS i" ],
	'2>', \my $errors, IPC::Run::timeout(60));
my $queries = 0;
my $wrong = 0;
my $blocks = $standby->safe_psql('postgres', "SELECT pg_relation_size('items_l2')");
while ($load->pumpable)
{
	++$queries;
	++$wrong unless run_in($session, "BEGIN ISOLATION LEVEL REPEATABLE READ; $count; COMMIT") eq 't';
	$wrong += $session->{err} ne '';
	$load->pump_nb;
}
ok($load->finish, 'the load ended') or diag($errors);
cmp_ok($queries, '>', 3, "$queries queries ran while the standby replayed the load");
is($wrong, 0, 'each scanned all rows');
$primary->wait_for_catchup($standby);
cmp_ok($standby->safe_psql('postgres', "SELECT pg_relation_size('items_l2')"), '>', $blocks, 'the index grew under the session');
is(run_in($session, $count), 't', 'it sees the rows of pages that it did not know');
quit($session);
same('after a load');

# The generic records were compared: there were some, and no complaint.
my ($from) = $primary->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
$primary->safe_psql('postgres', "INSERT INTO items (v) SELECT near(i, $dims) FROM generate_series(7001, 7020) AS i");
my $to = $primary->safe_psql('postgres', 'SELECT pg_switch_wal()');
my ($stdout, $stderr) = run_command([ 'pg_waldump', '-p', $primary->data_dir . '/pg_wal', '-s', $from, '-e', $to, '-r', 'Generic' ]);
cmp_ok(scalar(my @records = $stdout =~ /^rmgr: Generic/mg), '>', 100, 'inserts write generic records') or diag($stderr);
# Blocks that hold nothing yet when the standby takes over: of a built index, and of one that grew.
$primary->safe_psql('postgres', <<SQL);
CREATE TABLE wide (id int, v vector(768));
INSERT INTO wide SELECT i, near(i, 768) FROM generate_series(1, 5) AS i;
CREATE INDEX ON wide USING vectidx (v vector_l2_ops);
CREATE TABLE wider (id int, v vector(3000));
CREATE INDEX ON wider USING vectidx (v vector_l2_ops);
INSERT INTO wider SELECT i, near(i, 3000) FROM generate_series(1, 5) AS i;
SQL
same('after a switch of WAL');
for my $table ('wide', 'wider')
{
	my $blocks = "SELECT pg_relation_size('${table}_v_idx')";
	is($standby->safe_psql('postgres', $blocks), $primary->safe_psql('postgres', $blocks), "$table: the index is as long");
}
unlike(slurp_file($standby->logfile), qr/inconsistent page|FATAL|PANIC/, 'every page that was replayed is as the primary wrote it');

# --- promotion
my $before = answers($standby);
$primary->stop('immediate');
$standby->promote;
is(answers($standby), $before, 'promoted, it answers as before');
$standby->safe_psql('postgres', <<SQL);
INSERT INTO items (v) SELECT near(i, $dims) FROM generate_series(8001, 8100) AS i;
INSERT INTO wide SELECT i, near(i, 768) FROM generate_series(6, 20) AS i;
INSERT INTO wider SELECT i, near(i, 3000) FROM generate_series(6, 20) AS i;
DELETE FROM items WHERE id % 7 = 0;
VACUUM items, wide, wider;
SQL
is($standby->safe_psql('postgres', "SELECT scanned('<->', '$_->[0]', $_->[1])"), 20, "promoted, it takes rows: $_->[0]")
  for [ 'wide', 768 ], [ 'wider', 3000 ];
for my $op (sort values %operators)
{
	is($standby->safe_psql('postgres', "SELECT mismatches('$op', 'items', $dims, 20)"), 0, "promoted, it takes rows: $op");
}
$standby->stop;
done_testing();
