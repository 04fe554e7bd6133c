# The settings hnsw.* and ivfflat.*: names, defaults and ranges of pgvector's, and an effect on the
# indexes of hnsw and ivfflat, and on no other. Then the messages that tools look for: pgvector's
# words for these indexes, where they are true.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
plan skip_all => 'make install-compat has not installed the extension vector'
  if $node->safe_psql('postgres',
	q{SELECT count(*) FROM pg_available_extensions WHERE name = 'vector' AND comment LIKE '%by vectidx'}) eq '0';
$node->safe_psql('postgres', q{
	CREATE EXTENSION vector;
	CREATE TABLE t (id int, v vector(16));
	-- Numbers between 0 and 1, the same with every PostgreSQL.
	INSERT INTO t SELECT i, (SELECT array_agg(abs(hashint8extended(i, k) % 100003) / 100003.0) FROM generate_series(1, 16) k)::vector
		FROM generate_series(1, 4000) i;
	CREATE TABLE h AS SELECT * FROM t;
	CREATE TABLE f AS SELECT * FROM t;
	CREATE INDEX ON t USING vectidx (v vector_l2_ops);
	CREATE INDEX ON h USING hnsw (v vector_l2_ops) WITH (m = 16, ef_construction = 64);
	CREATE INDEX ON f USING ivfflat (v) WITH (lists = 1000);
	VACUUM ANALYZE t, h, f;});

sub error_of
{
	my ($sql) = @_;
	my ($status, $out, $error) = $node->psql('postgres', $sql);
	return $error;
}

# --- defaults, ranges, reserved prefixes
my @defaults = (
	'hnsw.ef_search|40', 'hnsw.iterative_scan|off', 'hnsw.max_scan_tuples|20000', 'hnsw.scan_mem_multiplier|1',
	'ivfflat.iterative_scan|off', 'ivfflat.max_probes|32768', 'ivfflat.probes|1');
is( $node->safe_psql('postgres', q{LOAD 'vectidx';
	SELECT name, setting FROM pg_settings WHERE name ~ '^(hnsw|ivfflat)\.' ORDER BY name COLLATE "C"}),
	join("\n", @defaults), 'every setting has its default as soon as the library is loaded');
my @accepted = (
	'hnsw.ef_search = 1', 'hnsw.ef_search = 1000', 'hnsw.iterative_scan = relaxed_order',
	'hnsw.iterative_scan = strict_order', 'hnsw.max_scan_tuples = 2147483647', 'hnsw.scan_mem_multiplier = 1.5',
	'ivfflat.probes = 32768', 'ivfflat.iterative_scan = relaxed_order', 'ivfflat.max_probes = 1');
is(error_of("LOAD 'vectidx'; SET $_"), '', "SET $_") for @accepted;
my %refused = (
	'hnsw.ef_search = 0'                    => qr/0 is outside the valid range .*\(1 \.\. 1000\)/,
	'hnsw.ef_search = 1001'                 => qr/1001 is outside the valid range .*\(1 \.\. 1000\)/,
	'hnsw.iterative_scan = on'              => qr/invalid value for parameter/,
	'hnsw.max_scan_tuples = 0'              => qr/0 is outside the valid range/,
	'hnsw.scan_mem_multiplier = 0.5'        => qr/0\.5 is outside the valid range .*\(1 \.\. 1000\)/,
	'ivfflat.probes = 0'                    => qr/0 is outside the valid range .*\(1 \.\. 32768\)/,
	'ivfflat.max_probes = 32769'            => qr/32769 is outside the valid range .*\(1 \.\. 32768\)/,
	'ivfflat.iterative_scan = strict_order' => qr/invalid value for parameter/);
like(error_of("LOAD 'vectidx'; SET $_"), $refused{$_}, "SET $_ is refused") for sort keys %refused;
SKIP:
{
	skip 'a prefix is reserved from PostgreSQL 15 on', 2 if $node->safe_psql('postgres', 'SHOW server_version_num') < 150000;
	like(error_of("LOAD 'vectidx'; SET $_.nonsense = 1"), qr/invalid configuration parameter name/, "$_ is a reserved prefix")
	  for qw(hnsw ivfflat);
}
like(error_of(q{SET hnsw.ef_search = 7000; SELECT '[1]'::vector}), qr/WARNING: +7000 is outside the valid range/,
	'a wrong value from before the library was loaded is warned of');
is($node->safe_psql('postgres', q{SET hnsw.ef_search = 70; SELECT '[1]'::vector; SHOW hnsw.ef_search}), "[1]\n70",
	'a right one is kept');

