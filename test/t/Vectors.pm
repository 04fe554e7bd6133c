# Nodes with the extension, synthetic vectors and the measure of recall, for the TAP tests.
package Vectors;
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use Exporter 'import';
our @EXPORT = qw(new_node no_checksums make_functions session run_in quit open_cursor read_on);

use IPC::Run;
use Test::More;

# Options of initdb for pages without checksums, which it makes by default from PostgreSQL 18 on: for tests that damage
# pages, and ask whether the index itself notices.
sub no_checksums
{
	my $help = `initdb --help`;
	return $help =~ /--no-data-checksums/ ? ('--no-data-checksums') : ();
}

# new_node(NAME, CONFIGURATION, INIT-OPTION => VALUE...): a server with the extension and the functions
# below.
sub new_node
{
	my ($name, $configuration, %init) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--no-locale' ], %init);
	$node->append_conf('postgresql.conf', $configuration);
	$node->start;
	make_functions($node);
	return $node;
}

# The SQL functions:
#
#   vec(id, dims)     numbers between -1 and 1 that are the same everywhere
#   near(id, dims)    one of 100 clusters' centers, plus noise: data with the structure that real data has
#   truth(n, op, from)         makes a table `truth`: n queries and the exact distance of the tenth row
#   recall(op, from)  of these queries, recall@10 by the index
#   mismatches(op, from, n)    how many of n queries give other rows by the index than by a sort
#   scanned(op, from) how many different rows, by id, a scan of the whole index gives; not by ctid, which many
#                     minor versions of PostgreSQL get wrong for rows that an index scan sorts again
#
# `from` is a table with a column v, or a subquery.
sub make_functions
{
	my ($node) = @_;
	$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION vectidx;
CREATE FUNCTION vec(id bigint, dims int) RETURNS vector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(hashint8extended(id, i) % 100003 / 100003.0)::vector FROM generate_series(1, dims) AS i
$$;
CREATE FUNCTION near(id bigint, dims int) RETURNS vector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(hashint8extended(-1 - abs(id) % 100, i) % 100003 / 100003.0 + hashint8extended(id, i) % 100003 / 200006.0)::vector
	FROM generate_series(1, dims) AS i
$$;
CREATE FUNCTION truth(n int, dims int, op text, source text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE IF EXISTS truth;
	PERFORM set_config('enable_indexscan', 'off', true);
	EXECUTE format('CREATE TABLE truth AS SELECT i AS id, q, (SELECT v %s q FROM %s ORDER BY 1 OFFSET 9 LIMIT 1) AS tenth
		FROM (SELECT i, near(1000000 + i, %s) AS q FROM generate_series(1, %s) AS i OFFSET 0) AS queries', op, source, dims, n);
	PERFORM set_config('enable_indexscan', 'on', true);
END
$$;
CREATE FUNCTION recall(op text, source text) RETURNS float8 LANGUAGE plpgsql SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE
	plan text;
	found float8;
	query text := format('SELECT count(*) FILTER (WHERE d <= tenth) / 10.0 / count(DISTINCT id)
		FROM truth, LATERAL (SELECT v %1$s q AS d FROM %2$s ORDER BY v %1$s q LIMIT 10) AS nearest', op, source);
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	ASSERT plan LIKE '%"Order By"%', 'no ordered index scan';
	EXECUTE query INTO found;
	RETURN found;
END
$$;
CREATE FUNCTION mismatches(op text, source text, dims int, n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan text;
	differing bigint;
	query text := format('SELECT i, array(SELECT v %1$s q FROM %2$s ORDER BY v %1$s q LIMIT 50) AS d
		FROM (SELECT i, near(-i, %3$s) AS q FROM generate_series(1, %4$s) AS i OFFSET 0) AS queries', op, source, dims, n);
BEGIN
	PERFORM set_config('vectidx.ef_search', '10000', true), set_config('enable_indexscan', 'off', true);
	EXECUTE 'CREATE TEMP TABLE by_sort ON COMMIT DROP AS ' || query;
	PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true);
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	ASSERT plan LIKE '%"Order By"%', 'no ordered index scan';
	EXECUTE 'SELECT count(*) FROM by_sort FULL JOIN (' || query || ') AS by_index USING (i) WHERE by_sort.d IS DISTINCT FROM by_index.d'
		INTO differing;
	DROP TABLE by_sort;
	PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_sort', 'on', true), set_config('vectidx.ef_search', '0', true);
	RETURN differing;
END
$$;
CREATE FUNCTION scanned(op text, source text, dims int) RETURNS bigint LANGUAGE plpgsql
	SET enable_seqscan = off SET enable_sort = off SET vectidx.max_scan_tuples = 1000000 SET vectidx.scan_mem_multiplier = 1000 AS $$
DECLARE
	plan text;
	n bigint;
	query text := format('SELECT count(DISTINCT id) FROM (SELECT id FROM %2$s ORDER BY v %1$s near(0, %3$s)) AS t', op, source, dims);
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	ASSERT plan LIKE '%"Order By"%', 'no ordered index scan';
	EXECUTE query INTO n;
	RETURN n;
END
$$;
SQL
	return;
}

# session(NODE, DATABASE): a psql that stays connected.
sub session
{
	my ($node, $database) = @_;
	my %session = (in => '', out => '', err => '', serial => 0);
	$session{timer} = IPC::Run::timeout(120);
	$session{handle} = IPC::Run::start(
		[ 'psql', '-XAtq', '-f', '-', '-d', $node->connstr($database // 'postgres') ],
		'<', \$session{in}, '>', \$session{out}, '2>', \$session{err}, $session{timer});
	return \%session;
}

# run_in(SESSION, STATEMENTS): what psql prints; its errors and notices are in SESSION->{err}.
sub run_in
{
	my ($session, $sql) = @_;
	my $end = 'end of ' . ++$session->{serial};
	$session->{out} = $session->{err} = '';
	$session->{timer}->start;
	$session->{in} .= "$sql;\n\\echo $end\n\\warn $end\n";
	$session->{handle}->pump until $session->{out} =~ /^\Q$end\E\n/m && $session->{err} =~ /^\Q$end\E\n/m;
	$session->{timer}->reset;
	my $out = $session->{out};
	$out =~ s/^\Q$end\E\n//m;
	$session->{err} =~ s/^\Q$end\E\n//m;
	chomp($out);
	return $out;
}

# quit(SESSION)
sub quit
{
	my ($session) = @_;
	$session->{in} .= "\\q\n";
	$session->{handle}->finish;
	return;
}

# open_cursor(NODE, TABLE, DISTANCE, N): a session with a cursor over the index that has given N ids, by the distance.
sub open_cursor
{
	my ($node, $table, $distance, $n) = @_;
	my $session = session($node);
	run_in($session, 'SET enable_seqscan = off; SET enable_sort = off; SET vectidx.max_scan_tuples = 1000000');
	run_in($session, "BEGIN; DECLARE c CURSOR FOR SELECT id FROM $table ORDER BY $distance");
	my @ids = split(/\n/, run_in($session, "FETCH $n FROM c"));
	is(scalar(@ids), $n, "a cursor by $distance is open");
	return { session => $session, ids => \@ids, rows => run_in($session, "SET LOCAL enable_indexscan = off; SELECT count(*) FROM $table") };
}

# read_on(CURSOR, WHAT): the cursor gives the other rows of its table, each once.
sub read_on
{
	my ($cursor, $what) = @_;
	push(@{ $cursor->{ids} }, split(/\n/, run_in($cursor->{session}, 'FETCH ALL FROM c')));
	is($cursor->{session}{err}, '', "$what: no error and no warning");
	my %seen = map { $_ => 1 } @{ $cursor->{ids} };
	is(scalar(@{ $cursor->{ids} }), $cursor->{rows}, "$what: as many rows as there are");
	is(scalar(keys %seen), $cursor->{rows}, "$what: each once");
	run_in($cursor->{session}, 'COMMIT');
	is($cursor->{session}{err}, '', "$what: nothing leaks at its end");
	quit($cursor->{session});
	return;
}

1;
