# Filtered searches against sequential scans: random tables, conditions, deletes, HOT and other updates, also of the same
# transaction, VACUUM, many rows with equal vectors; on a standby, too.
# Every mode of vectidx.filter gives the rows that a sequential scan gives, all of them when all are asked for,
# and as many as LIMIT says; brute force gives the very distances.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use Campaign qw(scale);
use Vectors;

my $seconds = 45 * scale();
my $seed = $ENV{VECTIDX_TEST_SEED} // 1;
my $node = new_node('filters', <<'CONF', allows_streaming => 1);
autovacuum = off
log_statement = none
max_parallel_workers_per_gather = 0
jit = off
CONF

# What differs between the ways to run one query, or nothing. "d + 0" has the aggregates sort: from 16 on they would take
# the order that the scan promises, and a row that the walk finds late comes at the end.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION differs(condition text, distance text, n bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	command text := format('SELECT array_agg(id ORDER BY d + 0, id), array_agg(d ORDER BY d + 0, id) FROM (SELECT id, %s AS d FROM items WHERE e IS NOT NULL AND (%s) ORDER BY %s LIMIT %s) AS t',
		distance, condition, distance, coalesce(n::text, 'NULL'));
	wanted int[];
	near float8[];
	ids int[];
	distances float8[];
	allowed int[];
	mode text;
