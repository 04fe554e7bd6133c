# A database of pgvector moves by dump and restore, the dump as it is. test/dumps holds what pg_dump
# 15 wrote of databases with pgvector 0.8.6: in pgvector_types.sql every operator class of hnsw and
# ivfflat. Restored into the extension `vector` of make install-compat: the same rows, the same index
# definitions; every index orders rows, and by the distances that a sort of the table gives. What we
# hold then is dumped as it was of pgvector, and restores, too.
use strict;
use warnings FATAL => 'all';

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('new');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
plan skip_all => 'make install-compat has not installed the extension vector'
  if $node->safe_psql('postgres',
	q{SELECT count(*) FROM pg_available_extensions WHERE name = 'vector' AND comment LIKE '%by vectidx'}) eq '0';
# Dumps name their owner.
$node->safe_psql('postgres', 'CREATE ROLE postgres SUPERUSER')
  if $node->safe_psql('postgres', q{SELECT count(*) FROM pg_roles WHERE rolname = 'postgres'}) eq '0';

# Restores the dump and compares what the dump says: data and index definitions.
sub restore
{
	my ($name, $file) = @_;
	my $dump = slurp_file($file);
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	command_ok(
		[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $node->connstr($name), '-f', $file ],
		"$name: the dump restores without an error");

	my @copies = $dump =~ /^COPY (\S+ \([^)]*\)) FROM stdin;\n(.*?)^\\\.$/msg;
	cmp_ok(scalar @copies, '>', 0, "$name: the dump has data");
	while (my ($table, $rows) = splice(@copies, 0, 2))
	{
		my ($relation, $columns) = $table =~ /^(\S+) \((.*)\)$/;
		my $now = $node->safe_psql($name, "COPY (SELECT $columns FROM ONLY $relation) TO STDOUT");
		is("$now\n", $rows, "$name: the rows of $relation");
	}

	my @indexes = sort($dump =~ /^(CREATE INDEX .*);$/mg);
	cmp_ok(scalar @indexes, '>', 0, "$name: the dump has indexes");
	# A search_path of none, as pg_dump has it.
	my @now = sort(split(/\n/, $node->safe_psql($name, q{
		SET search_path = '';
		SELECT pg_catalog.pg_get_indexdef(i.indexrelid)
		FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
		JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
		WHERE n.nspname = 'public' AND NOT i.indisprimary})));
	is(join("\n", @now), join("\n", @indexes), "$name: the indexes");
	is($node->safe_psql($name, 'SELECT count(*) FROM pg_index WHERE NOT indisvalid'), '0', "$name: all indexes are valid");
	return;
}

# For each index of hnsw and ivfflat: with the other indexes out of the way the planner takes it for
# ORDER BY its column and operator LIMIT 5, and the distances are those of a sort.
sub answer
{
	my ($name, $file) = @_;
	my $indexes = $node->safe_psql($name, q{
		SELECT concat_ws(E'\t', c.oid::regclass, t.oid::regclass, pg_get_indexdef(c.oid, 1, false),
			format('OPERATOR(%s.%s)', o.oprnamespace::regnamespace, o.oprname),
			pg_get_expr(i.indpred, i.indrelid))
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
		JOIN pg_am m ON m.oid = c.relam JOIN pg_opclass p ON p.oid = i.indclass[0]
		JOIN pg_amop a ON a.amopfamily = p.opcfamily JOIN pg_operator o ON o.oid = a.amopopr
		WHERE m.amname IN ('hnsw', 'ivfflat') AND c.relkind = 'i' AND a.amoppurpose = 'o' ORDER BY 1});
	my $dumped = () = slurp_file($file) =~ /^CREATE INDEX \S+ ON (?!ONLY ).* USING (?:hnsw|ivfflat) /mg;
	is(scalar split(/\n/, $indexes), $dumped, "$name: as many indexes of pgvector's methods as in the dump");
	for (split(/\n/, $indexes))
	{
		my ($index, $table, $column, $operator, $predicate) = split(/\t/);
		my $where = $predicate // 'true';
		my $value = $node->safe_psql($name, "SELECT ($column) FROM $table WHERE ($where) AND ($column) IS NOT NULL LIMIT 1 OFFSET 2");
		my $query = "SELECT round((($column) $operator '$value')::numeric, 5) FROM $table WHERE $where ORDER BY ($column) $operator '$value' LIMIT 5";
		# Only this index, in a transaction that ends by itself.
		my @others = grep { $_ ne $index && !/^part_/ } map { /^(\S+)/ } split(/\n/, $indexes);
		my $alone = join('', map { "DROP INDEX $_;" } @others);
		my $settings = 'BEGIN; SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;';
		my $plan = $node->safe_psql($name, "SET client_min_messages = error; $settings $alone EXPLAIN (COSTS off) $query");
		like($plan, qr/Index Scan using \Q$index\E on /, "$name: $index is used for $operator");
		is( $node->safe_psql($name, "SET client_min_messages = error; $settings $alone $query"),
			$node->safe_psql($name, "SET enable_indexscan = off; $query"),
			"$name: $index gives the nearest rows");
	}
	return;
}

