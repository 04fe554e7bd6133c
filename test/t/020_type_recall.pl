# Recall@10 of the operator classes of types other than vector, and of indexes without codes and of
# every storage: after a build, after inserts, after deletes and VACUUM, and with many duplicates; at
# default settings and with a higher ef_search.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows    = 4_000;
my $queries = 300;

my $node = PostgreSQL::Test::Cluster->new('type_recall');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
# Builds with one thread give the same graph each time.
$node->append_conf('postgresql.conf', <<'CONF');
fsync = off
autovacuum = off
max_parallel_maintenance_workers = 0
CONF
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION vectidx;
-- Points on a surface of eight dimensions, with some noise: data with the structure that real data has.
CREATE FUNCTION point(id bigint, dims int) RETURNS vector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(z[1] * sin(0.7 * i + 6.28 * z[2]) + z[3] * sin(1.3 * i + 6.28 * z[4]) + z[5] * sin(2.1 * i + 6.28 * z[6])
		+ z[7] * sin(2.9 * i + 6.28 * z[8]) + 0.02 * (hashint8extended(id, i) % 1009) / 1009)::vector
	FROM (SELECT array_agg(hashint8extended(id, -k) % 100003 / 100003.0::float8 ORDER BY k) FROM generate_series(1, 8) AS k) AS latent (z),
		generate_series(1, dims) AS i
$$;
-- The distances of the ten nearest rows to each query, by a sort or by the index.
CREATE FUNCTION nearest(op text, indexed boolean) RETURNS TABLE (id int, d float8[]) LANGUAGE plpgsql AS $$
DECLARE
	plan text;
	query text := format('SELECT id, ARRAY(SELECT v %1$s q FROM items ORDER BY v %1$s q LIMIT 10) FROM queries', op);
BEGIN
	PERFORM set_config('enable_indexscan', indexed::text, true), set_config('enable_seqscan', (NOT indexed)::text, true),
		set_config('enable_sort', (NOT indexed)::text, true);
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	ASSERT (plan LIKE '%"Order By"%') = indexed, 'not the plan that was asked for';
	RETURN QUERY EXECUTE query;
END
$$;
SQL

# Measures the share of the ten nearest rows that the index finds: those no farther than the true
# tenth. The defaults must give 0.95, and ef_search = 400 must give 0.99.
sub check_recall
{
	my ($op, $what) = @_;
	my $recall = <<"SQL";
SELECT round(count(*) FILTER (WHERE distance <= tenth) / 10.0 / count(DISTINCT id), 4)
FROM nearest('$op', true) JOIN truth USING (id), unnest(d) AS distance
SQL
	my ($default, $high) = split(/\n/, $node->safe_psql('postgres', <<"SQL"));
CREATE TEMP TABLE truth AS SELECT id, d[10] AS tenth FROM nearest('$op', false);
$recall;
SET vectidx.ef_search = 400;
$recall;
SQL
	note("$what: $default, $high");
	cmp_ok($default, '>=', 0.95, "$what: recall at default settings");
	cmp_ok($high, '>=', 0.99, "$what: recall with ef_search = 400");
	cmp_ok($high, '<=', 1, "$what: is a share");
	return;
}

# Each type: what makes it of a vector of so many dimensions, and its operators by operator class; and
# the options of the index.
my %classes = (l2 => '<->', ip => '<#>', cosine => '<=>');
my @types = (
	{ type => 'halfvec', dims => 48, classes => \%classes, with => '' },
	{ type => 'vector', dims => 48, classes => \%classes, with => 'codes = off, storage = sq8' },
	{ type => 'vector', dims => 130, classes => { l2 => '<->' }, with => 'codes = off' },
	{ type => 'vector', dims => 130, classes => { cosine => '<=>' }, with => 'storage = sq8' },
	{ type => 'halfvec', dims => 48, classes => { ip => '<#>' }, with => 'storage = full' });

for my $t (@types)
{
	my ($type, $dims) = @$t{qw(type dims)};
	for my $class (sort keys %{ $t->{classes} })
	{
		my $op = $t->{classes}{$class};
		my $opclass = "${type}_${class}_ops";
		my $options = $t->{with} ? "WITH ($t->{with})" : '';
		my $name = "$opclass $options";
		$node->safe_psql('postgres', <<"SQL");
DROP TABLE IF EXISTS items, queries;
CREATE TABLE queries AS SELECT i AS id, point(1000000 + i, $dims)::$type AS q FROM generate_series(1, $queries) AS i;
CREATE TABLE items AS SELECT i AS id, point(i, $dims)::$type($dims) AS v FROM generate_series(1, $rows) AS i;
CREATE INDEX items_v ON items USING vectidx (v $opclass) $options;
SQL
		check_recall($op, "$name after the build");

		my $more = $rows / 8;
		$node->safe_psql('postgres',
			"INSERT INTO items SELECT i, point(i, $dims)::$type FROM generate_series($rows + 1, $rows + $more) AS i");
		check_recall($op, "$name after inserts");

		$node->safe_psql('postgres', 'DELETE FROM items WHERE hashint4(id) % 4 = 1');
		$node->safe_psql('postgres', 'VACUUM items');
		check_recall($op, "$name after deletes and VACUUM");

		# A third of the rows have one of 20 vectors, before and after a build.
		$node->safe_psql('postgres', <<"SQL");
INSERT INTO items SELECT 100000 + i, point(i % 20, $dims)::$type FROM generate_series(1, $rows / 4) AS i;
REINDEX INDEX items_v;
INSERT INTO items SELECT 200000 + i, point(i % 20, $dims)::$type FROM generate_series(1, $rows / 4) AS i;
SQL
		check_recall($op, "$name with many duplicates");
		is($node->safe_psql('postgres', <<"SQL"), $rows / 40, "$name: all rows of one vector are found");
SET enable_seqscan = off;
SET enable_sort = off;
SELECT count(*) FROM (SELECT id FROM items WHERE id >= 100000 ORDER BY v $op point(7, $dims)::$type LIMIT $rows / 40) AS t
WHERE id % 20 = 7;
SQL
	}
}

$node->stop;
done_testing();
