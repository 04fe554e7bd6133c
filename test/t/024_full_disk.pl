# An index on a small file system that is full: inserts, merges, rebuilds and builds fail with a clean error, VACUUM with a warning,
# and everything goes on when there is room again. scripts/test.sh mounts the file system, when it runs as root.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use Campaign;
use Vectors;

my $folder = $ENV{VECTIDX_SMALL_FOLDER} // '';
plan skip_all => 'no small file system: only root can mount one (scripts/test.sh)' if $folder eq '';
my $node = new_node('full', <<'CONF');
vectidx.ef_construction = 40
autovacuum = off
CONF
system("rm -rf $folder/space && mkdir $folder/space") == 0 or die;
$node->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$folder/space'");
for my $table ('direct', 'listed')
{
	make_table($node, $table, 4000, $table eq 'direct' ? 'pending_limit = 0' : 'pending_limit = 1000000');
	$node->safe_psql('postgres', "ALTER INDEX ${table}_v SET TABLESPACE small; CHECKPOINT");
}

# Leaves N bytes; checks that they are the last.
sub fill_up
{
	my ($left) = @_;
	unlink "$folder/filler";
	my ($free) = `df --output=avail -B1 $folder` =~ /(\d+)\s*$/;
	my $size = $free - $left;
	system("head -c $size /dev/zero > $folder/filler") == 0 or die;
	($free) = `df --output=avail -B1 $folder` =~ /(\d+)\s*$/;
	cmp_ok($free, '<=', $left, "$free bytes are left");
	return;
}

sub fails
{
	my ($what, $sql) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $sql);
	isnt($code, 0, "$what: it fails");
	like($err, qr/ERROR:  could not extend file .*: (?:No space left on device|wrote only)/, "$what: the disk is full");
	return;
}

sub check
{
	my ($what) = @_;
	check_index($node, $_, "$what: $_") for 'direct', 'listed';
	return;
}

for my $round (1 .. scale())
{
	my $from = 100_000 * $round;
	fill_up(200_000);
	my $rows = "SELECT i, i, near(i, 16) FROM generate_series($from, $from + 9999) AS i";
	fails('an insert into the graph', "INSERT INTO direct $rows");
	fails('an insert into the list', "INSERT INTO listed $rows");
	check('after the inserts');
	fails('a build', 'CREATE INDEX more ON direct USING vectidx (v vector_l2_ops) TABLESPACE small');
	# The list has 500 rows, the disk no place for them in the graph.
	unlink "$folder/filler";
	$node->safe_psql('postgres', "INSERT INTO listed SELECT i, i, near(i, 16) FROM generate_series($from, $from + 1499) AS i");
	fill_up(60_000);
	fails('a merge', "SELECT vectidx_merge('listed_v')");
	check('after a merge');
	# A rebuild has no place for another graph.
	$node->safe_psql('postgres', "DELETE FROM direct WHERE abs(id) % 5 < 2");
	my $before = $node->safe_psql('postgres', "SELECT relfrozenxid FROM pg_class WHERE relname = 'direct'");
	my ($code, $out, $err) = $node->psql('postgres', 'VACUUM (FREEZE) direct');
	is($code, 0, 'a rebuild: VACUUM does not fail');
	like($err, qr/WARNING:  could not rebuild the graph of index "direct_v"\s+DETAIL:  could not extend file/, 'a rebuild: it says what it left undone');
	isnt($node->safe_psql('postgres', "SELECT relfrozenxid FROM pg_class WHERE relname = 'direct'"), $before, 'a rebuild: the table is frozen');
	check('after a rebuild');
	is($node->safe_psql('postgres', "SELECT count(*) FROM direct WHERE abs(id) % 5 < 2"), 0, 'the rows are gone');
	# Room again: what was broken off is done, and its remains are given back.
	unlink "$folder/filler";
	$node->safe_psql('postgres', 'VACUUM direct');
	$node->safe_psql('postgres', "SELECT vectidx_merge('listed_v')");
	$node->safe_psql('postgres', 'VACUUM listed');
	check('with room again');
	check_pages($node, $_, $_) for 'direct', 'listed';
	for my $table ('direct', 'listed')
	{
		$node->safe_psql('postgres', "VACUUM $table");
		my $size = $node->safe_psql('postgres', "SELECT pg_relation_size('${table}_v')");
		$node->safe_psql('postgres', "REINDEX INDEX ${table}_v");
		my $fresh = $node->safe_psql('postgres', "SELECT pg_relation_size('${table}_v')");
		cmp_ok($size, '<=', 1.3 * $fresh, "$table: $size bytes, $fresh when built anew");
	}
	$node->safe_psql('postgres', "INSERT INTO direct SELECT -i, i, near(i, 16) FROM generate_series(1, 4000) AS i ON CONFLICT DO NOTHING; DELETE FROM listed WHERE id > 0");
	$node->safe_psql('postgres', 'VACUUM listed');
}
$node->stop;
done_testing();