# pg_dump's own lines are not the database's: versions, and a random word of newer ones.
sub dumped_objects
{
	my ($file) = @_;
	return join("\n", grep { $_ ne '' && !/^\\(?:un)?restrict |^-- Dumped / } split(/\n/, slurp_file($file)));
}

# Dumps the database, and restores it into another of the same server.
sub dump_and_restore
{
	my ($name) = @_;
	my $again = PostgreSQL::Test::Utils::tempdir() . "/$name.sql";
	$node->command_ok([ 'pg_dump', '-f', $again, '-d', $node->connstr($name) ], "$name: ours is dumped");
	restore("${name}_again", $again);
	answer("${name}_again", $again);
	return $again;
}

my $dumps = dirname(__FILE__) . '/../dumps';
for my $file (sort glob("$dumps/*.sql"))
{
	my $name = basename($file, '.sql');
	restore($name, $file);
	answer($name, $file);
	my $again = dump_and_restore($name);
  SKIP:
	{
		skip 'the dumps are of pg_dump 15', 1 if slurp_file($again) !~ /^-- Dumped by pg_dump version 15\b/m;
		is(dumped_objects($again), dumped_objects($file), "$name: our dump is pgvector's, comments and all");
	}
}

# Every class that pgvector's methods have is in that dump. Those for arrays are ours alone.
is( $node->safe_psql('pgvector_types', q{
		SELECT amname, opcname FROM pg_opclass p JOIN pg_am m ON m.oid = p.opcmethod
		WHERE amname IN ('hnsw', 'ivfflat') AND opcname NOT LIKE '%maxsim%' AND NOT EXISTS (SELECT FROM pg_index WHERE p.oid = ANY (indclass))}),
	'', 'an index of every operator class');
is($node->safe_psql('pgvector_types', q{SELECT count(*) FROM pg_opclass p JOIN pg_am m ON m.oid = p.opcmethod
		WHERE amname IN ('hnsw', 'ivfflat') AND opcname NOT LIKE '%maxsim%'}),
	'21', 'as many operator classes as pgvector has');

# Views, functions and defaults: what pgvector answered where the dump was made.
for ('pgvector_types', 'pgvector_types_again')
{
	is($node->safe_psql($_, q{SELECT string_agg(concat_ws(' ', id, bits, round(share::numeric, 5)), ', ') FROM nearest}),
		'25 2 0.33333, 19 5 0.83333, 36 4 0.57143, 8 3 0.60000, 33 4 0.57143', "$_: a view by distance");
	is($node->safe_psql($_, q{SELECT closest(B'00001111'), array(SELECT closest('{1:1,100:-3}/1000'::sparsevec, 4)), array(SELECT closest('{9:0.5}/1000'::sparsevec))}),
		'1|{41,1,2}|{1,41,2,3,4,5,6,7,8}', "$_: functions by distance");
	is($node->safe_psql($_, 'INSERT INTO doc (id) VALUES (50) RETURNING *'),
		'50|[0.5,0.5,0.5,0.5]|[1,2,3,4]|{1:1,101:-1}/1000|10110010|1', "$_: defaults and a generated column");
}

