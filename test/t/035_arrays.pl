# Indexes over arrays of vectors: a row has its heap TID on several nodes, which are written one after the other. Killed
# in the middle of loads, merges and VACUUM, the index has every row that the table has. A standby's cursors read on
# while the graph is exchanged, and across a promotion.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Vectors;

my $primary = new_node('primary', <<'CONF', allows_streaming => 1);
autovacuum = off
vectidx.m = 6
vectidx.ef_construction = 30
vectidx.background_worker = off
wal_consistency_checking = 'generic'
hot_standby_feedback = off
max_standby_streaming_delay = 60s
wal_keep_size = 1GB
CONF
# A word's vector is shared by many documents, so that most rows go to nodes that exist.
$primary->safe_psql('postgres', <<'SQL');
CREATE FUNCTION doc(id bigint) RETURNS vector[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(vec(hashint8extended(id, i) % 60, 8) + CASE WHEN i % 2 = 0 THEN vec(id, 8) ELSE '[0,0,0,0,0,0,0,0]' END)
	FROM generate_series(1, 3 + abs(id) % 5) AS i
$$;
CREATE TABLE docs (id int, v vector(8)[]);
INSERT INTO docs SELECT i, doc(i) FROM generate_series(1, 400) AS i;
CREATE INDEX docs_direct ON docs USING vectidx (v vector_maxsim_ops);
CREATE INDEX docs_listed ON docs USING vectidx (v vector_maxsim_cosine_ops) WITH (pending_limit = 300);
-- The ten nearest by the index and by a sort, of so many documents; the number of those that differ.
CREATE FUNCTION differing(op text, n int) RETURNS bigint LANGUAGE plpgsql SET vectidx.target_recall = 0.99 AS $f$
DECLARE
	i int; by_index float8[]; by_sort float8[]; sum bigint := 0;
BEGIN
	FOR i IN 1 .. n LOOP
		PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'off', true);
		EXECUTE format('SELECT array(SELECT v %1$s doc($1) FROM docs ORDER BY 1)', op) INTO by_sort USING -i;
		PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'on', true);
		EXECUTE format('SELECT array(SELECT d FROM (SELECT v %1$s doc($1) AS d FROM docs ORDER BY 1 OFFSET 0) AS t ORDER BY d + 0)', op) INTO by_index USING -i;
		sum := sum + (by_index IS DISTINCT FROM by_sort)::int;
	END LOOP;
	RETURN sum;
END $f$;
SQL

sub sound
{
	my ($node, $what) = @_;
	is($node->safe_psql('postgres', "SELECT differing('$_', 5)"), 0, "$what: a scan by $_ gives all rows, as a sort does") for '@#', '@=';
	# Leftovers of what was interrupted are no damage.
	is($node->safe_psql('postgres', "SELECT string_agg(message, '; ') FROM vectidx_check('$_', true) WHERE severity <> 'info'"), '', "$what: $_ is sound")
	  for 'docs_direct', 'docs_listed';
	return;
}
sound($primary, 'built');

