# kill -9 of the whole server while rows are loaded: after the restart the index has exactly the rows
# that the table has, every committed one, and answers as before.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Vectors;

my $rounds = $ENV{VECTIDX_KILLS} // 3;
my $dims = 16;
my $node = new_node('crash', <<'CONF');
vectidx.ef_construction = 40
autovacuum = off
checkpoint_timeout = 30s
max_wal_size = 64MB
CONF
$node->safe_psql('postgres', <<SQL);
CREATE TABLE quiet AS SELECT i AS id, near(i, $dims)::vector($dims) AS v FROM generate_series(1, 2000) AS i;
CREATE INDEX ON quiet USING vectidx (v vector_l2_ops);
CREATE TABLE loaded (id serial, client int, n int, v vector($dims));
CREATE INDEX ON loaded USING vectidx (v vector_l2_ops);
CREATE UNLOGGED TABLE unlogged (id int, v vector($dims));
CREATE INDEX ON unlogged USING vectidx (v vector_l2_ops);
CREATE TABLE kept AS SELECT q, array(SELECT id FROM quiet ORDER BY v <-> near(-q, $dims) LIMIT 20) AS ids FROM generate_series(1, 100) AS q;
SQL

# A client that inserts row after row, and prints the number of each that was committed.
sub client
{
	my ($number, $round) = @_;
	my $client = {};
	my $sql = join('', map {
		my $from = $_ % 10 == 9 ? "near($_ - 9, $dims)" : "near(100000 * $number + $_, $dims)";
		"INSERT INTO loaded (client, n, v) VALUES ($number, $round * 100000 + $_, $from);\n"
		  . ($_ % 7 == 6 ? "UPDATE loaded SET v = near(n + 1, $dims) WHERE client = $number AND n = $round * 100000 + $_ - 3;\n" : '')
		  . "\\echo $_\n"
	} 1 .. 20_000);
	$client->{file} = "$PostgreSQL::Test::Utils::tmp_check/client_${number}_$round.sql";
	append_to_file($client->{file}, $sql);
	$client->{out} = $client->{err} = '';
	$client->{handle} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-f', $client->{file} ],
		'>', \$client->{out}, '2>', \$client->{err}, IPC::Run::timeout(120));
	return $client;
}

sub committed
{
	my ($client) = @_;
	my @done = $client->{out} =~ /^(\d+)$/mg;
	return scalar(@done) ? $done[-1] : 0;
}

my $loaded = 0;
for my $round (1 .. $rounds)
{
	$node->safe_psql('postgres', "INSERT INTO unlogged SELECT i, near(i, $dims) FROM generate_series(1, 100) AS i");
	my @clients = map { client($_, $round) } 1 .. 3;
	my $enough = 100 + 150 * $round;
	for my $client (@clients)
	{
		$client->{handle}->pump until committed($client) >= $enough;
	}
	my ($postmaster) = split(/\n/, slurp_file($node->data_dir . '/postmaster.pid'));
	my $log = -s $node->logfile;
	# All at once, so that no process outlives the postmaster long enough to go on.
	my @processes = ($postmaster, grep { $_ } split(/\s+/, `ps -o pid= --ppid $postmaster`));
	is(kill('KILL', @processes), scalar(@processes), "round $round: killed the postmaster and " . $#processes . ' others');
	$_->{handle}->finish for @clients;
	is(scalar(grep { $_->{err} =~ /server closed the connection|connection to server was lost/ } @clients), scalar(@clients),
		"round $round: every client lost its connection in the middle");
	$loaded += committed($_) for @clients;
	# The new postmaster asks whether the old one is still alive.
	my $reaped = time() + 60;
	usleep(10_000) while kill(0, $postmaster) && time() < $reaped;
	$node->{_pid} = undef;
	$node->start;

	my $since = substr(slurp_file($node->logfile), $log);
	like($since, qr/was not properly shut down; automatic recovery in progress/, "round $round: the server recovered");
	like($since, qr/redo starts at .*redo done at/s, "round $round: and replayed WAL");
	my ($again) = split(/\n/, slurp_file($node->data_dir . '/postmaster.pid'));
	isnt($again, $postmaster, "round $round: the postmaster is another");

	for my $number (1 .. 3)
	{
		my $done = committed($clients[$number - 1]);
		is($node->safe_psql('postgres', "SELECT count(*) FROM loaded WHERE client = $number AND n BETWEEN $round * 100000 + 1 AND $round * 100000 + $done"),
			$done, "round $round: all $done rows that client $number saw committed are there");
	}
	my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM loaded');
	cmp_ok($rows, '>=', $loaded, "round $round: rows in the table");
	is($node->safe_psql('postgres', "SELECT scanned('<->', 'loaded', $dims)"), $rows, "round $round: the index has all $rows of them");
	is($node->safe_psql('postgres', "SELECT mismatches('<->', 'loaded', $dims, 20)"), 0, "round $round: it answers as a sort does");
	is($node->safe_psql('postgres', <<SQL), 0, "round $round: the other index answers as before");
SET enable_seqscan = off;
SELECT count(*) FROM kept WHERE ids <> array(SELECT id FROM quiet ORDER BY v <-> near(-q, $dims) LIMIT 20)
SQL
	is($node->safe_psql('postgres', "SELECT scanned('<->', 'unlogged', $dims)"), 0, "round $round: the unlogged index is empty");
	$node->safe_psql('postgres', "INSERT INTO unlogged SELECT i, near(i, $dims) FROM generate_series(1, 50) AS i");
	is($node->safe_psql('postgres', "SELECT scanned('<->', 'unlogged', $dims)"), 50, "round $round: and takes rows");
	# Rows of transactions that died are removed, and inserts go on.
	$node->safe_psql('postgres', "VACUUM loaded; INSERT INTO loaded (client, n, v) SELECT 4, i, near(-i, $dims) FROM generate_series(1, 100) AS i");
	is($node->safe_psql('postgres', "SELECT scanned('<->', 'loaded', $dims)"), $rows + 100, "round $round: it goes on after VACUUM");
}
$node->stop;
done_testing();
