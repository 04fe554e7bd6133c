# Builds that are canceled, that fail, and that outgrow their memory.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use Vectors;

my $rows = 10_000;
my $dims = 64;
my $node = new_node('build', <<'CONF');
fsync = off
shared_buffers = 64MB
autovacuum = off
max_parallel_maintenance_workers = 3
CONF
$node->safe_psql('postgres', <<SQL);
CREATE TABLE items AS SELECT i AS id, near(i, $dims)::vector($dims) AS v FROM generate_series(1, $rows) AS i;
CREATE TABLE small AS SELECT id, v FROM items WHERE id <= 3000;
CREATE FUNCTION failing(id int, v vector) RETURNS vector LANGUAGE plpgsql IMMUTABLE AS \$\$ BEGIN RETURN CASE WHEN 1 / (9000 - id) >= 0 THEN v END; END \$\$;
SQL

# Cancels or terminates the build once it is in a phase; returns whether it was caught there.
sub stop_in
{
	my ($phase, $function) = @_;
	my $stopped = $node->safe_psql('postgres', <<SQL);
SET client_min_messages = warning;
CREATE OR REPLACE FUNCTION stop_in(wanted text) RETURNS boolean LANGUAGE plpgsql AS \$\$
DECLARE
	builder int;
BEGIN
	FOR i IN 1 .. 60000 LOOP
		PERFORM pg_stat_clear_snapshot();
		SELECT pid INTO builder FROM pg_stat_progress_create_index WHERE phase = 'building index: ' || wanted;
		IF FOUND THEN
			RETURN $function(builder);
		END IF;
		PERFORM pg_sleep(0.0005);
	END LOOP;
	RETURN false;
END
\$\$;
SELECT stop_in('$phase');
SQL
	return $stopped eq 't';
}

my $session = session($node);
my $pid = run_in($session, 'SELECT pg_backend_pid()');
my $database = $node->data_dir . '/base/' . $node->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'postgres'");

# What a build must give back: memory contexts, memory, threads, files, locks.
sub held
{
	my %held;
	$held{contexts} = run_in($session, "SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'vectidx%'");
	$held{bytes} = run_in($session, 'SELECT sum(total_bytes) FROM pg_backend_memory_contexts');
	($held{resident}) = slurp_file("/proc/$pid/status") =~ /^RssAnon:\s*(\d+)/m;
	my @threads = glob("/proc/$pid/task/*");
	$held{threads} = @threads;
	# A canceled command's file is emptied at once, and goes at the next checkpoint.
	$held{files} = scalar(grep { -s $_ } glob("$database/*"), glob($node->data_dir . '/base/pgsql_tmp/*'));
	$held{locks} = $node->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE pid = $pid");
	return \%held;
}

# Runs a build that does not end and returns how long its end took after it was stopped, and its error.
sub stopped_build
{
	my ($sql, $phase) = @_;
	my $end = 'stopped ' . ++$session->{serial};
	$session->{out} = $session->{err} = '';
	$session->{timer}->start;
	$session->{in} .= "$sql;\n\\warn $end\n";
	$session->{handle}->pump_nb;
	my $caught = stop_in($phase, 'pg_cancel_backend');
	my $start = time();
	$session->{handle}->pump until $session->{err} =~ /^\Q$end\E\n/m;
	my $seconds = time() - $start;
	$session->{timer}->reset;
	return ($caught, $seconds, $session->{err});
}

my %builds = (
	'building graph' => 'CREATE INDEX ON items USING vectidx (v vector_l2_ops)',
	'completing neighbor lists' => 'CREATE INDEX ON items USING vectidx (v vector_ip_ops) WITH (ef_construction = 40)',
	'calibrating recall' => 'CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (ef_construction = 40)',
	map { $_ => "SET maintenance_work_mem = '1MB'; CREATE INDEX ON items USING vectidx (v vector_cosine_ops); RESET maintenance_work_mem" }
	  ('dividing rows into parts', 'building parts of the graph', 'uniting neighbor lists'));
