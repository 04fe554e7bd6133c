# A database of pgvector moves by dump and restore, the dump as it is. test/dumps holds what pg_dump
# 15 wrote of databases with pgvector 0.8.6. Restored into the extension `vector` of
# make install-compat: the same rows, the same index definitions; every index orders rows, and by
# the distances that a sort of the table gives.
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
		WHERE m.amname IN ('hnsw', 'ivfflat') AND c.relkind = 'i' ORDER BY 1});
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

my $dumps = dirname(__FILE__) . '/../dumps';
for my $file (sort glob("$dumps/*.sql"))
{
	my $name = basename($file, '.sql');
	restore($name, $file);
	answer($name, $file);

	# And on from there: the dump of ours restores, too.
	my $again = PostgreSQL::Test::Utils::tempdir() . "/$name.sql";
	$node->command_ok([ 'pg_dump', '-f', $again, '-d', $node->connstr($name) ], "$name: ours is dumped");
	restore("${name}_again", $again);
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
