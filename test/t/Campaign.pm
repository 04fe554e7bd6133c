# What the campaigns of faults share: a table under load, a journal of what its clients saw committed,
# and the checks after a fault (docs/reliability.md).
package Campaign;
use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use Vectors;
our @EXPORT = qw(scale make_table client caretaker acked end_clients stop_clients check_rows check_index check_pages kill_server crash pgbench_script log_since);

# Dimensions of every table here.
my $dims = 16;

# Seconds that a client may take; a campaign of another length says its own.
our $client_limit = 300 * scale();

# VECTIDX_TEST_SCALE: how many times as long as in CI a campaign is.
sub scale
{
	return $ENV{VECTIDX_TEST_SCALE} // 1;
}

# make_functions_for(NODE): `lost`, of n random rows of a table those that the index does not give first for
# their own vector, and `probe`, which fails for a row that it does not give, both in one snapshot.
sub make_functions_for
{
	my ($node) = @_;
	$node->safe_psql('postgres', <<SQL);
CREATE FUNCTION lost(source text, n bigint) RETURNS bigint LANGUAGE plpgsql STABLE
	SET enable_seqscan = off SET enable_sort = off SET vectidx.ef_search = 300 AS \$\$
DECLARE
	missing bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT v FROM %1\$s ORDER BY random() LIMIT %2\$s) AS a WHERE NOT EXISTS (
		SELECT 1 FROM (SELECT b.v FROM %1\$s AS b ORDER BY b.v <-> a.v LIMIT 1) AS first WHERE first.v = a.v)', source, n) INTO missing;
	RETURN missing;
END
\$\$;
CREATE FUNCTION probe(source text, at bigint) RETURNS bigint LANGUAGE plpgsql STABLE
	SET enable_seqscan = off SET enable_sort = off SET vectidx.ef_search = 300 AS \$\$
DECLARE
	wanted bigint;
	found bigint;
	ids bigint[];
BEGIN
	EXECUTE format('SELECT id FROM %s WHERE id >= \$1 ORDER BY id LIMIT 1', source) INTO wanted USING at;
	IF wanted IS NULL THEN RETURN NULL; END IF;
	EXECUTE format('SELECT count(*), array_agg(id) FROM (SELECT id, v FROM %1\$s ORDER BY v <-> (SELECT v FROM %1\$s WHERE id = \$1) LIMIT 30) AS t
		WHERE v = (SELECT v FROM %1\$s WHERE id = \$1)', source) INTO found, ids USING wanted;
	IF NOT wanted = ANY (ids) THEN RAISE EXCEPTION 'row % is not found by its own vector', wanted; END IF;
	IF found <> (SELECT count(DISTINCT id) FROM unnest(ids) AS id) THEN RAISE EXCEPTION 'a row is given twice: %', ids; END IF;
	RETURN found;
END
\$\$;
SQL
	return;
}

# make_table(NODE, NAME, ROWS, OPTIONS): with an index NAME_v; the rows have negative ids.
sub make_table
{
	my ($node, $name, $rows, $options) = @_;
	make_functions_for($node) if $node->safe_psql('postgres', "SELECT to_regproc('lost') IS NULL") eq 't';
	$node->safe_psql('postgres', <<SQL);
CREATE TABLE $name (id bigint PRIMARY KEY, seed bigint, v vector($dims));
INSERT INTO $name SELECT -i, i, near(i, $dims) FROM generate_series(1, $rows) AS i;
CREATE INDEX ${name}_v ON $name USING vectidx (v vector_l2_ops) WITH ($options);
SQL
	return;
}

sub start_psql
{
	my ($node, $name, $lines, $stop) = @_;
	my $psql = { out => '', err => '', file => "$PostgreSQL::Test::Utils::tmp_check/$name.sql" };
	open(my $file, '>', $psql->{file}) or die;
	print $file $lines;
	close($file);
	$psql->{handle} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', "ON_ERROR_STOP=$stop", '-d', $node->connstr('postgres'), '-f', $psql->{file} ],
		'>', \$psql->{out}, '2>', \$psql->{err}, IPC::Run::timeout($client_limit));
	return $psql;
}

