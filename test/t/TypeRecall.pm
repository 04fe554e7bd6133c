# Recall@10 of operator classes and forms of storage: after a build, after inserts, after deletes and VACUUM, and with
# many duplicates; at default settings and with a higher ef_search. The tests that use this share the types.
package TypeRecall;
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Vectors;
use Exporter 'import';
our @EXPORT = qw(check_types);

my $rows    = 4_000;
my $queries = 300;
my $node;

# start(): a server with the functions below.
sub start
{
	# Builds with one thread give the same graph each time.
	$node = new_node('type_recall', <<'CONF');
fsync = off
autovacuum = off
max_parallel_maintenance_workers = 0
CONF
	$node->safe_psql('postgres', <<'SQL');
-- Points on a surface of eight dimensions, with some noise: data with the structure that real data has.
CREATE FUNCTION point(id bigint, dims int) RETURNS vector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_agg(z[1] * sin(0.7 * i + 6.28 * z[2]) + z[3] * sin(1.3 * i + 6.28 * z[4]) + z[5] * sin(2.1 * i + 6.28 * z[6])
		+ z[7] * sin(2.9 * i + 6.28 * z[8]) + 0.02 * (hashint8extended(id, i) % 1009) / 1009)::vector
	FROM (SELECT array_agg(hashint8extended(id, -k) % 100003 / 100003.0::float8 ORDER BY k) FROM generate_series(1, 8) AS k) AS latent (z),
		generate_series(1, dims) AS i
$$;
-- A text, as it were: most of its words are of one of 100 subjects, and the frequent ones weigh less.
CREATE FUNCTION text_of(id bigint, dims int) RETURNS sparsevec LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT ('{' || string_agg(format('%s:%s', word, weight), ',' ORDER BY word) || '}/' || dims)::sparsevec
	FROM (SELECT 1 + abs(hashint8extended(CASE WHEN k % 5 = 0 THEN id ELSE hashint8extended(id, 0) % 100 END,
				CASE WHEN k % 5 = 0 THEN k ELSE abs(hashint8extended(id, k) % 60) END) % dims) AS word,
			max(1 + abs(hashint8extended(id, -k) % 100) / 25.0) AS weight
		FROM generate_series(1, 40 + abs(id % 20)) AS k GROUP BY 1) AS words
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
	return;
}

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

# check_types(TYPE...): each with its type, dims, an expression for its value of a number, its operators by operator class
# (classes), the options of the index (with), and how many queries its classes are asked (queries).
sub check_types
{
	my @types = @_;
	start();
	for my $t (@types)
	{
		my ($type, $dims) = @$t{qw(type dims)};
		my $value = sub { return sprintf($t->{value}, $_[0]) };
		for my $class (sort keys %{ $t->{classes} })
		{
			my $op = $t->{classes}{$class};
			my $asked = $t->{queries}{$class} // $queries;
			my $opclass = "${type}_${class}_ops";
			my $options = $t->{with} ? "WITH ($t->{with})" : '';
			my $name = "$opclass $options";
			$node->safe_psql('postgres', <<"SQL");
DROP TABLE IF EXISTS items, queries;
CREATE TABLE queries AS SELECT i AS id, @{[ $value->('1000000 + i') ]} AS q FROM generate_series(1, $asked) AS i;
CREATE TABLE items AS SELECT i AS id, @{[ $value->('i') ]}::$type($dims) AS v FROM generate_series(1, $rows) AS i;
CREATE INDEX items_v ON items USING vectidx (v $opclass) $options;
SQL
			check_recall($op, "$name after the build");

			my $more = $rows / 8;
			$node->safe_psql('postgres',
				"INSERT INTO items SELECT i, @{[ $value->('i') ]} FROM generate_series($rows + 1, $rows + $more) AS i");
			check_recall($op, "$name after inserts");

			$node->safe_psql('postgres', 'DELETE FROM items WHERE hashint4(id) % 4 = 1');
			$node->safe_psql('postgres', 'VACUUM items');
			check_recall($op, "$name after deletes and VACUUM");

			$node->safe_psql('postgres', 'ALTER INDEX items_v SET (tombstone_rebuild_pct = 1)');
			$node->safe_psql('postgres', 'VACUUM items');
			is($node->safe_psql('postgres', "SELECT generation FROM vectidx_index_stats('items_v')"), 2, "$name: VACUUM rebuilt the graph");
			check_recall($op, "$name after a rebuild");

			# A third of the rows have one of 20 vectors, before and after a build.
			$node->safe_psql('postgres', <<"SQL");
INSERT INTO items SELECT 100000 + i, @{[ $value->('i % 20') ]} FROM generate_series(1, $rows / 4) AS i;
REINDEX INDEX items_v;
INSERT INTO items SELECT 200000 + i, @{[ $value->('i % 20') ]} FROM generate_series(1, $rows / 4) AS i;
SQL
			check_recall($op, "$name with many duplicates");
			is($node->safe_psql('postgres', <<"SQL"), $rows / 40, "$name: all rows of one vector are found");
SET enable_seqscan = off;
SET enable_sort = off;
SELECT count(*) FROM (SELECT id FROM items WHERE id >= 100000 ORDER BY v $op @{[ $value->('7') ]} LIMIT $rows / 40) AS t
WHERE id % 20 = 7;
SQL
		}
	}
	$node->stop;
	return;
}

1;