# --- kill -9 of everything beside loads, updates, deletions, merges and VACUUM
my $next = 1000;
for my $round (1 .. $ENV{VECTIDX_KILLS} // 4)
{
	my @loads = map {
		my $first = $next + 20_000 * $_;
		my $sql = join('', map { my $id = $first + $_;
			"INSERT INTO docs VALUES ($id, doc($id));\n\\echo $id\n"
			  . ($_ % 5 == 0 ? "UPDATE docs SET v = doc(id + 7) WHERE id = $id - 3;\n" : '')
			  . ($_ % 9 == 0 ? "DELETE FROM docs WHERE id = $id - 4;\n" : '')
			  . ($_ % 40 == 20 ? ($_ % 80 == 20 ? "VACUUM docs;\n" : "SELECT 'merged' FROM vectidx_merge('docs_listed');\n") : '') } 1 .. 10_000);
		my $file = "$PostgreSQL::Test::Utils::tmp_check/load_${_}_$round.sql";
		append_to_file($file, $sql);
		my $load = { out => '', err => '' };
		$load->{handle} = IPC::Run::start([ 'psql', '-XAtq', '-d', $primary->connstr('postgres'), '-f', $file ],
			'>', \$load->{out}, '2>', \$load->{err}, IPC::Run::timeout(120));
		$load;
	} 1 .. 2;
	$next += 100_000;
	my $committed = sub { my @ids = $_[0]->{out} =~ /^(\d+)$/mg; return @ids; };
	for my $load (@loads)
	{
		$load->{handle}->pump until $committed->($load) >= 90 + 17 * $round;
	}
	my ($postmaster) = split(/\n/, slurp_file($primary->data_dir . '/postmaster.pid'));
	my @processes = ($postmaster, grep { $_ } split(/\s+/, `ps -o pid= --ppid $postmaster`));
	is(kill('KILL', @processes), scalar(@processes), "round $round: killed the postmaster and " . $#processes . ' others');
	$_->{handle}->finish for @loads;
	my $reaped = time() + 60;
	usleep(10_000) while kill(0, $postmaster) && time() < $reaped;
	$primary->{_pid} = undef;
	my $log = -s $primary->logfile;
	$primary->start;
	like(substr(slurp_file($primary->logfile), $log), qr/redo starts at .*redo done at/s, "round $round: the server replayed WAL");
	# What was inserted, less what a later statement has deleted: the last few ids tell.
	for my $load (@loads)
	{
		my @ids = ($committed->($load))[-3 .. -1];
		is($primary->safe_psql('postgres', "SELECT count(*) FROM docs WHERE id IN (" . join(', ', @ids) . ')'), 3, "round $round: the last rows that were committed are there");
	}
	sound($primary, "round $round");
	$primary->safe_psql('postgres', "INSERT INTO docs SELECT i, doc(i) FROM generate_series($next - 50, $next - 1) AS i; DELETE FROM docs WHERE id % 3 = 1; VACUUM docs");
	sound($primary, "round $round, after VACUUM");
}

# --- a standby
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# More rows than the index has, so that a merge makes the graph anew. No row goes away, which a standby's cursor would forbid.
sub exchange
{
	my ($node) = @_;
	my ($rows, $generation) = split(/\|/, $node->safe_psql('postgres', "SELECT count(*), (SELECT generation FROM vectidx_index_stats('docs_direct')) FROM docs"));
	$node->safe_psql('postgres', <<SQL);
ALTER INDEX docs_direct SET (pending_limit = 1000000);
INSERT INTO docs SELECT $next + i, doc($next + i) FROM generate_series(1, 2 * $rows) AS i;
SELECT vectidx_merge('docs_direct');
ALTER INDEX docs_direct SET (pending_limit = 0);
SQL
	$next += 3 * $rows;
	isnt($node->safe_psql('postgres', "SELECT generation FROM vectidx_index_stats('docs_direct')"), $generation, 'the graph is another');
	$node->safe_psql('postgres', 'SELECT txid_current()') for 1 .. 3;
	return;
}

$primary->wait_for_catchup($standby);
sound($standby, 'on a standby');
my $cursor = open_cursor($standby, 'docs', 'v @# doc(-3)', 20);
my $beside = open_cursor($primary, 'docs', 'v @# doc(-3)', 20);
exchange($primary);
read_on($beside, 'beside a rebuild');
$primary->wait_for_catchup($standby);
read_on($cursor, 'on a standby that replayed a rebuild');
$cursor = open_cursor($standby, 'docs', 'v @# doc(-3)', 20);
$primary->stop('immediate');
$standby->promote;
exchange($standby);
read_on($cursor, 'across a promotion and a rebuild');
$standby->safe_psql('postgres', 'DELETE FROM docs WHERE id % 2 = 0; VACUUM docs');
sound($standby, 'promoted');
unlike(slurp_file($standby->logfile), qr/inconsistent page|leak|PANIC/, 'every replayed page is as the primary wrote it, and nothing leaked');
$standby->stop;
done_testing();