# --- index options
like(error_of('CREATE INDEX ON h USING hnsw (v vector_l2_ops) WITH (lists = 5)'), qr/unrecognized parameter "lists"/, 'hnsw has no lists');
like(error_of('CREATE INDEX ON t USING vectidx (v vector_l2_ops) WITH (lists = 5)'), qr/unrecognized parameter "lists"/, 'nor has vectidx');
like(error_of('CREATE INDEX ON f USING ivfflat (v) WITH (lists = 0)'), qr/value 0 out of bounds for option "lists"/, 'lists of 0');
like(error_of('CREATE INDEX ON f USING ivfflat (v) WITH (lists = 32769)'), qr/out of bounds for option "lists"/, 'lists of 32769');
like(error_of('CREATE INDEX ON h USING hnsw (v vector_l2_ops) WITH (m = 1)'), qr/value 1 out of bounds for option "m"/, 'm of 1');
like(error_of('CREATE INDEX ON h USING hnsw (v vector_l2_ops) WITH (m = 16, ef_construction = 31)'),
	qr/ef_construction must be greater than or equal to 2 \* m/, 'an ef_construction less than 2 m');
like(error_of('CREATE INDEX ON h USING hnsw (v)'), qr/no default operator class for access method "hnsw"/, 'hnsw has no default class');