# client(NODE, TABLE, NUMBER, ROUND, STATEMENTS): inserts, updates and deletes rows of its own, and prints
# the number of each statement that was committed. What the table must hold follows from the last.
sub client
{
	my ($node, $table, $number, $round, $count) = @_;
	my @statements;
	my $base = 100_000_000 * $number + 10_000 * $round;
	for my $n (1 .. $count)
	{
		my $id = $base + $n;
		# Every tenth row is a duplicate of the one before.
		my $seed = $n % 10 == 0 ? $id - 1 : $id;
		push @statements, [ 'insert', $id, $seed, "INSERT INTO $table VALUES ($id, $seed, near($seed, $dims))" ];
		push @statements, [ 'update', $id - 5, -$id, "UPDATE $table SET seed = -$id, v = near(-$id, $dims) WHERE id = @{[ $id - 5 ]}" ] if $n % 3 == 0 && $n > 5;
		push @statements, [ 'delete', $id - 40, undef, "DELETE FROM $table WHERE id = @{[ $id - 40 ]}" ] if $n > 40;
	}
	my $client = start_psql($node, "client_${table}_${number}_$round",
		join('', map { "$statements[$_][3];\n\\echo @{[ $_ + 1 ]}\n" } 0 .. $#statements), 1);
	@$client{qw(table base statements)} = ($table, $base, \@statements);
	return $client;
}

# caretaker(NODE, NAME, STATEMENT...): repeats the statements, each in a transaction of its own.
sub caretaker
{
	my ($node, $name, @statements) = @_;
	return start_psql($node, $name, join('', map { "$_;\n" } @statements) x 3000, 0);
}

# acked(CLIENT): statements that it saw committed, so far.
sub acked
{
	my ($client) = @_;
	$client->{handle}->pump_nb if $client->{handle}->pumpable;
	my @done = $client->{out} =~ /^(\d+)\n/mg;
	return @done ? $done[-1] : 0;
}

# end_clients(CLIENT...): waits for their end, which comes with the server's. All that they had seen
# committed has been read then.
sub end_clients
{
	$_->{handle}->finish for @_;
	return;
}

# stop_clients(NODE, CLIENT...): ends them in the middle, and waits until the server did, too.
sub stop_clients
{
	my ($node, @clients) = @_;
	for my $client (@clients)
	{
		$client->{handle}->signal('TERM');
		$client->{handle}->finish;
	}
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'");
	return;
}

# check_rows(NODE, WHAT, CLIENT...): the table has what the clients saw committed; the statement after
# that may have been.
sub check_rows
{
	my ($node, $what, @clients) = @_;
	my ($wrong, $all) = (0, 0);
	for my $client (@clients)
	{
		my $done = acked($client);
		my (%rows, %instead);
		for my $i (0 .. $done)
		{
			last if $i > $#{ $client->{statements} };
			my ($action, $id, $seed) = @{ $client->{statements}[$i] };
			# What is in doubt counts as it is found.
			if ($i == $done) { $instead{$id} = $action eq 'delete' ? 'gone' : $seed; last; }
			if ($action eq 'delete') { delete $rows{$id} }
			else { $rows{$id} = $seed }
		}
		my %found = map { split(/\|/, $_) }
		  split(/\n/, $node->safe_psql('postgres', "SELECT id, seed FROM $client->{table} WHERE id BETWEEN $client->{base} AND $client->{base} + 9999"));
		for my $id (keys %{ { %rows, %found } })
		{
			my ($is, $should) = ($found{$id} // 'gone', $rows{$id} // 'gone');
			next if $is eq $should || defined($instead{$id}) && $is eq $instead{$id};
			diag("$what: row $id is $is and not $should");
			++$wrong;
		}
		$all += $done;
	}
	is($wrong, 0, "$what: the table has what $all committed statements left");
	return $all;
}

# check_index(NODE, TABLE, WHAT, SAMPLE): a scan of the whole index gives the rows of the table, each once, and
# a search for the vector of a row finds it: of SAMPLE rows, 200 by default.
sub check_index
{
	my ($node, $table, $what, $sample) = @_;
	$sample //= 200;
	my $sql = <<SQL;
SET vectidx.max_scan_tuples = 1000000; SET vectidx.scan_mem_multiplier = 1000; SET enable_seqscan = off; SET enable_sort = off;
SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM $table WHERE id IS NOT NULL), lost('$table', $sample)
	FROM (SELECT id FROM $table ORDER BY v <-> near(0, $dims)) AS t;
SQL
	my ($given, $different, $rows, $lost) = split(/\|/, $node->safe_psql('postgres', $sql));
	return is("$given $different $lost", "$rows $rows 0", "$what: the index gives each of $rows rows once, and finds rows by their vector");
}

# check_pages(NODE, TABLE, WHAT): the checker finds nothing. Blocks that nothing refers to may be torn for
# good, of which PostgreSQL warns.
sub check_pages
{
	my ($node, $table, $what) = @_;
	is($node->safe_psql('postgres', "SELECT * FROM vectidx_check('${table}_v', true) WHERE severity = 'error' LIMIT 20"), '', "$what: the checker finds nothing");
	return;
}

# kill_server(NODE, SPARED): SIGKILL for the postmaster and its processes but one, where one is named. Returns those that
# were hit.
sub kill_server
{
	my ($node, $spared) = @_;
	my ($postmaster) = split(/\n/, slurp_file($node->data_dir . '/postmaster.pid'));
	# No process outlives the postmaster long enough to go on. A stopped one starts none between the list and the
	# kill, which would keep the shared memory that the next server wants.
	kill('STOP', $postmaster);
	my @processes = grep { $_ && $_ != ($spared // 0) } split(/\s+/, `ps -o pid= --ppid $postmaster`);
	my @hit = grep { kill('KILL', $_) } @processes, $postmaster;
	# The new postmaster asks whether the old one is still alive.
	my $reaped = time() + 60;
	usleep(10_000) while kill(0, $postmaster) && time() < $reaped;
	$node->{_pid} = undef;
	return @hit;
}

# crash(NODE, HOW): 'kill' kills every process of the server at once, 'immediate' is pg_ctl's mode. Then the
# server is started again. Tests that it was hit, and recovered by replaying WAL.
sub crash
{
	my ($node, $how, $what, $meanwhile) = @_;
	my $log = -s $node->logfile;
	if ($how eq 'kill')
	{
		my $hit = kill_server($node);
		cmp_ok($hit, '>', 5, "$what: killed the postmaster and @{[ $hit - 1 ]} processes");
	}
	else
	{
		$node->stop('immediate');
	}
	$meanwhile->() if $meanwhile;
	$node->start;
	my $since = log_since($node, $log);
	like($since, qr/was not properly shut down; automatic recovery in progress.*redo done at/s, "$what: the server replayed WAL");
	unlike($since, qr/PANIC|invalid page|could not read block/, "$what: without a complaint");
	return $since;
}

# log_since(NODE, SIZE): what the server wrote to its log after it had SIZE bytes.
sub log_since
{
	my ($node, $size) = @_;
	return slurp_file($node->logfile, $size);
}

# pgbench_script(NAME, SQL): the file.
sub pgbench_script
{
	my ($name, $sql) = @_;
	my $path = "$PostgreSQL::Test::Utils::tmp_check/$name.sql";
	open(my $file, '>', $path) or die;
	print $file $sql;
	close($file);
	return $path;
}

1;
