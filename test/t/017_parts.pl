# Graphs that are built in parts on temporary files, because they do not fit into the memory: as good as those that
# are built at once, whatever the rows are, within the memory, and without a trace when they fail.
use strict;
use warnings FATAL => 'all';

use Digest::MD5 qw(md5_hex);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Vectors;

my $rows = 12_000;
my $node = new_node('parts', <<'CONF');
fsync = off
shared_buffers = 256MB
autovacuum = off
max_parallel_maintenance_workers = 1
log_temp_files = -1
CONF
$node->safe_psql('postgres', <<SQL);
CREATE TABLE base AS SELECT i AS id, near(i, 32)::vector(32) AS v FROM generate_series(1, $rows) AS i;
CREATE FUNCTION sparse(v vector) RETURNS sparsevec LANGUAGE sql IMMUTABLE AS \$\$
	SELECT ('{' || string_agg(format('%s:%s', 1 + 40 * (i - 1), x), ',') || '}/1280')::sparsevec FROM unnest(v::real[]) WITH ORDINALITY AS u (x, i)
\$\$;
SQL

sub temporary_files
{
	return grep { -f } glob($node->data_dir . '/base/pgsql_tmp/*');
}

# Builds the index of `items` in the memory that is given; returns the recall of searches that cost the same in each,
# its nodes, its parts, and what the checker finds.
sub built
{
	my ($index, $memory) = @_;
	my $from = -s $node->logfile;
	my $result = $node->safe_psql('postgres', <<SQL);
SET client_min_messages = warning;
DROP INDEX IF EXISTS items_x;
SET maintenance_work_mem = '$memory';
CREATE INDEX items_x ON items USING vectidx $index;
SET vectidx.ef_search = 40;
SELECT vectidx_recall('items_x', 1000), live_nodes, rows FROM vectidx_index_stats('items_x');
SELECT * FROM vectidx_check('items_x', true) LIMIT 3;
SQL
	my ($stats, @findings) = split(/\n/, $result);
	my ($recall, $nodes, $all) = split(/\|/, $stats);
	my ($parts) = slurp_file($node->logfile, $from) =~ /LOG:  built the graph of index "items_x" in (\d+) parts on temporary files/;
	return { recall => $recall, nodes => $nodes, rows => $all, parts => $parts // 0, findings => join("\n", @findings) };
}

# --- whatever the rows are
my $plain     = "SELECT id, v FROM base";
my $clustered = "SELECT id, v FROM base ORDER BY abs(id) % 100, id";
my @cases = (
	[ 'l2', $plain, 'vector(32)', 'vector_l2_ops' ],
	[ 'l2, clusters one after the other', $clustered, 'vector(32)', 'vector_l2_ops' ],
	[ 'l2 by vamana', $plain, 'vector(32)', 'vector_l2_ops', "algorithm = 'vamana', ef_construction = 64" ],
	[ 'l2 by leaves', $plain, 'vector(32)', 'vector_l2_ops', "algorithm = 'leaves'" ],
	[ 'l2 by hnsw', $plain, 'vector(32)', 'vector_l2_ops', "algorithm = 'hnsw'" ],
	[ 'l2 without codes', $plain, 'vector(32)', 'vector_l2_ops', 'codes = off' ],
	[ 'l2 in single bytes', "SELECT id, (v || near(-id, 96))::vector(128) AS v FROM base", 'vector(128)', 'vector_l2_ops', "storage = 'sq8'" ],
	[ 'l2 in full', $plain, 'vector(32)', 'vector_l2_ops', "storage = 'full'" ],
	[ 'cosine, halfvec, 128 dimensions', 'SELECT id, (v || near(id + 7, 96))::halfvec(128) AS v FROM base', 'halfvec(128)', 'halfvec_cosine_ops' ],
	[ 'inner product, lengths that differ', 'SELECT id, v * array_fill(0.5 + id % 7, ARRAY[32])::vector AS v FROM base', 'vector(32)', 'vector_ip_ops' ],
	[ 'l1', $plain, 'vector(32)', 'vector_l1_ops' ],
	[ 'bits', 'SELECT id, binary_quantize((v || near(id + 7, 96))::vector(128) - vec(1, 128))::bit(128) AS v FROM base', 'bit(128)', 'bit_hamming_ops' ],
	[ 'sets of bits', 'SELECT id, binary_quantize((v || near(id + 7, 96))::vector(128) - vec(1, 128))::bit(128) AS v FROM base', 'bit(128)', 'bit_jaccard_ops' ],
	[ 'sparse vectors', 'SELECT id, sparse(v) AS v FROM base', 'sparsevec(1280)', 'sparsevec_l2_ops' ],
	# Equal, NULL and nearly equal rows. A part cannot hold all rows of a leader in these.
	[ 'rows of which a third are equal', "$plain WHERE id % 3 <> 0 UNION ALL SELECT id, near(1, 32) FROM base WHERE id % 3 = 0", 'vector(32)', 'vector_l2_ops' ],
	[ 'rows of which each comes six times', 'SELECT b.id, c.v FROM base AS b JOIN base AS c ON c.id = 1 + b.id % 2000', 'vector(32)', 'vector_l2_ops' ],
	[ 'rows of which some are NULL', "SELECT id, CASE WHEN id % 5 > 0 THEN v END AS v FROM base", 'vector(32)', 'vector_l2_ops' ],
	[ 'nearly equal rows', 'SELECT id, near(1, 32) + v * array_fill(0.0001, ARRAY[32])::vector AS v FROM base', 'vector(32)', 'vector_l2_ops' ],
);
for my $case (@cases)
{
	my ($name, $query, $type, $class, $options) = @$case;
	$node->safe_psql('postgres', "DROP TABLE IF EXISTS items; CREATE TABLE items AS $query; ALTER TABLE items ALTER v TYPE $type");
	my $index = "(v $class)" . (defined($options) ? " WITH ($options)" : '');
	my $whole = built($index, '512MB');
	my $parts = built($index, '1MB');
	is($whole->{parts}, 0, "$name: fits into much memory");
	cmp_ok($parts->{parts}, '>', 1, "$name: is built in $parts->{parts} parts where there is little");
	is($parts->{findings}, '', "$name: the checker finds nothing");
	is($parts->{rows}, $whole->{rows}, "$name: all rows are in the index");
	is($parts->{nodes}, $whole->{nodes}, "$name: equal vectors share a node, too");
	cmp_ok($parts->{recall}, '>=', $whole->{recall} - 0.02, "$name: recall $parts->{recall}, in one part $whole->{recall}");
	is(scalar(temporary_files()), 0, "$name: no file is left");
}

# --- the same graph with any number of threads: an unlogged index has no LSN in its pages
$node->safe_psql('postgres', 'CREATE UNLOGGED TABLE twice AS SELECT * FROM base');
my %sums;
for my $workers (0, 0, 3)
{
	my $path = $node->safe_psql('postgres', <<SQL);
SET client_min_messages = warning;
DROP INDEX IF EXISTS twice_v;
SET maintenance_work_mem = '1MB'; SET max_parallel_maintenance_workers = $workers; SET vectidx.parallel_insert_threshold = 1;
CREATE INDEX twice_v ON twice USING vectidx (v vector_l2_ops) WITH (algorithm = 'vamana', ef_construction = 40);
CHECKPOINT;
SELECT pg_relation_filepath('twice_v');
SQL
	$sums{ md5_hex(slurp_file($node->data_dir . "/$path")) }++;
}
is(scalar(keys %sums), 1, 'the same bytes each time, with one thread and with several');

# --- a rebuild in VACUUM
$node->safe_psql('postgres', <<'SQL');
DROP TABLE IF EXISTS items;
CREATE TABLE items AS SELECT * FROM base;
CREATE INDEX items_x ON items USING vectidx (v vector_l2_ops);
DELETE FROM items WHERE id % 5 < 2;
SQL
my $from = -s $node->logfile;
my $whole = $node->safe_psql('postgres', "SELECT vectidx_recall('items_x', 1000)");
my $said = '';
$node->psql('postgres', "SET maintenance_work_mem = '1MB'; VACUUM (VERBOSE) items", stderr => \$said);
like($said, qr/the graph of index "items_x" no longer fits into memory after \d+ vectors\nDETAIL:  The graph is built in parts on temporary files/, 'VACUUM says that a rebuild does not fit');
my $log = slurp_file($node->logfile, $from);
like($log, qr/LOG:  rebuilt the graph of index "items_x" without its \d+ tombstones: 7200 nodes/, 'and rebuilds');
like($log, qr/DETAIL:  It was built in [2-9] parts on temporary files; \d+ MB of memory would have held it/, 'in parts');
is($node->safe_psql('postgres', "SELECT * FROM vectidx_check('items_x', true)"), '', 'the checker finds nothing');
is($node->safe_psql('postgres', "SELECT rows, tombstones FROM vectidx_index_stats('items_x')"), '7200|0', 'all rows are there');
cmp_ok($node->safe_psql('postgres', "SELECT vectidx_recall('items_x', 1000)"), '>=', $whole - 0.02, 'and found');
is(scalar(temporary_files()), 0, 'no file is left');

# --- a limit of temporary files
for my $limit ('64kB', '1MB', '2MB', '3MB')
{
	my ($status, undef, $error) = $node->psql('postgres', "SET temp_file_limit = '$limit'; SET maintenance_work_mem = '1MB'; CREATE INDEX too_many ON base USING vectidx (v vector_l2_ops)");
	like($error, qr/ERROR:  temporary file size exceeds temp_file_limit/, "temp_file_limit = $limit ends a build");
	is(scalar(temporary_files()), 0, 'and leaves no file');
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 'too_many'"), 0, 'and no index');
}

# --- temp_tablespaces, and the peak of memory
my $elsewhere = $node->data_dir . '/../elsewhere';
mkdir($elsewhere);
$node->safe_psql('postgres', "CREATE TABLESPACE elsewhere LOCATION '$elsewhere'");
$node->safe_psql('postgres', 'CREATE TABLE large AS SELECT i AS id, near(i, 64)::vector(64) AS v FROM generate_series(1, 60000) AS i');
my $session = session($node);
my $pid = run_in($session, 'SELECT pg_backend_pid()');
my ($before) = slurp_file("/proc/$pid/status") =~ /^RssAnon:\s*(\d+)/m;
for my $algorithm (qw(leaves hnsw))
{
	my ($peak, $outside) = (0, 0);
	$from = -s $node->logfile;
	$session->{out} = $session->{err} = '';
	$session->{timer}->start;
	$session->{in} .= "SET maintenance_work_mem = '8MB'; SET temp_tablespaces = elsewhere; CREATE INDEX large_v ON large USING vectidx (v vector_l2_ops) WITH (algorithm = '$algorithm', ef_construction = 64); DROP INDEX large_v;\n\\warn done\n";
	until ($session->{err} =~ /^done$/m)
	{
		$session->{handle}->pump_nb;
		my ($now) = slurp_file("/proc/$pid/status") =~ /^RssAnon:\s*(\d+)/m;
		$peak = $now if $now > $peak;
		$outside = 1 if !$outside && glob("$elsewhere/*/pgsql_tmp/*");
		fail('no file in the usual place') if temporary_files();
		usleep(2000);
	}
	$session->{timer}->reset;
	($log) = slurp_file($node->logfile, $from) =~ /nodes would have fit into a maintenance_work_mem of (\d+) MB/;
	cmp_ok($log, '>', 40, "$algorithm: a graph of $log MB");
	my $took = ($peak - $before) / 1024;
	cmp_ok($took, '<', 8 + 64, sprintf('%s: is built within 8 MB and 64: at the peak, the process grew by %.1f MB', $algorithm, $took));
	ok($outside, "$algorithm: in the tablespace for temporary files");
	is(scalar(glob("$elsewhere/*/pgsql_tmp/*") // ''), '', "$algorithm: which is empty afterwards");
}
quit($session);
$node->stop;
done_testing();
