# Inserts, updates, deletes, searches, VACUUM and concurrent index builds at the same time: no error,
# every search gets its rows, and in the end the index has exactly the rows that the table has.
#
# VECTIDX_SECONDS is the length of each of the two runs.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Vectors;

my $seconds = $ENV{VECTIDX_SECONDS} // 5;
my $dims = 16;
my $node = new_node('concurrency', <<'CONF');
fsync = off
vectidx.ef_construction = 40
vectidx.m = 8
autovacuum = off
log_min_messages = warning
CONF
$node->safe_psql('postgres', <<SQL);
CREATE TABLE items (id serial PRIMARY KEY, note int DEFAULT 0, v vector($dims));
CREATE INDEX items_note ON items (note);
CREATE INDEX items_l2 ON items USING vectidx (v vector_l2_ops);
CREATE INDEX items_ip ON items USING vectidx (v vector_ip_ops);
INSERT INTO items (v) SELECT near(i, $dims) FROM generate_series(1, 500) AS i;
SQL

my %scripts = (
	insert => "INSERT INTO items (v) VALUES (near(:n, $dims));",
	same => "INSERT INTO items (v) VALUES (near(:n % 5, $dims));",
	update => "UPDATE items SET v = near(:n, $dims) WHERE id = :id;",
	note => 'UPDATE items SET note = :n WHERE id = :id;',
	delete => 'DELETE FROM items WHERE id = :id;',
	undone => "BEGIN; INSERT INTO items (v) VALUES (near(:n, $dims)); ROLLBACK;",
	# An error where a search does not give ten rows, in order, each once. Not by array_agg(d): an
	# aggregate with DISTINCT or ORDER BY has the input of all of them sorted from PostgreSQL 16 on.
	search => <<SQL);
SET enable_seqscan = off;
SELECT 1 / (count(*) = 10 AND count(DISTINCT id) = 10 AND bool_and(in_order))::int
FROM (SELECT id, d >= lag(d, 1, d) OVER () AS in_order
	FROM (SELECT id, v <-> near(:n, $dims) AS d FROM items ORDER BY v <-> near(:n, $dims) LIMIT 10) AS t) AS t;
SQL
my %weights = (insert => 6, same => 2, update => 2, note => 3, delete => 2, undone => 1, search => 8);
my @files;
for my $name (sort keys %scripts)
{
	my $file = "$PostgreSQL::Test::Utils::tmp_check/$name.sql";
	append_to_file($file, "\\set n random(1, 1000000)\n\\set id random(1, 2000)\n$scripts{$name}\n");
	push @files, '-f', "$file\@$weights{$name}";
}

# load(LENGTH): eight clients that do all of it at random.
sub load
{
	my ($length) = @_;
	my $load = { out => '', err => '' };
	$load->{handle} = IPC::Run::start(
		[ 'pgbench', '-n', '-c', 8, '-j', 2, '-T', $length, @files, $node->connstr('postgres') ],
		'>', \$load->{out}, '2>', \$load->{err}, IPC::Run::timeout(120 + $length));
	return $load;
}

# The tests of a load's end.
sub check_load
{
	my ($load, $what) = @_;
	ok($load->{handle}->finish, "$what: the clients ended without an error") or diag($load->{err});
	unlike($load->{err}, qr/error|aborted/i, "$what: none was aborted") or diag($load->{err});
	my ($done) = $load->{out} =~ /number of transactions actually processed: (\d+)/;
	cmp_ok($done // 0, '>', 100, "$what: transactions: " . ($done // 'none'));
}

sub check_indexes
{
	my ($what) = @_;
	my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM items');
	for my $op ('<->', '<#>')
	{
		is($node->safe_psql('postgres', "SELECT scanned('$op', 'items', $dims)"), $rows, "$what: the index has the $rows rows of the table, $op");
		is($node->safe_psql('postgres', "SELECT mismatches('$op', 'items', $dims, 20)"), 0, "$what: it answers as a sort does, $op");
	}
}

# --- with VACUUM
my $load = load($seconds);
my $session = session($node);
my $vacuums = 0;
while ($load->{handle}->pumpable)
{
	run_in($session, 'VACUUM items');
	is($session->{err}, '', 'VACUUM') if $session->{err} ne '';
	++$vacuums;
	usleep(20_000);
	$load->{handle}->pump_nb;
}
check_load($load, 'with VACUUM');
cmp_ok($vacuums, '>', 2, "VACUUM ran $vacuums times meanwhile");
check_indexes('with VACUUM');
$node->safe_psql('postgres', 'VACUUM items');
check_indexes('after another VACUUM');

# --- with CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY; each new index takes the old one's place
$load = load($seconds + 3);
my $builds = 0;
while ($load->{handle}->pumpable)
{
	my $number = ++$builds;
	run_in($session, "CREATE INDEX CONCURRENTLY items_new_$number ON items USING vectidx (v vector_l2_ops)");
	is($session->{err}, '', "CREATE INDEX CONCURRENTLY, $number");
	my $old = $number == 1 ? 'items_l2' : 'items_new_' . ($number - 1);
	run_in($session, "DROP INDEX CONCURRENTLY $old");
	is($session->{err}, '', "DROP INDEX CONCURRENTLY, $number");
	run_in($session, 'REINDEX INDEX CONCURRENTLY items_ip');
	is($session->{err}, '', "REINDEX INDEX CONCURRENTLY, $number");
	$load->{handle}->pump_nb;
}
check_load($load, 'with concurrent builds');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_index WHERE NOT indisvalid OR NOT indisready'), 0, 'every index is valid');
cmp_ok($builds, '>', 0, "$builds indexes were built meanwhile");
check_indexes('with concurrent builds');
$node->safe_psql('postgres', 'VACUUM items');
check_indexes('and after VACUUM');

unlike(slurp_file($node->logfile), qr/ERROR|PANIC|terminated by signal|TRAP|deadlock/, 'the log has no error');
quit($session);
$node->stop;
done_testing();
