# A standby answers while its primary is written to, merges, vacuums, rebuilds and gives space back; every
# replayed page is compared with the primary's (wal_consistency_checking). Then it is promoted.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Campaign;
use Vectors;

my $queries = $ENV{VECTIDX_STANDBY_QUERIES} // 10_000 * scale();
my $clients = 4;
my $primary = new_node('primary', <<'CONF', allows_streaming => 1);
vectidx.ef_construction = 40
vectidx.tombstone_rebuild_pct = 15
wal_consistency_checking = 'generic'
autovacuum = off
max_wal_size = 256MB
wal_keep_size = 1GB
max_standby_streaming_delay = -1
log_statement = none
CONF
make_table($primary, 'direct', 600, 'pending_limit = 0');
make_table($primary, 'listed', 600, 'pending_limit = 100');
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
my $log = -s $primary->logfile;
my $wal = $primary->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');

# Rows come and go with all of VACUUM's work in between: the table grows by half, and shrinks again.
my $probes = pgbench_script('probes', <<'SQL');
\set at random(-600, 600)
SELECT probe('direct', :at), probe('listed', :at);
SQL
my ($done, $failed, $rounds) = (0, 0, 0);
# Every fourth round deletes enough for a rebuild.
while ($done < $queries || $rounds < 8)
{
	my ($out, $err) = ('', '');
	my $bench = IPC::Run::start([ 'pgbench', '-n', '-c', $clients, '-j', 2, '-t', int($queries / $clients / 2 + 1), '-f', $probes, $standby->connstr('postgres') ],
		'>', \$out, '2>', \$err, IPC::Run::timeout(600 * ($queries > 10_000 ? $queries / 10_000 : 1)));
	while ($bench->pumpable)
	{
		++$rounds;
		for my $table ('direct', 'listed')
		{
			$primary->safe_psql('postgres', <<SQL);
INSERT INTO $table SELECT i, i, near(i, 16) FROM generate_series(1000 * $rounds, 1000 * $rounds + 299) AS i;
UPDATE $table SET v = near(-1000 * $rounds - id, 16) WHERE id % 7 = $rounds % 7;
SELECT vectidx_merge('${table}_v');
DELETE FROM $table WHERE id > 0 AND id < 1000 * ($rounds - @{[ $rounds % 4 ]});
VACUUM $table;
SQL
		}
		$bench->pump_nb;
	}
	my $ended = $bench->finish;
	ok($ended, 'no query of the standby failed') or diag($err, $out);
	last unless $ended;
	$done += 2 * $1 if $out =~ m{number of transactions actually processed: (\d+)};
	$failed += $1 if $out =~ m{number of failed transactions: (\d+)};
}
cmp_ok($done, '>=', $queries, "queries that ran on the standby: $done");
is($failed, 0, 'none had to be repeated');
my $did = log_since($primary, $log);
my $rebuilds = () = $did =~ /LOG:  rebuilt the graph/g;
cmp_ok($rebuilds, '>', 3, "the primary rebuilt meanwhile: $rebuilds times in $rounds rounds");
my $bytes = $primary->safe_psql('postgres', "SELECT pg_current_wal_insert_lsn() - '$wal'");
$primary->wait_for_catchup($standby);
for my $table ('direct', 'listed')
{
	check_index($primary, $table, "$table on the primary");
	check_index($standby, $table, "$table on the standby");
	my $size = "SELECT pg_relation_size('${table}_v')";
	is($standby->safe_psql('postgres', $size), $primary->safe_psql('postgres', $size), "$table: the index is as long");
}
my $complaints = () = slurp_file($standby->logfile) =~ /inconsistent page|FATAL|PANIC|ERROR/g;
is($complaints, 0, 'the standby found every page as the primary wrote it');
note("$rounds rounds, $rebuilds rebuilds, $done queries, $bytes bytes of WAL");

# Promoted in the middle of the primary's work.
my @clients = map { client($primary, $_ == 1 ? 'direct' : 'listed', $_, 1, 9900) } 1, 2;
usleep(20_000) while grep { acked($_) < 300 } @clients;
$primary->stop('immediate');
end_clients(@clients);
$standby->promote;
check_index($standby, $_, "$_, promoted") for 'direct', 'listed';
for my $table ('direct', 'listed')
{
	$standby->safe_psql('postgres', "INSERT INTO $table SELECT -i, -i, near(-i, 16) FROM generate_series(10001, 10400) AS i");
	$standby->safe_psql('postgres', "DELETE FROM $table WHERE id % 2 = 0; SELECT vectidx_merge('${table}_v')");
	$standby->safe_psql('postgres', "VACUUM $table");
	check_index($standby, $table, "$table, changed after the promotion");
}
$standby->stop;
done_testing();