BEGIN
	PERFORM set_config('vectidx.filter', 'off', true), set_config('enable_indexscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'on', true), set_config('enable_sort', 'on', true);
	EXECUTE command INTO wanted, near;
	EXECUTE format('SELECT array_agg(id) FROM items WHERE e IS NOT NULL AND (%s)', condition) INTO allowed;
	PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_bitmapscan', 'on', true), set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true);
	FOREACH mode IN ARRAY ARRAY['auto', 'walk', 'brute', 'codes'] LOOP
		PERFORM set_config('vectidx.filter', mode, true);
		EXECUTE command INTO ids, distances;
		IF cardinality(ids) IS DISTINCT FROM cardinality(wanted) THEN
			RETURN format('%s: %s rows, not %s', mode, cardinality(ids), cardinality(wanted));
		ELSIF NOT coalesce(ids <@ allowed, true) THEN
			RETURN format('%s: rows that do not pass', mode);
		ELSIF (SELECT count(DISTINCT id) FROM unnest(ids) AS id) <> coalesce(cardinality(ids), 0) THEN
			RETURN format('%s: a row twice', mode);
		ELSIF mode = 'brute' AND distances IS DISTINCT FROM near THEN
			RETURN format('brute: %s, not %s', distances, near);
		ELSIF n IS NULL AND ids IS DISTINCT FROM wanted THEN
			RETURN format('%s: other rows', mode);
		END IF;
	END LOOP;
	RETURN '';
END
$$;
SQL

sub pick { return $_[ int(rand(@_)) ] }
sub number { return int(rand($_[0])) }

my @classes = (
	[ 'vector(%d)', 'vector_l2_ops', '<->', '' ],
	[ 'vector(%d)', 'vector_cosine_ops', '<=>', '' ],
	[ 'vector(%d)', 'vector_ip_ops', '<#>', '' ],
	[ 'vector(%d)', 'vector_l1_ops', '<+>', '' ],
	[ 'halfvec(%d)', 'halfvec_l2_ops', '<->', '' ],
	[ 'vector(%d)', 'vector_l2_ops', '<->', 'codes = off, storage = sq8' ]);
my @indexes = ('(a)', '(b)', 'USING hash (c)', 'USING gin (tags)', 'USING brin (id) WITH (pages_per_range = 2)', '(a, b)', '(b) WHERE a < 30', '((a + b))');

sub condition
{
	my ($depth) = @_;
	return pick(
		sub { 'a < ' . number(60) },
		sub { 'a = ' . number(50) },
		sub { 'b IN (' . number(10) . ', ' . number(10) . ')' },
		sub { q{c = 'k} . number(20) . q{'} },
		sub { q{tags && ARRAY['t} . number(15) . q{', 'x']} },
		sub { 'id BETWEEN ' . number(1500) . ' AND ' . number(2500) },
		sub { 'a + b < ' . number(40) },
		sub { 'a < 30 AND b = ' . number(10) },
		sub { 'id % 13 = ' . number(13) },
		sub { 'b IS NULL' },
		sub { 'changed > ' . number(3) },
		sub { 'a < (SELECT ' . number(50) . ')' })->() if $depth == 0 or rand() < 0.5;
	return '(' . condition($depth - 1) . pick(' AND ', ' OR ') . condition($depth - 1) . ')';
}

sub change_in_transaction
{
	return pick(
		'DELETE FROM items WHERE id % 17 = ' . number(17),
		'UPDATE items SET changed = changed + 1 WHERE id % 7 = ' . number(7),
		'UPDATE items SET a = (a * 7 + 1) % 50 WHERE id % 11 = ' . number(11),
		'UPDATE items SET b = NULL WHERE id % 31 = ' . number(31),
		'UPDATE items SET e = (SELECT i.e FROM items AS i WHERE i.e IS NOT NULL LIMIT 1) WHERE id % 19 = ' . number(19),
		'UPDATE items SET e = NULL WHERE id % 41 = ' . number(41));
}

sub change
{
	return pick(change_in_transaction(), change_in_transaction(), 'VACUUM items', 'VACUUM ANALYZE items', 'REINDEX INDEX items_e');
}

my %near = map { my $dims = $_; $dims => [ map { $node->safe_psql('postgres', "SELECT near(-$_, $dims)") } 1 .. 5 ] } 3, 8, 24;
my ($round, $queries, $last_operator, @last, @wrong) = (0, 0);
my $end = time() + $seconds;
while (time() < $end)
{
	srand($seed + $round);
	my ($dims, $rows, $fill) = (pick(3, 8, 24), pick(300, 1000, 2500), pick(100, 60));
	my ($type, $class, $operator, $options) = @{ pick(@classes) };
	$type = sprintf($type, $dims);
	$last_operator = $operator;
	my $pending = pick(0, 0, 200);
	my $different = pick($rows - 50, $rows - 50, 7);
	my $with = join(', ', grep { $_ } $options, $pending ? "pending_limit = $pending" : 'm = 12');
	my $sql = <<SQL;
DROP TABLE IF EXISTS items;
CREATE TABLE items (id int, a int, b int, c text, tags text[], changed int DEFAULT 0, e $type) WITH (fillfactor = $fill);
INSERT INTO items SELECT i, hashint4(i) & 2147483647, i % 10, 'k' || i % 20, ARRAY['t' || i % 15, 'y'], 0, near(i % $different + 1, $dims) FROM generate_series(1, $rows) AS i;
UPDATE items SET a = a % 50;
CREATE INDEX items_e ON items USING vectidx (e $class) WITH ($with);
SQL
	$sql .= "CREATE INDEX ON items $_;\n" for grep { rand() < 0.4 } @indexes;
	$sql .= "INSERT INTO items SELECT i, i % 50, i % 10, 'k' || i % 20, ARRAY['t' || i % 15], 0, near(i, $dims) FROM generate_series($rows + 1, $rows + 100) AS i;\n";
	$sql .= "ANALYZE items;\n";
	my @asked;
	@last = ();
	for my $step (1 .. 12)
	{
		$sql .= change() . ";\n" if rand() < 0.5;
		$sql .= 'SET work_mem = ' . pick(q{'64kB'}, q{'4MB'}) . ";\n";
		my $condition = condition(2);
		(my $quoted = $condition) =~ s/'/''/g;
		my $distance = "e $operator ''" . pick(@{ $near{$dims} }) . "''";
		my $n = pick('1', '10', '10', '70', 'NULL');
		my $open = rand() < 0.25;
		$sql .= 'BEGIN; ' . change_in_transaction() . '; ' . change_in_transaction() . ";\n" if $open;
		push(@last, "SELECT differs('$quoted', '$distance', $n)") if not $open;
		$sql .= "SELECT differs('$quoted', '$distance', $n);\n";
		$sql .= pick('COMMIT', 'ROLLBACK') . ";\n" if $open;
		push(@asked, "round $round: $condition, LIMIT $n");
	}
	my $said = $node->safe_psql('postgres', $sql);
	my @answers = split(/\n/, $said, -1);
	push(@answers, '') while @answers < @asked;
	for my $i (0 .. $#asked)
	{
		push(@wrong, "$asked[$i]: $answers[$i]") if $answers[$i] ne '';
	}
	$queries += @asked;
	my $findings = $node->safe_psql('postgres', q{SELECT code, message FROM vectidx_check('items_e', heapallindexed => true) WHERE severity <> 'info'});
	push(@wrong, "round $round: $findings") if $findings ne '';
	$round++;
}
like($node->safe_psql('postgres', "SET enable_seqscan = off; SET enable_sort = off; SET vectidx.filter = walk;
	EXPLAIN SELECT id FROM items WHERE a < 9 ORDER BY e $last_operator (SELECT i.e FROM items AS i WHERE i.e IS NOT NULL LIMIT 1) LIMIT 5"), qr/Vectidx Filter/, 'the node is in the plans');
is(join("\n", @wrong), '', "$queries queries of $round tables, seed $seed: all modes give the rows of a sequential scan");
cmp_ok($queries, '>', 20, 'there were queries');

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('filters_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->safe_psql('postgres', 'DELETE FROM items WHERE id % 23 = 1; VACUUM items');
$node->wait_for_catchup($standby);
@wrong = grep { $_ ne '' } map { $standby->safe_psql('postgres', $_) } @last;
is(join("\n", @wrong), '', scalar(@last) . ' queries on a standby give the rows of a sequential scan');
$standby->stop;
done_testing();
