# Eight clients insert, delete, update, search and vacuum at once. No unexpected error, no deadlock, no lost
# and no duplicate row, and nobody waits for a swap: not when a rebuild, a merge or the moving of pages is put
# in force. 2 minutes at VECTIDX_TEST_SCALE=10.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use Campaign;
use Vectors;

my $seconds = scale() < 10 ? 20 * scale() : 12 * scale();
my $node = new_node('mix', <<'CONF');
vectidx.ef_construction = 40
vectidx.tombstone_rebuild_pct = 5
vectidx.parallel_insert_threshold = 1000000
autovacuum = off
max_wal_size = 2GB
checkpoint_timeout = 1h
log_statement = none
deadlock_timeout = 100ms
log_lock_waits = on
CONF
make_table($node, 'direct', 2000, 'pending_limit = 0');
make_table($node, 'listed', 2000, 'pending_limit = 300');

# A client of pgbench writes rows of its own ids, and finds what it wrote.
my $script = pgbench_script('mix', <<'SQL');
\set kind random(1, 10)
\set n random(1, 400)
\set id 1000000 * (:client_id + 1) + :n
\set seed random(1, 100000000)
\if :client_id % 2 = 0
	\if :kind <= 4
		INSERT INTO direct VALUES (:id, :seed, near(:seed, 16)) ON CONFLICT (id) DO UPDATE SET seed = EXCLUDED.seed, v = EXCLUDED.v;
	\elif :kind <= 6
		DELETE FROM direct WHERE id = :id;
	\elif :kind <= 7
		UPDATE direct SET seed = seed + 1, v = near(seed + 1, 16) WHERE id = -:n;
	\else
		SELECT probe('direct', :id);
	\endif
\else
	\if :kind <= 4
		INSERT INTO listed VALUES (:id, :seed, near(:seed, 16)) ON CONFLICT (id) DO UPDATE SET seed = EXCLUDED.seed, v = EXCLUDED.v;
	\elif :kind <= 6
		DELETE FROM listed WHERE id = :id;
	\elif :kind <= 7
		UPDATE listed SET seed = seed + 1, v = near(seed + 1, 16) WHERE id = -:n;
	\else
		SELECT probe('listed', :id);
	\endif
\endif
SQL
my $vacuum = pgbench_script('vacuum', "VACUUM direct;\nSELECT vectidx_merge('listed_v');\nVACUUM listed;\n");
my $log = -s $node->logfile;
my %out;
my @runs;
for my $run ([ 'mix', 7, $script ], [ 'vacuum', 1, $vacuum ])
{
	my ($name, $clients, $file) = @$run;
	my $prefix = "$PostgreSQL::Test::Utils::tmp_check/$name";
	$out{$name} = [ '', '' ];
	push @runs, IPC::Run::start([ 'pgbench', '-n', '-c', $clients, '-j', $clients, '-T', $seconds, '-l', "--log-prefix=$prefix", '-f', $file, $node->connstr('postgres') . " application_name=$name" ],
		'>', \$out{$name}[0], '2>', \$out{$name}[1], IPC::Run::timeout($seconds + 120));
}
for my $run (@runs)
{
	ok($run->finish, 'the clients met no error');
}
my $did = log_since($node, $log);
unlike($_->[0] . $_->[1], qr/ERROR|aborted|deadlock/, 'nor reported one') for values %out;
unlike($did, qr/ERROR|deadlock detected|PANIC/, 'nor did the server');
my ($transactions) = $out{mix}[0] =~ /number of transactions actually processed: (\d+)/;
my ($vacuums) = $out{vacuum}[0] =~ /number of transactions actually processed: (\d+)/;
my $rebuilds = () = $did =~ /LOG:  rebuilt the graph/g;
cmp_ok($rebuilds, '>', 2, "$transactions transactions, $vacuums rounds of VACUUM, $rebuilds rebuilds");
check_index($node, $_, $_, 1000) for 'direct', 'listed';
check_pages($node, $_, $_) for 'direct', 'listed';

# How long transactions took: the log's third column, in microseconds, and the times of their ends.
my @latencies;
for my $file (glob("$PostgreSQL::Test::Utils::tmp_check/mix.*"))
{
	next if $file =~ /\.sql$/;
	push @latencies, map { (split(/ /, $_))[2] / 1000 } split(/\n/, slurp_file($file));
}
@latencies = sort { $a <=> $b } @latencies;
cmp_ok(scalar(@latencies), '>=', $transactions, 'each was timed');
my $over = grep { $_ > 100 } @latencies;
my $summary = sprintf('latency: median %.1f ms, p99 %.1f, p99.9 %.1f, longest %.1f; over 100 ms: %d of %d', $latencies[ @latencies / 2 ],
	$latencies[ @latencies * 0.99 ], $latencies[ @latencies * 0.999 ], $latencies[-1], $over, scalar(@latencies));
note($summary);
# Waits for locks over 100 ms are in the log by name; whoever waits for the index, or for its pages, waits for
# a swap. A client that merges the list itself does the work and does not wait. VACUUM may wait for writers.
my @waits = grep { / still waiting for \w+ on (?:page|extension|relation)/ && /\] mix / } split(/\n(?=\d{4}-)/, $did);
is(scalar(@waits), 0, 'no client waited 100 ms for a lock of the index') or diag(join("\n", @waits[ 0 .. ($#waits < 9 ? $#waits : 9) ]));
$node->stop;
done_testing();