# --- what they do, counted in pages: an expansion is a page
sub pages
{
	my ($table, $limit, @settings) = @_;
	my $plan = $node->safe_psql('postgres', join('', map { "SET $_;" } 'enable_seqscan = off', @settings) .
		"EXPLAIN (ANALYZE, BUFFERS, COSTS off, TIMING off, SUMMARY off) SELECT id FROM $table
		 ORDER BY v <-> (SELECT v FROM t WHERE id = 7) LIMIT $limit");
	my ($hit) = $plan =~ /Index Scan using ${table}_v_idx.*?Buffers: shared hit=(\d+)/s
	  or BAIL_OUT("no index scan: $plan");
	return $hit;
}
my %auto = map { $_ => pages($_, 10) } qw(t h f);
cmp_ok(abs($auto{h} - $auto{t}), '<', 0.5 * $auto{t}, 'while nothing is set, hnsw searches as vectidx does');
cmp_ok(pages('h', 1, 'hnsw.ef_search = 400'), '>', 2 * pages('h', 1, 'hnsw.ef_search = 20'), 'hnsw.ef_search is the width of a search');
is(pages('t', 10, 'hnsw.ef_search = 400'), $auto{t}, 'but not of vectidx');
is(pages('f', 10, 'hnsw.ef_search = 400'), $auto{f}, 'nor of ivfflat');
my @width = map { pages('f', 1, "ivfflat.probes = $_") } 1, 500;
note("pages read with 1 and 500 probes: @width");
cmp_ok($width[1], '>', 2 * $width[0], 'ivfflat.probes is the width of a search');
is(pages('h', 10, 'ivfflat.probes = 500'), $auto{h}, 'but not of hnsw');
is(pages('f', 10, 'ivfflat.probes = 250'), pages('f', 10, 'vectidx.ef_search = 500'), 'a quarter of the lists is half of 1000');
is(pages('h', 10, 'hnsw.ef_search = 40', 'vectidx.ef_search = 300'), pages('h', 10, 'hnsw.ef_search = 40'),
	'of two that are SET, the one of pgvector counts');

sub rows
{
	my ($table, @settings) = @_;
	return $node->safe_psql('postgres', join('', map { "SET $_;" } 'enable_seqscan = off', @settings) .
		"SELECT count(*) FROM (SELECT id FROM $table ORDER BY v <-> '[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]' LIMIT 3000) AS s");
}
cmp_ok(rows('h', 'hnsw.max_scan_tuples = 200'), '<=', 210, 'hnsw.max_scan_tuples bounds a scan');
cmp_ok(rows('h', 'hnsw.ef_search = 400', 'hnsw.max_scan_tuples = 200'), '>=', 400, 'but not below hnsw.ef_search');
is(rows('h', 'hnsw.iterative_scan = off'), 3000, 'a scan goes on for as long as rows are wanted');
is(rows('t', 'hnsw.max_scan_tuples = 200'), 3000, 'hnsw.max_scan_tuples does not bound vectidx');
cmp_ok(rows('f', 'ivfflat.max_probes = 50'), '<=', 210, 'ivfflat.max_probes bounds a scan: 50 of 1000 lists of 4000 rows');
is(rows('f', 'ivfflat.max_probes = 1000'), 3000, 'all lists bound nothing');
cmp_ok(rows('h', 'work_mem = 64', 'hnsw.scan_mem_multiplier = 1'), '<',
	rows('h', 'work_mem = 64', 'hnsw.scan_mem_multiplier = 50'), 'hnsw.scan_mem_multiplier is the memory of a scan');

# All rows that a narrow search gives, and those of them that are nearer than the one before.
sub rows_and_late
{
	my ($table, @settings) = @_;
	return split /\|/, $node->safe_psql('postgres', join('', map { "SET $_;" } 'enable_seqscan = off', 'enable_sort = off', @settings) .
		"SELECT count(*), count(*) FILTER (WHERE d < before) FROM (SELECT d, lag(d) OVER () AS before FROM
		 (SELECT v <-> '[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]' AS d FROM $table ORDER BY 1 OFFSET 0) AS s) AS s");
}
my $all = $node->safe_psql('postgres', 'SELECT count(*) FROM t');
for my $case ([ 'h', 'hnsw.ef_search = 1', 'hnsw.iterative_scan', qw(off relaxed_order) ],
	[ 'f', 'vectidx.ef_search = 1', 'ivfflat.iterative_scan', qw(off relaxed_order) ])
{
	my ($table, $narrow, $setting, @values) = @$case;
	for my $value (@values)
	{
		my ($rows, $late) = rows_and_late($table, $narrow, "$setting = $value");
		is($rows, $all, "$setting = $value: all rows");
		cmp_ok($late, '>', 0, 'not all in order');
	}
}
my ($rows, $late) = rows_and_late('h', 'hnsw.ef_search = 1', 'hnsw.iterative_scan = strict_order');
cmp_ok($rows, '<', $all, 'hnsw.iterative_scan = strict_order: not all rows');
cmp_ok($rows, '>', 0.5 * $all, 'but most');
is($late, 0, 'all in order');
is((rows_and_late('t', 'vectidx.ef_search = 1', 'hnsw.iterative_scan = strict_order'))[0], $all, 'it is not for vectidx');

# --- what is said more strongly counts
$node->safe_psql('postgres', 'ALTER DATABASE postgres SET hnsw.ef_search = 300');
my $of_database = pages('h', 1);
cmp_ok($of_database, '>', 2 * pages('h', 1, 'hnsw.ef_search = 20'), 'a value of the database');
is(pages('h', 1, 'vectidx.ef_search = 20'), pages('h', 1, 'hnsw.ef_search = 20'), 'a SET of vectidx.ef_search goes before it');
is(pages('h', 1, 'hnsw.ef_search = 20', 'hnsw.ef_search = DEFAULT'), $of_database, 'RESET brings it back');
$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET hnsw.ef_search');
is(pages('h', 10), $auto{h}, 'and without it the target recall decides again');

# --- messages
my $processors = () = slurp_file('/proc/cpuinfo') =~ /^processor\s*:/mg;
$node->safe_psql('postgres', 'CREATE TABLE few AS SELECT * FROM t WHERE id <= 300');
for my $method (qw(hnsw ivfflat vectidx))
{
	my $build = "CREATE INDEX built ON few USING $method (v vector_l2_ops); DROP INDEX built;";
	my $several = error_of("SET client_min_messages = debug1; SET max_parallel_maintenance_workers = 1; $build");
	my $alone   = error_of("SET client_min_messages = debug1; SET max_parallel_maintenance_workers = 0; $build");
	my $narrow  = error_of("SET maintenance_work_mem = '1MB'; $build");
	my $ours    = $method eq 'vectidx';
  SKIP:
	{
		skip 'there is one processor', 1 if $processors < 2;
		is(($several =~ /DEBUG:  using (\d+) parallel workers$/m)[0], $ours ? undef : 1, "$method: the threads beside the backend's own");
	}
	unlike($alone, qr/parallel workers/, "$method: none without such a thread");
	my $words = $method eq 'hnsw' ? qr/NOTICE:  hnsw graph no longer fits into maintenance_work_mem after \d+ tuples$/m
	  : qr/NOTICE:  the graph no longer fits into maintenance_work_mem after \d+ rows$/m;
	like($narrow, $words, "$method: a graph that does not fit");
	unlike($alone, qr/no longer fits/, "$method: and one that does");

	$node->safe_psql('postgres', q{DROP TABLE IF EXISTS odd; CREATE TABLE odd (v vector, h halfvec, b bit(64001), y varbit(64))});
	for my $case ([ 'v', 'vector_l2_ops', 'vector' ], [ 'h', 'halfvec_l2_ops', 'halfvec' ])
	{
		my ($column, $class, $type) = @$case;
		my $error = error_of("CREATE INDEX ON odd USING $method ($column $class)");
		my $name  = $ours ? qq{column "$column"} : 'column';
		like($error, qr/ERROR:  \Q$name\E does not have dimensions\n/, "$method: a $type without dimensions");
		like($error, qr/HINT: .*\b$type\(3\)/, "$method: the hint names $type");
	}
	like(error_of("CREATE INDEX ON odd USING $method (b bit_hamming_ops)"),
		$ours ? qr/ERROR:  column "b" has more than 64000 dimensions, the limit of an index$/m
		: qr/ERROR:  column cannot have more than 64000 dimensions for $method index$/m, "$method: too many dimensions");
	like(error_of("CREATE INDEX ON odd USING $method (y bit_hamming_ops)"),
		$ours ? qr/ERROR:  column "y" has type bit varying, which the index does not support/m
		: qr/ERROR:  type not supported for $method index\nDETAIL:  Column "y" has type bit varying\./m, "$method: another type");
	like(error_of("CREATE OPERATOR CLASS broken FOR TYPE int USING $method AS STORAGE int; SELECT amvalidate(oid) FROM pg_opclass WHERE opcname = 'broken'"),
		qr/INFO:  operator class "broken" of access method $method has no support function/, "$method: amvalidate names it");
	$node->safe_psql('postgres', "DROP OPERATOR FAMILY broken USING $method");
}

$node->stop;
done_testing();
