# The last block of what is added to an index is in the WAL even while it is empty: a standby's file ends
# before them. After its promotion, inserts and VACUUM go on all the same.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "autovacuum = off\njit = off\nwal_keep_size = 1GB\n");
$primary->start;
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# Several pages to a group, so that the file may end within one.
my %dims = (inline => 128, split => 768, out_of_line => 5000);
$primary->safe_psql('postgres', <<'SQL');
CREATE EXTENSION vectidx;
CREATE FUNCTION some_vector(seed int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg((hashint4extended(i, seed) % 1000)::real / 1000)::vector FROM generate_series(1, dims) i
$$;
SQL
for my $form (sort keys %dims)
{
	$primary->safe_psql('postgres', <<"SQL");
CREATE TABLE $form (id int, v vector($dims{$form}));
INSERT INTO $form SELECT i, some_vector(i, $dims{$form}) FROM generate_series(1, 500) i;
CREATE INDEX ${form}_v ON $form USING vectidx (v vector_l2_ops) WITH (ef_construction = 40);
SQL
	# One row more than there is room for, so that groups are added and only one is used.
	my ($blocks, $row) = ($primary->safe_psql('postgres', "SELECT pg_relation_size('${form}_v')"), 500);
	while ($primary->safe_psql('postgres', "SELECT pg_relation_size('${form}_v')") == $blocks)
	{
		++$row;
		$primary->safe_psql('postgres', "INSERT INTO $form VALUES ($row, some_vector($row, $dims{$form}))");
	}
}
$primary->wait_for_catchup($standby);
my $sizes = "SELECT string_agg(relname || ' ' || pg_relation_size(oid), ', ' ORDER BY relname) FROM pg_class WHERE relname ~ '_v\$'";
my ($here, $there) = map { $_->safe_psql('postgres', $sizes) } $primary, $standby;
is($there, $here, "the standby's files are as long");
note("$here; $there");
for my $form (sort keys %dims)
{
	is($standby->safe_psql('postgres', "SELECT count(*) FROM vectidx_check('${form}_v', true)"), 0,
		"$form: the checker finds nothing on the standby");
}

$primary->stop('immediate');
$standby->promote;
for my $form (sort keys %dims)
{
	my ($status, $out, $error) = $standby->psql('postgres', "DELETE FROM $form WHERE id % 10 = 0");
	($status, $out, $error) = $standby->psql('postgres', "VACUUM $form");
	is($error, '', "$form: VACUUM after the promotion");
	# Equal vectors want a page for their TIDs, which must not take a block of a group.
	($status, $out, $error) = $standby->psql('postgres',
		"INSERT INTO $form SELECT 1000 + i, some_vector(1, $dims{$form}) FROM generate_series(1, 60) i");
	is($error, '', "$form: equal vectors after the promotion");
	($status, $out, $error) = $standby->psql('postgres',
		"INSERT INTO $form SELECT i, some_vector(i, $dims{$form}) FROM generate_series(2001, 2060) i");
	is($error, '', "$form: inserts after the promotion");
	is($standby->safe_psql('postgres', "SELECT count(*) FROM vectidx_check('${form}_v', true)"), 0,
		"$form: the checker finds nothing");
}
$standby->stop;
done_testing();
