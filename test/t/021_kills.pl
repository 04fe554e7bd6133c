# kill -9 of the whole server, and immediate stops, at random moments while clients write and a
# caretaker vacuums and merges: no committed row is lost, none is given twice.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Campaign;
use Vectors;

my $rounds = $ENV{VECTIDX_KILLS} // 6 * scale();
my $node = new_node('kills', <<'CONF');
vectidx.ef_construction = 40
vectidx.tombstone_rebuild_pct = 10
autovacuum = off
max_wal_size = 64MB
checkpoint_timeout = 30s
log_statement = none
CONF
make_table($node, 'direct', 300, 'pending_limit = 0');
make_table($node, 'listed', 300, 'pending_limit = 100');
my $before = 0;
my $statements = 0;
my $log = -s $node->logfile;
for my $round (1 .. $rounds)
{
	# The tables stay small, however many rounds there are.
	$node->safe_psql('postgres', "DELETE FROM $_ WHERE id > 0") for $round % 10 == 0 ? ('direct', 'listed') : ();
	my @clients = map { client($node, $_ % 2 ? 'direct' : 'listed', $_, $round, 9900) } 1 .. 4;
	my $caretaker = caretaker($node, "caretaker_$round", 'VACUUM direct', "SELECT vectidx_merge('listed_v')", 'VACUUM listed');
	usleep(20_000) while grep { acked($_) < 30 } @clients;
	usleep(rand(1_200_000));
	acked($_) for @clients;
	crash($node, $round % 2 ? 'kill' : 'immediate', "round $round");
	end_clients(@clients, $caretaker);
	is(scalar(grep { $_->{err} =~ /server closed the connection|connection to server was lost|terminating connection/ } @clients), 4,
		"round $round: the clients were in the middle");
	$statements += check_rows($node, "round $round", @clients);
	check_index($node, $_, "round $round, $_") for 'direct', 'listed';
	# What the last crash left of a rebuild or a merge is no obstacle to the next.
	if ($round % 4 == 0)
	{
		my ($code, $out, $err) = $node->psql('postgres', "VACUUM direct, listed; SELECT vectidx_merge('listed_v');");
		is($code, 0, "round $round: VACUUM and a merge go on") or diag($err);
		check_index($node, $_, "round $round, $_ after VACUUM") for 'direct', 'listed';
		check_pages($node, $_, "round $round, $_ after VACUUM") for 'direct', 'listed';
	}
}
my $rebuilds = () = log_since($node, $log) =~ /LOG:  rebuilt the graph/g;
cmp_ok($rebuilds, '>', $rounds / 4, "there were rebuilds: $rebuilds");
note("$rounds crashes, $statements statements, $rebuilds rebuilds");
$node->stop;
done_testing();