my $before;
for my $build (map({ [ $_, $_, $builds{$_} ] } sort keys %builds),
	map { [ $_, 'building graph', "CREATE INDEX ON items USING vectidx (v vector_l2_ops) WITH (algorithm = '$_')" ] } qw(vamana leaves))
{
	my ($name, $phase, $sql) = @$build;
	# Once in three tries, as the machine may have more to do than this.
	my ($caught, $seconds, $error);
	for my $try (1 .. 3)
	{
		($caught, $seconds, $error) = stopped_build($sql, $phase);
		last if $caught && $seconds < 1;
	}
	run_in($session, 'RESET maintenance_work_mem');
	ok($caught, "$name: the build was in the phase $phase");
	like($error, qr/canceling statement due to user request|index build was stopped/, "$name: and canceled");
	cmp_ok($seconds, '<', 1, "$name: within a second");
	my $held = held();
	$before //= $held;
	is($held->{contexts}, 0, "$name: no memory context is left");
	is($held->{threads}, 1, "$name: no thread is left");
	is($held->{locks}, 0, "$name: no lock is left");
	is($held->{files}, $before->{files}, "$name: no file is left");
	cmp_ok($held->{bytes}, '<', $before->{bytes} + 2**20, "$name: no memory is left");
	cmp_ok($held->{resident}, '<', $before->{resident} + 20_000, "$name: the process did not grow");
}
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class AS c JOIN pg_am AS am ON am.oid = relam WHERE amname = 'vectidx'"), 0, 'no index is left');

# An error leaves as little; so does a timeout.
for (1 .. 3)
{
	run_in($session, "CREATE INDEX ON items USING vectidx ((failing(id, v)::vector($dims)) vector_l2_ops)");
	like($session->{err}, qr/division by zero/, 'a build fails in the middle');
}
run_in($session, "SET statement_timeout = 300; CREATE INDEX ON items USING vectidx (v vector_l2_ops); RESET statement_timeout");
like($session->{err}, qr/canceling statement due to statement timeout/, 'a build ends by timeout');
my $held = held();
is_deeply([ @$held{qw(contexts threads files locks)} ], [ @$before{qw(contexts threads files locks)} ], 'nothing is left');
cmp_ok($held->{bytes}, '<', $before->{bytes} + 2**20, 'no memory is left');

# --- more rows than maintenance_work_mem holds: a notice, and parts on temporary files (017_parts.pl)
run_in($session, "SET maintenance_work_mem = '2MB'; CREATE INDEX small_v ON small USING vectidx (v vector_l2_ops) WITH (ef_construction = 64)");
like($session->{err}, qr/NOTICE:  the graph no longer fits into maintenance_work_mem after (\d+) rows/, 'the notice');
my ($fitted) = $session->{err} =~ /after (\d+) rows/;
cmp_ok($fitted, '>', 500, "$fitted rows fitted");
cmp_ok($fitted, '<', 2_500, 'the others did not');
like($session->{err}, qr/DETAIL:  The graph is built in parts on temporary files\./, 'its detail');
like($session->{err}, qr/HINT:  Increase maintenance_work_mem to speed up builds; a row takes about \d+ bytes, and the table has about \d+ rows, which take \d+ MB\./, 'its hint');
like(slurp_file($node->logfile), qr/LOG:  built the graph of index "small_v" in \d+ parts on temporary files\n.*DETAIL:  Its 3000 nodes would have fit into a maintenance_work_mem of \d+ MB\./, 'the log says what would have been enough');
is($node->safe_psql('postgres', "SELECT scanned('<->', 'small', $dims)"), 3000, 'all rows are in the index');
is($node->safe_psql('postgres', "SELECT mismatches('<->', 'small', $dims, 30)"), 0, 'it answers as a sort does');
is($node->safe_psql('postgres', "SELECT reltuples FROM pg_class WHERE relname = 'small_v'"), 3000, 'and counts them');
is($node->safe_psql('postgres', "SET vectidx.ef_search = 40; SELECT truth(300, $dims, '<->', 'small'); SELECT recall('<->', 'small') >= 0.99"), "\nt",
	'its graph is no worse: 40 candidates give recall 0.99');
run_in($session, "SET maintenance_work_mem = '64MB'; REINDEX INDEX small_v");
is($session->{err}, '', 'no notice where there is room');
is(held()->{contexts}, 0, 'no memory context is left');

# --- a backend that is terminated in a build takes nothing with it
my $doomed = session($node);
$doomed->{in} .= "CREATE INDEX ON items USING vectidx (v vector_l2_ops);\n";
$doomed->{handle}->pump_nb;
ok(stop_in('building graph', 'pg_terminate_backend'), 'a session is terminated in the middle of a build');
my $start = time();
$doomed->{handle}->finish;
cmp_ok(time() - $start, '<', 3, 'and ends');
like($doomed->{err}, qr/terminating connection due to administrator command/, 'by the termination');
is(run_in($session, 'SELECT 1'), 1, 'the other sessions go on');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|TRAP/, 'no process crashed');

quit($session);
$node->stop;
done_testing();