# Options that only we have, in databases of both extensions; as an archive, which restores in parallel.
for my $extension ('vector', 'vectidx')
{
	my $name = "own_$extension";
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, qq{
		CREATE EXTENSION $extension;
		CREATE TABLE doc (id int PRIMARY KEY, v vector(4), s sparsevec(1000), b bit(8));
		INSERT INTO doc SELECT i, array[sin(i), cos(i), sin(2 * i), cos(3 * i)]::vector,
			format('{%s:%s}/1000', i % 7 + 1, i)::sparsevec, (i * 7 % 256)::bit(8) FROM generate_series(1, 200) i;
		CREATE INDEX doc_compact ON doc USING vectidx (v vector_l2_ops) WITH (codes = off, storage = sq8);
		CREATE INDEX doc_vamana ON doc USING vectidx (v vector_cosine_ops) WITH (algorithm = vamana, alpha = 1.1, pending_limit = 100);
		CREATE INDEX doc_preset ON doc USING vectidx (s sparsevec_l1_ops) WITH (preset = 'high_recall');
		CREATE INDEX doc_bits ON doc USING vectidx (b bit_jaccard_ops) WITH (target_recall = 0.99);
		INSERT INTO doc SELECT 1000 + id, v, s, b FROM doc});
	$node->safe_psql($name, 'CREATE INDEX doc_hnsw ON doc USING hnsw (v vector_l2_ops) WITH (m = 8, storage = full)') if $extension eq 'vector';
	my $archive = PostgreSQL::Test::Utils::tempdir() . "/$name.dump";
	$node->command_ok([ 'pg_dump', '-Fc', '-f', $archive, '-d', $node->connstr($name) ], "$name: dumped");
	$node->safe_psql('postgres', "CREATE DATABASE ${name}_again");
	$node->command_ok([ 'pg_restore', '-e', '-j', '4', '-d', $node->connstr("${name}_again"), $archive ], "$name: restored in parallel");
	my $definitions = q{SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index WHERE indrelid = 'doc'::regclass ORDER BY 1};
	is($node->safe_psql("${name}_again", $definitions), $node->safe_psql($name, $definitions), "$name: the indexes, with their options");
	is($node->safe_psql("${name}_again", 'TABLE doc ORDER BY id'), $node->safe_psql($name, 'TABLE doc ORDER BY id'), "$name: the rows");
	is( $node->safe_psql("${name}_again", q{
			SELECT c.relname, k.* FROM pg_class c JOIN pg_am m ON m.oid = c.relam, LATERAL vectidx_check(c.oid, heapallindexed => true) k
			WHERE c.relkind = 'i' AND m.amname IN ('vectidx', 'hnsw') AND k.severity <> 'info'}),
		'', "$name: the indexes are sound");
}

# What people ask a server for.
is( $node->safe_psql('pgvector', q{SELECT extname || ' ' || (extversion ~ '^0\.8\.[0-9]+$') FROM pg_extension WHERE extname = 'vector'}),
	'vector true', 'the version is one of 0.8');
is($node->safe_psql('pgvector', 'SELECT count(*) FROM public.near'), '5', 'a view over an index');
$node->safe_psql('pgvector', 'DROP EXTENSION vector CASCADE; DROP SCHEMA extensions; CREATE EXTENSION vector; ALTER EXTENSION vector UPDATE');
is($node->safe_psql('pgvector', q{SELECT '[1,2]'::vector <-> '[1,4]'}), '2', 'the extension goes and comes back');
$node->safe_psql('pgvector', 'CREATE SCHEMA elsewhere; ALTER EXTENSION vector SET SCHEMA elsewhere');
is($node->safe_psql('pgvector', q{SELECT '[1,2]'::elsewhere.vector OPERATOR(elsewhere.<->) '[1,4]'}), '2', 'and moves to another schema');

$node->stop;
done_testing();
